"""Hits in a better order: late interaction by default, a cross-encoder by setting, or the order that retrieval gave."""
