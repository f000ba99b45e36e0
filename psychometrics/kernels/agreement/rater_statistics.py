"""What each rater does compared with the others on the same: severity, spread, agreement, use of levels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from psychometrics.kernels.agreement.shared_rows import SharedRows

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.intp]

ROUND_OFF = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bounded:
    """One estimate per rater with its interval; nan where it does not exist."""

    estimate: Floats
    lower: Floats
    upper: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Moments:
    """Per rater and criterion: n, and the sums of a, b, a^2, b^2, ab and E(b)^2; shape (n_raters, n_criteria)."""

    n: Floats
    a: Floats
    b: Floats
    aa: Floats
    bb: Floats
    ab: Floats
    mm: Floats

    @property
    def own_squares(self) -> Floats:
        """Sum of squares of a within criteria, shape (n_raters,)."""
        return _within(self.aa, self.a, self.a, self.n)

    @property
    def other_squares(self) -> Floats:
        """Sum of squares of b within criteria."""
        return _within(self.bb, self.b, self.b, self.n)


def _within(products: Floats, a: Floats, b: Floats, n: Floats) -> Floats:
    found: Floats = (products - a * b / np.maximum(n, 1)).sum(axis=1)
    return found


def moments_of(rows: SharedRows) -> Moments:
    """Return the moments of each rater and criterion."""
    n_criteria = int(rows.criterion.max(initial=0)) + 1
    key = rows.rater * n_criteria + rows.criterion

    def total(values: Floats) -> Floats:
        found = np.bincount(key, weights=values, minlength=rows.n_raters * n_criteria)
        return found.reshape(rows.n_raters, n_criteria).astype(np.float64)

    return Moments(
        n=total(np.ones_like(rows.own)),
        a=total(rows.own),
        b=total(rows.others),
        aa=total(rows.own**2),
        bb=total(rows.others_square),
        ab=total(rows.own * rows.others),
        mm=total(rows.others**2),
    )


def severity(rows: SharedRows, confidence: float) -> Bounded:
    """Return mean(E(b) - a), in points: positive where the others give more to the same.

    The standard error takes the criteria of one target as one cluster; t with the number of targets - 1.
    """
    gap = rows.others - rows.own
    n = rows.by_rater(np.ones_like(gap))
    mean = _divided(rows.by_rater(gap), n)
    return _linear(rows, mean, (gap - mean[rows.rater]) / np.maximum(n, 1)[rows.rater], confidence)


def drift(rows: SharedRows, time: Floats, confidence: float) -> Bounded:
    """Return the slope of E(b) - a on time: how much more severe the rater gets per unit of time.

    Not the rater's alone: the others may have changed too.
    """
    gap = rows.others - rows.own
    n = np.maximum(rows.by_rater(np.ones_like(gap)), 1)
    t = time - (rows.by_rater(time) / n)[rows.rater]
    y = gap - (rows.by_rater(gap) / n)[rows.rater]
    squares = rows.by_rater(t * t)
    scale = np.where(squares > ROUND_OFF * rows.by_rater(np.ones_like(t)), squares, np.nan)
    slope = rows.by_rater(t * y) / scale
    residual = y - slope[rows.rater] * t
    return _linear(rows, slope, t * residual / scale[rows.rater], confidence)


def spread_ratio(rows: SharedRows, m: Moments, confidence: float) -> Bounded:
    """Return SD(a) / SD(b) within criteria, with an interval on the log scale; below 1: a narrower range."""
    own, other = m.own_squares, m.other_squares
    there = (own > ROUND_OFF * m.aa.sum(axis=1)) & (other > ROUND_OFF * m.bb.sum(axis=1))
    own, other = np.where(there, own, np.nan), np.where(there, other, np.nan)
    ratio = np.sqrt(own / other)
    mean_a, mean_b = _means(rows, m)
    g = rows.rater
    a = np.square(rows.own - mean_a) / own[g]
    b = (rows.others_square - 2 * rows.others * mean_b + mean_b**2) / other[g]
    half = _half(rows, (a - b) / 2, confidence)
    return Bounded(estimate=ratio, lower=ratio * np.exp(-half), upper=ratio * np.exp(half))


def weighted_kappa(rows: SharedRows, m: Moments, confidence: float) -> Bounded:
    """Return the quadratic weighted kappa of a and b: 1 - E(a - b)^2 / (E a^2 + E b^2 - 2 E a E b), criteria pooled.

    The interval is on the log scale of 1 - kappa.
    """
    apart = rows.own**2 - 2 * rows.own * rows.others + rows.others_square
    observed = rows.by_rater(apart)
    expected = (m.aa + m.bb - 2 * m.a * m.b / np.maximum(m.n, 1)).sum(axis=1)
    expected = np.where(expected > ROUND_OFF * (m.aa + m.bb).sum(axis=1), expected, np.nan)
    ratio = observed / expected
    mean_a, mean_b = _means(rows, m)
    by_chance = (
        rows.own**2
        + rows.others_square
        - 2 * (rows.own * mean_b + rows.others * mean_a)
        + 2 * mean_a * mean_b
    )
    g = rows.rater
    half = _half(rows, (apart - ratio[g] * by_chance) / expected[g], confidence)
    half = half / np.where(ratio > ROUND_OFF, ratio, np.nan)
    with np.errstate(over="ignore"):
        lower = 1 - ratio * np.exp(half)
    return Bounded(estimate=1 - ratio, lower=np.maximum(lower, -1.0), upper=1 - ratio * np.exp(-half))


def correlation_with_others(m: Moments) -> Floats:
    """Return the correlation of a with E(b) within criteria: does the rater order the targets as the others do."""
    with_others = _within(m.ab, m.a, m.b, m.n)
    below = m.own_squares * _within(m.mm, m.b, m.b, m.n)
    there = below > ROUND_OFF * (m.aa.sum(axis=1) * m.mm.sum(axis=1))
    return with_others / np.sqrt(np.where(there, below, np.nan))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LevelUse:
    """How a rater and the others on the same spread their ratings over the levels."""

    evenness: Floats
    evenness_rest: Floats
    extremes: Floats
    extremes_rest: Floats
    n_levels_used: Floats


def level_use(rows: SharedRows, level: Integers, n_levels: Integers) -> LevelUse:
    """Return -sum p log p / log q (1: all levels alike) and the share of lowest and highest levels, own and others'.

    Parameters
    ----------
    rows : SharedRows
    level : ndarray of int, shape (n_rows,)
    n_levels : ndarray of int, shape (n_rows,)
        q of the criterion of the row.
    """
    q = int(n_levels.max(initial=1))
    n_cells = int(rows.cell.max(initial=-1)) + 1
    said = np.bincount(rows.cell * q + level, minlength=n_cells * q).reshape(n_cells, q)
    n = np.maximum(rows.by_rater(np.ones_like(rows.own)), 1)
    mine = np.column_stack([rows.by_rater((level == k).astype(np.float64)) for k in range(q)]) / n[:, None]
    others = np.column_stack(
        [rows.by_rater((said[rows.cell, k] - (level == k)) / rows.n_others) for k in range(q)]
    )
    ends = (level == 0) | (level == n_levels - 1)
    of_cell = said[rows.cell, 0] + (n_levels > 1) * said[rows.cell, n_levels - 1] - ends
    return LevelUse(
        evenness=_evenness(mine),
        evenness_rest=_evenness(others / n[:, None]),
        extremes=_divided(rows.by_rater(ends.astype(np.float64)), n),
        extremes_rest=_divided(rows.by_rater(of_cell / rows.n_others), n),
        n_levels_used=(mine > 0).sum(axis=1).astype(np.float64),
    )


def _evenness(shares: Floats) -> Floats:
    q = shares.shape[1]
    logs = np.log(np.where(shares > ROUND_OFF, shares, 1.0))
    if q < 2:
        return np.full(len(shares), np.nan)
    found: Floats = -(shares * logs).sum(axis=1) / np.log(q)
    return found


def _means(rows: SharedRows, m: Moments) -> tuple[Floats, Floats]:
    n = np.maximum(m.n, 1)
    where = rows.rater, rows.criterion
    return (m.a / n)[where], (m.b / n)[where]


def _divided(above: Floats, below: Floats) -> Floats:
    found: Floats = np.divide(above, below, out=np.full_like(above, np.nan), where=below > 0)
    return found


def _half(rows: SharedRows, influence: Floats, confidence: float) -> Floats:
    """Return t se per rater from influences that sum to 0 within a rater; targets are the clusters."""
    squares, clusters = rows.clustered(influence)
    enough = clusters > 1
    variance = squares * clusters / np.where(enough, clusters - 1, np.nan)
    t = stdtrit(np.where(enough, clusters - 1, 1.0), (1 + confidence) / 2)
    return np.asarray(t * np.sqrt(variance), np.float64)


def _linear(rows: SharedRows, estimate: Floats, influence: Floats, confidence: float) -> Bounded:
    half = _half(rows, influence, confidence)
    return Bounded(estimate=estimate, lower=estimate - half, upper=estimate + half)
