"""Stability: would the person get the same again."""
