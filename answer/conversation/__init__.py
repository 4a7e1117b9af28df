"""A question and what was said before it become one question that stands alone."""
