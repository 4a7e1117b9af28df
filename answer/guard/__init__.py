"""Finds words that give orders to whoever answers, and personal data. Offline; the stored text never changes."""
