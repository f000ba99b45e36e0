"""Counting pairs of options with bit-sets."""
