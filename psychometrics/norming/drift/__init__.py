"""Drift: is the population moving."""
