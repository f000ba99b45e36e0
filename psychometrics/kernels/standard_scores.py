"""Standard scores: one z, told in the metrics people use."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def t_score(z: Floats) -> Floats:
    """Return T = 50 + 10 z."""
    return 50 + 10 * z


def iq_score(z: Floats) -> Floats:
    """Return the IQ metric, 100 + 15 z."""
    return 100 + 15 * z


def stanine(z: Floats) -> Floats:
    """Return the standard nine: steps of half an SD with 5 in the middle, cut at z = -1.75, -1.25, ..., 1.75."""
    return np.clip(np.floor(2 * z + 5.5), 1, 9)


def sten(z: Floats) -> Floats:
    """Return the standard ten: steps of half an SD around 5.5, cut at z = -2, -1.5, ..., 2."""
    return np.clip(np.floor(2 * z + 6), 1, 10)
