"""Do the scales of a definition make sense: what stands in them, what may be missing, what they are composed of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from psychometrics.errors import Problem, did_you_mean
from psychometrics.instrument.definition import Definition, RubricItem, ScaleEntry


def check_scales(definition: Definition) -> Iterator[Problem]:
    """Yield every problem of the scales and of the composites over them."""
    answered = {item.id: item for item in definition.items if not isinstance(item, RubricItem)}
    tasks = [item for item in definition.items if isinstance(item, RubricItem)]
    criteria = {f"{task.id}.{criterion.id}" for task in tasks for criterion in task.criteria}
    known = {*answered, *criteria, *(task.id for task in tasks)}
    for index, scale in enumerate(definition.scales):
        where = f"scales[{index}] ({scale.id})"
        if bool(scale.items) == bool(scale.components):
            yield Problem(where=where, what="a scale needs items or components, one of them, not empty")
        yield from _check_scale_items(where, scale, known)
        for name in scale.items or []:
            if name in answered and not answered[name].scored:
                yield Problem(where=where, what=f'item "{name}" has scored = false', expected="a scored item")
        yield from _check_missing_rule(where, scale, _n_elements(scale, tasks))
        if scale.multiplier == 0:
            yield Problem(where=f"{where}.multiplier", what="0", expected="a number other than 0")
    yield from _check_components(definition)


def _n_elements(scale: ScaleEntry, tasks: list[RubricItem]) -> int:
    """Count items, criteria or components; a task stands for all its criteria."""
    criteria = {task.id: len(task.criteria) for task in tasks}
    return sum(criteria.get(name, 1) for name in scale.items or []) + len(scale.components or [])


def _check_scale_items(where: str, scale: ScaleEntry, known: set[str]) -> Iterator[Problem]:
    for name, count in Counter(scale.items or []).items():
        if count > 1:
            yield Problem(where=where, what=f'"{name}" stands {count} times', expected="every item once")
        if name not in known:
            yield Problem(
                where=where, what=f'no item, task or criterion "{name}"', hint=did_you_mean(name, known)
            )
        if "." in name and name.split(".")[0] in (scale.items or []):
            yield Problem(
                where=where,
                what=f'"{name}" is already in through its task',
                expected="the task or its criterion",
            )


def _check_missing_rule(where: str, scale: ScaleEntry, n_elements: int) -> Iterator[Problem]:
    given = (scale.minimum_valid is not None) + (scale.minimum_valid_share is not None)
    if scale.missing == "refuse" and given:
        yield Problem(
            where=where, what='minimum_valid beside missing = "refuse"', expected="one or the other"
        )
    if scale.missing != "refuse" and given != 1:
        yield Problem(
            where=where, what=f'missing = "{scale.missing}"', expected="minimum_valid or minimum_valid_share"
        )
    if scale.missing == "prorate" and scale.aggregate != "sum":
        yield Problem(where=where, what="only a sum can be prorated", expected='missing = "available_mean"')
    if scale.missing == "available_mean" and scale.aggregate == "sum":
        yield Problem(
            where=where, what='a sum with missing = "available_mean"', expected='missing = "prorate"'
        )
    if scale.minimum_valid is not None and scale.minimum_valid > n_elements:
        yield Problem(
            where=where,
            what=f"minimum_valid {scale.minimum_valid} of {n_elements}",
            expected="no more than there are",
        )
    if scale.components and scale.missing == "prorate":
        yield Problem(
            where=where,
            what="a composite cannot be prorated",
            expected='"refuse", or a mean with "available_mean"',
        )


def _check_components(definition: Definition) -> Iterator[Problem]:
    below = {scale.id: [part.scale for part in scale.components or []] for scale in definition.scales}
    for index, scale in enumerate(definition.scales):
        where = f"scales[{index}] ({scale.id}).components"
        if scale.components and scale.aggregate == "percent":
            yield Problem(
                where=where, what='aggregate = "percent"', expected='"sum" or "mean" for a composite'
            )
        for part in scale.components or []:
            if part.scale not in below:
                yield Problem(
                    where=where, what=f'no scale "{part.scale}"', hint=did_you_mean(part.scale, below)
                )
            if (part.mean is None) != (part.sd is None):
                yield Problem(
                    where=f"{where} ({part.scale})", what="mean or sd alone", expected="both or neither"
                )
            if part.sd is not None and part.sd <= 0:
                yield Problem(
                    where=f"{where} ({part.scale}).sd", what=str(part.sd), expected="a number above 0"
                )
            if part.weight == 0:
                yield Problem(
                    where=f"{where} ({part.scale}).weight", what="0", expected="a number other than 0"
                )
        if (
            scale.aggregate == "mean"
            and scale.components
            and sum(part.weight for part in scale.components) <= 0
        ):
            yield Problem(where=where, what="weights sum to 0 or less", expected="a sum above 0 for a mean")
        if _reaches_itself(scale.id, below):
            yield Problem(where=where, what="the scale is a part of itself", expected="no circle")


def _reaches_itself(start: str, below: dict[str, list[str]]) -> bool:
    seen: set[str] = set()
    waiting = list(below.get(start, []))
    while waiting:
        one = waiting.pop()
        if one == start:
            return True
        if one not in seen:
            seen.add(one)
            waiting += below.get(one, [])
    return False
