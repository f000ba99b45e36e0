"""Scoring the slow and obvious way: one person at a time, in fractions."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction

import numpy as np

from psychometrics.instrument import Instrument, Scale


def slow_score(instrument: Instrument, scale: Scale, answers: dict[str, int]) -> float:
    """Score one person; ``answers`` maps item id to option position, or to a negative missing code."""
    if scale.components:
        parts = [slow_score(instrument, instrument.scale(c.scale_id), answers) for c in scale.components]
        if any(math.isnan(part) for part in parts):
            return math.nan
        total = sum(
            (c.weight * Fraction(p) for c, p in zip(scale.components, parts, strict=True)), Fraction(0)
        )
        return float(total / sum(c.weight for c in scale.components) if scale.aggregate == "mean" else total)
    items = [instrument.item(item_id) for item_id in scale.items]
    counted = []
    asked = len(items)
    for item in items:
        code = answers[item.id]
        if code >= 0:
            counted.append((item, item.points[code]))
        elif code == -3 and item.points_when_not_asked is not None:
            counted.append((item, item.points_when_not_asked))
        elif code == -3:
            asked -= 1
    needed = asked if scale.missing == "refuse" else min(scale.minimum_valid, asked)
    if not counted or len(counted) < needed:
        return math.nan
    total = sum((item.weight * points for item, points in counted), Fraction(0))
    weight = sum((item.weight for item, _ in counted), Fraction(0))
    if scale.aggregate == "mean":
        value = total / weight
    elif scale.aggregate == "percent":
        low = sum((item.weight * min(item.points) for item, _ in counted), Fraction(0))
        high = sum((item.weight * max(item.points) for item, _ in counted), Fraction(0))
        value = 100 * (total - low) / (high - low)
    elif scale.missing == "prorate":
        gone = [item for item in items if answers[item.id] == -3 and item.points_when_not_asked is None]
        all_weight = sum((item.weight for item in items), Fraction(0)) - sum(
            (i.weight for i in gone), Fraction(0)
        )
        value = total * all_weight / weight
    else:
        value = total
    value *= scale.multiplier
    if scale.rounding is not None:
        rule = ROUND_HALF_UP if scale.rounding.rule == "half_up" else ROUND_HALF_EVEN
        exact = Decimal(value.numerator) / Decimal(value.denominator)
        return float(exact.quantize(Decimal(1).scaleb(-scale.rounding.digits), rounding=rule))
    return float(value)


def slow_percentile_rank(sample: list[float], score: float) -> float:
    """Share below plus half the ties, counted one by one."""
    below = sum(one < score for one in sample)
    ties = sum(one == score for one in sample)
    return 100 * (below + ties / 2) / len(sample) if sample else float(np.nan)
