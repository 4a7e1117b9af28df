"""Whether the evidence answers, and what to do next."""
