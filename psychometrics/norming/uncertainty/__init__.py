"""Uncertainty: where the true score of a person may stand, and why."""
