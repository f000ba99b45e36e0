"""Ordinal alpha: coefficient alpha of the polychoric correlations."""

from __future__ import annotations

from collections.abc import Sequence
from math import nan

import numpy as np

from psychometrics.evidence.consistency.ordinal_intervals import (
    Interval,
    choose_interval,
    group_bounds,
    influence_bounds,
    why_no_matrix,
)
from psychometrics.evidence.consistency.ordinal_sample import (
    Missing,
    OrdinalSample,
    as_ordinal_sample,
    check_common,
)
from psychometrics.evidence.consistency.result import Reliability
from psychometrics.evidence.matrix import Matrix
from psychometrics.kernels.bounds import Bounds
from psychometrics.kernels.consistency.alpha import alpha_from_covariance
from psychometrics.kernels.polychoric.matrix import PolychoricMatrix, polychoric_matrix
from psychometrics.responses import Responses
from psychometrics.tallying.item_tally import ItemTally

NO_UNIT = "no standard error of measurement: the sum of the variables behind the items has no unit"


def ordinal_alpha(
    x: Matrix | Responses | ItemTally | Sequence[ItemTally],
    *,
    scale: str | None = None,
    confidence: float = 0.95,
    missing: Missing = "pairwise",
    interval: Interval | None = None,
    continuity: float = 0.0,
    groups: int = 20,
    seed: int = 0,
) -> Reliability:
    """Return alpha = k/(k-1) (1 - k / sum_ij r_ij), r_ij polychoric correlations, with an interval.

    It is coefficient alpha of a sum that nobody observes: of the continuous variables assumed behind the items. It is
    not the reliability of the sum of the ordinal scores, which is lower; for that see :func:`categorical_omega`,
    and :func:`coefficient_alpha`. Use it only as a statement about the latent variables.

    Parameters
    ----------
    x : array-like, data frame, Responses, ItemTally, list of ItemTally
        Discrete points, persons by items, reverse-keyed items already reversed; or responses, or counts of them.
    scale : str, optional
        Scale of the instrument, for responses and tallies.
    confidence : float
    missing : {"pairwise", "listwise"}
    interval : {"adf", "grouped_jackknife"}, optional
        ``adf`` (the default where the persons are known) leaves out each person to first order, thresholds and
        correlations with all their errors. ``grouped_jackknife`` (the default for tallies) leaves out blocks.
    continuity : float
        Count put into empty cells; see :func:`polychoric_correlations`.
    groups, seed : int
        Groups of persons for the jackknife when the persons are known, and what they are dealt by.

    Returns
    -------
    Reliability
        Without a standard error of measurement: the latent sum has no unit, ``reason`` says so.

    Raises
    ------
    EstimationError
        As :func:`polychoric_correlations`; an interval that needs persons, of a tally.

    References
    ----------
    Zumbo, Gadermann and Zeisser (2007), doi:10.22237/jmasm/1177992180; Chalmers (2018),
    doi:10.1177/0013164417727036, on what it is not. Checked against semTools 0.5-6 (``alpha.ord``) and psych 2.2.9.

    Examples
    --------
    >>> x = [[1, 1, 2], [1, 2, 1], [2, 1, 2], [2, 2, 3], [3, 2, 2], [3, 3, 3], [2, 3, 3], [1, 1, 1]]
    >>> round(ordinal_alpha(x).estimate, 4)
    0.8924
    """
    check_common(confidence, continuity)
    sample = as_ordinal_sample(x, scale=scale, missing=missing)
    chosen = choose_interval(sample, interval, groups)
    fitted = polychoric_matrix(sample.tables, continuity)
    estimate = alpha_from_covariance(fitted.correlation)
    bounds = Bounds(reason=_why_no_alpha(sample, fitted, estimate))
    if not bounds.reason:
        bounds = _bounds(sample, fitted, estimate, chosen, confidence, continuity, groups, seed)
    return Reliability(
        coefficient="ordinal_alpha",
        estimate=estimate,
        ci_lower=bounds.lower,
        ci_upper=bounds.upper,
        confidence=confidence,
        method=chosen,
        missing=missing,
        n_persons=sample.n_persons,
        n_items=sample.n_items,
        standard_deviation=nan,
        standard_error_of_measurement=nan,
        reason="; ".join(text for text in (bounds.reason, NO_UNIT) if text),
        source=sample.source,
    )


def _why_no_alpha(sample: OrdinalSample, fitted: PolychoricMatrix, estimate: float) -> str:
    if sample.n_items < 2:
        return "alpha needs at least 2 items"
    reason = why_no_matrix(sample, fitted)
    if reason or not np.isnan(estimate):
        return reason
    return "the correlations sum to nothing: alpha does not exist"


def _bounds(
    sample: OrdinalSample,
    fitted: PolychoricMatrix,
    estimate: float,
    interval: Interval,
    confidence: float,
    continuity: float,
    groups: int,
    seed: int,
) -> Bounds:
    if interval == "grouped_jackknife":

        def coefficient(left: PolychoricMatrix) -> float:
            return alpha_from_covariance(left.correlation)

        return group_bounds(sample, estimate, coefficient, continuity, confidence, groups, seed)
    k, total = sample.n_items, float(fitted.correlation.sum())
    by_rho = np.full(len(fitted.rho), 2 * k / (k - 1) * k / total**2)
    return influence_bounds(sample, fitted, estimate, by_rho, None, confidence)
