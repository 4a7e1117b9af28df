"""Feedback turned into questions for evaluation, into topics to write about, and into a check before a release."""
