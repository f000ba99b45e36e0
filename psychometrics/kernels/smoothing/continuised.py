"""Discrete scores made continuous, so that a distribution function can be turned round."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

Floats = npt.NDArray[np.float64]

TIE = 1e-11
STEPS = 200
CLOSE = 1e-13


class Continuised(Protocol):
    """Score distributions on one scale, made continuous; one row per distribution.

    ``values`` and ``shares`` have shape (n_distributions, m), or (1, m) for the same in every row.
    """

    @property
    def scores(self) -> Floats:
        """Every score there can be, rising."""

    @property
    def probabilities(self) -> Floats:
        """Shares of the scores, shape (n_distributions, n_scores)."""

    def cdf(self, values: Floats) -> Floats:
        """Share of people below each value."""

    def density(self, values: Floats) -> Floats:
        """Return the derivative of the cdf."""

    def inverse(self, shares: Floats) -> Floats:
        """Value that each share of people lies below."""

    def cdf_gradient(self, values: Floats) -> Floats:
        """Return d cdf / d probability, shape (m, n_scores), of the first row."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class UniformKernel:
    """Each person's score spread evenly over its interval: halfway to the scores beside it.

    This is the percentile rank of Kolen and Brennan: at a score, share below plus half the share at it.

    Attributes
    ----------
    scores : ndarray, shape (n_scores,)
        Every score there can be, rising.
    probabilities : ndarray, shape (n_distributions, n_scores)
    """

    scores: Floats
    probabilities: Floats

    @property
    def edges(self) -> Floats:
        """Ends of the intervals, shape (n_scores + 1,); the outermost are as wide as those beside them."""
        if len(self.scores) == 1:
            return np.array([self.scores[0] - 0.5, self.scores[0] + 0.5])
        middles = (self.scores[1:] + self.scores[:-1]) / 2
        return np.concatenate(
            [[2 * self.scores[0] - middles[0]], middles, [2 * self.scores[-1] - middles[-1]]]
        )

    def cdf(self, values: Floats) -> Floats:
        """Share of people below each value."""
        cell, part = self._at(values)
        below = np.cumsum(self.probabilities, axis=1) - self.probabilities
        share: Floats = _take(below, cell) + part * _take(self.probabilities, cell)
        return share

    def density(self, values: Floats) -> Floats:
        """Share per point of the interval each value lies in; outside all of them 0."""
        edges = self.edges
        cell, _ = self._at(values)
        inside = (values >= edges[0]) & (values <= edges[-1])
        high: Floats = np.where(inside, _take(self.probabilities / np.diff(edges), cell), 0.0)
        return high

    def inverse(self, shares: Floats) -> Floats:
        """Value that each share of people lies below; the middle of the values where no one scored in between."""
        edges, n_cells = self.edges, len(self.scores)
        up = np.concatenate(
            [np.zeros((len(self.probabilities), 1)), np.cumsum(self.probabilities, axis=1)], axis=1
        )
        up[:, -1] = np.maximum(up[:, -2], 1.0)
        first = (up[:, None, :] < shares[:, :, None] - TIE).sum(axis=2)
        last = (up[:, None, :] <= shares[:, :, None] + TIE).sum(axis=2) - 1
        low, high = np.clip(first - 1, 0, n_cells - 1), np.clip(last, 0, n_cells - 1)
        lower = np.where(first == 0, edges[0], self._inside(low, shares, up))
        upper = np.where(last >= n_cells, edges[-1], self._inside(high, shares, up))
        return (lower + upper) / 2

    def _inside(self, cell: npt.NDArray[np.intp], shares: Floats, up: Floats) -> Floats:
        edges = self.edges
        start, mass = _take(up, cell), _take(np.diff(up, axis=1), cell)
        part = np.divide(shares - start, mass, out=np.full(mass.shape, 0.5), where=mass > 0)
        there: Floats = edges[cell] + np.clip(part, 0, 1) * np.diff(edges)[cell]
        return there

    def cdf_gradient(self, values: Floats) -> Floats:
        """Return d cdf / d probability: how much of each interval lies below the value."""
        edges = self.edges
        below: Floats = np.clip((values[0][:, None] - edges[:-1]) / np.diff(edges), 0, 1)
        return below

    def _at(self, values: Floats) -> tuple[npt.NDArray[np.intp], Floats]:
        edges = self.edges
        cell = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(self.scores) - 1)
        return cell, np.clip((values - edges[cell]) / np.diff(edges)[cell], 0, 1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GaussianKernel:
    """Each person's score replaced by a normal curve, drawn in so that mean and variance stay.

    F(v) = sum_j r_j Phi(R_j),  R_j = (v - a x_j - (1 - a) m) / (a h),  a^2 = s^2 / (s^2 + h^2)

    Attributes
    ----------
    scores : ndarray, shape (n_scores,)
    probabilities : ndarray, shape (n_distributions, n_scores)
    bandwidth : float
        h, in points; a large one gives a normal curve.

    References
    ----------
    von Davier, Holland and Thayer (2004), chapter 4, doi:10.1007/b97446. Checked against R's kequate 1.6.4.
    """

    scores: Floats
    probabilities: Floats
    bandwidth: float

    @property
    def mean(self) -> Floats:
        """Mean of each distribution, shape (n_distributions, 1)."""
        return (self.probabilities @ self.scores)[:, None]

    @property
    def variance(self) -> Floats:
        """Variance of each distribution, shape (n_distributions, 1)."""
        squares = (self.scores - self.mean) ** 2
        variance: Floats = np.einsum("rk,rk->r", self.probabilities, squares)[:, None]
        return variance

    @property
    def shrinkage(self) -> Floats:
        """a, shape (n_distributions, 1)."""
        variance = self.variance
        return np.sqrt(variance / (variance + self.bandwidth**2))

    def cdf(self, values: Floats) -> Floats:
        """Share of people below each value."""
        share: Floats = np.einsum("rmk,rk->rm", ndtr(self._standard(values)), self.probabilities)
        return share

    def density(self, values: Floats) -> Floats:
        """Return the derivative of the cdf."""
        high: Floats = np.einsum("rmk,rk->rm", _normal(self._standard(values)), self.probabilities)
        return high / (self.shrinkage * self.bandwidth)

    def slope(self, values: Floats) -> Floats:
        """Return the derivative of the density."""
        standard = self._standard(values)
        turn: Floats = np.einsum("rmk,rk->rm", -standard * _normal(standard), self.probabilities)
        return turn / (self.shrinkage * self.bandwidth) ** 2

    def inverse(self, shares: Floats) -> Floats:
        """Value that each share of people lies below, by Newton's method kept between bounds that close in."""
        spread = 40 * (self.bandwidth + 1) + float(np.ptp(self.scores))
        shape = np.broadcast_shapes(shares.shape, self.mean.shape)
        shares = np.broadcast_to(shares, shape)
        low = np.full(shape, self.scores[0] - spread)
        high = np.full(shape, self.scores[-1] + spread)
        at = UniformKernel(scores=self.scores, probabilities=self.probabilities).inverse(shares)
        for _ in range(STEPS):
            miss = self.cdf(at) - shares
            low, high = np.where(miss <= 0, at, low), np.where(miss >= 0, at, high)
            density = self.density(at)
            with np.errstate(over="ignore"):
                jump = at - np.divide(miss, density, out=np.full(shape, np.inf), where=density > 0)
            inside = (jump >= low) & (jump <= high)
            following = np.where(inside, jump, (low + high) / 2)
            still = np.abs(following - at) <= CLOSE * np.maximum(1, np.abs(at))
            at = following
            if still.all():
                break
        return at

    def cdf_gradient(self, values: Floats) -> Floats:
        """Return Phi(R_j) - M_j f(v),  M_j = (v - m) (1 - a^2) ((x_j - m) / s)^2 / 2 + (1 - a) x_j."""
        first = GaussianKernel(
            scores=self.scores, probabilities=self.probabilities[:1], bandwidth=self.bandwidth
        )
        a, mean, variance = (float(part[0, 0]) for part in (first.shrinkage, first.mean, first.variance))
        pull = (values[0][:, None] - mean) * (1 - a**2) * (self.scores - mean) ** 2 / variance / 2
        moved = pull + (1 - a) * self.scores
        gradient: Floats = ndtr(first._standard(values))[0] - moved * first.density(values)[0][:, None]
        return gradient

    def _standard(self, values: Floats) -> Floats:
        a = self.shrinkage
        centres = a * self.scores + (1 - a) * self.mean
        standard: Floats = (values[:, :, None] - centres[:, None, :]) / (a * self.bandwidth)[:, :, None]
        return standard


def _normal(x: Floats) -> Floats:
    high: Floats = np.exp(-x * x / 2) / np.sqrt(2 * np.pi)
    return high


def _take(rows: Floats, cell: npt.NDArray[np.intp]) -> Floats:
    """Return entries of each row; one row, or one row of places, serves for all."""
    n_rows = max(len(rows), len(cell))
    rows = np.broadcast_to(rows, (n_rows, rows.shape[1]))
    return np.take_along_axis(rows, np.broadcast_to(cell, (n_rows, cell.shape[1])), axis=1)
