"""Hits become an answer whose every claim is proven, or an honest no. Read ``pipeline.py`` first."""
