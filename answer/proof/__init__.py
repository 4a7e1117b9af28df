"""Quotes located character for character, and what they license."""
