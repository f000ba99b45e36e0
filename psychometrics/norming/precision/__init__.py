"""Precision: how sure an edition is, and how many people it takes."""
