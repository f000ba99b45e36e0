"""Kendall's coefficient of concordance: do raters put the targets in the same order."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc
from scipy.stats import rankdata

Floats = npt.NDArray[np.float64]
ROWS_WORKED_OUT = 2000
CELLS_AT_ONCE = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Concordance:
    """W with its test against chance: chi^2 = m (n - 1) W with n - 1 degrees of freedom."""

    estimate: float
    statistic: float
    df: int
    p_value: float
    mean_rank_correlation: float


def concordance(x: Floats) -> Concordance:
    """Return W = 12 S / (m^2 (n^3 - n) - m sum_j T_j), S the sum of squares of the targets' rank sums.

    Ties get mid-ranks; T_j = sum over the ties of rater j of t^3 - t. The mean of Spearman's correlations over
    pairs of raters is (m W - 1) / (m - 1) when nothing is tied.

    Parameters
    ----------
    x : ndarray of float64, shape (n_targets, n_raters)
        n targets by m raters, complete.

    References
    ----------
    Kendall and Babington Smith (1939), doi:10.1214/aoms/1177732186; Kendall (1948), Rank correlation methods.
    Checked against irr 0.84.1.
    """
    n, m = x.shape
    if n < 2 or m < 2:
        return Concordance(estimate=nan, statistic=nan, df=0, p_value=nan, mean_rank_correlation=nan)
    ranks = rankdata(x, axis=0)
    sums = ranks.sum(axis=1)
    squares = float(np.square(sums - sums.mean()).sum())
    w = _ratio(np.array(squares), np.square(ranks - (n + 1) / 2).sum(axis=0), m)
    statistic = m * (n - 1) * float(w)
    return Concordance(
        estimate=float(w),
        statistic=statistic,
        df=n - 1,
        p_value=float(chdtrc(n - 1, statistic)),
        mean_rank_correlation=_mean_rank_correlation(ranks),
    )


def _ratio(squares: Floats, of_raters: Floats, m: int) -> Floats:
    """Return S / (m sum_j SS_j), SS_j the squares of the ranks of rater j: the tie correction in one term."""
    below = m * of_raters.sum(axis=-1)
    found: Floats = np.divide(squares, below, out=np.full_like(below, nan), where=below > 0)
    return found


def _mean_rank_correlation(ranks: Floats) -> float:
    spread = ranks.std(axis=0)
    if np.any(spread <= 0):
        return nan
    z = (ranks - ranks.mean(axis=0)) / spread
    n, m = z.shape
    return float((np.square(z.sum(axis=1)).sum() / n - m) / (m * (m - 1)))


def concordance_without_one(x: Floats) -> Floats:
    """Return W with each target left out in turn, shape (n_targets,); equal rows are worked out once.

    Leaving out target i lowers the rank of target j by h_ij = [x_ig < x_jg] + [x_ig = x_jg] / 2 for each rater g, so
    that S_(i) = S - d_i^2 - 2 sum_j d_j e_ij + sum_j e_ij^2, d the centred rank sums and e_ij = sum_g (h_ij - 1/2).
    The last sum is of order n where the others are n^2; beyond 2000 different rows its mean over some of them is used.
    """
    rows, place, times = np.unique(x, axis=0, return_inverse=True, return_counts=True)
    n, m = x.shape
    sums = _ranks_of_rows(rows, times).sum(axis=1)
    d = sums - m * (n + 1) / 2
    squares = float(times @ np.square(d)) - np.square(d)
    of_raters = np.zeros((len(rows), m))
    for g, column in enumerate(rows.T):
        values, at = np.unique(column, return_inverse=True)
        of_value = np.bincount(at, weights=times * d, minlength=len(values))
        above = of_value[::-1].cumsum()[::-1] - of_value / 2
        squares -= 2 * (above - of_value.sum() / 2)[at]
        tied = np.bincount(at, weights=times, minlength=len(values))
        ties = float((tied**3 - tied).sum()) - (tied**3 - tied)[at] + ((tied - 1) ** 3 - (tied - 1))[at]
        of_raters[:, g] = ((n - 1) ** 3 - (n - 1) - ties) / 12
    without: Floats = _ratio(squares + _second_order(rows, times), of_raters, m)[place.ravel()]
    return without


def _second_order(rows: Floats, times: npt.NDArray[np.intp]) -> Floats:
    """Return sum_j e_ij^2 of each row."""
    chosen = np.arange(len(rows))
    if len(rows) > ROWS_WORKED_OUT:
        chosen = chosen[:: len(rows) // (ROWS_WORKED_OUT // 10)]
    found = np.empty(len(chosen))
    step = max(1, CELLS_AT_ONCE // rows.size)
    for start in range(0, len(chosen), step):
        out = rows[chosen[start : start + step], None, :]
        e = np.sign(rows[None] - out).sum(axis=2) / 2
        found[start : start + step] = np.square(e) @ times
    return found if len(chosen) == len(rows) else np.full(len(rows), found.mean())


def _ranks_of_rows(rows: Floats, times: npt.NDArray[np.intp]) -> Floats:
    """Return mid-ranks of rows that stand for several targets each."""
    ranks = np.empty_like(rows)
    for g, column in enumerate(rows.T):
        values, place = np.unique(column, return_inverse=True)
        counts = np.bincount(place, weights=times, minlength=len(values))
        ranks[:, g] = (np.cumsum(counts) - counts + (counts + 1) / 2)[place]
    return ranks
