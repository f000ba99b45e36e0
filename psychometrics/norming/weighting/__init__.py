"""Weighting: a norm sample made to stand for its population."""
