"""Intraclass correlations of a table with gaps, by REML."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

import numpy as np
import numpy.typing as npt

from psychometrics.kernels.bounds import Estimate
from psychometrics.kernels.components.intraclass import Form
from psychometrics.kernels.components.surrogates import (
    Surrogates,
    function_bounds,
    surrogates_from_covariance,
)
from psychometrics.kernels.components.variance_components import fit_components

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TargetsAndRaters:
    """A REML fit of y_ij = mu + target_i + rater_j + e_ij.

    Attributes
    ----------
    target, rater, residual : float
        Variances in squared points, 0 or more; ``rater`` is 0 in the one-way model.
    log_likelihood : float
        Restricted log-likelihood, with all constants (as lme4 counts them).
    surrogates : Surrogates or None
        What the intervals are drawn from; None where the likelihood is flat.
    ratings_per_target : float
        Harmonic mean of the number of ratings of a target.
    """

    target: float
    rater: float
    residual: float
    log_likelihood: float
    surrogates: Surrogates | None
    ratings_per_target: float
    two_way: bool


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


def reml(target: Integers, rater: Integers, y: Floats, *, two_way: bool = True) -> TargetsAndRaters | None:
    """Fit y_ij = mu + target_i + rater_j + e_ij by REML; ``None`` when there is no residual variance.

    Parameters
    ----------
    target, rater : ndarray of int, shape (n_ratings,)
        Positions 0, 1, ... without gaps; each pair at most once.
    y : ndarray of float64, shape (n_ratings,)
        Ratings, no nan. The design must pass :func:`why_no_components`.
    two_way : bool
        False leaves the raters out (the one-way model behind ICC(1)).
    """
    fit = fit_components(y, [target, rater] if two_way else [target])
    if fit is None:
        return None
    per_target = np.bincount(target)
    order = [2, 0, 1] if two_way else [1, 0]
    return TargetsAndRaters(
        target=float(fit.variances[0]),
        rater=float(fit.variances[1]) if two_way else 0.0,
        residual=float(fit.variances[-1]),
        log_likelihood=fit.log_likelihood,
        surrogates=surrogates_from_covariance(fit.variances, fit.covariance, order),
        ratings_per_target=float(len(per_target) / (1 / per_target).sum()),
        two_way=two_way,
    )


def intraclass_from_components(fit: TargetsAndRaters, form: Form, confidence: float) -> Estimate:
    """Return t/(t+r+e) for A, t/(t+e) for C and 1 (of a one-way fit), with a surrogate-variable interval.

    A form ``,k`` divides r + e by k, the harmonic mean number of ratings of a target. Estimates lie in 0..1.
    The interval is drawn from chi-squares with the degrees of freedom that the estimated covariance of the
    components implies (:func:`surrogates_from_covariance`); negative draws count as 0.
    """
    raters = 1.0 if form.startswith("A") else 0.0
    k = fit.ratings_per_target if form.endswith("k") else 1.0

    def coefficient(parts: Floats) -> Floats:
        parts = np.maximum(parts, 0)
        rater = raters * parts[1] if fit.two_way else 0.0
        share: Floats = parts[0] / (parts[0] + (rater + parts[-1]) / k)
        return share

    variances = np.array([fit.target, fit.rater, fit.residual] if fit.two_way else [fit.target, fit.residual])
    estimate = float(coefficient(variances[:, None])[0])
    if fit.surrogates is None:
        reason = "the likelihood is flat: this design cannot tell the components apart"
        return Estimate(estimate=estimate, ci_lower=nan, ci_upper=nan, reason=reason)
    bounds = function_bounds(fit.surrogates.draws(), coefficient, confidence)
    return Estimate(estimate=estimate, ci_lower=bounds.lower, ci_upper=bounds.upper, reason=bounds.reason)
