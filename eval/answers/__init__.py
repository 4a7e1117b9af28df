"""Answers judged without a judge model."""
