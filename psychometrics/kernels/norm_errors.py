"""Sampling variances of norm statistics: the delta method from counts, with calibrated weights too.

A statistic t of a score distribution moves by the sum of w_i IF(y_i) / sum w_i when people are drawn; IF is its
influence function, one value per score. Everything else follows from one variance.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from psychometrics.kernels.percentiles import below_and_at
from psychometrics.kernels.raking import effective_size

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WeightedCounts:
    """Counts of one scale in one part of a sample, by weight cell.

    Attributes
    ----------
    scores : ndarray of float64, shape (U,)
    counts : ndarray of float64, shape (H, U)
        People of each weight cell with each score.
    weights : ndarray of float64, shape (H,)
    sizes : ndarray of float64, shape (H,)
        People of each weight cell in the whole sample, in this part or not, with a score or without.
    projection : ndarray of float64, shape (H, H)
        Takes means per weight cell to what the margins fix of them (0 for weights that are taken as fixed).
    leverage : ndarray of float64, shape (H,)
        How much each person of a cell pulls the projection, 0..1; 0 leaves residuals as they are.
    multinomial : bool
        True for one weight and no margins: variances then divide by n as those of multinomial counts do.
    """

    scores: Floats
    counts: Floats
    weights: Floats
    sizes: Floats
    projection: Floats
    leverage: Floats
    multinomial: bool

    @property
    def n(self) -> float:
        """People."""
        return float(self.counts.sum())

    @property
    def effective_n(self) -> float:
        """Kish's effective sample size."""
        return effective_size(self.counts.sum(axis=1), self.weights)

    @property
    def degrees_of_freedom(self) -> float:
        """Effective sample size less what the margins fix, at least 1; infinite for multinomial counts."""
        return (
            inf if self.multinomial else max(self.effective_n - max(float(np.trace(self.projection)), 1), 1.0)
        )

    @property
    def squared_weights(self) -> Floats:
        """w_h^2 / (1 - l_h)^2."""
        return (self.weights / (1 - self.leverage)) ** 2

    @property
    def mass(self) -> Floats:
        """Weighted count of each score, scaled to add up to the number of people."""
        raw = self.weights @ self.counts
        total = raw.sum()
        return raw * (self.n / total) if total > 0 else raw


def plain_counts(scores: Floats, counts: npt.NDArray[np.int64] | Floats) -> WeightedCounts:
    """Return unweighted counts in the same shape."""
    one = np.asarray(counts, np.float64)[None, :]
    return WeightedCounts(
        scores=scores,
        counts=one,
        weights=np.ones(1),
        sizes=one.sum(axis=1),
        projection=np.zeros((1, 1)),
        leverage=np.zeros(1),
        multinomial=True,
    )


def projection_onto(design: Floats, sizes: Floats) -> Floats:
    """Return the weighted least-squares projection onto the columns of a design, shape (H, H).

    P = C (C' S C)^+ C' S, S the people per cell times their base weight
    """
    if not design.shape[1]:
        return np.zeros((len(sizes), len(sizes)))
    weighted = design.T * sizes
    return np.asarray(design @ np.linalg.pinv(weighted @ design) @ weighted)


def variances(of: WeightedCounts, influence: Floats) -> Floats:
    """Return the variances of statistics from their influence functions.

    V = n / (n - 1) [ sum_h w_h^2 / (1 - l_h)^2 { sum_u n_hu (IF_u - f_h)^2 + (N_h - n_h) f_h^2 } - e^2 / n ] / W^2

    f_h is the projection of the cell means of IF (0 for people elsewhere) onto the margins: what calibration fixes
    does not vary. W = sum n_hu w_h, n = all people, e the weighted sum of what is left of IF; l_h the leverage of a person, which
    makes residuals as large as those of people left out one by one (survey has l_h = 0). With one weight and no margins this is the multinomial
    variance sum n_u IF_u^2 / n^2 of Oosterhuis et al. (2017), without n / (n - 1).

    Parameters
    ----------
    of : WeightedCounts
    influence : ndarray of float64, shape (..., U)
        Centred: its weighted mean is 0.

    References
    ----------
    Deville and Sarndal (1992), doi:10.1080/01621459.1992.10475217, section 3. MacKinnon and White (1985),
    doi:10.1016/0304-4076(85)90158-7, for the leverage (HC3). Oosterhuis, van der Ark and Sijtsma
    (2017), doi:10.1007/s11336-016-9535-8.
    """
    inside = influence @ of.counts.T
    squares = influence**2 @ of.counts.T
    return finish(of, inside, squares)


def finish(of: WeightedCounts, sums: Floats, squares: Floats) -> Floats:
    """Return the variance from sums and sums of squares of the influence per weight cell, shape (..., H)."""
    total = float((of.weights @ of.counts).sum())
    means = np.divide(sums, of.sizes, out=np.zeros_like(sums), where=of.sizes > 0)
    fixed = means @ of.projection.T
    spread = np.maximum(squares - 2 * fixed * sums + fixed**2 * of.sizes, 0) @ of.squared_weights
    n = float(of.sizes.sum())
    if not of.multinomial:
        spread = (spread - ((sums - fixed * of.sizes) @ of.weights) ** 2 / n) * n / (n - 1)
    out: Floats = np.maximum(spread, 0) / total**2
    return out


