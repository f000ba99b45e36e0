"""A machine beside human raters, from sums over scripts, so that each script can be left out at no cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from psychometrics.kernels.agreement.intervals import jackknife_error
from psychometrics.kernels.bounds import ROUND_OFF, Bounds

Floats = npt.NDArray[np.float64]

# places of the sums over scripts
(
    N,
    C,
    C2,
    H,
    H2,
    M,
    M2,
    MH,
    CH2,
    CMH,
    CM2,
    ERROR,
    DF,
    DOUBLE,
    D_H,
    D_H2,
    D_HH,
    SAME,
    NEAR,
    G,
    G_M,
    G_H,
    TOTAL,
) = range(23)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scripts:
    """One entry per script that the machine and a human scored; arrays of shape (n_scripts,).

    Attributes
    ----------
    count : ndarray of float64
        c, human ratings of the script; at least 1.
    total, squares : ndarray of float64
        Sum of the human ratings and of their squares, in points.
    machine : ndarray of float64
    same, adjacent : ndarray of float64
        Share of the human ratings equal to the machine's level, and at most one level away.
    """

    count: Floats
    total: Floats
    squares: Floats
    machine: Floats
    same: Floats
    adjacent: Floats

    def where(self, keep: npt.NDArray[np.bool_]) -> Scripts:
        """Return some of the scripts."""
        return Scripts(
            count=self.count[keep],
            total=self.total[keep],
            squares=self.squares[keep],
            machine=self.machine[keep],
            same=self.same[keep],
            adjacent=self.adjacent[keep],
        )


def parts(scripts: Scripts, group: npt.NDArray[np.bool_] | None = None) -> Floats:
    """Return what each script adds to the sums, shape (n_scripts, 23); ``group`` marks those of one group."""
    c, h1, h2, m = scripts.count, scripts.total, scripts.squares, scripts.machine
    mean, square = h1 / c, h2 / c
    double = (c > 1).astype(np.float64)
    product = np.divide(h1 * h1 - h2, c * (c - 1), out=np.zeros_like(c), where=c > 1)
    mine = np.zeros_like(c) if group is None else group.astype(np.float64)
    columns = [
        np.ones_like(c),
        c,
        c * c,
        mean,
        square,
        m,
        m * m,
        m * mean,
        c * mean * mean,
        m * h1,
        c * m * m,
        double * (h2 - h1 * mean),
        double * (c - 1),
        double,
        double * mean,
        double * square,
        product,
        scripts.same,
        scripts.adjacent,
        mine,
        mine * m,
        mine * mean,
        h1,
    ]
    return np.column_stack(columns)


def human_error_variance(t: Floats) -> Floats:
    """Return V_e = sum of squares within scripts / sum (c - 1), over scripts with two human ratings or more."""
    return _over(t[..., ERROR], t[..., DF])


def prmse(t: Floats, error_variance: float | None = None) -> Floats:
    """Return 1 - MSE(T | M) / Var(T): how much of the variance of true human scores the machine predicts.

    MSE = (sum c (h - m)^2 - N V_e) / sum c;
    Var(T) = (sum c (h - mean)^2 - (N - 1) V_e) / (sum c - sum c^2 / sum c), h the mean of the c human ratings of a script.
    At most 1 but for sampling; negative when the machine does worse than the mean.

    References
    ----------
    Loukina et al. (2020), doi:10.18653/v1/2020.bea-1.2; Haberman (2019), doi:10.1002/ets2.12258. Checked against
    the sums written out and against true scores of simulated scripts.
    """
    v = human_error_variance(t) if error_variance is None else np.full(t.shape[:-1], error_variance)
    n, total = t[..., N], t[..., C]
    spread = t[..., CH2] - t[..., TOTAL] ** 2 / total
    weight = np.where(n > 1, total - t[..., C2] / total, np.nan)
    variance = (spread - (n - 1) * v) / weight
    error = (t[..., CH2] - 2 * t[..., CMH] + t[..., CM2] - n * v) / total
    return 1 - _over(error, np.where(variance > ROUND_OFF, variance, 0.0))


def quadratic_weighted_kappa(t: Floats) -> Floats:
    """Return 1 - E(m - h)^2 / (E m^2 + E h^2 - 2 E m E h), h one human rating drawn at random; m may be broken."""
    n = t[..., N]
    apart = t[..., M2] - 2 * t[..., MH] + t[..., H2]
    return 1 - _over(apart, t[..., M2] + t[..., H2] - 2 * t[..., M] * t[..., H] / n)


def correlation(t: Floats) -> Floats:
    """Return the correlation of the machine with one human rating drawn at random."""
    n = t[..., N]
    together = t[..., MH] - t[..., M] * t[..., H] / n
    own = _variation(t[..., M2], t[..., M], n) * _variation(t[..., H2], t[..., H], n)
    return _over(together, np.sqrt(own))


def human_agreement(t: Floats) -> Floats:
    """Return the quadratic weighted kappa (and correlation) of two human ratings of one script drawn at random.

    (E hh' - (E h)^2) / (E h^2 - (E h)^2) over scripts with two human ratings or more.
    """
    mean = _over(t[..., D_H], t[..., DOUBLE])
    product, square = _over(t[..., D_HH], t[..., DOUBLE]), _over(t[..., D_H2], t[..., DOUBLE])
    spread = square - mean * mean
    return _over(product - mean * mean, np.where(spread > ROUND_OFF * square, spread, 0.0))


def degradation(t: Floats) -> Floats:
    """Return how much lower machine and human agree than two humans, in quadratic weighted kappa."""
    return human_agreement(t) - quadratic_weighted_kappa(t)


def standardized_mean_difference(t: Floats) -> Floats:
    """Return (E m - E h) / sqrt((Var m + Var h) / 2)."""
    n = t[..., N]
    return _over((t[..., M] - t[..., H]) / n, _pooled(t))


def group_mean_difference(t: Floats) -> Floats:
    """Return (E m - E h) of one group over sqrt((Var m + Var h) / 2) of all scripts."""
    return _over(_over(t[..., G_M] - t[..., G_H], t[..., G]), _pooled(t))


def difference_of_standardized_means(t: Floats) -> Floats:
    """Return the mean of z(m) - z(h) of one group, standardized over all scripts: bias beyond the overall one."""
    n = t[..., N]
    sd_m = np.sqrt(_variation(t[..., M2], t[..., M], n) / n)
    sd_h = np.sqrt(_variation(t[..., H2], t[..., H], n) / n)
    of_m = _over(t[..., G_M], t[..., G]) - t[..., M] / n
    of_h = _over(t[..., G_H], t[..., G]) - t[..., H] / n
    return _over(of_m, sd_m) - _over(of_h, sd_h)


def exact(t: Floats) -> Floats:
    """Return the share of human ratings at the machine's level."""
    return _over(t[..., SAME], t[..., N])


def adjacent(t: Floats) -> Floats:
    """Return the share of human ratings at most one level away."""
    return _over(t[..., NEAR], t[..., N])


def _pooled(t: Floats) -> Floats:
    n = t[..., N]
    both = _variation(t[..., M2], t[..., M], n) + _variation(t[..., H2], t[..., H], n)
    return np.sqrt(both / (2 * n))


def _variation(squares: Floats, total: Floats, n: Floats) -> Floats:
    found = squares - total * total / n
    return np.where(found > ROUND_OFF * squares, found, 0.0)


def _over(above: Floats, below: Floats) -> Floats:
    above, below = np.broadcast_arrays(np.asarray(above, np.float64), np.asarray(below, np.float64))
    found: Floats = np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0)
    return found


def without_one(each: Floats, statistic: Callable[[Floats], Floats]) -> tuple[float, Floats]:
    """Return a statistic of the sums, and with each script left out."""
    totals = each.sum(axis=0)
    if len(each) < 2:
        return float(statistic(totals)), np.full(len(each), np.nan)
    return float(statistic(totals)), np.asarray(statistic(totals - each), np.float64)


def linear_bounds(estimate: float, without: Floats, confidence: float) -> Bounds:
    """Return estimate -/+ t se, se from the scripts left out in turn, t with n - 1 degrees of freedom."""
    if len(without) < 3 or np.isnan(without).any():
        return Bounds(reason="too few scripts for the interval")
    half = float(stdtrit(len(without) - 1, (1 + confidence) / 2)) * jackknife_error(without)
    return Bounds(lower=estimate - half, upper=estimate + half)
