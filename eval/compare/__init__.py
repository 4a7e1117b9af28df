"""Runs side by side: differences, whether they are luck, and gates."""
