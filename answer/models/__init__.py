"""Model servers: asking, reading streams of claims, counting tokens."""