def covariances(of: WeightedCounts, influence: Floats) -> Floats:
    """Return the covariance matrix of several statistics, influence shape (S, U): as :func:`variances`."""
    sums = influence @ of.counts.T
    means = np.divide(sums, of.sizes, out=np.zeros_like(sums), where=of.sizes > 0)
    fixed = means @ of.projection.T
    squared = of.squared_weights
    cross = (influence * (squared @ of.counts)) @ influence.T
    mixed = (fixed * squared) @ sums.T
    total = float((of.weights @ of.counts).sum())
    both = cross - mixed - mixed.T + (fixed * squared * of.sizes) @ fixed.T
    n = float(of.sizes.sum())
    if not of.multinomial:
        left = (sums - fixed * of.sizes) @ of.weights
        both = (both - np.outer(left, left) / n) * n / (n - 1)
    return np.asarray(both / total**2)


def rank_variances(of: WeightedCounts, method: str) -> Floats:
    """Return the variance of the share (0..1) at each of the 2U + 1 places of a rank table.

    Parameters
    ----------
    of : WeightedCounts
    method : str
        "below", "at_or_below"; everything else stands for the mid share.
    """
    at = {"below": 0.0, "at_or_below": 1.0}.get(method, 0.5)
    B, F = below_and_at(of.counts)
    size = of.counts.sum(axis=1)[:, None]
    counted = B + at * F
    share = of.weights @ counted / float(of.weights @ size[:, 0])
    sums = counted - size * share
    squares = B + at**2 * F - 2 * share * counted + size * share**2
    return finish(of, sums.T, squares.T)


def mean_and_sd(of: WeightedCounts) -> tuple[float, float]:
    """Return the weighted mean, and the SD with n / (n - 1); nan for fewer than two people or no weight."""
    mass, n = of.mass, of.n
    if not mass.sum() > 0:
        return float("nan"), float("nan")
    mean = float(of.scores @ mass) / n
    if n < 2:
        return mean, float("nan")
    return mean, float(np.sqrt((mass @ (of.scores - mean) ** 2) / (n - 1)))


def moment_influences(of: WeightedCounts) -> tuple[Floats, Floats]:
    """Return the influence functions of the mean and of the SD, each shape (U,).

    IF_mean = x - m;  IF_sd = n / (n - 1) {(x - m)^2 - s0^2} / (2 s), s0^2 the variance with n; nan without spread
    """
    n, mass = of.n, of.mass
    mean, sd = mean_and_sd(of)
    away = of.scores - mean
    if not sd > 0:
        return away, np.full(len(away), np.nan)
    return away, n / (n - 1) * (away**2 - float(mass @ away**2) / n) / (2 * sd)


def mid_shares(mass: Floats) -> Floats:
    """Return share below plus half the share at each score, from (weighted) counts, shape (..., U)."""
    shares = mass / mass.sum(axis=-1, keepdims=True)
    out: Floats = np.cumsum(shares, axis=-1) - shares / 2
    return out


def percentile_point(scores: Floats, mid: Floats, rank: float) -> tuple[float, int, float]:
    """Return the score at a percentile rank, between which scores k, k + 1 it lies, and how far along, c.

    The mid distribution function, joined by straight lines, is turned round: with mid shares F_k <= p <= F_(k+1) and
    c = (p - F_k) / (F_(k+1) - F_k), point = x_k + c (x_(k+1) - x_k). Nan outside the first and last mid share.

    References
    ----------
    Ma, Genton and Parzen (2011), doi:10.1007/s10463-008-0215-z: mid-distribution quantiles.
    """
    p = rank / 100
    if not (len(mid) > 1 and mid[0] <= p <= mid[-1]):
        return float("nan"), 0, float("nan")
    k = min(int(np.searchsorted(mid, p, side="right")) - 1, len(mid) - 2)
    step = mid[k + 1] - mid[k]
    c = float((p - mid[k]) / step) if step > 0 else 0.5
    return float(scores[k] + c * (scores[k + 1] - scores[k])), k, c


def point_variance(of: WeightedCounts, mid: Floats, k: int, c: float) -> float:
    """Return the variance of a percentile point: that of the mid share there, over the squared slope."""
    rows = np.arange(len(mid))
    around = [(rows < u) + 0.5 * (rows == u) - mid[u] for u in (k, k + 1)]
    moved = (1 - c) * around[0] + c * around[1]
    slope = (mid[k + 1] - mid[k]) / (of.scores[k + 1] - of.scores[k])
    return float(variances(of, moved)) / float(slope) ** 2 if slope > 0 else float("nan")


def deviate_errors(share: Floats, errors: Floats) -> Floats:
    """Return the standard error of the normal deviate of a share, se / phi(z); nan at 0 and 1."""
    inside = (share > 0) & (share < 1)
    z = ndtri(np.where(inside, share, 0.5))
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    return np.where(inside, errors / density, np.nan)
