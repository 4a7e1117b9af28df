"""What a claim says that must not be wrong by a character, and whether its quotes say the same."""
