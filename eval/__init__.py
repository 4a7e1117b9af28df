"""Judged sets, measures, runs and their reports: how a change is shown to be better before it ships."""
