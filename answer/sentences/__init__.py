"""Sentences of passages and how well each answers a question."""
