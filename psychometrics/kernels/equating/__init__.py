"""Equating: which score on one form of a test stands for which on another, and how sure that is."""
