"""What is wrong with a judged set, all of it at once."""
