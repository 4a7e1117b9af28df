"""Which passages are read, which of them are valid, and where they disagree."""
