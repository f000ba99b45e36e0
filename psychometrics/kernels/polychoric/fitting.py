"""Two-step maximum likelihood for the correlations of all pairs at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import xlogy

from psychometrics.kernels.polychoric.cells import SMALLEST, Cells, cell_probabilities, cells, grid
from psychometrics.kernels.polychoric.tables import PairTables, normal_scores

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

FURTHEST = float(np.arctanh(1 - 1e-8))
STEP = 1e-9  # Newton's steps square their error: a step this small leaves only round-off
NEWTON_STEPS = 15  # four or five do for ordinary tables; after these the bracket is halved until it closes
MOST_STEPS = 60
GRID_POINTS = 1 << 18


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PairFit:
    """The correlation of each pair.

    Attributes
    ----------
    rho : ndarray of float64, shape (n_pairs,)
        Exactly -1 or 1 at the bounds; nan where a table has fewer than two rows or columns in use.
    at_bound : ndarray of bool, shape (n_pairs,)
        The likelihood rises all the way to -1 or 1: the table is a perfect association as far as the options tell.
    steps : int
        Most steps any pair took.
    """

    rho: Floats
    at_bound: Flags
    steps: int


def fit_pairs(tables: PairTables) -> PairFit:
    """Return rho maximising sum over cells of n_ab log pi_ab(rho), thresholds held at those of the margins.

    Newton steps on z = arctanh rho with the analytic derivatives, Fisher scoring where the likelihood is not
    concave, bisection where a step leaves the bracket of the sign change of the slope. Pairs that are done
    drop out. Independent of the number of persons.

    References
    ----------
    Olsson (1979), doi:10.1007/BF02296207, two-step method. Checked against a bounded search of the likelihood
    pair by pair, lavaan 0.6-14 ``lavCor`` and psych 2.2.9 ``polychoric(correct = 0)``.
    """
    chunk = max(1, GRID_POINTS // tables.counts.shape[1] ** 2)
    parts = [_fit(tables.take(slice(at, at + chunk))) for at in range(0, len(tables.first), chunk)]
    if not parts:
        return PairFit(rho=np.empty(0), at_bound=np.empty(0, bool), steps=0)
    return PairFit(
        rho=np.concatenate([part.rho for part in parts]),
        at_bound=np.concatenate([part.at_bound for part in parts]),
        steps=max(part.steps for part in parts),
    )


def estimable(tables: PairTables) -> Flags:
    """Return whether each table has at least two rows and two columns in use."""
    rows, columns = tables.counts.sum(axis=2) > 0, tables.counts.sum(axis=1) > 0
    return np.asarray((rows.sum(axis=1) > 1) & (columns.sum(axis=1) > 1))


def _fit(tables: PairTables) -> PairFit:
    live = np.flatnonzero(estimable(tables))
    z = np.full(len(tables.first), np.nan)
    where, n_ab = grid(tables).take(live), tables.counts[live]
    z[live] = np.arctanh(_start(tables)[live])
    low, high = np.full(len(live), -FURTHEST), np.full(len(live), FURTHEST)
    steps = 0
    while len(live) and steps < MOST_STEPS:
        steps += 1
        now = z[live]
        slope, step = _newton(n_ab, cells(where, np.tanh(now)), np.tanh(now))
        low, high = np.where(slope > 0, now, low), np.where(slope < 0, now, high)
        new = now + step
        inside = (new >= low) & (new <= high) & (steps <= NEWTON_STEPS)
        new = np.where(inside, new, (low + high) / 2)
        z[live] = new
        going = (np.abs(new - now) > STEP * (1 + np.abs(new))) & (slope != 0)
        live, n_ab, where, low, high = live[going], n_ab[going], where.take(going), low[going], high[going]
    rho = _bounds_where_likelier(tables, np.tanh(z))
    return PairFit(rho=rho, at_bound=np.abs(rho) == 1, steps=steps)


def _bounds_where_likelier(tables: PairTables, rho: Floats) -> Floats:
    """Return -1 or 1 for the tables that are possible there and no less likely than inside."""
    where, inside = grid(tables), rho
    for bound in (-1.0, 1.0):
        at = cell_probabilities(where, np.full(len(rho), bound))
        rows = np.flatnonzero(np.all((tables.counts == 0) | (at > SMALLEST), axis=(1, 2)) & ~np.isnan(inside))
        n_ab = tables.counts[rows]
        there = _log_likelihood(n_ab, at[rows])
        here = _log_likelihood(n_ab, cell_probabilities(where.take(rows), inside[rows]))
        rho = rho.copy()
        rho[rows[there >= here - 1e-9 * n_ab.sum(axis=(1, 2))]] = bound
    return rho


def _log_likelihood(n_ab: Floats, probability: Floats) -> Floats:
    return np.asarray(xlogy(n_ab, np.maximum(probability, SMALLEST)).sum(axis=(1, 2)))


def _newton(n_ab: Floats, at: Cells, rho: Floats) -> tuple[Floats, Floats]:
    """Return the slope of the log-likelihood by z and the step to its root."""
    along = (1 - rho) * (1 + rho)
    by_rho = (n_ab * at.slope).sum(axis=(1, 2))
    slope = by_rho * along
    bend = (n_ab * at.curvature).sum(axis=(1, 2)) * along**2 - 2 * rho * slope
    n = n_ab.sum(axis=(1, 2))
    information = n * (at.probability * np.square(at.slope)).sum(axis=(1, 2)) * along**2
    steepness = np.where(bend < 0, -bend, np.maximum(information, 1e-300))
    return slope, np.clip(slope / steepness, -2.0, 2.0)


def _start(tables: PairTables) -> Floats:
    """Return the product-moment correlation of the normal scores, kept off the bounds."""
    score = normal_scores(tables.margins)
    a, b, n = score[tables.first], score[tables.second], np.maximum(tables.n, 1)
    rows, columns = tables.counts.sum(axis=2), tables.counts.sum(axis=1)
    mean_a, mean_b = (rows * a).sum(axis=1) / n, (columns * b).sum(axis=1) / n
    product = np.einsum("pab,pa,pb->p", tables.counts, a, b, optimize=True) / n - mean_a * mean_b
    spread = ((rows * a * a).sum(axis=1) / n - mean_a**2) * ((columns * b * b).sum(axis=1) / n - mean_b**2)
    r = product / np.sqrt(np.maximum(spread, 1e-12))
    return np.clip(r, -0.95, 0.95)
