"""Bootstrap of norm statistics from counts: people are drawn again, weights are made again."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from psychometrics.kernels.norm_errors import WeightedCounts

Floats = npt.NDArray[np.float64]
Reweigh = Callable[[Floats], Floats | None]


def resampled_masses(
    of: WeightedCounts, reweigh: Reweigh | None, replications: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Draw the sample again and return weighted counts and people in this part.

    Parameters
    ----------
    of : WeightedCounts
    reweigh : callable or None
        Makes weights of the people per weight cell, or None when a level of a margin got nobody; None keeps them.
    replications : int
    rng : numpy Generator

    Returns
    -------
    masses : ndarray of float64, shape (R', U)
        Weighted counts that add up to the people; R' < R where weights could not be made.
    people : ndarray of float64, shape (R',)
    """
    H, U = of.counts.shape
    elsewhere = np.maximum(of.sizes - of.counts.sum(axis=1), 0)
    cells = np.concatenate([of.counts.ravel(), elsewhere])
    n = int(cells.sum())
    masses, people = [], []
    for _ in range(replications):
        drawn = rng.multinomial(n, cells / n).astype(np.float64)
        counts = drawn[: H * U].reshape(H, U)
        sizes = counts.sum(axis=1) + drawn[H * U :]
        weights = of.weights if reweigh is None else reweigh(sizes)
        mass = None if weights is None else weights @ counts
        if mass is not None and mass.sum() > 0:
            masses.append(mass * (counts.sum() / mass.sum()))
            people.append(counts.sum())
    return np.array(masses).reshape(-1, U), np.array(people)


def resampled_moments(scores: Floats, masses: Floats, people: Floats) -> tuple[Floats, Floats]:
    """Return mean and SD of every replicate; SD nan for fewer than two people."""
    means = masses @ scores / people
    squares = masses @ scores**2 - people * means**2
    below = np.where(people > 1, people - 1, np.nan)
    return means, np.sqrt(np.maximum(squares, 0) / below)
