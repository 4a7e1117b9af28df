"""Answers and question vectors that need not be made again."""
