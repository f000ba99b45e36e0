"""Rows of a scale that holds other scales: stratified alpha, and what the scales have in common."""

from __future__ import annotations

import math

from psychometrics.evidence.consistency.omega_bifactor import omega_bifactor
from psychometrics.evidence.consistency.result import Reliability
from psychometrics.evidence.consistency.stratified_alpha import stratified_alpha
from psychometrics.evidence.consistency.structure import SMALLEST_GROUP
from psychometrics.evidence.overview.table import ReliabilityRow
from psychometrics.instrument import Instrument, Scale
from psychometrics.responses import Responses
from psychometrics.tallying.item_tally import ItemTally

MANY = 1000
"""Above so many persons the interval of omega hierarchical leaves out groups of persons, which takes a fraction of the time."""
Inside = dict[str, tuple[str, ...]]


def scales_inside(instrument: Instrument, scale: Scale) -> Inside:
    """Return the scales that make up a scale: its components over items, or those whose items together are its items.

    Empty where it holds none, or where they overlap, leave items over, or are of one item.
    """
    if scale.components:
        parts = [instrument.scale(part.scale_id) for part in scale.components]
        found = {one.id: one.items for one in parts if one.items and not one.criteria}
        return found if len(found) == len(parts) > 1 else {}
    whole = set(scale.items)
    smaller = {
        one.id: one.items
        for one in instrument.scales
        if one.items and not one.criteria and set(one.items) < whole
    }
    outer = {
        name: items
        for name, items in smaller.items()
        if not any(set(items) < set(other) for other in smaller.values())
    }
    joined = [item for items in outer.values() for item in items]
    parted = len(joined) == len(set(joined)) and set(joined) == whole
    return outer if parted and len(outer) > 1 and min(map(len, outer.values())) > 1 else {}


def stratified(data: Responses | ItemTally, scale: Scale, inside: Inside, confidence: float) -> Reliability:
    """Return stratified alpha of a scale over items, the scales inside it as strata."""
    return stratified_alpha(data, inside, scale=scale.id, confidence=confidence)


def hierarchical_rows(
    data: Responses | ItemTally, scale: Scale, inside: Inside, confidence: float
) -> list[ReliabilityRow]:
    """Return omega hierarchical of a bifactor model, the scales as groups; none where a scale has under 3 items."""
    items = [item for own in inside.values() for item in own]
    if min(map(len, inside.values())) < SMALLEST_GROUP or len(items) != len(set(items)):
        return []
    many = isinstance(data, Responses) and data.n_rows > MANY
    found = omega_bifactor(
        data,
        inside,
        scale=scale.id,
        confidence=confidence,
        interval="grouped_jackknife" if many else None,
    )
    place = list(zip(found.statistic, found.part, strict=True)).index(
        ("omega_hierarchical_bifactor", "total")
    )
    estimate = float(found.estimate[place])
    return [
        ReliabilityRow(
            scale_id=scale.id,
            evidence="consistency",
            statistic="omega_hierarchical_bifactor",
            estimate=estimate,
            ci_lower=float(found.ci_lower[place]),
            ci_upper=float(found.ci_upper[place]),
            n_persons=found.n_persons,
            n_parts=found.n_items,
            method=found.method,
            missing=found.missing,
            reason=found.reason[place] or ("the model has no solution" if math.isnan(estimate) else ""),
            note="; ".join(filter(None, [f"groups: {', '.join(inside)}", found.remarks])),
        )
    ]
