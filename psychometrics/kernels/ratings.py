"""Several ratings of one criterion become one value, as an exact fraction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class CombinedRatings:
    """Per person: value = numerator / denominator, number of raters, highest minus lowest points."""

    numerator: Integers
    denominator: Integers
    n_raters: Integers
    gap: Integers


def combine_ratings(
    person: npt.NDArray[np.integer], points: Integers, n_persons: int, method: str
) -> CombinedRatings:
    """Combine ratings of one criterion over raters.

    mean = sum(points) / n;   median = middle value, or half the sum of the two middle values

    Parameters
    ----------
    person : ndarray of int, shape (n_ratings,)
        Position of the person.
    points : ndarray of int64, shape (n_ratings,)
        Points in whole units.
    n_persons : int
    method : {"mean", "median"}

    Returns
    -------
    CombinedRatings
        Arrays of shape (n_persons,); 0/1, no raters and gap 0 where nobody rated.
    """
    order = np.lexsort((points, person))
    person, points = np.asarray(person)[order], points[order]
    n_raters = np.bincount(person, minlength=n_persons).astype(np.int64)
    first = np.cumsum(n_raters) - n_raters
    numerator, denominator, gap = (
        np.zeros(n_persons, np.int64),
        np.ones(n_persons, np.int64),
        np.zeros(n_persons, np.int64),
    )
    rated = n_raters > 0
    start, count = first[rated], n_raters[rated]
    if len(points):
        gap[rated] = points[start + count - 1] - points[start]
        if method == "median":
            numerator[rated] = points[start + (count - 1) // 2] + points[start + count // 2]
            denominator[rated] = 2
        else:
            numerator[rated] = np.add.reduceat(points, start)
            denominator[rated] = count
    return CombinedRatings(numerator=numerator, denominator=denominator, n_raters=n_raters, gap=gap)
