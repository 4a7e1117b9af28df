"""The record: the SQL database that is the truth, beside which both indexes can be thrown away and rebuilt."""
