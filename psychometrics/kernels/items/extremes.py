"""Upper and lower groups by total score."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def extreme_weights(totals: Floats, share: float) -> tuple[Floats, Floats]:
    """Return how much each person counts in the lower and in the upper group, 0..1; shape (n_persons,) each.

    A group holds exactly ``share`` of the persons: those beyond its border whole, and those tied at the border by the
    equal part that fills the group, so that the order of tied persons does not matter. Persons with nan count nowhere.
    """
    there = ~np.isnan(totals)
    lower = _lowest(totals, there, share)
    return lower, _lowest(-totals, there, share)


def _lowest(totals: Floats, there: npt.NDArray[np.bool_], share: float) -> Floats:
    weights = np.zeros(len(totals))
    values = totals[there]
    if not len(values):
        return weights
    size = share * len(values)
    border = np.partition(values, min(int(np.ceil(size)) - 1, len(values) - 1))[int(np.ceil(size)) - 1]
    inside, tied = values < border, values == border
    part = (size - np.count_nonzero(inside)) / np.count_nonzero(tied)
    weights[there] = np.where(inside, 1.0, np.where(tied, part, 0.0))
    return weights
