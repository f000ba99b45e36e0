"""Smooth score distributions: log-linear models of the counts, and discrete scores made continuous."""
