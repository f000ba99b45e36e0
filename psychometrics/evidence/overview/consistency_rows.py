"""Rows about the items of a scale: omega, alpha, categorical omega; on request everything else."""

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
from psychometrics.evidence.overview.table import ReliabilityRow
from psychometrics.instrument import Instrument, Scale
from psychometrics.responses import Responses
from psychometrics.scoring import Scores
from psychometrics.tallying.item_tally import ItemTally

MOST_OPTIONS = 10
LAMBDAS = ("lambda2", "lambda4", "lambda6")
ITEMS_ONLY = "items only: the rubric criteria of this scale are not in it"
FIT = ("unidimensionality", "one_factor_rmsea")


def consistency_rows(
    instrument: Instrument,
    scale: Scale,
    data: Responses | ItemTally,
    scores: Scores | None,
    confidence: float,
    *,
    everything: bool,
) -> list[ReliabilityRow]:
    """Return the rows of a scale that stands on items, the one to read first in front."""
    omega = coefficient_omega(data, scale=scale.id, confidence=confidence)
    alpha = coefficient_alpha(data, scale=scale.id, confidence=confidence)
    found: list[Reliability] = [omega, alpha]
    if _ordinal(instrument, scale):
        found.append(categorical_omega(data, scale=scale.id, confidence=confidence))
    rows = [_row(one, instrument, scale, scores) for one in found]
    if math.isnan(omega.estimate) or omega.remarks:
        rows = [rows[1], rows[0], *rows[2:]]
    if not scale.criteria:
        rows[0] = replace(rows[0], read_first=True)
    if everything:
        rows += _all_the_rest(instrument, scale, data, confidence)
    return rows


def _ordinal(instrument: Instrument, scale: Scale) -> bool:
    return all(len(instrument.item(item_id).codes) <= MOST_OPTIONS for item_id in scale.items)


def _row(found: Reliability, instrument: Instrument, scale: Scale, scores: Scores | None) -> ReliabilityRow:
    remarks = (getattr(found, "remarks", ""), ITEMS_ONLY if scale.criteria else "")
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


def _raw_error(found: Reliability, instrument: Instrument, scale: Scale, scores: Scores | None) -> float:
    """Error of the raw score: SD of the scores if they are given, else that of the sum put on the metric of the scale."""
    if math.isnan(found.estimate) or found.estimate < 0 or scale.criteria:
        return math.nan
    if scores is not None:
        values = scores.of(scale.id)
        values = values[~np.isnan(values)]
        spread = float(np.std(values, ddof=1)) if len(values) > 1 else math.nan
        return spread * math.sqrt(max(0.0, 1 - found.estimate))
    items = [instrument.item(item_id) for item_id in scale.items]
    factor = {
        "sum": 1.0,
        "mean": 1 / float(sum(item.weight for item in items)),
        "percent": 100 / float(sum(item.weight * (max(item.points) - min(item.points)) for item in items)),
    }[scale.aggregate]
    return found.standard_error_of_measurement * factor * abs(float(scale.multiplier))


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
    table = unidimensionality(data, scale=scale.id).columns()
    for i, statistic in enumerate(table["statistic"]):
        if statistic in FIT:
            rows.append(
                ReliabilityRow(
                    scale_id=scale.id,
                    evidence="consistency",
                    statistic=statistic,
                    estimate=table["estimate"][i],
                    ci_lower=table["ci_lower"][i],
                    ci_upper=table["ci_upper"][i],
                    n_persons=table["n_persons"][i],
                    n_parts=len(scale.items),
                    method="noncentral chi-square, 90%" if statistic == "one_factor_rmsea" else "none",
                    missing="pairwise",
                    reason=table["reason"][i],
                )
            )
    return rows
