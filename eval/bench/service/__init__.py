"""The service under load, as its users would meet it."""
