"""Correlations with something outside, and their corrections."""
