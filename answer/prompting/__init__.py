"""Prompts in files, their versions, and which one a conversation gets."""
