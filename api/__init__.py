"""The ways in: the HTTP service and the command line. Imports ``answer`` and below, never ``eval``."""
