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


def group_members(groups: Members, item_ids: tuple[str, ...]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return which items are in which group, (n_items, n_groups)."""
    return np.array([[item in items for items in groups.values()] for item in item_ids], np.bool_).reshape(
        len(item_ids), len(groups)
    )


def refuse_small_groups(groups: Members) -> None:
    """Refuse fewer than 2 groups, and groups of fewer than 3 items, whose factor has no single solution."""
    problems = [
        Problem(where=name, what=f"{len(items)} item(s)", expected=f"at least {SMALLEST_GROUP}")
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
    """Return a composite of an instrument, with its components and their items; None where one scale is meant."""
    if isinstance(x, Responses):
        return _of_instrument(x.instrument, scale)
    counts = as_tally(x)
    if counts is not None and scale is None and len(counts.scales) > 1:
        return "all scales", dict(counts.scales)
    return None


def _of_instrument(instrument: Instrument, scale: str | None) -> tuple[str, Members] | None:
    items = {one.id: one.items for one in instrument.scales if one.items}
    composites = {
        one.id: {part.scale_id: items[part.scale_id] for part in one.components if part.scale_id in items}
        for one in instrument.scales
        if one.components
    }
    if scale in composites:
        return scale, composites[scale]
    if scale is None and len(items) > 1:
        return ("all scales", items) if len(composites) != 1 else next(iter(composites.items()))
    return None


def _sample_of(x: Any, name: str, groups: Members, missing: MissingRule) -> Sample:
    item_ids = tuple(dict.fromkeys(item for items in groups.values() for item in items))
    _refuse_shared(groups)
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


def _joined(counts: ItemTally, name: str, item_ids: tuple[str, ...]) -> ItemTally:
    """Return the counts as if the items of all scales were one scale; persons are the rows counted."""
    rows = [counts.item_ids.index(item) for item in item_ids]
    ends = np.cumsum([n + 1 for n in counts.n_options])
    places = np.concatenate([np.arange(ends[row] - counts.n_options[row] - 1, ends[row]) for row in rows])
    persons = counts.persons[:, None]
    return ItemTally(
        item_ids=item_ids,
        options=tuple(counts.options[row] for row in rows),
        points=tuple(counts.points[row] for row in rows),
        scales={name: item_ids},
        joint=counts.joint[:, places[:, None], places],
        listwise={},
        reasons=counts.reasons,
        missing=counts.missing[:, rows],
        persons=counts.persons,
        answered=persons,
        complete=np.zeros_like(persons),
        source=counts.source,
    )


def _refuse_shared(groups: Members) -> None:
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
    _refuse_shared(found)
    return found
