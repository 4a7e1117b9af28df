"""Judged sets: reading them, and making them out of tables, records and files."""
