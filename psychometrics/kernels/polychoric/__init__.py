"""Correlations of the normal variables assumed behind ordinal responses."""
