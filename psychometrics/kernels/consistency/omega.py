"""Coefficient omega of the one-factor model, and its intervals."""

from __future__ import annotations

from typing import Literal

import numpy as np

from psychometrics.kernels.bounds import ROUND_OFF, Bounds, bca_bounds, jackknife_bounds, percentile_bounds
from psychometrics.kernels.covariance import Moments, moments
from psychometrics.kernels.factors.confirmatory import FactorFit, fit, refit
from psychometrics.kernels.factors.left_out import without_each
from psychometrics.kernels.factors.model import Bools, Estimation, Floats

TotalVariance = Literal["model", "observed"]
Interval = Literal["adf", "grouped_jackknife", "bootstrap", "bca"]

TOTAL_VARIANCES: tuple[TotalVariance, ...] = ("model", "observed")
INTERVALS: tuple[Interval, ...] = ("adf", "grouped_jackknife", "bootstrap", "bca")


def omega_total(L: Floats, psi: Floats, total: Floats, total_variance: TotalVariance = "model") -> Floats:
    """Return (sum lambda)^2 / ((sum lambda)^2 + sum psi), or over the variance of the sum as observed.

    Parameters
    ----------
    L, psi : ndarray of float64, shape (..., k, 1) and (..., k)
        Loadings and uniquenesses in points.
    total : ndarray of float64, shape (...)
        Variance of the sum as observed.
    total_variance : {"model", "observed"}

    References
    ----------
    McDonald (1999), Test Theory, equation 6.20b; Kelley and Pornprasertmanit (2016), doi:10.1037/a0040086, for the
    observed variance. Checked against psych 2.5.3 and semTools 0.5.6.
    """
    common = np.square(L.sum(axis=(-2, -1)))
    below = common + psi.sum(axis=-1) if total_variance == "model" else total
    found: Floats = common / np.where(below > 0, below, np.nan)
    return found


def one_factor(n_items: int) -> Bools:
    """Return the pattern of the one-factor model."""
    return np.ones((n_items, 1), np.bool_)


def correlations(sample: Moments) -> tuple[Floats, Floats]:
    """Return the correlations and the SDs behind a covariance matrix."""
    sd: Floats = np.sqrt(np.diagonal(sample.covariance))
    R = sample.covariance / np.outer(sd, sd)
    np.fill_diagonal(R, 1.0)
    return R, sd


def why_no_omega(sample: Moments) -> str:
    """Say why no factor model can be fitted to these moments; empty when it can."""
    covariance = sample.covariance
    variances = np.diagonal(covariance)
    reasons = {
        "omega needs at least 3 items: with fewer the one-factor model has no single solution": len(
            covariance
        )
        < 3,
        "fewer than 3 persons": sample.n_persons < 3,
        "two items, or one, are answered together by fewer than 3 persons": np.any(sample.n_pairs < 3),
        "an item does not vary": not np.all(variances > 0),
        "the total score does not vary": covariance.sum() <= ROUND_OFF * variances.sum(),
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def fit_one_factor(sample: Moments, estimation: Estimation) -> FactorFit:
    """Return the one-factor model of the items."""
    return fit(correlations(sample)[0], one_factor(len(sample.means)), estimation)


def omega_of(sample: Moments, fitted: FactorFit, total_variance: TotalVariance) -> float:
    """Return omega of a fitted one-factor model, in points."""
    sd = np.sqrt(np.diagonal(sample.covariance))
    total = np.asarray(sample.covariance.sum())
    L, psi = fitted.loadings * sd[:, None], fitted.uniquenesses * sd**2
    return float(omega_total(L, psi, total, total_variance))


def omega_without_each(
    x: Floats, sample: Moments, fitted: FactorFit, total_variance: TotalVariance
) -> Floats:
    """Return omega with each person left out, shape (n,)."""

    def omega(L: Floats, psi: Floats, totals: Floats) -> Floats:
        return omega_total(L, psi, totals[:, 0], total_variance)[:, None]

    return without_each(x, sample, fitted, np.ones((len(sample.means), 1)), omega)[:, 0]


def adf_bounds(
    x: Floats, sample: Moments, fitted: FactorFit, total_variance: TotalVariance, confidence: float
) -> Bounds:
    """Return the leave-one-out interval on log(1 - omega); no distribution is assumed.

    Notes
    -----
    Coverage in ``docs/statistics/coefficient-omega.md``, by ``tests/benchmarks/coverage_omega.py``.

    References
    ----------
    As :func:`psychometrics.kernels.bounds.jackknife_bounds`. Checked against leaving each person out and fitting again.
    """
    without = omega_without_each(x, sample, fitted, total_variance)
    if not np.isfinite(without).all():
        return Bounds(
            reason="without some person omega would not exist or the model not settle: no adf interval"
        )
    return jackknife_bounds(omega_of(sample, fitted, total_variance), without, confidence)


def bootstrap_omegas(
    x: Floats, sample: Moments, fitted: FactorFit, total_variance: TotalVariance, replicates: int, seed: int
) -> Floats:
    """Return omega of replicates of persons, fitted by Newton steps many at a time; nan where it does not exist."""
    rng = np.random.default_rng(seed)
    missing: Literal["pairwise", "listwise"] = "listwise" if sample.missing == "listwise" else "pairwise"
    at_once = max(1, min(replicates, 4_000_000 // (4 * len(sample.means) ** 2)))
    parts = []
    for start in range(0, replicates, at_once):
        count = min(at_once, replicates - start)
        stack = [moments(x[rng.integers(0, len(x), len(x))], missing) for _ in range(count)]
        parts.append(_refitted(stack, fitted, total_variance))
    return np.concatenate(parts)


def omegas_of(samples: list[Moments], fitted: FactorFit, total_variance: TotalVariance) -> Floats:
    """Return omega of several samples like the fitted one, such as all blocks of a tally but one."""
    return _refitted(samples, fitted, total_variance)


def _refitted(samples: list[Moments], fitted: FactorFit, total_variance: TotalVariance) -> Floats:
    out = np.full(len(samples), np.nan)
    good = [index for index, one in enumerate(samples) if not why_no_omega(one)]
    if not good:
        return out
    covariance = np.stack([samples[index].covariance for index in good])
    sd = np.sqrt(np.diagonal(covariance, axis1=1, axis2=2))
    L, psi, _ = refit(covariance / (sd[:, :, None] * sd[:, None]), fitted)
    out[good] = omega_total(L * sd[..., None], psi * sd**2, covariance.sum(axis=(1, 2)), total_variance)
    return out


def resampled_bounds(
    x: Floats,
    sample: Moments,
    fitted: FactorFit,
    total_variance: TotalVariance,
    confidence: float,
    *,
    accelerated: bool,
    replicates: int,
    seed: int,
) -> Bounds:
    """Return the percentile interval of resampled persons, or the bias-corrected and accelerated one."""
    found = bootstrap_omegas(x, sample, fitted, total_variance, replicates, seed)
    if not accelerated:
        return percentile_bounds(found, confidence)
    without = omega_without_each(x, sample, fitted, total_variance)
    return bca_bounds(omega_of(sample, fitted, total_variance), found, without, confidence)
