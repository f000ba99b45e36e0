"""Cells: what an edition knows of one scale in one stratum, and how it places scores."""
