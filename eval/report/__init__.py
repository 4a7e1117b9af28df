"""One page that shows an evaluation."""
