"""The Model Context Protocol: search, answers and passages as tools for other people's assistants."""
