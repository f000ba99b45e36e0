"""Variance components of ratings in any design, by restricted maximum likelihood (REML)."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, log, nan, sqrt

import numpy as np
import numpy.typing as npt
from scipy.special import expit, ndtri

from psychometrics.kernels.bounds import Estimate
from psychometrics.kernels.components.intraclass import Form
from psychometrics.kernels.components.restricted_likelihood import BOUND, Absorbed, polish, ratios, search

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Components:
    """A REML fit of y_ij = mu + target_i + rater_j + e_ij.

    Attributes
    ----------
    target, rater, residual : float
        Variances in squared points, 0 or more; ``rater`` is 0 in the one-way model.
    log_likelihood : float
        Restricted log-likelihood, with all constants (as lme4 counts them).
    log_ratio_covariance : ndarray of float64, shape (2, 2)
        Covariance of log(target/residual) and log(rater/residual); a row is 0 where the component is 0.
    ratings_per_target : float
        Harmonic mean of the number of ratings of a target.
    n_targets, n_raters, n_ratings : int
    """

    target: float
    rater: float
    residual: float
    log_likelihood: float
    log_ratio_covariance: Floats
    ratings_per_target: float
    n_targets: int
    n_raters: int
    n_ratings: int


def why_no_components(target: Integers, rater: Integers, *, two_way: bool = True) -> str:
    """Say why a design cannot tell its components apart; empty when it can."""
    per_target, per_rater = np.bincount(target), np.bincount(rater)
    if len(per_target) < 2:
        return "fewer than 2 targets"
    if per_target.max() < 2:
        return "no target has 2 ratings: targets cannot be told from error"
    if two_way and len(per_rater) < 2:
        return "fewer than 2 raters"
    if two_way and per_rater.max() < 2:
        return "no rater rated 2 targets: raters cannot be told from error"
    return ""


def reml(target: Integers, rater: Integers, y: Floats, *, two_way: bool = True) -> Components | None:
    """Fit y_ij = mu + target_i + rater_j + e_ij by REML; ``None`` when there is no residual variance.

    -2 l = (N-1)(1 + log(2 pi s2)) + log|V| + log(1'V^-1 1), V = I + T Z_t Z_t' + R Z_r Z_r',
    s2 = y'Py / (N-1), minimised over log T and log R. Targets are absorbed,
    (I + T 11')^-1 = I - T/(1 + nT) 11' for a target with n ratings, so that only rater-by-rater matrices are
    dense.

    Parameters
    ----------
    target, rater : ndarray of int, shape (n_ratings,)
        Positions 0, 1, ... without gaps; each pair at most once.
    y : ndarray of float64, shape (n_ratings,)
        Ratings, no nan. The design must pass :func:`why_no_components`.
    two_way : bool
        False leaves the raters out (the one-way model behind ICC(1)).

    References
    ----------
    Patterson and Thompson (1971), doi:10.1093/biomet/58.3.545. Checked against ANOVA on complete tables
    (equal where its components are positive), a dense likelihood, and lme4 1.1.31 through psych 2.5.3 (agrees
    to 3e-6, where lme4 stops).
    """
    y = y - y.mean()
    scale = sqrt(float(y @ y) / (len(y) - 1))
    if scale == 0:
        return None
    absorbed = Absorbed(target, rater, y / scale)
    logs = search(absorbed, [0, 1] if two_way else [0])
    if logs and max(logs.values()) > BOUND - 1:
        return None
    logs, covariance = polish(absorbed, logs)
    pair = ratios(logs)
    deviance, residual = absorbed.deviance(*pair)
    residual *= scale**2
    return Components(
        target=pair[0] * residual,
        rater=pair[1] * residual,
        residual=residual,
        log_likelihood=-deviance / 2 - (len(y) - 1) * log(scale),
        log_ratio_covariance=covariance,
        ratings_per_target=float(absorbed.counts.sum() / (absorbed.counts @ (1 / absorbed.sizes))),
        n_targets=int(target.max()) + 1,
        n_raters=absorbed.n_raters,
        n_ratings=len(y),
    )


def intraclass_from_components(fit: Components, form: Form, confidence: float) -> Estimate:
    """Return t/(t+r+e) for A, t/(t+e) for C and 1 (of a one-way fit); delta-method interval of the logit.

    logit ICC = log t - log(r + e), r left out for C and 1; a form ``,k`` divides r + e by k, the harmonic
    mean number of ratings of a target. Estimates lie in 0..1. With few raters the interval of A is a rough
    one: so few draws say little about the variance of raters, and the normal law of its logarithm is an
    approximation.
    """
    if fit.target <= 0:
        reason = "the variance between targets is estimated as 0: no interval on the logit scale"
        return Estimate(estimate=0.0, ci_lower=nan, ci_upper=nan, reason=reason)
    rater = fit.rater if form.startswith("A") else 0.0
    logit = log(fit.target) - log(rater + fit.residual)
    if form.endswith("k"):
        logit += log(fit.ratings_per_target)
    gradient = np.array([1.0, -rater / (rater + fit.residual)])
    variance = float(gradient @ fit.log_ratio_covariance @ gradient)
    if not (isfinite(variance) and variance > 0):
        reason = "the likelihood is flat: this design cannot tell the components apart"
        return Estimate(estimate=float(expit(logit)), ci_lower=nan, ci_upper=nan, reason=reason)
    half = float(ndtri((1 + confidence) / 2)) * sqrt(variance)
    lower, middle, upper = (float(expit(logit + shift)) for shift in (-half, 0.0, half))
    return Estimate(estimate=middle, ci_lower=lower, ci_upper=upper)
