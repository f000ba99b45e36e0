"""What each person adds to the error of thresholds and correlations: standard errors and influences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from psychometrics.kernels.polychoric.bivariate_normal import conditional_deviate
from psychometrics.kernels.polychoric.cells import SMALLEST, cells, grid
from psychometrics.kernels.polychoric.tables import (
    PairTables,
    cumulative_proportions,
    indicators,
    threshold_steps,
)

Floats = npt.NDArray[np.float64]

CHUNK = 16_384


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Influences:
    """Influence of a person on rho_ij by the two options chosen: (own_ab / n_ij + first_a / n_i + second_b / n_j).

    Attributes
    ----------
    own : ndarray of float64, shape (n_pairs, n_options, n_options)
        s_ab / h: the slope of the log-likelihood over its curvature; only for persons with both items.
    first, second : ndarray of float64, shape (n_pairs, n_options)
        By way of the thresholds; for every person with the item.
    """

    own: Floats
    first: Floats
    second: Floats


def influences(tables: PairTables, rho: Floats) -> Influences:
    """Return the influences on the two-step estimates; nan where rho is at a bound or nan.

    rho solves sum n_ab s_ab = 0, s_ab = d log pi_ab / d rho. To first order
    d rho = (s_ab + sum_t G_t d tau_t + sum_u G_u d tau_u) / h with h = -sum p_ab d s_ab / d rho,
    G_t = sum p_ab d s_ab / d tau_t, and d tau_t = (1{a <= t} - P_t) / phi(tau_t). The observed derivatives are
    taken, so that the errors hold whether or not the variables behind are normal.

    References
    ----------
    Olsson (1979), doi:10.1007/BF02296207; Joreskog (1994), doi:10.1007/BF02296131; Jin and Yang-Wallentin (2017),
    doi:10.1007/s11336-016-9512-2, for data that do not follow the model. Checked against the change of rho when the
    weight of each cell is changed, and against lavaan 0.6-14.
    """
    inner = np.abs(rho) < 1
    rho = np.where(inner, rho, 0.0)
    where = grid(tables)
    at = cells(where, rho)
    n = np.maximum(tables.n, 1)[:, None, None]
    share = tables.counts / n
    known = at.probability > SMALLEST
    bend = -(share * at.curvature).sum(axis=(1, 2))
    h = np.where(inner & (bend > 0), bend, np.nan)[:, None]
    weight = np.where(known, share / np.where(known, at.probability, 1.0), 0.0)
    by_first = _by_thresholds(where.h, where.k, rho, weight, weight * at.slope)
    flipped = weight.transpose(0, 2, 1), (weight * at.slope).transpose(0, 2, 1)
    by_second = _by_thresholds(where.k.transpose(0, 2, 1), where.h.transpose(0, 2, 1), rho, *flipped)
    return Influences(
        own=at.slope / h[:, :, None],
        first=np.einsum("pt,pta->pa", by_first, threshold_steps(where.below_h[:, 1:-1])) / h,
        second=np.einsum("pt,pta->pa", by_second, threshold_steps(where.below_k[:, 1:-1])) / h,
    )


def _by_thresholds(h: Floats, k: Floats, rho: Floats, weight: Floats, weighted_slope: Floats) -> Floats:
    """Return G_t / phi(tau_t) for the item in rows.

    d Phi2 / d h = phi(h) Phi(v), d phi2 / d h = -phi(h) phi(v) (h - rho k) / s^3, with v = (k - rho h) / s.
    """
    r = rho[:, None, None]
    v = conditional_deviate(k, h, r)
    s2 = (1 - r) * (1 + r)
    slope = -np.exp(-np.square(v) / 2) / np.sqrt(2 * np.pi * s2) * (h - r * k) / s2
    mass = np.pad(ndtr(v), ((0, 0), (0, 0), (1, 1)), constant_values=((0, 0), (0, 0), (0, 1)))
    d_slope = np.diff(np.pad(slope, ((0, 0), (0, 0), (1, 1))), axis=2)
    d_mass = np.diff(mass, axis=2)
    gain = -np.diff(weight, axis=1) * d_slope + np.diff(weighted_slope, axis=1) * d_mass
    return np.asarray(gain.sum(axis=2))


def standard_errors(tables: PairTables, found: Influences) -> Floats:
    """Return the standard error of each rho: the root of the sum of squared influences, times sqrt(n / (n - 1)).

    The thresholds are estimated too; with values missing, from more persons than the pair has.
    """
    n_items = tables.margins.sum(axis=1)
    n_i, n_j = np.maximum(n_items[tables.first], 1)[:, None], np.maximum(n_items[tables.second], 1)[:, None]
    n = np.maximum(tables.n, 1)
    first, second = found.first / n_i, found.second / n_j
    both = found.own / n[:, None, None] + first[:, :, None] + second[:, None, :]
    rows, columns = tables.counts.sum(axis=2), tables.counts.sum(axis=1)
    squares = (tables.counts * np.square(both)).sum(axis=(1, 2))
    first_only = np.maximum(tables.margins[tables.first] - rows, 0.0)
    second_only = np.maximum(tables.margins[tables.second] - columns, 0.0)
    squares += (first_only * np.square(first)).sum(axis=1) + (second_only * np.square(second)).sum(axis=1)
    return np.asarray(np.where(n > 1, np.sqrt(squares * n / np.maximum(n - 1, 1)), np.nan))


def person_influences(
    codes: npt.NDArray[np.integer],
    tables: PairTables,
    found: Influences,
    by_rho: Floats,
    by_share: Floats | None = None,
) -> Floats:
    """Return each person's influence on any function of the correlations and the shares P_it, times n_persons.

    The influence is y'By + b'y, y the indicators of the options chosen: a sum over pairs without a loop.

    Parameters
    ----------
    codes : ndarray of int, shape (n_items, n_persons)
        The responses the tables were counted from; negative where missing.
    tables : PairTables
    found : Influences
    by_rho : ndarray of float64, shape (n_pairs,)
        Derivative of the function by each rho.
    by_share : ndarray of float64, shape (n_items, n_options - 1), optional
        Derivative by each share at or below an option.
    """
    k, c = tables.margins.shape
    n = codes.shape[1]
    per_pair, per_item = n / np.maximum(tables.n, 1), n / np.maximum(tables.margins.sum(axis=1), 1)
    square = np.zeros((k, c, k, c))
    square[tables.first, :, tables.second, :] = (by_rho * per_pair)[:, None, None] * found.own
    line = np.zeros((k, c))
    np.add.at(line, tables.first, by_rho[:, None] * found.first)
    np.add.at(line, tables.second, by_rho[:, None] * found.second)
    if by_share is not None:
        shares = np.nan_to_num(cumulative_proportions(tables.margins))
        line += np.einsum("kt,kta->ka", by_share, threshold_steps(shares))
    line *= per_item[:, None]
    parts = []
    for start in range(0, n, CHUNK):
        y = indicators(codes[:, start : start + CHUNK], c)
        parts.append(np.einsum("px,px->p", y @ square.reshape(k * c, k * c), y) + y @ line.ravel())
    return np.concatenate(parts) if parts else np.empty(0)
