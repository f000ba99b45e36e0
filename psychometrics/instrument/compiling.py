"""From the checked definition to the instrument: defaults filled in, keys turned into points, ends worked out."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from psychometrics.instrument.definition import (
    ComponentEntry,
    CriterionEntry,
    Definition,
    KeyedItem,
    RatersEntry,
    RubricItem,
    ScaleEntry,
    SelfReportItem,
)
from psychometrics.instrument.instrument import (
    Branch,
    Code,
    Component,
    Criterion,
    Item,
    RaterRule,
    Rounding,
    Scale,
)


def exact(number: Decimal | int) -> Fraction:
    """Return the number as an exact fraction."""
    return Fraction(number)


def option_points(entry: SelfReportItem | KeyedItem, definition: Definition) -> tuple[Fraction, ...]:
    """Points of each option of an item, after key, own points and reversal."""
    options = definition.option_sets[entry.options].options
    if isinstance(entry, KeyedItem) and entry.key is not None:
        return tuple(Fraction(int(option.code in entry.key)) for option in options)
    if entry.points is not None:
        points = [exact(entry.points[str(option.code)]) for option in options]
    else:
        points = [_own_points(option.code, option.points) for option in options]
    if isinstance(entry, SelfReportItem) and entry.reversed:
        low, high = min(points), max(points)
        points = [low + high - value for value in points]
    return tuple(points)


def _own_points(code: Code, points: Decimal | None) -> Fraction:
    return exact(points) if points is not None else Fraction(int(code))


def compile_items(definition: Definition) -> tuple[Item, ...]:
    """All items that the person answers."""
    when_not_asked = {
        item_id: exact(branch.points_when_not_asked)
        for branch in definition.branches
        for item_id in branch.items
        if branch.points_when_not_asked is not None
    }
    return tuple(
        _compile_item(entry, definition, when_not_asked.get(entry.id))
        for entry in definition.items
        if not isinstance(entry, RubricItem)
    )


def _compile_item(
    entry: SelfReportItem | KeyedItem, definition: Definition, when_not_asked: Fraction | None
) -> Item:
    options = definition.option_sets[entry.options].options
    return Item(
        id=entry.id,
        kind=entry.kind,
        text=entry.text or entry.topic or "",
        codes=tuple(option.code for option in options),
        labels=tuple(option.label for option in options),
        points=option_points(entry, definition),
        weight=exact(entry.weight),
        reversed=isinstance(entry, SelfReportItem) and entry.reversed,
        scored=entry.scored,
        points_when_not_asked=when_not_asked,
    )


def compile_criteria(definition: Definition) -> tuple[Criterion, ...]:
    """All rubric criteria of all tasks."""
    return tuple(
        _compile_criterion(entry, criterion, entry.raters or definition.raters)
        for entry in definition.items
        if isinstance(entry, RubricItem)
        for criterion in entry.criteria
    )


def _compile_criterion(entry: RubricItem, criterion: CriterionEntry, raters: RatersEntry) -> Criterion:
    gap = raters.adjudicate_gap
    combine: Literal["mean", "median"] = "median" if raters.combine == "median" else "mean"
    return Criterion(
        id=f"{entry.id}.{criterion.id}",
        item_id=entry.id,
        criterion_id=criterion.id,
        title=criterion.title,
        codes=tuple(level.code for level in criterion.levels),
        labels=tuple(level.label for level in criterion.levels),
        descriptors=tuple(level.descriptor for level in criterion.levels),
        points=tuple(_own_points(level.code, level.points) for level in criterion.levels),
        weight=exact(criterion.weight),
        raters=RaterRule(
            minimum=raters.minimum, combine=combine, adjudicate_gap=None if gap is None else exact(gap)
        ),
    )


def compile_branches(definition: Definition) -> tuple[Branch, ...]:
    """All branching rules, each after those that decide about its own deciders.

    Items are asked in the order of the file, and a decider before the items it decides about; so the place of the last
    decider gives that order, however the rules stand in the file.
    """
    place = {item.id: position for position, item in enumerate(definition.items)}
    branches = (
        Branch(
            items=tuple(branch.items),
            item=branch.asked_if.item,
            options=tuple(branch.asked_if.options or ()),
            points_of=tuple(branch.asked_if.points_of or ()),
            at_least=exact(branch.asked_if.at_least or 0),
        )
        for branch in definition.branches
    )
    return tuple(sorted(branches, key=lambda one: max(place[name] for name in one.deciders)))


def compile_scales(
    definition: Definition, items: tuple[Item, ...], criteria: tuple[Criterion, ...]
) -> tuple[Scale, ...]:
    """All scales, with their range."""
    compiled: dict[str, Scale] = {}
    waiting = list(definition.scales)
    while waiting:
        entry = waiting.pop(0)
        if all(part.scale in compiled for part in entry.components or ()):
            compiled[entry.id] = _compile_scale(entry, items, criteria, compiled)
        else:
            waiting.append(entry)
    return tuple(compiled[entry.id] for entry in definition.scales)


def _compile_scale(
    entry: ScaleEntry, items: tuple[Item, ...], criteria: tuple[Criterion, ...], compiled: dict[str, Scale]
) -> Scale:
    wanted = tuple(entry.items or ())
    item_ids = tuple(item.id for item in items if item.id in wanted)
    criterion_ids = tuple(c.id for c in criteria if c.id in wanted or c.item_id in wanted)
    components = tuple(_compile_component(part) for part in entry.components or ())
    n_elements = len(item_ids) + len(criterion_ids) + len(components)
    multiplier = exact(entry.multiplier)
    elements: list[Item | Criterion] = [item for item in items if item.id in item_ids]
    elements += [criterion for criterion in criteria if criterion.id in criterion_ids]
    ends = (
        _composite_ends(components, compiled, entry.aggregate)
        if components
        else _element_ends(elements, entry)
    )
    low, high = sorted(float(multiplier * end) if isinstance(end, Fraction) else end for end in ends)
    rounding = entry.rounding
    return Scale(
        id=entry.id,
        title=entry.title,
        direction=entry.direction or "",
        items=item_ids,
        criteria=criterion_ids,
        components=components,
        aggregate=entry.aggregate,
        multiplier=multiplier,
        rounding=None if rounding is None else Rounding(digits=rounding.digits, rule=rounding.rule),
        missing=entry.missing,
        minimum_valid=_minimum_valid(entry, n_elements),
        minimum=low,
        maximum=high,
    )


def _compile_component(part: ComponentEntry) -> Component:
    return Component(
        scale_id=part.scale,
        weight=exact(part.weight),
        mean=None if part.mean is None else exact(part.mean),
        sd=None if part.sd is None else exact(part.sd),
    )


def _minimum_valid(entry: ScaleEntry, n_elements: int) -> int:
    if entry.missing == "refuse":
        return n_elements
    if entry.minimum_valid_share is not None:
        return max(1, math.ceil(exact(entry.minimum_valid_share) * n_elements))
    return entry.minimum_valid or 1


def _element_ends(
    elements: list[Item | Criterion], entry: ScaleEntry
) -> tuple[Fraction | float, Fraction | float]:
    if entry.aggregate == "percent":
        return Fraction(0), Fraction(100)
    low = sum((e.weight * _least(e) for e in elements), Fraction(0))
    high = sum((e.weight * max(e.points) for e in elements), Fraction(0))
    total = sum((e.weight for e in elements), Fraction(0))
    return (low / total, high / total) if entry.aggregate == "mean" else (low, high)


def _least(element: Item | Criterion) -> Fraction:
    when_not_asked = element.points_when_not_asked if isinstance(element, Item) else None
    return min([*element.points, *([] if when_not_asked is None else [when_not_asked])])


def _composite_ends(
    components: tuple[Component, ...], compiled: dict[str, Scale], aggregate: str
) -> tuple[Fraction | float, Fraction | float]:
    if any(part.sd is not None for part in components):
        return math.nan, math.nan
    ends = [
        (p.weight, Fraction(compiled[p.scale_id].minimum), Fraction(compiled[p.scale_id].maximum))
        for p in components
    ]
    low = sum((min(w * a, w * b) for w, a, b in ends), Fraction(0))
    high = sum((max(w * a, w * b) for w, a, b in ends), Fraction(0))
    total = sum((w for w, _, _ in ends), Fraction(0))
    return (low / total, high / total) if aggregate == "mean" else (low, high)
