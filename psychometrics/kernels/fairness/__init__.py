"""Differences between groups and rates of selection."""
