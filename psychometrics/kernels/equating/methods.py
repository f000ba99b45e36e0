"""Methods of equating as values: each equates one pair of samples with its error, and a thousand resamples at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from psychometrics.kernels.equating.curves import Curve, Kernel
from psychometrics.kernels.equating.lines import gradient
from psychometrics.kernels.equating.samples import Table, moment_covariance, moments
from psychometrics.kernels.smoothing.log_linear import LogLinearFit, fit_many

Floats = npt.NDArray[np.float64]

MOST_AT_ONCE = 250
ROOM = 40_000_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Equated:
    """Equated scores with their delta-method variance, shape (m,)."""

    scores: Floats
    variance: Floats


class Method(Protocol):
    """A way to equate."""

    def estimate(self, tables: Sequence[Table]) -> Equated:
        """Equate the samples themselves."""

    def resampled(self, tables: Sequence[Table], counts: Sequence[Floats]) -> Floats:
        """Equate resamples, counts of shape (n_samples, n_cells) per table; shape (n_samples, m)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ByMoments:
    """Equating that needs means and variances only: mean, linear, circle-arc.

    Attributes
    ----------
    figure : callable
        Moments of X and of Y to equated scores; numbers give (m,), arrays of samples (n_samples, m).
    """

    figure: Callable[[Any, Any], Any]

    def estimate(self, tables: Sequence[Table]) -> Equated:
        """Equate, with the delta-method variance that assumes no distribution."""
        own = [moments(table, table.counts.reshape(1, -1))[:, 0] for table in tables]
        x, y = _two(own)
        slopes = gradient(self.figure, x, y)
        together = [np.column_stack([*slopes, np.zeros(len(slopes[0]))])]
        by = together if len(tables) == 1 else list(slopes)
        variance = np.zeros(len(by[0]))
        for table, g in zip(tables, by, strict=True):
            variance += np.einsum("mi,ij,mj->m", g, moment_covariance(table), g)
        return Equated(scores=np.asarray(self.figure(x, y), np.float64), variance=np.maximum(variance, 0))

    def resampled(self, tables: Sequence[Table], counts: Sequence[Floats]) -> Floats:
        """Equate resamples."""
        with np.errstate(divide="ignore", invalid="ignore"):
            found = [moments(table, rows) for table, rows in zip(tables, counts, strict=True)]
            return np.asarray(self.figure(*_two(found)), np.float64)


def _two(found: list[Floats]) -> tuple[Floats, Floats]:
    """Return the moments of X and of Y; of one sample that took both, its first and its second pair."""
    if len(found) == 2:
        return found[0], found[1]
    return found[0][:2], found[0][2:4]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Smoother:
    """A log-linear model of the cells of one table.

    Attributes
    ----------
    fit : LogLinearFit
        Fit to the possible cells.
    possible : ndarray of bool, shape (n_cells,)
        Cells in which a person can be.
    """

    fit: LogLinearFit
    possible: npt.NDArray[np.bool_]

    def smooth(self, counts: Floats) -> Floats:
        """Return fitted shares of resamples, shape (n_samples, n_cells); nan where a fit does not exist."""
        fitted, _ = fit_many(counts[:, self.possible], self.fit.terms, self.fit.probabilities)
        return self.spread(fitted)

    def spread(self, rows: Floats) -> Floats:
        """Put values of the possible cells into rows of all cells, 0 elsewhere."""
        full = np.zeros((len(rows), len(self.possible)))
        full[:, self.possible] = rows
        return full

    def factor(self) -> Floats:
        """Return the factor of the covariance of the shares, with rows of 0 for impossible cells."""
        return self.spread(self.fit.factor().T).T


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ByShares:
    """Equating that needs whole distributions: equipercentile and kernel.

    Attributes
    ----------
    curve : callable
        (kernel, tables of shares with a leading axis of samples, errors) to a :class:`Curve`.
    kernel : callable
        How discrete scores are made continuous; kernels keep their bandwidths over resamples.
    smoothers : tuple of Smoother
        One per table; empty without presmoothing.
    ties_in_full : bool
        Add f_x / (4 n_X g^2) to the variance: Lord's formula takes the percentile rank of x as a share of
        persons, P(1 - P) / n_X, although a person at x counts by half only. Two random groups as counted.
    """

    curve: Callable[..., Curve]
    kernel: Kernel
    smoothers: tuple[Smoother, ...] = ()
    ties_in_full: bool = False

    def estimate(self, tables: Sequence[Table]) -> Equated:
        """Equate, with the delta-method variance."""
        curve = self.curve(self.kernel, tuple(t.probabilities[None] for t in tables), errors=True)
        variance = np.zeros(curve.equated.shape[1])
        for table, g in zip(tables, curve.gradients, strict=True):
            variance += table.variance(g)
        if self.ties_in_full:
            variance += self._ties(tables, curve.equated)
        return Equated(scores=curve.equated[0], variance=variance)

    def _ties(self, tables: Sequence[Table], equated: Floats) -> Floats:
        x, y = tables
        density = self.kernel("y", y.scores[0], y.probabilities[None]).density(equated)[0]
        half: Floats = np.full(len(density), np.nan)
        np.divide(x.probabilities, 4 * x.n * density**2, out=half, where=density > 0)
        return half

    def resampled(self, tables: Sequence[Table], counts: Sequence[Floats]) -> Floats:
        """Equate resamples; nan in those whose log-linear fit does not exist."""
        if self.smoothers:
            rows = [smoother.smooth(c) for smoother, c in zip(self.smoothers, counts, strict=True)]
        else:
            rows = [c / c.sum(axis=1, keepdims=True) for c in counts]
        good = np.all([np.isfinite(r).all(axis=1) for r in rows], axis=0)
        found = np.full((len(good), len(tables[0].scores[0])), np.nan)
        if good.any():
            shares = tuple(
                r[good].reshape(-1, *t.probabilities.shape) for r, t in zip(rows, tables, strict=True)
            )
            found[good] = self.curve(self.kernel, shares, errors=False).equated
        return found


def bootstrap(method: Method, tables: Sequence[Table], replications: int, seed: int) -> Floats:
    """Return equated scores of samples drawn from the shares of each table, shape (replications, m).

    Multinomial draws of the same size: from smoothed shares it is the parametric bootstrap, and each resample is
    smoothed anew with the same terms; bandwidths stay.

    References
    ----------
    Kolen and Brennan (2014), chapter 7, doi:10.1007/978-1-4939-0317-7.
    """
    rng = np.random.default_rng(seed)
    longest = max(len(scores) for table in tables for scores in table.scores)
    cells = max(longest**2, *(table.counts.size for table in tables))
    chunk = max(1, min(replications, MOST_AT_ONCE, ROOM // cells))
    found = []
    for start in range(0, replications, chunk):
        size = min(chunk, replications - start)
        counts = [
            rng.multinomial(round(table.n), _whole(table.probabilities), size).astype(np.float64)
            for table in tables
        ]
        found.append(method.resampled(tables, counts))
    return np.concatenate(found)


def _whole(probabilities: Floats) -> Floats:
    p: Floats = probabilities.ravel() / probabilities.sum()
    return p
