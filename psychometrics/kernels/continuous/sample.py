"""A norm sample as counts: how many persons of each age have each score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """Persons of a norm sample; those of one age and score stand together, with their weights added up.

    Attributes
    ----------
    at : ndarray of int
        Position of the score in the lattice.
    age, weights : ndarray
        Weights with a sum of ``n``.
    squares : ndarray
        Sums of the squared weights.
    n : float
        Persons; with unequal weights Kish's effective number (sum w)^2 / sum w^2.
    age_range : tuple of float
    """

    at: Integers
    age: Floats
    weights: Floats
    squares: Floats
    n: float
    age_range: tuple[float, float]


def totals(of: Integers, weights: Floats, size: int | None = None) -> Floats:
    """Add up weights by index."""
    return np.asarray(np.bincount(of, weights, 0 if size is None else size), np.float64)


def sample_of(at: Integers, age: Floats, weights: Floats, age_range: tuple[float, float]) -> Sample:
    """Put persons of the same age and score together."""
    n = float(weights.sum() ** 2 / (weights**2).sum())
    scaled = weights * (n / weights.sum())
    return _together(at, age, scaled, scaled**2, n, age_range)


def _together(
    at: Integers, age: Floats, weights: Floats, squares: Floats, n: float, age_range: tuple[float, float]
) -> Sample:
    ages, of_age = np.unique(age, return_inverse=True)
    n_scores = int(at.max()) + 1
    pairs, of_pair = np.unique(of_age * n_scores + at, return_inverse=True)
    return Sample(
        at=pairs % n_scores,
        age=ages[pairs // n_scores],
        weights=totals(of_pair, weights),
        squares=totals(of_pair, squares),
        n=n,
        age_range=age_range,
    )


def coarser(sample: Sample, n_ages: int) -> Sample:
    """Put persons of nearly the same age together, on ``n_ages`` evenly spaced ages; small samples stay as they are."""
    if len(sample.at) <= 2000 or len(np.unique(sample.age)) <= n_ages:
        return sample
    low, high = sample.age_range
    step = (high - low) / (n_ages - 1)
    near = low + step * np.round((sample.age - low) / step)
    return _together(sample.at, near, sample.weights, sample.squares, sample.n, sample.age_range)
