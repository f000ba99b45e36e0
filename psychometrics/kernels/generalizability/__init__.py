"""Generalizability theory: designs, expected mean squares, coefficients, decision studies."""
