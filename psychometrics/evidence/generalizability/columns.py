"""Ratings of a G study: one value per rating, and its level on each facet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from psychometrics.errors import EstimationError, Problem
from psychometrics.evidence.agreement.long_ratings import VALUES, label_column, rows_given_twice
from psychometrics.evidence.agreement.rating_columns import rating_columns
from psychometrics.evidence.matrix import Floats, as_frame, as_matrix, numeric_column
from psychometrics.kernels.generalizability.design import Design
from psychometrics.kernels.generalizability.mean_squares import Groups, group
from psychometrics.responses import Ratings

Integers = npt.NDArray[np.intp]

USUAL: Mapping[str, tuple[str, ...]] = {
    "p": ("person_id", "person", "target_id", "target"),
    "r": ("rater_id", "rater"),
    "i": ("item_id", "item"),
    "t": ("task_id", "task", "item_id", "item"),
    "c": ("criterion_id", "criterion"),
    "o": ("occasion",),
}
ALL_VALUES = (*VALUES, "score")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FacetRatings:
    """Ratings with their places on the facets of a design.

    Attributes
    ----------
    value : ndarray of float64, shape (n_ratings,)
    levels : dict of str to ndarray of int, shape (n_ratings,)
        Level 0, 1, ... on each facet, as labelled.
    groups : Groups
        Cells of the effects.
    n_blank : int
        Rows without a value, left out.
    """

    value: Floats
    levels: dict[str, Integers]
    groups: Groups
    n_blank: int


def as_facet_ratings(
    x: Any,
    design: Design,
    *,
    columns: Mapping[str, str] | None,
    value: str | None,
    task: str | None,
    criterion: str | None,
    occasion: str | None,
) -> FacetRatings:
    """Return the ratings of a table (two crossed facets), a long frame or Ratings.

    Raises
    ------
    EstimationError
        Missing columns, empty labels, text or infinities; a combination of facets rated more than once.
    """
    chosen = {"task": task, "criterion": criterion, "occasion": occasion}
    unknown = sorted(set(columns or {}) - set(design.facets))
    if unknown:
        raise EstimationError(f'columns= names {", ".join(unknown)}, not in the design "{design.text}"')
    if isinstance(x, Ratings):
        return _from_columns(rating_columns(x, **chosen), design, columns)
    if any(word is not None for word in chosen.values()):
        raise EstimationError("task=, criterion= and occasion= go with Ratings")
    frame = as_frame(x)
    if frame is None or not any(_names(facet, columns) & set(frame.columns) for facet in design.facets):
        return _from_table(as_matrix(x), design)
    _refuse_id_column(frame.columns, design, columns, value)
    found = {facet: _column(frame.columns, facet, columns) for facet in design.facets}
    value_name = _value_column(frame.columns, value)
    values = numeric_column(frame[value_name], value_name)
    infinite = np.flatnonzero(np.isinf(values))
    if len(infinite):
        problem = Problem(where=value_name, what="infinite", rows=tuple((infinite + 1).tolist()))
        raise EstimationError("some ratings are infinite", problems=[problem])
    return _collected(values, {facet: label_column(frame, name) for facet, name in found.items()}, design)


def _from_columns(
    table: dict[str, npt.NDArray[Any]], design: Design, columns: Mapping[str, str] | None
) -> FacetRatings:
    found = {facet: _column(list(table), facet, columns) for facet in design.facets}
    return _collected(table["value"], {facet: table[name] for facet, name in found.items()}, design)


def _from_table(table: Floats, design: Design) -> FacetRatings:
    if len(design.facets) != 2 or any(design.within.values()):
        needed = ", ".join(design.facets)
        raise EstimationError(
            f'the design "{design.text}" needs a long frame with a column for each of {needed}, and the ratings',
            hint="Name the columns as the facets, or say columns={'p': 'person_id', ...}.",
        )
    row, column = np.nonzero(np.ones(table.shape, bool))
    return _collected(table.ravel(), dict(zip(design.facets, (row, column), strict=True)), design)


def _refuse_id_column(
    there: list[str], design: Design, columns: Mapping[str, str] | None, value: str | None
) -> None:
    """Say so when a table of two facets still has its column of ids, and nothing else of a long frame."""
    ids = sorted({name for facet in design.facets for name in _names(facet, columns) & set(there)})
    if len(design.facets) == 2 and len(ids) == 1 and not {value, *ALL_VALUES} & set(there):
        raise EstimationError(
            f'this looks like a table of {" by ".join(design.facets)} with its id column "{ids[0]}"',
            hint=f"Set {ids[0]} as the index, or drop it; a long frame has a column for each facet and the ratings.",
        )


def _names(facet: str, columns: Mapping[str, str] | None) -> set[str]:
    return {(columns or {}).get(facet, facet), *USUAL.get(facet, ())}


def _column(there: list[str], facet: str, columns: Mapping[str, str] | None) -> str:
    wanted = (columns or {}).get(facet)
    usual = (facet, *USUAL.get(facet, ())) if wanted is None else (wanted,)
    for name in usual:
        if name in there:
            return name
    raise EstimationError(
        f"no column for the facet {facet}: looked for {', '.join(usual)}; there are {', '.join(map(str, there))}",
        hint=f"Say which: columns={{{facet!r}: ...}}.",
    )


def _value_column(there: list[str], value: str | None) -> str:
    found = [name for name in ((value,) if value is not None else ALL_VALUES) if name in there]
    if len(found) != 1:
        raise EstimationError(
            f"one column must hold the ratings; found {', '.join(found) or 'none'}",
            hint=f"Say value=, or name the column one of {', '.join(ALL_VALUES)}.",
        )
    return found[0]


def _collected(values: Floats, labels: dict[str, npt.NDArray[Any]], design: Design) -> FacetRatings:
    there = ~np.isnan(values)
    if not there.any():
        raise EstimationError("there are no ratings")
    levels = {
        facet: np.unique(column[there], return_inverse=True)[1].astype(np.intp)
        for facet, column in labels.items()
    }
    groups = group(design, levels)
    _refuse_duplicates(groups.cells[-1], np.flatnonzero(there), labels, design)
    return FacetRatings(value=values[there], levels=levels, groups=groups, n_blank=int((~there).sum()))


def _refuse_duplicates(
    cell: Integers, rows: Integers, labels: dict[str, npt.NDArray[Any]], design: Design
) -> None:
    problems = [
        Problem(
            where=", ".join(f"{facet} {labels[facet][found[0]]}" for facet in design.facets),
            what=f"{len(found)} ratings",
            rows=tuple((found + 1).tolist()),
        )
        for found in rows_given_twice(cell, rows)
    ]
    if problems:
        raise EstimationError(
            f'some combinations of the design "{design.text}" have more than one rating',
            problems=problems,
            hint="Add the facet that tells them apart to the design, or keep one (task=, criterion=, occasion=).",
        )
