"""Probabilities of the cells of many two-way tables, and their derivatives by the correlation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from psychometrics.kernels.polychoric.bivariate_normal import (
    FAR,
    bivariate_normal_cdf,
    bivariate_normal_density,
)
from psychometrics.kernels.polychoric.tables import (
    PairTables,
    cumulative_proportions,
    normal_scores,
    thresholds,
)

Floats = npt.NDArray[np.float64]

SMALLEST = 1e-14  # a cell probability below this is round-off of the bivariate normal distribution


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grid:
    """Where the tables of all pairs are cut: thresholds, cumulative proportions and scores of both items.

    Attributes
    ----------
    h, k : ndarray of float64, shapes (n_pairs, n_options - 1, 1) and (n_pairs, 1, n_options - 1)
        Thresholds of the first and the second item, infinite ones replaced by large ones.
    below_h, below_k : ndarray of float64, shape (n_pairs, n_options + 1)
        Cumulative proportions from 0 to 1.
    score_h, score_k : ndarray of float64, shapes (n_pairs, n_options, 1) and (n_pairs, 1, n_options)
        Mean of the normal variable within each option.
    """

    h: Floats
    k: Floats
    below_h: Floats
    below_k: Floats
    score_h: Floats
    score_k: Floats

    def take(self, rows: npt.NDArray[np.bool_] | npt.NDArray[np.intp]) -> Grid:
        """Return some of the pairs."""
        return Grid(
            h=self.h[rows],
            k=self.k[rows],
            below_h=self.below_h[rows],
            below_k=self.below_k[rows],
            score_h=self.score_h[rows],
            score_k=self.score_k[rows],
        )


def grid(tables: PairTables) -> Grid:
    """Return the grid of the tables; thresholds come from the margins of each item."""
    i, j = tables.first, tables.second
    share = np.nan_to_num(cumulative_proportions(tables.margins))
    ends = [(0, 0), (1, 1)]
    below = np.pad(share, ends, constant_values=((0, 0), (0, 1)))
    tau = np.clip(np.nan_to_num(thresholds(tables.margins), nan=FAR), -FAR, FAR)
    score = normal_scores(tables.margins)
    return Grid(
        h=tau[i][:, :, None],
        k=tau[j][:, None, :],
        below_h=below[i],
        below_k=below[j],
        score_h=score[i][:, :, None],
        score_k=score[j][:, None, :],
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cells:
    """Probability of each cell, its first derivative and (when asked for) the second; (n_pairs, n_options, n_options).

    ``slope`` is d log probability / d rho, also where the probability is too small to be known.
    """

    probability: Floats
    slope: Floats
    curvature: Floats


def cells(grid: Grid, rho: Floats) -> Cells:
    """Return the cells at rho: pi_ab = second differences of Phi2 over the thresholds, and so their derivatives.

    d Phi2 / d rho = phi2 and d phi2 / d rho = phi2 (rho / s^2 + ((1 + rho^2) h k - rho (h^2 + k^2)) / s^4), with
    s^2 = 1 - rho^2. ``slope`` is pi' / pi and ``curvature`` pi'' / pi - (pi' / pi)^2.

    References
    ----------
    Olsson (1979), doi:10.1007/BF02296207. Checked against numerical derivatives.
    """
    r = rho[:, None, None]
    density = bivariate_normal_density(grid.h, grid.k, r)
    probability = cell_probabilities(grid, rho)
    first = _differences(_framed(density))
    second = _differences(_framed(density * _log_slope(grid.h, grid.k, r)))
    known = probability > SMALLEST
    safe = np.where(known, probability, 1.0)
    slope = np.where(known, first / safe, _log_slope(grid.score_h, grid.score_k, r))
    curvature = np.where(known, second / safe - np.square(slope), 0.0)
    return Cells(probability=np.where(known, probability, 0.0), slope=slope, curvature=curvature)


def cell_probabilities(grid: Grid, rho: Floats) -> Floats:
    """Return pi_ab alone; rho may be -1 or 1."""
    corners = bivariate_normal_cdf(grid.h, grid.k, rho[:, None, None])
    return _differences(_with_margins(grid, corners))


def _log_slope(h: Floats, k: Floats, r: Floats) -> Floats:
    """Return d log phi2(h, k; r) / d r."""
    s2 = (1 - r) * (1 + r)
    return np.asarray(r / s2 + ((1 + r * r) * h * k - r * (h * h + k * k)) / (s2 * s2))


def _framed(inner: Floats) -> Floats:
    return np.pad(inner, ((0, 0), (1, 1), (1, 1)))


def _with_margins(grid: Grid, inner: Floats) -> Floats:
    outer = _framed(inner)
    outer[:, :, -1] = grid.below_h
    outer[:, -1, :] = grid.below_k
    return outer


def _differences(corners: Floats) -> Floats:
    return np.asarray(np.diff(np.diff(corners, axis=1), axis=2))
