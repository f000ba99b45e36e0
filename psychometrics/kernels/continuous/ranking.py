"""Rank persons among those of the same or nearly the same age."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from psychometrics.kernels.continuous.sample import Sample, totals
from psychometrics.kernels.percentile_definitions import position

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
MOST_BINS = 200


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ranked:
    """Where every score stands among persons of nearly one age; B ages, S scores.

    Attributes
    ----------
    weights : ndarray, shape (B, S)
        Persons of each age with each score.
    share, z : ndarray, shape (B, S)
        Plotting position of the score among the persons compared with, and its normal deviate.
    age : ndarray, shape (B,)
        Mean age of the persons compared with, to which the positions belong.
    total, n : ndarray, shape (B,)
        Their weight, and their number (Kish's where weights differ).
    first, last : ndarray of int, shape (B,)
        Whom they are: the ages ``first`` up to but not including ``last``.
    of_pair : ndarray of int
        The age of the table each pair of the sample belongs to.
    """

    weights: Floats
    share: Floats
    z: Floats
    age: Floats
    total: Floats
    n: Floats
    first: Integers
    last: Integers
    of_pair: Integers


def rank(sample: Sample, n_scores: int, *, width: float = 0.0, method: str = "rankit") -> Ranked:
    """Rank every score among the persons whose age is at most ``width / 2`` away; width 0 compares within one age.

    r = n (B + F/2) + 1/2, B and F the weighted shares below and at the score; then the plotting position of r in n. At the
    youngest and the oldest the window is cut off, which the mean age of its persons takes into account. More than 200
    different ages are put into 200 bins first.

    Parameters
    ----------
    sample : Sample
    n_scores : int
        Scores of the lattice.
    width : float
        Width of the window, in units of age.
    method : str
        Plotting position: rankit, blom, tukey, van_der_waerden, levenbach, filliben, yu_huang.

    Returns
    -------
    Ranked
    """
    ages, of_pair = _bins(sample)
    n_ages = len(ages)
    at = of_pair * n_scores + sample.at
    weights = totals(at, sample.weights, n_ages * n_scores).reshape(n_ages, n_scores)
    squares = totals(of_pair, sample.squares, n_ages)
    first = np.searchsorted(ages, ages - width / 2 - 1e-12, side="left")
    last = np.searchsorted(ages, ages + width / 2 + 1e-12, side="right")
    window = over_windows(weights, first, last)
    total = window.sum(axis=1)
    middle = np.clip((np.cumsum(window, axis=1) - window / 2) / total[:, None], 0, 1)
    n = total**2 / over_windows(squares[:, None], first, last)[:, 0]
    age = over_windows((weights.sum(axis=1) * ages)[:, None], first, last)[:, 0] / total
    share = np.stack([position(row, m, method) for row, m in zip(middle, n, strict=True)])
    there = weights > 0
    z = np.zeros_like(share)
    z[there] = ndtri(share[there])
    return Ranked(
        weights=weights, share=share, z=z, age=age, total=total, n=n, first=first, last=last, of_pair=of_pair
    )


def over_windows(rows: Floats, first: Integers, last: Integers) -> Floats:
    """Sum rows first..last - 1, for each pair of ends."""
    sums = np.concatenate([np.zeros((1, *rows.shape[1:])), np.cumsum(rows, axis=0)])
    summed: Floats = sums[last] - sums[first]
    return summed


def _bins(sample: Sample) -> tuple[Floats, Integers]:
    """Return the ages of the table and the place of each pair in it."""
    distinct, place = np.unique(sample.age, return_inverse=True)
    if len(distinct) <= MOST_BINS:
        return distinct, place
    low, high = sample.age_range
    bins = np.minimum(((sample.age - low) / (high - low) * MOST_BINS).astype(np.int64), MOST_BINS - 1)
    used, place = np.unique(bins, return_inverse=True)
    weight = totals(place, sample.weights, len(used))
    return totals(place, sample.weights * sample.age, len(used)) / weight, place


def usual_width(sample: Sample) -> float:
    """Return 0 where every age has 20 persons or more on average; else a window of about 100 persons, 4 to 25% of the range."""
    if sample.n / len(np.unique(sample.age)) >= 20:
        return 0.0
    low, high = sample.age_range
    return (high - low) * min(max(100 / sample.n, 0.04), 0.25)
