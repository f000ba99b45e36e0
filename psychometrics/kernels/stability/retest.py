"""Two occasions of the same persons: everything that follows from their pairs of scores."""

from __future__ import annotations

from math import sqrt

import numpy as np
import numpy.typing as npt

from psychometrics.kernels.bounds import Estimate
from psychometrics.kernels.components.intraclass import intraclass
from psychometrics.kernels.stability import association, change, error, limits
from psychometrics.kernels.stability.association import nothing
from psychometrics.kernels.stability.pairs import PairMoments, Pairs, moments_of, pairs_of

Floats = npt.NDArray[np.float64]

FORMS = {"icc_a1": "A,1", "icc_c1": "C,1", "icc_11": "1,1", "icc_ak": "A,k", "icc_ck": "C,k", "icc_1k": "1,k"}
METHODS = {
    **{name: f"ICC({form}) by ANOVA, F interval" for name, form in FORMS.items()},
    "concordance": "Lin, z-transform interval with the standard error of 2000",
    "pearson_r": "Fisher z interval",
    "spearman_rho": "Bonett-Wright interval",
    "mean_change": "paired t interval",
    "d_z": "noncentral t interval",
    "d_av": "Bonett interval",
    "g_av": "Bonett interval, small-sample bias taken off",
    "sem": "root of the residual mean square, chi-square interval",
    "sem_agreement": "root of half the mean squared change, chi-square interval with Satterthwaite df",
    "coefficient_of_variation": "sem / mean, chi-square interval",
    "smallest_detectable_change": "1.96 sqrt(2) sem",
    "smallest_detectable_change_agreement": "1.96 sqrt(2) sem_agreement",
    "smallest_detectable_change_group": "1.96 sqrt(2) sem / sqrt(n)",
    "limit_lower": "mean change - 1.96 SD, exact interval (noncentral t)",
    "limit_upper": "mean change + 1.96 SD, exact interval (noncentral t)",
    "limit_lower_as_pair": "mean change - 1.96 SD, exact interval of both limits (tolerance factors)",
    "limit_upper_as_pair": "mean change + 1.96 SD, exact interval of both limits (tolerance factors)",
    "limit_lower_approximate": "mean change - 1.96 SD, large-sample interval",
    "limit_upper_approximate": "mean change + 1.96 SD, large-sample interval",
    "proportional_bias": "slope of the change on the mean, t interval",
}
"""The statistics of :func:`retest`, in order, and how each got its interval."""


def retest(first: Floats, second: Floats, confidence: float) -> dict[str, Estimate]:
    """Return everything about the stability of scores from n pairs without nan, keyed as :data:`METHODS`."""
    return retest_of_pairs(pairs_of(first, second), confidence)


def retest_of_pairs(pairs: Pairs, confidence: float, *, true_zero: bool = False) -> dict[str, Estimate]:
    """Return everything about the stability of scores from counted pairs, keyed as :data:`METHODS`.

    Agreement (``icc_a1``, ``concordance``, ``sem_agreement``) counts a change common to all as error; consistency
    (``icc_c1``, ``pearson_r``, ``sem``) does not. The smallest detectable change of a person is always at 95%.

    Parameters
    ----------
    pairs : Pairs
    confidence : float
    true_zero : bool
        The scale has one, so that a coefficient of variation has a meaning.

    References
    ----------
    In the functions that compute each. Checked against psych 2.5.3, psy 1.2, R's t.test and pingouin.
    """
    if pairs.n < 2:
        return dict.fromkeys(METHODS, nothing("fewer than 2 pairs"))
    m = moments_of(pairs)
    found = _coefficients(pairs, m, confidence)
    found |= {
        "mean_change": change.mean_change(m, confidence),
        "d_z": change.change_per_sd_of_change(m, confidence),
        "d_av": change.change_per_average_sd(m, confidence),
        "g_av": change.hedges_change(m, confidence),
    }
    found |= _errors(m, confidence, true_zero=true_zero)
    found |= _limits(m, confidence)
    return {name: found[name] for name in METHODS}


def _coefficients(pairs: Pairs, m: PairMoments, confidence: float) -> dict[str, Estimate]:
    squares = m.mean_squares()
    return {
        **{name: intraclass(squares, form, confidence) for name, form in FORMS.items()},  # type: ignore[arg-type]
        "concordance": association.concordance(m, confidence),
        "pearson_r": association.pearson(m, confidence),
        "spearman_rho": association.spearman(pairs, confidence),
    }


def _errors(m: PairMoments, confidence: float, *, true_zero: bool) -> dict[str, Estimate]:
    sem, agreement = error.consistency_error(m, confidence), error.agreement_error(m, confidence)
    cv = nothing("the scale is not said to have a true zero")
    if true_zero:
        cv = error.coefficient_of_variation(m, confidence)
    return {
        "sem": sem,
        "sem_agreement": agreement,
        "coefficient_of_variation": cv,
        "smallest_detectable_change": error.scaled(sem, error.SDC_FACTOR),
        "smallest_detectable_change_agreement": error.scaled(agreement, error.SDC_FACTOR),
        "smallest_detectable_change_group": error.scaled(sem, error.SDC_FACTOR / sqrt(m.n)),
    }


def _limits(m: PairMoments, confidence: float) -> dict[str, Estimate]:
    found = {"proportional_bias": limits.proportional_bias(m, confidence)}
    ways = {
        "": limits.exact_limits,
        "_as_pair": limits.exact_limits_as_pair,
        "_approximate": limits.approximate_limits,
    }
    for name, way in ways.items():
        found[f"limit_lower{name}"], found[f"limit_upper{name}"] = way(m, confidence)
    return found
