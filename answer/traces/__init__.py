"""What was noted of an answer, kept and run again."""
