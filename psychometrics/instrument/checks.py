"""Does a definition make sense? Each check yields problems with their path in the file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import pairwise

from psychometrics.errors import Problem, did_you_mean
from psychometrics.instrument.definition import (
    BranchEntry,
    CriterionEntry,
    Definition,
    KeyedItem,
    OptionEntry,
    RatersEntry,
    RubricItem,
    SelfReportItem,
)
from psychometrics.instrument.scale_checks import check_scales


def check(definition: Definition) -> list[Problem]:
    """Return every problem of a definition that has the right shape."""
    return [problem for one in CHECKS for problem in one(definition)]


def _check_unique(definition: Definition) -> Iterator[Problem]:
    groups = {
        "sources": [source.id for source in definition.sources],
        "items": [item.id for item in definition.items],
        "scales": [scale.id for scale in definition.scales],
        "bands": [band.id for band in definition.bands],
        "cuts": [cut.id for cut in definition.cuts],
        "statements": [statement.id for statement in definition.statements],
    }
    for name, ids in groups.items():
        for one, count in Counter(ids).items():
            if count > 1:
                yield Problem(where=name, what=f'id "{one}" stands {count} times', expected="every id once")


def _check_items(definition: Definition) -> Iterator[Problem]:
    used = Counter(item.options for item in definition.items if not isinstance(item, RubricItem))
    for name, entry in definition.option_sets.items():
        where = f"option_sets.{name}"
        yield from _check_options(where, entry.options)
        if not used[name]:
            yield Problem(where=where, what="no item uses this option set", expected="use it or take it out")
    for index, item in enumerate(definition.items):
        where = f"items[{index}] ({item.id})"
        wording = "text" if definition.wording == "full" else "topic"
        if getattr(item, wording) is None:
            yield Problem(
                where=where,
                what=f"no {wording}",
                expected=f'{wording}, since wording = "{definition.wording}"',
            )
        if isinstance(item, RubricItem):
            yield from _check_criteria(where, item)
        elif item.options not in definition.option_sets:
            hint = did_you_mean(item.options, definition.option_sets)
            yield Problem(where=f"{where}.options", what=f'no option set "{item.options}"', hint=hint)
        else:
            yield from _check_points(where, item, definition.option_sets[item.options].options)


def _check_options(where: str, options: list[OptionEntry]) -> Iterator[Problem]:
    for code, count in Counter(str(option.code) for option in options).items():
        if count > 1:
            yield Problem(where=where, what=f"code {code} stands {count} times", expected="every code once")


def _check_criteria(where: str, item: RubricItem) -> Iterator[Problem]:
    for criterion_id, count in Counter(criterion.id for criterion in item.criteria).items():
        if count > 1:
            yield Problem(
                where=where, what=f'criterion "{criterion_id}" stands {count} times', expected="every id once"
            )
    for criterion in item.criteria:
        yield from _check_levels(f"{where}.criteria ({criterion.id})", criterion)
    if item.raters is not None:
        yield from _check_raters(f"{where}.raters", item.raters)
        yield from _check_gap(f"{where}.raters", item.raters, [item])


def _check_levels(where: str, criterion: CriterionEntry) -> Iterator[Problem]:
    for code, count in Counter(str(level.code) for level in criterion.levels).items():
        if count > 1:
            yield Problem(where=where, what=f"level {code} stands {count} times", expected="every code once")
    if criterion.weight <= 0:
        yield Problem(where=f"{where}.weight", what=f"weight {criterion.weight}", expected="a number above 0")
    if any(level.points is None and isinstance(level.code, str) for level in criterion.levels):
        yield Problem(where=where, what="a level with a text code has no points", expected="points for it")
        return
    points = [level.points if level.points is not None else int(level.code) for level in criterion.levels]
    if any(lower >= upper for lower, upper in pairwise(points)):
        yield Problem(
            where=where, what="points do not rise from level to level", expected="lowest level first"
        )


def _check_raters(where: str, raters: RatersEntry) -> Iterator[Problem]:
    if raters.combine == "severity_adjusted":
        yield Problem(
            where=f"{where}.combine",
            what='"severity_adjusted" cannot be computed by this version',
            expected='"mean" or "median"',
        )
    if raters.adjudicate_gap is not None and raters.adjudicate_gap <= 0:
        yield Problem(
            where=f"{where}.adjudicate_gap", what=str(raters.adjudicate_gap), expected="a number above 0"
        )


def _check_gap(where: str, raters: RatersEntry, tasks: Sequence[RubricItem]) -> Iterator[Problem]:
    """Refuse a gap that no two ratings can lie apart: it would never flag anybody."""
    spans = [span for task in tasks for criterion in task.criteria for span in _span(criterion)]
    if raters.adjudicate_gap is not None and spans and raters.adjudicate_gap > max(spans):
        yield Problem(
            where=f"{where}.adjudicate_gap",
            what=f"{raters.adjudicate_gap}, which no two ratings can lie apart",
            expected=f"at most {max(spans)}, from the lowest to the highest points of a criterion",
        )


def _span(criterion: CriterionEntry) -> list[Decimal]:
    points = [
        Decimal(level.code) if level.points is None else level.points
        for level in criterion.levels
        if level.points is not None or isinstance(level.code, int)
    ]
    return [max(points) - min(points)] if points else []


def _check_instrument_raters(definition: Definition) -> Iterator[Problem]:
    yield from _check_raters("raters", definition.raters)
    tasks = [item for item in definition.items if isinstance(item, RubricItem)]
    yield from _check_gap("raters", definition.raters, [task for task in tasks if task.raters is None])


def _check_points(
    where: str, item: SelfReportItem | KeyedItem, options: list[OptionEntry]
) -> Iterator[Problem]:
    codes = {str(option.code) for option in options}
    if item.weight <= 0:
        yield Problem(where=f"{where}.weight", what=f"weight {item.weight}", expected="a number above 0")
    if isinstance(item, KeyedItem):
        if (item.key is None) == (item.points is None):
            yield Problem(where=where, what="a keyed item needs key or points, one of them")
        for code in item.key or []:
            if str(code) not in codes:
                yield Problem(
                    where=f"{where}.key", what=f"no option {code}", expected=f"one of {_listed(codes)}"
                )
    if item.points is not None:
        for code in sorted(set(item.points) - codes):
            yield Problem(
                where=f"{where}.points", what=f"no option {code}", expected=f"one of {_listed(codes)}"
            )
        for code in sorted(codes - set(item.points)):
            yield Problem(
                where=f"{where}.points",
                what=f"no points for option {code}",
                expected="points for every option",
            )
    elif not (isinstance(item, KeyedItem) and item.key is not None):
        for option in options:
            if option.points is None and isinstance(option.code, str):
                yield Problem(
                    where=f"option_sets.{item.options}",
                    what=f'option "{option.code}" has no points (needed by item {item.id})',
                    expected="points, since its code is a text",
                )


def _listed(codes: Iterable[str]) -> str:
    return ", ".join(sorted(codes))


def _check_branches(definition: Definition) -> Iterator[Problem]:
    answered = {item.id: item for item in definition.items if not isinstance(item, RubricItem)}
    points_of: dict[str, set[object]] = {}
    for index, branch in enumerate(definition.branches):
        where = f"branches[{index}]"
        for name in [
            *branch.items,
            *(branch.asked_if.points_of or []),
            *filter(None, [branch.asked_if.item]),
        ]:
            if name not in answered:
                yield Problem(where=where, what=f'no item "{name}"', hint=did_you_mean(name, answered))
        yield from _check_condition(where, branch, definition)
        yield from _check_order(where, branch, list(answered))
        for name in branch.items:
            points_of.setdefault(name, set()).add(branch.points_when_not_asked)
    for name, values in points_of.items():
        if len(values) > 1:
            yield Problem(
                where="branches", what=f'item "{name}" has two points_when_not_asked', expected="one value"
            )


def _check_order(where: str, branch: BranchEntry, answered: Sequence[str]) -> Iterator[Problem]:
    """Refuse an item that is asked before the answer that decides about it; so no circle of rules can come about."""
    decided = [name for name in branch.items if name in answered]
    for decider in [*(branch.asked_if.points_of or []), *filter(None, [branch.asked_if.item])]:
        early = [name for name in decided if decider in answered[answered.index(name) + 1 :]]
        if early:
            yield Problem(
                where=where,
                what=f'item "{decider}" decides about {_listed(early)}, which the file asks before it',
                expected="an item that stands before all it decides about",
            )


def _check_condition(where: str, branch: BranchEntry, definition: Definition) -> Iterator[Problem]:
    asked = branch.asked_if
    by_option = asked.item is not None and bool(asked.options)
    by_points = bool(asked.points_of) and asked.at_least is not None
    if by_option == by_points or (asked.item is None) != (asked.options is None):
        yield Problem(
            where=f"{where}.asked_if", what="unclear", expected="item and options, or points_of and at_least"
        )
    used = {*(asked.points_of or []), *filter(None, [asked.item])}
    for name in sorted(used & set(branch.items)):
        yield Problem(
            where=where,
            what=f'item "{name}" decides about itself',
            expected="an item asked before the branch",
        )
    if by_option:
        item = next((item for item in definition.items if item.id == asked.item), None)
        if isinstance(item, SelfReportItem | KeyedItem) and item.options in definition.option_sets:
            codes = {str(option.code) for option in definition.option_sets[item.options].options}
            for code in asked.options or []:
                if str(code) not in codes:
                    yield Problem(
                        where=f"{where}.asked_if.options",
                        what=f"no option {code}",
                        expected=f"one of {_listed(codes)}",
                    )


def _check_bands(definition: Definition) -> Iterator[Problem]:
    for index, band in enumerate(definition.bands):
        where = f"bands[{index}] ({band.id})"
        edges = [step.lower for step in band.steps]
        if any(lower >= upper for lower, upper in pairwise(edges)):
            yield Problem(
                where=f"{where}.steps", what="edges do not rise", expected="lowest band first, each edge once"
            )
        yield from _check_basis(where, band.basis, band.metric, band.source, band.rationale)
    for index, cut in enumerate(definition.cuts):
        yield from _check_basis(f"cuts[{index}] ({cut.id})", cut.basis, cut.metric, cut.source, cut.rationale)
    for index, statement in enumerate(definition.statements):
        if statement.at_least is None and statement.below is None:
            yield Problem(
                where=f"statements[{index}] ({statement.id})",
                what="no score range",
                expected="at_least, below or both",
            )


def _check_basis(
    where: str, basis: str, metric: str, source: str | None, rationale: str | None
) -> Iterator[Problem]:
    if source is None and rationale is None:
        yield Problem(where=where, what="no basis stated", expected="source, rationale or both")
    if basis == "criterion" and metric != "raw":
        yield Problem(
            where=where,
            what=f'basis "criterion" with metric "{metric}"',
            expected='metric "raw", or basis "norm"',
        )


def _check_references(definition: Definition) -> Iterator[Problem]:
    scales = {scale.id for scale in definition.scales}
    sources = {source.id for source in definition.sources}
    named: list[tuple[str, str, Sequence[str | None]]] = [
        *((f"bands[{i}] ({e.id})", e.scale, [e.source]) for i, e in enumerate(definition.bands)),
        *((f"cuts[{i}] ({e.id})", e.scale, [e.source]) for i, e in enumerate(definition.cuts)),
        *((f"published[{i}]", e.scale, [e.source]) for i, e in enumerate(definition.published)),
        *((f"statements[{i}] ({e.id})", e.scale, e.evidence) for i, e in enumerate(definition.statements)),
    ]
    for where, scale, cited in named:
        if scale not in scales:
            yield Problem(
                where=f"{where}.scale", what=f'no scale "{scale}"', hint=did_you_mean(scale, scales)
            )
        for source in cited:
            if source is not None and source not in sources:
                yield Problem(where=where, what=f'no source "{source}"', hint=did_you_mean(source, sources))


def _check_missing_codes(definition: Definition) -> Iterator[Problem]:
    taken = [
        (option.code, "option", f"an option of option_sets.{name}")
        for name, entry in definition.option_sets.items()
        for option in entry.options
    ]
    taken += [
        (level.code, "level", f"a level of {item.id}.{criterion.id}")
        for item in definition.items
        for criterion in getattr(item, "criteria", ())
        for level in criterion.levels
    ]
    for code, kind, which in taken:
        if str(code) in definition.missing_codes:
            yield Problem(
                where="missing_codes", what=f"{code} is also {which}", expected=f"a code that no {kind} has"
            )


def _check_ranges(definition: Definition) -> Iterator[Problem]:
    for name, pair in (("minutes", definition.minutes), ("retest_days", definition.retest_days)):
        if pair is not None and not 0 <= pair[0] <= pair[1]:
            yield Problem(where=name, what=f"[{pair[0]}, {pair[1]}]", expected="[least, most], not below 0")


CHECKS: tuple[Callable[[Definition], Iterator[Problem]], ...] = (
    _check_unique,
    _check_ranges,
    _check_items,
    _check_instrument_raters,
    _check_missing_codes,
    _check_branches,
    check_scales,
    _check_bands,
    _check_references,
)
