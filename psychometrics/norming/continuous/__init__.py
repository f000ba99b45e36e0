"""Continuous norms: one model for all ages in place of a table per age."""
