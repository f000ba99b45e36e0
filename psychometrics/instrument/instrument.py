"""The instrument as the engine uses it: every default filled in, every key turned into points."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Literal

from psychometrics.instrument.definition import Definition

Code = int | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An item answered by the person: its options in order and the points each gives."""

    id: str
    kind: Literal["self_report", "keyed"]
    text: str
    codes: tuple[Code, ...]
    labels: tuple[str, ...]
    points: tuple[Fraction, ...]
    weight: Fraction
    reversed: bool
    scored: bool
    points_when_not_asked: Fraction | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RaterRule:
    """How several ratings of one criterion become one."""

    minimum: int
    combine: Literal["mean", "median"]
    adjudicate_gap: Fraction | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One rubric criterion of a task; ``id`` is ``task.criterion``."""

    id: str
    item_id: str
    criterion_id: str
    title: str
    codes: tuple[Code, ...]
    labels: tuple[str, ...]
    descriptors: tuple[str, ...]
    points: tuple[Fraction, ...]
    weight: Fraction
    raters: RaterRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One scale inside a composite."""

    scale_id: str
    weight: Fraction
    mean: Fraction | None
    sd: Fraction | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounding:
    """How a finished score is rounded."""

    digits: int
    rule: Literal["half_up", "half_even"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """One score: over ``items`` and ``criteria``, or over ``components``.

    ``minimum`` and ``maximum`` are the ends of the scale, after the multiplier; nan for a standardised composite.
    """

    id: str
    title: str
    direction: str
    items: tuple[str, ...]
    criteria: tuple[str, ...]
    components: tuple[Component, ...]
    aggregate: Literal["sum", "mean", "percent"]
    multiplier: Fraction
    rounding: Rounding | None
    missing: Literal["refuse", "available_mean", "prorate"]
    minimum_valid: int
    minimum: float
    maximum: float

    @property
    def n_elements(self) -> int:
        """Number of items, criteria or components."""
        return len(self.items) + len(self.criteria) + len(self.components)

    @property
    def method(self) -> str:
        """What the scale is made from: ``self_report`` (answers), ``rubric`` (ratings), ``mixed`` or ``composite``."""
        if self.components:
            return "composite"
        if self.items and self.criteria:
            return "mixed"
        return "rubric" if self.criteria else "self_report"


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """Items asked only if ``item`` was answered with one of ``options``, or ``points_of`` sum to ``at_least``."""

    items: tuple[str, ...]
    item: str | None
    options: tuple[Code, ...]
    points_of: tuple[str, ...]
    at_least: Fraction

    @property
    def deciders(self) -> tuple[str, ...]:
        """The items whose answers decide."""
        return self.points_of if self.item is None else (self.item,)


@dataclass(frozen=True, eq=False, kw_only=True)
class Instrument:
    """A checked definition, ready to score with.

    Attributes
    ----------
    id, version : str
        Name and version; together ``id@version``.
    definition : Definition
        The file as read: titles, sources, bands, cuts, statements.
    fingerprint : str
        SHA-256 over everything that changes a score (items, options, points, keys, scales, missing rules),
        and over nothing else.
    items : tuple of Item
        What the person answers, in file order.
    criteria : tuple of Criterion
        What raters judge, in file order.
    scales : tuple of Scale
        In file order; ``scales_in_order`` has components before the composites that need them.
    """

    id: str
    version: str
    definition: Definition
    fingerprint: str
    items: tuple[Item, ...]
    criteria: tuple[Criterion, ...]
    branches: tuple[Branch, ...]
    scales: tuple[Scale, ...]

    @property
    def name(self) -> str:
        """``id@version``."""
        return f"{self.id}@{self.version}"

    @property
    def title(self) -> str:
        """The title of the instrument."""
        return self.definition.title

    @cached_property
    def item_ids(self) -> tuple[str, ...]:
        """Ids of the items the person answers."""
        return tuple(item.id for item in self.items)

    @cached_property
    def criterion_ids(self) -> tuple[str, ...]:
        """Ids of all rubric criteria, as ``task.criterion``."""
        return tuple(criterion.id for criterion in self.criteria)

    @cached_property
    def scale_ids(self) -> tuple[str, ...]:
        """Ids of the scales."""
        return tuple(scale.id for scale in self.scales)

    def scale(self, scale_id: str) -> Scale:
        """Return the scale of that id."""
        return self.scales[self.scale_ids.index(scale_id)]

    def item(self, item_id: str) -> Item:
        """Return the item of that id."""
        return self.items[self.item_ids.index(item_id)]

    @cached_property
    def scales_in_order(self) -> tuple[Scale, ...]:
        """Scales so ordered that every composite comes after its components."""
        by_id = {scale.id: scale for scale in self.scales}
        done: dict[str, Scale] = {}

        def visit(scale: Scale) -> None:
            if scale.id not in done:
                for component in scale.components:
                    visit(by_id[component.scale_id])
                done[scale.id] = scale

        for scale in self.scales:
            visit(scale)
        return tuple(done.values())

    def items_under(self, scale: Scale) -> tuple[str, ...]:
        """Ids of all items under a scale, through its components."""
        below = [self.items_under(self.scale(part.scale_id)) for part in scale.components]
        return tuple(dict.fromkeys([*scale.items, *(item for ids in below for item in ids)]))

    def criteria_under(self, scale: Scale) -> tuple[str, ...]:
        """Ids of all criteria under a scale, through its components."""
        below = [self.criteria_under(self.scale(part.scale_id)) for part in scale.components]
        return tuple(dict.fromkeys([*scale.criteria, *(item for ids in below for item in ids)]))

    def __repr__(self) -> str:
        return (
            f"<Instrument {self.name}: {len(self.items)} items, {len(self.criteria)} rubric criteria, "
            f"{len(self.scales)} scales>"
        )
