"""Rows about scores that are made of items, tasks and raters, or of other scores."""

from __future__ import annotations

import math
from functools import partial

from psychometrics.evidence.error.composite import composite_score_reliability
from psychometrics.evidence.overview.inside_rows import hierarchical_rows, scales_inside
from psychometrics.evidence.overview.table import ReliabilityRow
from psychometrics.instrument import Instrument, Scale
from psychometrics.responses import Ratings, Responses
from psychometrics.tallying.item_tally import ItemTally

OF_ITEMS = "of items alone this is stratified alpha, the scales inside as strata with their weights"


def score_rows(
    instrument: Instrument,
    scale: Scale,
    responses: Responses | ItemTally | None,
    ratings: Ratings | None,
    confidence: float,
) -> list[ReliabilityRow]:
    """Return the row of a scale over criteria or over other scales; none for a scale over items alone.

    A composite of scales over items has a second one: omega hierarchical, the scales as groups.
    """
    if not scale.criteria and not scale.components:
        return []
    items, criteria = instrument.items_under(scale), instrument.criteria_under(scale)
    lacking = [
        name
        for name, needed, there in (
            ("the responses of persons", items, isinstance(responses, Responses)),
            ("ratings", criteria, ratings is not None),
        )
        if needed and not there
    ]
    if lacking:
        return [_unknown(scale, f"needs {' and '.join(lacking)}", len(items) + len(criteria))]
    used = partial(
        composite_score_reliability,
        instrument,
        responses if items and isinstance(responses, Responses) else None,
        ratings if criteria else None,
        scale=scale.id,
        confidence=confidence,
    )
    found = used()
    if criteria and math.isnan(
        found.estimate
    ):  # one task cannot stand for others: then these tasks are meant
        fixed = used(tasks="fixed")
        found = found if math.isnan(fixed.estimate) else fixed
    inside = {} if criteria else scales_inside(instrument, scale)
    notes = [*found.notes, *([OF_ITEMS] if inside else [])]
    below = (
        hierarchical_rows(responses, scale, inside, confidence) if inside and responses is not None else []
    )
    return [
        ReliabilityRow(
            scale_id=scale.id,
            evidence="composite",
            statistic=found.coefficient,
            read_first=True,
            estimate=found.estimate,
            ci_lower=found.ci_lower,
            ci_upper=found.ci_upper,
            standard_error_of_measurement=found.standard_error_of_measurement,
            n_persons=found.n_persons,
            n_parts=len(items) + len(criteria),
            method=found.method,
            missing=found.missing,
            reason=found.reason,
            note="; ".join(notes),
        ),
        *below,
    ]


def _unknown(scale: Scale, reason: str, n_parts: int) -> ReliabilityRow:
    return ReliabilityRow(
        scale_id=scale.id,
        evidence="composite",
        statistic="composite_score_reliability",
        read_first=True,
        estimate=math.nan,
        ci_lower=math.nan,
        ci_upper=math.nan,
        n_persons=0,
        n_parts=n_parts,
        method="none",
        missing="none",
        reason=reason,
    )
