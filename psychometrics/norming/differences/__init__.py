"""Differences: between two scores of a person, and how rare they are."""
