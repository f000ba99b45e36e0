"""Pairs of scores as counts: how many persons went from score s to score t."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt

from psychometrics.kernels.components.intraclass import MeanSquares

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

ROUND_OFF = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pairs:
    """The distinct pairs of scores, sorted, and how many persons have each.

    Everything is computed from these, so that the order of persons changes no bit, and a tally of counts gives the
    same numbers as the scores it was counted from.

    Attributes
    ----------
    first, second : ndarray of float64, shape (n_distinct,)
    count : ndarray of int64, shape (n_distinct,)
        At least 1.
    """

    first: Floats
    second: Floats
    count: Counts

    @property
    def n(self) -> int:
        """Persons."""
        return int(self.count.sum())

    def each(self) -> tuple[Floats, Floats]:
        """Return the pairs person by person, shape (n,) each."""
        return np.repeat(self.first, self.count), np.repeat(self.second, self.count)


def pairs_of(first: Floats, second: Floats, count: Counts | None = None) -> Pairs:
    """Return the distinct pairs of two columns without nan, with their counts.

    Parameters
    ----------
    first, second : ndarray of float64, shape (n,)
    count : ndarray of int64, shape (n,), optional
        Persons with each pair; 1 when not given. Pairs with count 0 are left out.
    """
    weight = np.ones(len(first), dtype=np.int64) if count is None else np.asarray(count, dtype=np.int64)
    kept = weight > 0
    if not kept.all():
        first, second, weight = first[kept], second[kept], weight[kept]
    if not len(first):
        return Pairs(first=first, second=second, count=weight)
    first, second = first + 0.0, second + 0.0  # -0 becomes 0: one score, not two
    order = np.lexsort((second, first))
    x, y, weight = first[order], second[order], weight[order]
    new = np.concatenate([[True], (np.diff(x) != 0) | (np.diff(y) != 0)])
    starts = np.flatnonzero(new)
    return Pairs(first=x[starts], second=y[starts], count=np.add.reduceat(weight, starts))


@dataclass(frozen=True, slots=True, kw_only=True)
class PairMoments:
    """Means, variances (divided by n - 1) and covariance of n pairs; the change is second - first.

    A variance that is round-off is 0.
    """

    n: int
    mean_first: float
    mean_second: float
    variance_first: float
    variance_second: float
    covariance: float
    mean_change: float
    variance_change: float
    mean_square_change: float
    variance_mean: float

    @property
    def mean(self) -> float:
        """Mean of all scores of both occasions."""
        return (self.mean_first + self.mean_second) / 2

    @property
    def correlation(self) -> float:
        """Product-moment correlation, within -1..1; both variances must be above 0."""
        r = self.covariance / sqrt(self.variance_first * self.variance_second)
        return min(max(r, -1.0), 1.0)

    def mean_squares(self) -> MeanSquares:
        """Return the mean squares of the table of n persons by 2 occasions."""
        return MeanSquares(
            rows=2 * self.variance_mean,
            columns=self.n * self.mean_change**2 / 2,
            error=self.variance_change / 2,
            within=self.mean_square_change / 2,
            n_targets=self.n,
            n_raters=2,
        )


def moments_of(pairs: Pairs) -> PairMoments:
    """Return the moments of at least 2 pairs."""
    w, n = pairs.count.astype(np.float64), pairs.n
    x, y = pairs.first, pairs.second
    change, middle = y - x, (x + y) / 2
    size = float(np.sqrt(max(w @ (x * x), w @ (y * y))))
    means = [float(w @ values) / n for values in (x, y, change, middle)]
    centred = [values - mean for values, mean in zip((x, y, change, middle), means, strict=True)]
    squares = [float(w @ (values * values)) for values in centred]
    first, second, of_change, of_middle = (
        0.0 if square <= (ROUND_OFF * size) ** 2 else square / (n - 1) for square in squares
    )
    return PairMoments(
        n=n,
        mean_first=means[0],
        mean_second=means[1],
        variance_first=first,
        variance_second=second,
        covariance=float(w @ (centred[0] * centred[1])) / (n - 1) if first and second else 0.0,
        mean_change=0.0 if abs(means[2]) <= ROUND_OFF * size / sqrt(n) else means[2],
        variance_change=of_change,
        mean_square_change=float(w @ (change * change)) / n if of_change else means[2] ** 2,
        variance_mean=of_middle,
    )
