"""Which group each person belongs to, by one or more columns; those whose group is not known are one of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from psychometrics.errors import EstimationError
from psychometrics.evidence.matrix import as_frame
from psychometrics.evidence.score_columns import ScoreColumns
from psychometrics.responses import Responses

UNKNOWN = "(unknown)"
JOINT = " x "


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grouping:
    """One way of dividing the persons.

    Attributes
    ----------
    name : str
        The column; two of them joined by `` x ``.
    categories : tuple of str
        In the order of the alphabet.
    place : ndarray of int, shape (n_rows,)
        Index into ``categories``; -1 where the group is not known.
    """

    name: str
    categories: tuple[str, ...]
    place: npt.NDArray[np.intp]


def groupings(group: Any, scores: ScoreColumns, unknown: Sequence[str] = ()) -> tuple[Grouping, ...]:
    """Return one grouping per column.

    Parameters
    ----------
    group : str, sequence of str, mapping, data frame, Responses or array-like
        Names of person columns; or the columns themselves, one value per row of the scores.
    scores : ScoreColumns
    unknown : sequence of str
        Values that mean that the group is not known; blank, None and nan always do.

    Raises
    ------
    EstimationError
        No such column, or a column of another length than the scores.
    """
    columns = _columns(group, scores)
    if not columns:
        raise EstimationError("group= names no column")
    found = []
    for name, values in columns.items():
        if len(values) != scores.n_rows:
            raise EstimationError(
                f"{name} has {len(values):,} values for {scores.n_rows:,} rows of scores",
                hint="Give one value per row, None where it is not known.",
            )
        found.append(_grouping(name, values, unknown))
    return tuple(found)


def column_names_in(group: Any) -> tuple[str, ...]:
    """Return the texts that may be names of columns: they are no scales."""
    if isinstance(group, str):
        return (group,)
    return tuple(one for one in group if isinstance(one, str)) if isinstance(group, list | tuple) else ()


def intersections(parts: Sequence[Grouping]) -> tuple[Grouping, ...]:
    """Return every two groupings crossed; a person unknown on one of them is unknown."""
    return tuple(_crossed(one, other) for one, other in combinations(parts, 2))


def _crossed(one: Grouping, other: Grouping) -> Grouping:
    size = max(len(other.categories), 1)
    known = (one.place >= 0) & (other.place >= 0)
    pair = np.where(known, one.place * size + other.place, -1)
    there = np.unique(pair[known])
    labels = [f"{one.categories[at // size]}{JOINT}{other.categories[at % size]}" for at in there.tolist()]
    place = np.where(known, np.searchsorted(there, pair), -1)
    return _ordered(f"{one.name}{JOINT}{other.name}", labels, place)


def _grouping(name: str, values: list[Any], unknown: Sequence[str]) -> Grouping:
    """Return the grouping by the values of a column; each distinct value is read once."""
    import pandas as pd

    place, distinct = pd.factorize(np.fromiter(values, object, len(values)))
    return _ordered(name, [_text(value, unknown) for value in distinct], place)


def _ordered(name: str, labels: Sequence[str | None], place: npt.NDArray[np.intp]) -> Grouping:
    """Return a grouping with its categories in the order of the alphabet; labels that are equal become one."""
    categories = tuple(sorted({label for label in labels if label is not None}))
    index = {label: at for at, label in enumerate(categories)}
    new = np.array([*(-1 if label is None else index[label] for label in labels), -1], np.intp)
    return Grouping(name=name, categories=categories, place=new[place])


def _columns(group: Any, scores: ScoreColumns) -> dict[str, list[Any]]:
    if isinstance(group, str):
        return {group: scores.column(group)}
    if isinstance(group, Mapping):
        return {str(name): _values(values) for name, values in group.items()}
    if isinstance(group, Responses):
        raise EstimationError(
            "which person columns of the responses?",
            hint='Score them and give the names, group=["gender"], or give responses.persons.select([...]).',
        )
    if _are_names(group, scores):
        return {str(name): scores.column(str(name)) for name in group}
    frame = None if getattr(group, "ndim", 0) == 1 else as_frame(group)
    if frame is not None:
        return {str(name): list(frame[name].to_list()) for name in frame.columns}
    return {str(getattr(group, "name", None) or "group"): _values(group)}


def _are_names(group: Any, scores: ScoreColumns) -> bool:
    if not isinstance(group, list | tuple) or not group:
        return False
    named = [isinstance(one, str) and one in scores.person_columns for one in group]
    if any(named) and not all(named) and len(group) != scores.n_rows:
        missing = [str(one) for one, is_name in zip(group, named, strict=True) if not is_name]
        raise EstimationError(
            f"no person column {', '.join(missing)}", hint=f"There are: {', '.join(scores.person_columns)}."
        )
    return all(named)


def _values(values: Any) -> list[Any]:
    listed = values.to_list() if hasattr(values, "to_list") else None
    if listed is None:
        listed = values.to_pylist() if hasattr(values, "to_pylist") else np.asarray(values, object).tolist()
    if not isinstance(listed, list) or any(isinstance(one, list) for one in listed):
        raise EstimationError("group= holds something else than one value per person")
    return listed


def _text(value: Any, unknown: Sequence[str]) -> str | None:
    """Return a label; whole floats lose their point, as columns with gaps turn whole numbers into floats."""
    if value is None or value != value or type(value).__name__ in {"NAType", "NaTType"}:  # noqa: PLR0124
        return None
    text = f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value).strip()
    return None if not text or text in unknown else text
