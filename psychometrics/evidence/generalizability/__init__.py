"""Generalizability: where the error comes from, and what less of it would cost."""
