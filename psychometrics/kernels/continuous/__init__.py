"""Continuous norms: a score's distribution as a smooth function of age; arrays in, arrays out."""
