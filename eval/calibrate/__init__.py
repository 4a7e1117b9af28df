"""Bars fitted on judged questions."""
