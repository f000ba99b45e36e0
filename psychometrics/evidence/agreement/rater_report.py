"""One row per rater: severity, spread, agreement, use of levels, halo and drift, beside the other raters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import nan, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from psychometrics.engine.threads import one_blas_thread
from psychometrics.evidence.agreement.rater_flags import FLAGS, Flag, flags_of
from psychometrics.evidence.agreement.rating_rows import RatingRows, as_rating_rows
from psychometrics.evidence.checks import check_confidence
from psychometrics.kernels.agreement.halo import Halo, halo
from psychometrics.kernels.agreement.rater_effects import MOST_RATERS, RaterEffects, rater_effects
from psychometrics.kernels.agreement.rater_statistics import (
    Bounded,
    correlation_with_others,
    drift,
    level_use,
    moments_of,
    severity,
    spread_ratio,
    weighted_kappa,
)
from psychometrics.kernels.agreement.shared_rows import SharedRows, shared_rows
from psychometrics.result import Result, Source

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.intp]

DAYS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RaterReport(Result):
    """Each rater beside the other raters of the same targets; arrays of shape (n_raters,).

    Attributes
    ----------
    rater_ids : tuple of str
    n_ratings, n_targets, n_shared_targets, n_colleagues_mean
        Ratings; targets rated; targets that another rater rated on the same criterion; other raters per shared rating.
    severity, severity_ci_lower, severity_ci_upper : ndarray
        Mean of the others less one's own on the same, in points; positive is severe.
    severity_adjusted, severity_adjusted_ci_lower, severity_adjusted_ci_upper : ndarray
        The same by least squares, free of which colleagues a rater met; against the mean of the linked raters.
    severity_shrunken : ndarray
        The adjusted severity, drawn to 0 by its unreliability.
    subset : ndarray of int
        Raters with the same number are linked by shared targets; severities compare within a subset only.
    spread_ratio, spread_ratio_ci_lower, spread_ratio_ci_upper : ndarray
        SD of own ratings over SD of the others' on the same targets, within criteria.
    weighted_kappa, weighted_kappa_ci_lower, weighted_kappa_ci_upper : ndarray
        Quadratic, with another rater drawn at random.
    correlation_with_others : ndarray
        With the mean of the others, within criteria.
    exact_agreement, adjacent_agreement : ndarray
        Share of the others with the same level, and with the same or the next.
    level_evenness, level_evenness_rest, extreme_share, extreme_share_rest : ndarray
        Entropy of the levels used over its maximum, and share of lowest and highest levels; own and the others'.
    n_levels_used : ndarray
    halo, halo_rest : ndarray
        Mean correlation between criteria over targets; own and the others'. Nan with one criterion.
    drift, drift_ci_lower, drift_ci_upper : ndarray
        Change of severity per 30 days; nan without dates.
    flags : tuple of str
        See ``rules``.
    reasons : tuple of str
        Why numbers of a rater are nan.
    severity_variance : float
        Variance of severity between raters beyond error.
    standard_deviation : float
        Of all ratings, within criteria; in points.
    rules : tuple of Flag
        The rule behind each flag and its source.
    confidence : float
    source : Source
    """

    rater_ids: tuple[str, ...]
    n_ratings: Integers
    n_targets: Integers
    n_shared_targets: Integers
    n_colleagues_mean: Floats
    severity: Floats
    severity_ci_lower: Floats
    severity_ci_upper: Floats
    severity_adjusted: Floats
    severity_adjusted_ci_lower: Floats
    severity_adjusted_ci_upper: Floats
    severity_shrunken: Floats
    subset: Integers
    spread_ratio: Floats
    spread_ratio_ci_lower: Floats
    spread_ratio_ci_upper: Floats
    weighted_kappa: Floats
    weighted_kappa_ci_lower: Floats
    weighted_kappa_ci_upper: Floats
    correlation_with_others: Floats
    exact_agreement: Floats
    adjacent_agreement: Floats
    level_evenness: Floats
    level_evenness_rest: Floats
    extreme_share: Floats
    extreme_share_rest: Floats
    n_levels_used: Integers
    halo: Floats
    halo_rest: Floats
    drift: Floats
    drift_ci_lower: Floats
    drift_ci_upper: Floats
    flags: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    severity_variance: float
    standard_deviation: float
    rules: tuple[Flag, ...] = FLAGS
    confidence: float
    source: Source = field(default_factory=Source)

    def columns(self) -> Mapping[str, Any]:
        """One row per rater."""
        rest = {"severity_variance", "standard_deviation", "rules", "confidence", "source"}
        plural = {"rater_ids": "rater_id", "reasons": "reason"}
        names = (name for name in self.__dataclass_fields__ if name not in rest)
        return {plural.get(name, name): getattr(self, name) for name in names}

    def __repr__(self) -> str:
        flagged = sum(bool(text) and text != "few" for text in self.flags)
        few = sum(text == "few" for text in self.flags)
        return f"<report on {len(self.rater_ids)} raters: {flagged} flagged, {few} with few shared targets>"


@one_blas_thread()
def rater_report(
    x: Any,
    *,
    confidence: float = 0.95,
    criterion: str | None = None,
    categories: Sequence[Any] | None = None,
    dates: str | None = None,
) -> RaterReport:
    """Return one row per rater: severity, spread, agreement, use of levels, halo and drift beside the other raters.

    severity = mean(others - own) on the same criterion of the same target; the adjusted one is from
    rating = target x criterion + rater by least squares. It compares raters with each other, not with the truth: a
    severe rater may be right. It is no test: of many raters some are flagged by chance.

    Parameters
    ----------
    x : Ratings, data frame, array-like
        Ratings; a long frame with ``person_id`` (or ``target``), ``rater_id``, ``level`` and, where there are such,
        ``item_id``, ``criterion_id``, ``occasion``; or a table of targets by raters. In points.
    confidence : float
        Level of the intervals. The criteria of one target are one cluster.
    criterion : str, optional
        One criterion; else all of them together.
    categories : sequence, optional
        All levels there are, lowest first; Ratings have those of their rubric.
    dates : str, optional
        Column of a long frame with the date of each rating (numbers are days): gives drift.

    Returns
    -------
    RaterReport

    Raises
    ------
    EstimationError
        A target rated twice by one rater on one criterion; levels that are words without an order.

    References
    ----------
    Saal, Downey and Lahey (1980), doi:10.1037/0033-2909.88.2.413, for severity, halo and central tendency; Williamson,
    Xi and Breyer (2012), doi:10.1111/j.1745-3992.2011.00223.x, for two of the limits. Checked against loops over
    pairs of raters and least squares written out.

    Examples
    --------
    >>> report = rater_report([[1, 1, 2], [2, 2, 3], [3, 3, 4], [3, 4, 4], [1, 2, 3]])
    >>> report.severity.round(4).tolist()
    [0.8, 0.2, -1.0]
    """
    check_confidence(confidence)
    rows = as_rating_rows(x, categories=categories, dates=dates)
    if criterion is not None:
        rows = rows.of_criterion(criterion)
    points = rows.points()
    shared = shared_rows(
        rows.target, rows.criterion, rows.rater, points, rows.category, n_raters=len(rows.rater_ids)
    )
    alike = halo(rows.target, rows.criterion, rows.rater, points, n_raters=len(rows.rater_ids))
    report = _measured(rows, shared, alike, confidence, _deviation(rows, points))
    return replace(report, flags=flags_of(report, report.standard_deviation), reasons=_reasons(rows, report))


def _measured(
    rows: RatingRows, shared: SharedRows, alike: Halo, confidence: float, deviation: float
) -> RaterReport:
    moments = moments_of(shared)
    n = shared.by_rater(np.ones_like(shared.own))
    _, targets = shared.clustered(np.zeros_like(shared.own))
    mean, spread = severity(shared, confidence), spread_ratio(shared, moments, confidence)
    kappa = weighted_kappa(shared, moments, confidence)
    effects = rater_effects(shared, confidence) or _no_effects(len(n))
    n_levels = np.array([len(scale.labels) for scale in rows.scales], np.intp)
    use = level_use(shared, rows.category[shared.rows], n_levels[rows.criterion[shared.rows]])
    moving = _drift(rows, shared, confidence)
    per_row = np.where(n > 0, n, nan)
    return RaterReport(
        rater_ids=tuple(str(name) for name in rows.rater_ids),
        n_ratings=np.bincount(rows.rater, minlength=len(n)),
        n_targets=_targets(rows, len(n)),
        n_shared_targets=targets.astype(np.intp),
        n_colleagues_mean=shared.by_rater(shared.n_others) / per_row,
        severity=mean.estimate,
        severity_ci_lower=mean.lower,
        severity_ci_upper=mean.upper,
        severity_adjusted=effects.severity,
        severity_adjusted_ci_lower=effects.lower,
        severity_adjusted_ci_upper=effects.upper,
        severity_shrunken=effects.shrunken,
        subset=effects.subset,
        spread_ratio=spread.estimate,
        spread_ratio_ci_lower=spread.lower,
        spread_ratio_ci_upper=spread.upper,
        weighted_kappa=kappa.estimate,
        weighted_kappa_ci_lower=kappa.lower,
        weighted_kappa_ci_upper=kappa.upper,
        correlation_with_others=correlation_with_others(moments),
        exact_agreement=shared.by_rater(shared.same) / per_row,
        adjacent_agreement=shared.by_rater(shared.adjacent) / per_row,
        level_evenness=np.where(n > 0, use.evenness, nan),
        level_evenness_rest=np.where(n > 0, use.evenness_rest, nan),
        extreme_share=np.where(n > 0, use.extremes, nan),
        extreme_share_rest=np.where(n > 0, use.extremes_rest, nan),
        n_levels_used=use.n_levels_used.astype(np.intp),
        halo=alike.own,
        halo_rest=alike.rest,
        drift=moving.estimate,
        drift_ci_lower=moving.lower,
        drift_ci_upper=moving.upper,
        severity_variance=effects.variance,
        standard_deviation=deviation,
        confidence=confidence,
        source=rows.source,
    )


def _no_effects(n_raters: int) -> RaterEffects:
    nothing = np.full(n_raters, nan)
    return RaterEffects(
        severity=nothing,
        lower=nothing,
        upper=nothing,
        standard_error=nothing,
        shrunken=nothing,
        subset=np.full(n_raters, -1, np.intp),
        variance=nan,
    )


def _drift(rows: RatingRows, shared: SharedRows, confidence: float) -> Bounded:
    if rows.time is None:
        nothing = np.full(shared.n_raters, nan)
        return Bounded(estimate=nothing, lower=nothing, upper=nothing)
    return drift(shared, rows.time[shared.rows] / DAYS, confidence)


def _targets(rows: RatingRows, n_raters: int) -> Integers:
    n_targets = len(rows.target_ids)
    return np.bincount(
        np.unique(rows.rater * n_targets + rows.target) // max(n_targets, 1), minlength=n_raters
    )


def _deviation(rows: RatingRows, points: Floats) -> float:
    """Return the SD of all ratings within criteria."""
    n = np.bincount(rows.criterion)
    df = len(points) - int((n > 0).sum())
    if df < 1:
        return nan
    means = np.bincount(rows.criterion, weights=points) / np.maximum(n, 1)
    return sqrt(float(np.square(points - means[rows.criterion]).sum()) / df)


def _reasons(rows: RatingRows, report: RaterReport) -> tuple[str, ...]:
    everyone = []
    if len(rows.criterion_ids) < 2:
        everyone.append("halo needs several criteria")
    if rows.time is None:
        everyone.append("drift needs dates")
    if len(rows.rater_ids) > MOST_RATERS:
        everyone.append(f"adjusted severity is worked out for at most {MOST_RATERS} raters")
    found = []
    for place in range(len(rows.rater_ids)):
        own = []
        if report.n_shared_targets[place] == 0:
            own.append("no target shared with another rater")
        elif report.n_shared_targets[place] == 1:
            own.append("one shared target: no intervals")
        elif np.isnan(report.spread_ratio[place]) or np.isnan(report.weighted_kappa_ci_lower[place]):
            own.append("own ratings or those of the others do not vary, or agree fully")
        found.append("; ".join([*own, *everyone]))
    return tuple(found)
