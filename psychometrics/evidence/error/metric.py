"""How many points of a score one point of an item or criterion is worth."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from psychometrics.instrument import Instrument, Scale


def point_weights(instrument: Instrument, scale: Scale) -> dict[str, Fraction]:
    """Return d score / d points of every item and criterion under a scale, for a person with nothing missing.

    Weight, aggregate and multiplier of the scale, and weights, means and SDs of components, are worked in; rounding
    is not.
    """
    if scale.components:
        return _over_components(instrument, scale)
    weights = _own_weights(instrument, scale)
    if scale.aggregate == "sum":
        share = Fraction(1)
    elif scale.aggregate == "mean":
        share = 1 / sum(weights.values(), Fraction(0))
    else:
        share = 100 / sum((w * _span(instrument, name) for name, w in weights.items()), Fraction(0))
    return {name: weight * share * scale.multiplier for name, weight in weights.items()}


def score_line(instrument: Instrument, scale: Scale) -> tuple[float, float]:
    """Return a and b of score = a + b * (sum of weighted points), for a scale over items with nothing missing."""
    weights = _own_weights(instrument, scale)
    name = next(iter(weights))
    slope = point_weights(instrument, scale)[name] / weights[name]
    lowest = Fraction(0)
    if scale.aggregate == "percent":
        lowest = sum((w * min(_points(instrument, name)) for name, w in weights.items()), Fraction(0))
    return float(-slope * lowest), float(slope)


def strata_of(instrument: Instrument, scale: Scale) -> dict[str, str]:
    """Return the base scale that brings in each item and criterion; the first one where several do."""
    below = [strata_of(instrument, instrument.scale(part.scale_id)) for part in scale.components]
    own = dict.fromkeys((*scale.items, *scale.criteria), scale.id)
    return {name: base for one in reversed([own, *below]) for name, base in one.items()}


def _over_components(instrument: Instrument, scale: Scale) -> dict[str, Fraction]:
    total = sum((part.weight for part in scale.components), Fraction(0))
    share = scale.multiplier / (total if scale.aggregate == "mean" else 1)
    found: dict[str, Fraction] = {}
    for part in scale.components:
        sd = Fraction(1) if part.mean is None or part.sd is None else part.sd
        stretch = part.weight * share / sd
        below: Mapping[str, Fraction] = point_weights(instrument, instrument.scale(part.scale_id))
        for name, weight in below.items():
            found[name] = found.get(name, Fraction(0)) + stretch * weight
    return found


def _own_weights(instrument: Instrument, scale: Scale) -> dict[str, Fraction]:
    items = {item.id: item.weight for item in instrument.items if item.id in scale.items}
    return items | {one.id: one.weight for one in instrument.criteria if one.id in scale.criteria}


def _points(instrument: Instrument, name: str) -> tuple[Fraction, ...]:
    if name in instrument.item_ids:
        item = instrument.item(name)
        extra = () if item.points_when_not_asked is None else (item.points_when_not_asked,)
        return item.points + extra
    return instrument.criteria[instrument.criterion_ids.index(name)].points


def _span(instrument: Instrument, name: str) -> Fraction:
    points = _points(instrument, name)
    return max(points) - min(points)
