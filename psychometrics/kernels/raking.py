"""Weights that bring a sample to known margins: iterative proportional fitting, with a cap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class RakedWeights:
    """One weight per cell, of mean 1 over people.

    Attributes
    ----------
    weights : ndarray of float64, shape (H,)
    error : float
        Largest difference between a wanted and a reached share of a level.
    iterations : int
        Rounds over all margins.
    settled : bool
        The weights no longer change.
    capped : int
        People whose weight was cut.
    """

    weights: Floats
    error: float
    iterations: int
    settled: bool
    capped: int


def rake_cells(
    counts: Floats,
    base: Floats,
    codes: Sequence[Codes],
    shares: Sequence[Floats],
    *,
    cap: float | None = None,
    tolerance: float = 1e-12,
    iterations: int = 1000,
) -> RakedWeights:
    """Rake the weights of cells to margins.

    w_h <- w_h W_l / sum over cells of level l of n_h w_h / n, margin after margin, until nothing changes

    Parameters
    ----------
    counts : ndarray of float64, shape (H,)
        People per cell, n_h.
    base : ndarray of float64, shape (H,)
        Weights to start from.
    codes : sequence of ndarray of int, each shape (H,)
        Level of each cell on each margin.
    shares : sequence of ndarray of float64, each shape (n_levels,)
        Wanted share of each level, W_l; each adds up to 1.
    cap : float, optional
        Largest weight, as a multiple of the mean weight (at least 1). After every round what is above is cut and the
        rest raised in proportion; the margins may then not be reached.
    tolerance : float
        Largest relative change of a weight in a round at which to stop.
    iterations : int
        Rounds at most.

    Returns
    -------
    RakedWeights

    References
    ----------
    Deming and Stephan (1940), doi:10.1214/aoms/1177731829.
    """
    weights = base * (counts.sum() / (counts @ base))
    done, moving = 0, True
    while moving and done < iterations:
        before, done = weights, done + 1
        for level, wanted in zip(codes, shares, strict=True):
            weights = weights * _factors(counts * weights, level, wanted)[level]
        if cap is not None:
            weights = trim(weights, counts, cap)
        moving = bool((np.abs(weights - before) > tolerance * np.maximum(weights, before)).any())
    cut = 0 if cap is None else int(counts[weights >= cap * (1 - 1e-9)].sum())
    return RakedWeights(
        weights=weights,
        error=_error(counts * weights, codes, shares),
        iterations=done,
        settled=not moving,
        capped=cut,
    )


def _factors(mass: Floats, level: Codes, wanted: Floats) -> Floats:
    reached = np.bincount(level, mass, len(wanted)) / mass.sum()
    out: Floats = np.divide(wanted, reached, out=np.zeros_like(wanted), where=reached > 0)
    return out


def _error(mass: Floats, codes: Sequence[Codes], shares: Sequence[Floats]) -> float:
    gaps = [
        np.abs(np.bincount(level, mass, len(wanted)) / mass.sum() - wanted).max()
        for level, wanted in zip(codes, shares, strict=True)
    ]
    return float(max(gaps, default=0.0))


def trim(weights: Floats, counts: Floats, cap: float) -> Floats:
    """Cut weights at ``cap`` times their mean; what is cut is spread over the others in proportion.

    Parameters
    ----------
    weights, counts : ndarray of float64, shape (H,)
        Weights of mean 1 over people, and people.
    cap : float
        At least 1.
    """
    high = np.zeros(len(weights), np.bool_)
    while True:
        rest = counts @ np.where(high, 0, weights)
        left = counts.sum() - cap * counts[high].sum()
        scale = left / rest if rest > 0 else 1.0
        cut = np.where(high, cap, weights * scale)
        above = (cut > cap * (1 + 1e-12)) & ~high
        if not above.any():
            return np.asarray(cut, np.float64)
        high |= above


def effective_size(counts: Floats, weights: Floats) -> float:
    """Return Kish's effective sample size, (sum n_h w_h)^2 / sum n_h w_h^2; nan when all weights are 0."""
    squares = float(counts @ weights**2)
    return float((counts @ weights) ** 2 / squares) if squares > 0 else float("nan")
