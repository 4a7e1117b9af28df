"""How much a key, a tenant and the whole service may be asked for; ``turnstile.py`` is the way of a question."""
