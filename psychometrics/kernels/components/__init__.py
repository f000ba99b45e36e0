"""Variance components: mean squares, restricted likelihood, intraclass correlations."""
