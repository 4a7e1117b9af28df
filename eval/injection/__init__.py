"""Instructions planted in documents, and whether an answer obeys."""
