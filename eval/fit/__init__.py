"""How the shipped weights were fitted."""
