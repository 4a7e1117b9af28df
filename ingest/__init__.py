"""A file becomes passages in the record. Read ``run.py`` first."""
