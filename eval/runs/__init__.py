"""Retrieval over a judged set: ranked, cached, timed, measured, written down."""
