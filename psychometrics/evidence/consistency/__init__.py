"""Consistency: do the items of a scale say the same."""
