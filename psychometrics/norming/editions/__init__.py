"""Editions: their age, their log, what they give away, and how two of them differ."""
