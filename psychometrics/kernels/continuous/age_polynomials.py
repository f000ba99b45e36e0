"""Polynomials in age: Legendre's, which keep the fit well scaled."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numpy.polynomial import legendre

Floats = npt.NDArray[np.float64]


def age_design(age: Floats, age_range: tuple[float, float], power: int) -> Floats:
    """Return P_0..P_power of the age brought to -1..1, shape (len(age), power + 1)."""
    low, high = age_range
    at = (2 * age - low - high) / (high - low) if high > low else np.zeros_like(age)
    return np.asarray(legendre.legvander(at, power), np.float64)
