"""A question becomes candidate hits: two indexes that follow the record, and the fusion of what they say."""
