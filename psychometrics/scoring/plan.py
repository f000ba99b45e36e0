"""The scoring plan of a scale: definition in, whole-number rules for the kernels out."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import lcm

import numpy as np

from psychometrics.instrument import Criterion, Instrument, Item, Scale
from psychometrics.kernels.sums import MISSING_CODES, NOT_APPLICABLE, ItemGroup


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionPlan:
    """One criterion inside a scale, in the units of the scale."""

    row: int
    weight: Fraction
    weight_units: int
    lowest: int
    highest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalePlan:
    """A scale over items and criteria; sums are in units of ``1 / point_units``, weights of ``1 / weight_units``."""

    groups: tuple[ItemGroup, ...]
    criteria: tuple[CriterionPlan, ...]
    point_units: int
    weight_units: int
    total_weight: int


def plan_scale(instrument: Instrument, scale: Scale) -> ScalePlan:
    """Return the plan of a scale that stands on items and criteria."""
    items = [(row, item) for row, item in enumerate(instrument.items) if item.id in scale.items]
    criteria = [(row, one) for row, one in enumerate(instrument.criteria) if one.id in scale.criteria]
    elements: list[Item | Criterion] = [*(item for _, item in items), *(one for _, one in criteria)]
    weight_units = lcm(*(element.weight.denominator for element in elements))
    point_units = lcm(
        *((element.weight * value).denominator for element in elements for value in _all_points(element))
    )
    return ScalePlan(
        groups=_group(items, point_units, weight_units),
        criteria=tuple(
            CriterionPlan(
                row=row,
                weight=one.weight,
                weight_units=int(one.weight * weight_units),
                lowest=int(one.weight * min(one.points) * point_units),
                highest=int(one.weight * max(one.points) * point_units),
            )
            for row, one in criteria
        ),
        point_units=point_units,
        weight_units=weight_units,
        total_weight=sum(int(element.weight * weight_units) for element in elements),
    )


def _all_points(element: Item | Criterion) -> list[Fraction]:
    extra = element.points_when_not_asked if isinstance(element, Item) else None
    return [*element.points, *([] if extra is None else [extra])]


def _group(items: list[tuple[int, Item]], point_units: int, weight_units: int) -> tuple[ItemGroup, ...]:
    lines: dict[tuple[int, ...], list[int]] = {}
    tables = []
    for row, item in items:
        points = [int(item.weight * value * point_units) for value in item.points]
        low, high = (int(item.weight * end(_all_points(item)) * point_units) for end in (min, max))
        weight = int(item.weight * weight_units)
        slope = points[1] - points[0]
        straight = all(b - a == slope for a, b in zip(points, points[1:], strict=False))
        if straight and item.points_when_not_asked is None:
            lines.setdefault((points[0], slope, weight, low, high, len(points) - 1), []).append(row)
        else:
            tables.append(_table_group(row, item, points, weight, low, high, point_units))
    straight_groups = [
        ItemGroup(rows=tuple(rows), intercept=a, slope=b, weight=w, lowest=low, highest=high, top=top)
        for (a, b, w, low, high, top), rows in lines.items()
    ]
    return (*straight_groups, *tables)


def _table_group(
    row: int, item: Item, points: list[int], weight: int, low: int, high: int, point_units: int
) -> ItemGroup:
    table = np.zeros(MISSING_CODES + len(points), np.int64)
    counts = np.zeros(len(table), np.bool_)
    table[MISSING_CODES:], counts[MISSING_CODES:] = points, True
    if item.points_when_not_asked is not None:
        place = MISSING_CODES + NOT_APPLICABLE
        table[place] = int(item.weight * item.points_when_not_asked * point_units)
        counts[place] = True
    return ItemGroup(rows=(row,), table=table, counts=counts, weight=weight, lowest=low, highest=high)
