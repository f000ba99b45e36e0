"""Two-step maximum likelihood for the correlations of all pairs at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import xlogy

from psychometrics.kernels.polychoric.cells import SMALLEST, Cells, cell_probabilities, cells, grid
from psychometrics.kernels.polychoric.root_search import newton_step, search
from psychometrics.kernels.polychoric.tables import PairTables, normal_scores

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

GRID_POINTS = 1 << 18


def fit_pairs(tables: PairTables) -> Floats:
    """Return rho maximising sum over cells of n_ab log pi_ab(rho), thresholds held at those of the margins.

    Newton steps on z = arctanh rho with the analytic derivatives, Fisher scoring where the likelihood is not
    concave, bisection where a step leaves the bracket of the sign change of the slope. Pairs that are done
    drop out. Independent of the number of persons.

    Returns
    -------
    ndarray of float64, shape (n_pairs,)
        Exactly -1 or 1 where the likelihood rises all the way there (the table is a perfect association as far as
        the options tell); nan where a table has fewer than two rows or columns in use.

    References
    ----------
    Olsson (1979), doi:10.1007/BF02296207, two-step method. Checked against a bounded search of the likelihood
    pair by pair, lavaan 0.6-14 ``lavCor`` and psych 2.2.9 ``polychoric(correct = 0)``.
    """
    chunk = max(1, GRID_POINTS // tables.counts.shape[1] ** 2)
    parts = [_fit(tables.take(slice(at, at + chunk))) for at in range(0, len(tables.first), chunk)]
    return np.concatenate(parts) if parts else np.empty(0)


def estimable(tables: PairTables) -> Flags:
    """Return whether each table has at least two rows and two columns in use."""
    rows, columns = tables.counts.sum(axis=2) > 0, tables.counts.sum(axis=1) > 0
    return np.asarray((rows.sum(axis=1) > 1) & (columns.sum(axis=1) > 1))


def _fit(tables: PairTables) -> Floats:
    start = np.where(estimable(tables), np.arctanh(_start(tables)), np.nan)
    where, n_ab = grid(tables), tables.counts

    def newton(rows: npt.NDArray[np.intp], z: Floats) -> tuple[Floats, Floats]:
        rho = np.tanh(z)
        return _newton(n_ab[rows], cells(where.take(rows), rho), rho)

    return _bounds_where_likelier(tables, np.tanh(search(newton, start)))


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
    by_rho = (n_ab * at.slope).sum(axis=(1, 2))
    bend = (n_ab * at.curvature).sum(axis=(1, 2))
    information = n_ab.sum(axis=(1, 2)) * (at.probability * np.square(at.slope)).sum(axis=(1, 2))
    return newton_step(by_rho, bend, information, rho)


def _start(tables: PairTables) -> Floats:
    """Return the product-moment correlation of the normal scores, kept off the bounds."""
    score = normal_scores(tables.margins)
    a, b, n = score[tables.first], score[tables.second], np.maximum(tables.n, 1)
    rows, columns = tables.counts.sum(axis=2), tables.counts.sum(axis=1)
    mean_a, mean_b = (rows * a).sum(axis=1) / n, (columns * b).sum(axis=1) / n
    product = np.einsum("pab,pa,pb->p", tables.counts, a, b, optimize=True) / n - mean_a * mean_b
    spread = ((rows * a * a).sum(axis=1) / n - mean_a**2) * ((columns * b * b).sum(axis=1) / n - mean_b**2)
    r = product / np.sqrt(np.maximum(spread, 1e-12))
    return np.asarray(np.clip(r, -0.95, 0.95))
