"""The two scores of every pair that is compared, of two scales or of two occasions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from psychometrics.errors import NormError, Problem, did_you_mean
from psychometrics.norming.differences.z_errors import z_errors

if TYPE_CHECKING:
    from psychometrics.norming.normed import NormedScores

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sides:
    """The two scores of every pair and person, shape (n_pairs, n_rows), with errors of z."""

    normed: NormedScores
    between: str
    pairs: tuple[Pair, ...]
    persons: pa.Table
    first: Floats
    second: Floats
    first_error: Floats
    second_error: Floats
    n_only: tuple[int, int] = (0, 0)


def of_scales(normed: NormedScores, pairs: Sequence[Pair] | None) -> Sides:
    """Return pairs of scales of one occasion; all that share nothing unless said."""
    chosen = _all_pairs(normed) if pairs is None else tuple((a, b) for a, b in pairs)
    _check_known(normed, [name for pair in chosen for name in pair])
    errors = z_errors(normed)
    first, second = ([normed.scale_ids.index(pair[side]) for pair in chosen] for side in (0, 1))
    return Sides(
        normed=normed,
        between="scales",
        pairs=chosen,
        persons=normed.persons,
        first=normed.z[first],
        second=normed.z[second],
        first_error=errors[first],
        second_error=errors[second],
    )


def _all_pairs(normed: NormedScores) -> tuple[Pair, ...]:
    """Return all pairs of scales that stand on different items and criteria."""
    pairs = combinations(normed.scale_ids, 2)
    if normed.instrument is None:
        return tuple(pairs)
    known = normed.instrument
    under = {
        name: {*known.items_under(known.scale(name)), *known.criteria_under(known.scale(name))}
        for name in normed.scale_ids
    }
    return tuple((a, b) for a, b in pairs if not under[a] & under[b])


def of_occasions(first: NormedScores, second: NormedScores, pairs: Sequence[Pair] | None) -> Sides:
    """Return every scale on two occasions, persons matched."""
    if pairs is not None:
        raise NormError(
            "pairs are for one occasion", hint="Between occasions every scale is compared with itself."
        )
    if first.norms.name != second.norms.name or first.placing != second.placing:
        raise NormError(
            f"placed differently: {first.norms.name} and {second.norms.name}",
            hint="Apply the same norms, with the same options, to both occasions.",
        )
    names = [name for name in first.scale_ids if name in second.scale_ids]
    before, after = _matched(first.persons, second.persons)
    mine, theirs = ([one.scale_ids.index(name) for name in names] for one in (first, second))
    return Sides(
        normed=first,
        between="occasions",
        pairs=tuple((name, name) for name in names),
        persons=first.persons.select(["person_id"]).take(pa.array(before)),
        first=first.z[mine][:, before],
        second=second.z[theirs][:, after],
        first_error=z_errors(first)[mine][:, before],
        second_error=z_errors(second)[theirs][:, after],
        n_only=(first.persons.num_rows - len(before), second.persons.num_rows - len(after)),
    )


def _matched(first: pa.Table, second: pa.Table) -> tuple[Rows, Rows]:
    for name, table in (("first", first), ("second", second)):
        ids = table.column("person_id")
        if len(pc.unique(ids)) < len(ids):
            raise NormError(f"a person stands twice on the {name} occasion", hint="Give one row per person.")
    known = first.column("person_id").combine_chunks()
    found = pc.index_in(second.column("person_id"), known).fill_null(-1).to_numpy().astype(np.intp)
    after = np.flatnonzero(found >= 0)
    after = after[np.argsort(found[after], kind="stable")]
    return found[after], after


def _check_known(normed: NormedScores, names: Sequence[str]) -> None:
    problems = [
        Problem(where=name, what="no such scale", hint=did_you_mean(name, normed.scale_ids))
        for name in dict.fromkeys(names)
        if name not in normed.scale_ids
    ]
    if problems:
        raise NormError("these scales cannot be compared", problems=problems)
