"""Rows about the items of a scale: omega, alpha, categorical omega, the scales inside it; on request everything else."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from psychometrics.evidence.consistency.alpha import coefficient_alpha
from psychometrics.evidence.consistency.categorical_omega import categorical_omega
from psychometrics.evidence.consistency.greatest_lower_bound import greatest_lower_bound
from psychometrics.evidence.consistency.item_correlations import item_correlations
from psychometrics.evidence.consistency.lambdas import guttman_lambdas
from psychometrics.evidence.consistency.omega import coefficient_omega
from psychometrics.evidence.consistency.ordinal_alpha import ordinal_alpha
from psychometrics.evidence.consistency.result import Reliability
from psychometrics.evidence.consistency.splits import split_half
from psychometrics.evidence.consistency.unidimensionality import unidimensionality
from psychometrics.evidence.overview.inside_rows import hierarchical_rows, scales_inside, stratified
from psychometrics.evidence.overview.one_factor import one_factor_fit
from psychometrics.evidence.overview.table import ReliabilityRow
from psychometrics.instrument import Instrument, Scale
from psychometrics.responses import Responses
from psychometrics.scoring import Scores
from psychometrics.tallying.item_tally import ItemTally
from psychometrics.tallying.score_tally import ScoreTally

MOST_OPTIONS = 10
LAMBDAS = ("lambda2", "lambda4", "lambda6")
ITEMS_ONLY = "items only: the rubric criteria of this scale are not in it"
ELSEWHERE = "read omega_hierarchical() for what the items have in common and stratified_alpha() for the sum"
HERE = "read stratified alpha for the sum and omega hierarchical for what the scales inside have in common"


def consistency_rows(
    instrument: Instrument,
    scale: Scale,
    data: Responses | ItemTally,
    scores: Scores | ScoreTally | None,
    confidence: float,
    *,
    everything: bool,
) -> list[ReliabilityRow]:
    """Return the rows of a scale that stands on items, the one to read first in front."""
    omega = coefficient_omega(data, scale=scale.id, confidence=confidence)
    alpha = coefficient_alpha(data, scale=scale.id, confidence=confidence)
    found: list[Reliability] = [omega, alpha]
    if math.isnan(omega.estimate) or omega.remarks:
        found = [alpha, omega]
    if _ordinal(instrument, scale):
        found.append(categorical_omega(data, scale=scale.id, confidence=confidence))
    fitted, inside = one_factor_fit(data, scale.id), scales_inside(instrument, scale)
    if inside:
        total = stratified(data, scale, inside, confidence)
        found.insert(1 if math.isnan(total.estimate) else 0, total)
    note = fitted.note(HERE if inside else ELSEWHERE)
    rows = [_row(one, instrument, scale, scores, note if one is omega else "") for one in found]
    if not scale.criteria:
        rows[0] = replace(rows[0], read_first=True)
    if inside:
        rows += hierarchical_rows(data, scale, inside, confidence)
    if everything:
        rows += [*_all_the_rest(instrument, scale, data, confidence), *fitted.rows(scale.id)]
    return rows


def _ordinal(instrument: Instrument, scale: Scale) -> bool:
    return all(len(instrument.item(item_id).codes) <= MOST_OPTIONS for item_id in scale.items)


def _row(
    found: Reliability, instrument: Instrument, scale: Scale, scores: Scores | ScoreTally | None, note: str = ""
) -> ReliabilityRow:
    remarks = (getattr(found, "remarks", ""), note, ITEMS_ONLY if scale.criteria else "")
    return ReliabilityRow(
        scale_id=scale.id,
        evidence="consistency",
        statistic=found.coefficient,
        estimate=found.estimate,
        ci_lower=found.ci_lower,
        ci_upper=found.ci_upper,
        standard_error_of_measurement=_raw_error(found, instrument, scale, scores),
        n_persons=found.n_persons,
        n_parts=found.n_items,
        method=found.method,
        missing=found.missing,
        reason=found.reason,
        note="; ".join(text for text in remarks if text),
    )


def _raw_error(found: Reliability, instrument: Instrument, scale: Scale, scores: Scores | ScoreTally | None) -> float:
    """Error of the raw score: SD of the scores if they are given, else that of the sum put on the metric of the scale."""
    if math.isnan(found.estimate) or found.estimate < 0 or scale.criteria:
        return math.nan
    if scores is not None:
        return _spread(scores, scale.id) * math.sqrt(max(0.0, 1 - found.estimate))
    items = [instrument.item(item_id) for item_id in scale.items]
    factor = {
        "sum": 1.0,
        "mean": 1 / float(sum(item.weight for item in items)),
        "percent": 100 / float(sum(item.weight * (max(item.points) - min(item.points)) for item in items)),
    }[scale.aggregate]
    return found.standard_error_of_measurement * factor * abs(float(scale.multiplier))


def _spread(scores: Scores | ScoreTally, scale_id: str) -> float:
    """Return the standard deviation of the scores, from how often each occurs: the order of persons changes no bit."""
    if isinstance(scores, ScoreTally):
        values, counts = scores.distribution(scale_id)
    else:
        values = scores.of(scale_id)
        values, counts = np.unique(values[~np.isnan(values)], return_counts=True)
    n = int(counts.sum())
    if n < 2:
        return math.nan
    mean = float((values * counts).sum() / n)
    return math.sqrt(float(((values - mean) ** 2 * counts).sum()) / (n - 1))


def _all_the_rest(
    instrument: Instrument, scale: Scale, data: Responses | ItemTally, confidence: float
) -> list[ReliabilityRow]:
    whole: list[Reliability] = [
        one
        for one in guttman_lambdas(data, scale=scale.id, confidence=confidence).rows
        if one.coefficient in LAMBDAS
    ]
    whole.append(greatest_lower_bound(data, scale=scale.id))
    whole += [
        replace(one, coefficient=f"split_half_{one.coefficient}")
        for one in split_half(data, scale=scale.id, confidence=confidence).rows
        if one.coefficient in {"mean", "worst"}
    ]
    if _ordinal(instrument, scale):
        whole.append(ordinal_alpha(data, scale=scale.id, confidence=confidence))
    rows = [
        replace(_row(one, instrument, scale, None), standard_error_of_measurement=math.nan) for one in whole
    ]
    return [*rows, *_item_rows(scale, data, confidence)]


def _item_rows(scale: Scale, data: Responses | ItemTally, confidence: float) -> list[ReliabilityRow]:
    pairs = item_correlations(data, scale=scale.id, confidence=confidence)
    rows = [
        ReliabilityRow(
            scale_id=scale.id,
            evidence="consistency",
            statistic="mean_item_correlation",
            estimate=pairs.mean,
            ci_lower=pairs.ci_lower,
            ci_upper=pairs.ci_upper,
            n_persons=pairs.n_persons,
            n_parts=pairs.n_items,
            method=pairs.method,
            missing=pairs.missing,
            reason=pairs.reason,
        )
    ]
    one = unidimensionality(data, scale=scale.id)
    place = one.statistic.index("unidimensionality")
    rows.append(
        ReliabilityRow(
            scale_id=scale.id,
            evidence="consistency",
            statistic="unidimensionality",
            estimate=float(one.estimate[place]),
            ci_lower=math.nan,
            ci_upper=math.nan,
            n_persons=one.n_persons,
            n_parts=one.n_items,
            method="none",
            missing=one.missing,
            reason=one.reason[place],
        )
    )
    return rows
