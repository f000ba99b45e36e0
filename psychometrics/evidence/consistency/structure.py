"""Which items belong together: groups given by name, or the scales of an instrument."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from psychometrics.errors import EstimationError, Problem, did_you_mean
from psychometrics.evidence.points import item_points
from psychometrics.evidence.sample import MissingRule, Sample, as_sample, as_tally
from psychometrics.instrument import Instrument
from psychometrics.kernels.covariance import moments
from psychometrics.kernels.em_covariance import em_moments
from psychometrics.responses import Responses
from psychometrics.result import counted
from psychometrics.tallying import ItemTally

Groups = Mapping[str, Sequence[str | int]]
Members = dict[str, tuple[str, ...]]
SMALLEST_GROUP = 3


def structured_sample(
    x: Any, *, scale: str | None, groups: Groups | None, missing: MissingRule
) -> tuple[Sample, Members]:
    """Return the items of a scale or of a composite of scales, and its groups: as given, else its component scales.

    Raises
    ------
    EstimationError
        No groups where the instrument has none to offer; a group that does not fit.
    """
    found = _composite(x, scale)
    own: Members = {}
    if found is None:
        sample = as_sample(x, scale=scale, missing=missing)
    else:
        name, own = found
        sample = _sample_of(x, name, own, missing)
    return sample, own if groups is None else _checked(groups, sample.item_ids)


def refuse_shared(groups: Members) -> None:
    """Refuse an item that is in two groups."""
    names: dict[str, list[str]] = {}
    for name, items in groups.items():
        for item in items:
            names.setdefault(item, []).append(name)
    problems = [
        Problem(where=item, what=f"in {len(own)} groups: {', '.join(own)}", expected="one group")
        for item, own in names.items()
        if len(own) > 1
    ]
    if problems:
        raise EstimationError("some items are in more than one group", problems=problems)


def group_members(groups: Members, item_ids: tuple[str, ...]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return which items are in which group, (n_items, n_groups)."""
    return np.array([[item in items for items in groups.values()] for item in item_ids], np.bool_).reshape(
        len(item_ids), len(groups)
    )


def refuse_small_groups(groups: Members) -> None:
    """Refuse fewer than 2 groups, and groups of fewer than 3 items, whose factor has no single solution."""
    problems = [
        Problem(where=name, what=counted(len(items), "item"), expected=f"at least {SMALLEST_GROUP}")
        for name, items in groups.items()
        if len(items) < SMALLEST_GROUP
    ]
    if problems:
        raise EstimationError(
            "some groups are too small for a factor of their own",
            problems=problems,
            hint="Leave these items out of the groups: they then load on the general factor alone.",
        )
    if len(groups) < 2:
        raise EstimationError(
            f"a bifactor model needs at least 2 groups of items; there are {len(groups)}",
            hint="Give groups={name: [items], ...}, or use coefficient_omega for one factor.",
        )


def _composite(x: Any, scale: str | None) -> tuple[str, Members] | None:
    """Return a scale that holds other scales, with these and their items; None where it holds none."""
    counts = as_tally(x)
    if isinstance(x, Responses):
        named = {one.id: one.items for one in x.instrument.scales if one.items}
        components = _components(x.instrument)
    elif counts is not None:
        named, components = dict(counts.scales), {}
    else:
        return None
    if scale is None and len(components) == 1:
        scale = next(iter(components))
    if scale in components:
        return scale, {one: named[one] for one in components[scale]}
    inside = _outermost(named if scale is None else _within(named, scale))
    if scale is None and len(inside) == 1:
        (scale,) = inside
        inside = _outermost(_within(named, scale))
    return (scale or "all scales", inside) if inside else None


def _components(instrument: Instrument) -> dict[str, list[str]]:
    """Return the composites whose components stand on items, with these."""
    with_items = {one.id for one in instrument.scales if one.items}
    parts = {
        one.id: [part.scale_id for part in one.components] for one in instrument.scales if one.components
    }
    return {name: own for name, own in parts.items() if set(own) <= with_items}


def _within(named: Members, scale: str) -> Members:
    """Return the scales whose items are some, not all, of those of ``scale``."""
    whole = set(named.get(scale, ()))
    return {name: items for name, items in named.items() if set(items) < whole}


def _outermost(named: Members) -> Members:
    """Return the scales that lie inside no other."""
    return {
        name: items
        for name, items in named.items()
        if not any(set(items) < set(other) for other in named.values())
    }


def _sample_of(x: Any, name: str, groups: Members, missing: MissingRule) -> Sample:
    item_ids = _items(x, name, groups)
    if isinstance(x, Responses):
        points = item_points(x, item_ids)
        found = em_moments(points) if missing == "em" else moments(points, missing)
        return Sample(item_ids=item_ids, moments=found, points=points, source=x.source)
    counts = as_tally(x)
    if counts is None or missing != "pairwise":
        raise EstimationError(
            f"missing={missing!r}: a tally knows items of several scales only in pairs",
            hint="Use missing='pairwise', or give the responses.",
        )
    own = _joined(counts, name, item_ids)
    return Sample(item_ids=item_ids, moments=own.moments(name), points=None, source=own.source, tally=own)


def _items(x: Any, name: str, groups: Members) -> tuple[str, ...]:
    """Return the items of the scale itself where it stands on items, else those of its groups."""
    counts = as_tally(x)
    scales = {one.id: one.items for one in x.instrument.scales} if counts is None else counts.scales
    own = scales.get(name, ())
    return tuple(own) or tuple(dict.fromkeys(item for items in groups.values() for item in items))


def _joined(counts: ItemTally, name: str, item_ids: tuple[str, ...]) -> ItemTally:
    """Return the counts as if the items of all scales were one scale; persons are the rows counted."""
    counts.check_pairs(item_ids)
    rows = [counts.item_ids.index(item) for item in item_ids]
    ends = np.cumsum([n + 1 for n in counts.n_options])
    places = np.concatenate([np.arange(ends[row] - counts.n_options[row] - 1, ends[row]) for row in rows])
    persons = counts.persons[:, None]
    n_options = sum(counts.n_options[row] for row in rows)
    nobody = np.broadcast_to(np.int64(0), (counts.n_blocks, n_options, n_options))
    return ItemTally(
        item_ids=item_ids,
        options=tuple(counts.options[row] for row in rows),
        points=tuple(counts.points[row] for row in rows),
        scales={name: item_ids},
        joint=counts.joint[:, places[:, None], places],
        listwise={name: nobody},
        reasons=counts.reasons,
        missing=counts.missing[:, rows],
        persons=counts.persons,
        answered=persons,
        complete=np.zeros_like(persons),
        source=counts.source,
    )


def _checked(groups: Groups, item_ids: tuple[str, ...]) -> Members:
    problems, found = [], {}
    for name, items in groups.items():
        named = []
        for item in items:
            if isinstance(item, int | np.integer) and 0 <= int(item) < len(item_ids):
                named.append(item_ids[int(item)])
            elif str(item) in item_ids:
                named.append(str(item))
            else:
                problems.append(
                    Problem(
                        where=f"groups[{name!r}]",
                        what=f"no item {item!r}",
                        expected="an item's name, or its place counted from 0",
                        hint=did_you_mean(str(item), item_ids),
                    )
                )
        found[str(name)] = tuple(named)
    if problems:
        raise EstimationError("some groups name items that are not there", problems=problems)
    return found
