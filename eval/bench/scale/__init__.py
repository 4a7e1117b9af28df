"""Search at 1,000 to 1,000,000 passages: a generated corpus, the home that holds it, and what is timed in it."""
