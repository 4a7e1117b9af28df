"""Questions drafted from a knowledge base, for people to accept."""
