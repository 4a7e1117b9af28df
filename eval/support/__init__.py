"""The support check against human labels."""
