"""One row per rating, with names: what agreement, rater reports and adjudication start from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from psychometrics.errors import EstimationError, Problem, did_you_mean
from psychometrics.evidence.agreement.long_ratings import (
    RATERS,
    TARGETS,
    VALUES,
    named_column,
    rows_given_twice,
)
from psychometrics.evidence.agreement.rating_columns import choose_criterion
from psychometrics.evidence.agreement.rating_values import Scale, coded, is_missing
from psychometrics.evidence.matrix import as_frame, column_names
from psychometrics.responses import Ratings
from psychometrics.result import Source

Integers = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]
Names = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RatingRows:
    """Ratings there are; nobody rated the same criterion of the same target twice.

    Attributes
    ----------
    target, rater, criterion, category : ndarray of int, shape (n_ratings,)
        Positions in ``target_ids``, ``rater_ids``, ``criterion_ids`` and the categories of the criterion.
    target_ids, rater_ids : ndarray of object
    criterion_ids : tuple of str
        ``("",)`` when the ratings do not say.
    scales : tuple of Scale
        The categories of each criterion.
    gaps : tuple
        From how many points apart a criterion is to be adjudicated; None where its rubric does not say.
    time : ndarray of float64, shape (n_ratings,), or None
        In days.
    group : ndarray of object, shape (n_ratings,), or None
    """

    target: Integers
    rater: Integers
    criterion: Integers
    category: Integers
    target_ids: Names
    rater_ids: Names
    criterion_ids: tuple[str, ...]
    scales: tuple[Scale, ...]
    gaps: tuple[float | None, ...]
    time: Floats | None = None
    group: Names | None = None
    source: Source = field(default_factory=Source)

    def points(self) -> Floats:
        """Return the value of each rating in points."""
        for name, scale in zip(self.criterion_ids, self.scales, strict=True):
            scale.values_or_refuse(f"the levels of {name}" if name else "the levels")
        found = np.empty(len(self.target))
        for place, scale in enumerate(self.scales):
            mine = self.criterion == place
            found[mine] = scale.values_or_refuse("the levels")[self.category[mine]]
        return found

    def of_criterion(self, criterion: str | None) -> RatingRows:
        """Return the ratings of one criterion; it may be left out when there is only one."""
        place = choose_criterion(self.criterion_ids, criterion)
        keep = self.criterion == place
        return replace(
            self,
            target=self.target[keep],
            rater=self.rater[keep],
            criterion=np.zeros(int(keep.sum()), np.intp),
            category=self.category[keep],
            criterion_ids=(self.criterion_ids[place],),
            scales=(self.scales[place],),
            gaps=(self.gaps[place],),
            time=None if self.time is None else self.time[keep],
            group=None if self.group is None else self.group[keep],
        )


def as_rating_rows(
    x: Any,
    *,
    categories: Sequence[Any] | None = None,
    dates: str | None = None,
    groups: str | None = None,
) -> RatingRows:
    """Return one row per rating from Ratings, a long frame, or a table of targets by raters.

    Parameters
    ----------
    x : Ratings, data frame, array-like
        A long frame has one row per rating and the columns ``target`` (or ``target_id``, ``person_id``),
        ``rater_id`` (or ``rater``), ``level`` (or ``value``, ``rating``), and where there are such ``item_id``,
        ``criterion_id`` and ``occasion``. A table has a row per target and a column per rater, nan or None where
        there is no rating.
    categories : sequence, optional
        All categories there are, in order; else those seen (Ratings: those of the rubric).
    dates : str, optional
        The column of a long frame that says when a rating was made.
    groups : str, optional
        The column of a long frame that says which group a target belongs to.

    Raises
    ------
    EstimationError
        A target rated twice by one rater; a category that is not declared; blank names; infinities.
    """
    if isinstance(x, Ratings):
        if categories is not None:
            raise EstimationError(
                "categories= goes with a table or frame; Ratings have those of their rubric"
            )
        return _from_ratings(x, dates or groups)
    frame = as_frame(x)
    if frame is not None and {*TARGETS, *RATERS} & set(frame.columns):
        return _from_long(frame, categories, dates, groups)
    if dates is not None or groups is not None:
        raise EstimationError(
            "dates= and groups= name columns of a long frame; this is a table of targets by raters"
        )
    return _from_table(x, frame, categories)


def _from_ratings(x: Ratings, column: str | None) -> RatingRows:
    if column is not None:
        hint = "Give the long frame the ratings were read from."
        raise EstimationError("Ratings hold neither dates nor groups", hint=hint)
    names = x.persons.column("person_id").to_pylist()
    if "occasion" in x.persons.column_names:
        occasions = x.persons.column("occasion").to_pylist()
        names = [f"{name} / {occasion}" for name, occasion in zip(names, occasions, strict=True)]
    criteria = x.instrument.criteria
    return RatingRows(
        target=x.person_index.astype(np.intp),
        rater=x.rater_index.astype(np.intp),
        criterion=x.criterion_index.astype(np.intp),
        category=x.levels.astype(np.intp),
        target_ids=_objects(names),
        rater_ids=_objects(x.rater_ids),
        criterion_ids=x.instrument.criterion_ids,
        scales=tuple(
            Scale(labels=tuple(one.codes), values=np.array([float(value) for value in one.points]))
            for one in criteria
        ),
        gaps=tuple(
            None if one.raters.adjudicate_gap is None else float(one.raters.adjudicate_gap)
            for one in criteria
        ),
        source=x.source,
    )


def _objects(names: Sequence[Any]) -> Names:
    found = np.empty(len(names), object)
    found[:] = names
    return found


def _from_table(x: Any, frame: Any, categories: Sequence[Any] | None) -> RatingRows:
    category, scale = coded(x, frame, categories)
    target, rater = np.nonzero(category >= 0)
    return RatingRows(
        target=target,
        rater=rater,
        criterion=np.zeros(len(target), np.intp),
        category=category[target, rater],
        target_ids=np.arange(1, len(category) + 1).astype(object),
        rater_ids=_objects(column_names(x, category.shape[1])),
        criterion_ids=("",),
        scales=(scale,),
        gaps=(None,),
    )


def _from_long(
    frame: Any, categories: Sequence[Any] | None, dates: str | None, groups: str | None
) -> RatingRows:
    target_name, rater_name, value_name = (named_column(frame, names) for names in (TARGETS, RATERS, VALUES))
    category, scale = coded(None, frame.select(value_name), categories)
    there = np.flatnonzero(category[:, 0] >= 0)
    target, target_ids = _places(frame, [target_name, *(["occasion"] if "occasion" in frame.columns else [])])
    rater, rater_ids = _places(frame, [rater_name])
    criteria = [name for name in ("item_id", "criterion_id") if name in frame.columns]
    criterion, criterion_ids = np.zeros(len(frame), np.intp), _objects([""])
    if criteria:
        criterion, criterion_ids = _places(frame, criteria, between=".")
    _refuse_duplicates((target, rater, criterion), (target_ids, rater_ids, criterion_ids), there)
    return RatingRows(
        target=target[there],
        rater=rater[there],
        criterion=criterion[there],
        category=category[there, 0],
        target_ids=target_ids,
        rater_ids=rater_ids,
        criterion_ids=tuple(str(name) for name in criterion_ids),
        scales=(scale,) * len(criterion_ids),
        gaps=(None,) * len(criterion_ids),
        time=None if dates is None else _times(frame, dates)[there],
        group=None if groups is None else _groups(frame, groups)[there],
    )


def _places(frame: Any, columns: list[str], between: str = " / ") -> tuple[Integers, Names]:
    """Return the position of each row's name among the sorted names, and the names."""
    import pyarrow.compute as pc

    place, names = np.zeros(len(frame), np.intp), _objects([""])
    for column in columns:
        empty = np.flatnonzero(np.asarray(frame[column].is_null().to_numpy(), bool))
        if len(empty):
            problem = Problem(where=column, what="empty", rows=tuple((empty + 1).tolist()))
            raise EstimationError("some ratings do not say whose they are", problems=[problem])
        coded_names = pc.dictionary_encode(frame[column].to_arrow())
        if hasattr(coded_names, "combine_chunks"):
            coded_names = coded_names.combine_chunks()
        own = _objects(coded_names.dictionary.to_pylist())
        order = np.array(sorted(range(len(own)), key=own.__getitem__), np.intp)
        rank = np.empty(len(order), np.intp)
        rank[order] = np.arange(len(order))
        index = rank[np.asarray(coded_names.indices.to_numpy(zero_copy_only=False), np.intp)]
        if len(names) == 1 and names[0] == "":
            place, names = index, own[order]
            continue
        found, place = np.unique(place * len(own) + index, return_inverse=True)
        names = _objects(
            [f"{names[i]}{between}{own[order][j]}" for i, j in zip(*divmod(found, len(own)), strict=True)]
        )
    return place, names


def _groups(frame: Any, name: str) -> Names:
    if name not in frame.columns:
        raise EstimationError(f'groups="{name}": no such column', hint=did_you_mean(name, frame.columns))
    return _objects([None if is_missing(value) else str(value) for value in frame[name].to_list()])


def _times(frame: Any, name: str) -> Floats:
    """Return days since 1970 from dates, or the numbers of the column."""
    if name not in frame.columns:
        raise EstimationError(f'dates="{name}": no such column', hint=did_you_mean(name, frame.columns))
    values = np.asarray(frame[name].to_numpy())
    if values.dtype.kind == "M":
        days = (values - np.datetime64("1970-01-01")) / np.timedelta64(1, "D")
        return np.asarray(days, np.float64)
    if values.dtype.kind in "iuf":
        return values.astype(np.float64)
    try:
        days = (np.asarray(values, "datetime64[s]") - np.datetime64("1970-01-01")) / np.timedelta64(1, "D")
    except (ValueError, TypeError) as error:
        hint = "Read the column as dates, or write it as 2026-11-25."
        raise EstimationError(f'the column "{name}" holds neither dates nor numbers', hint=hint) from error
    return np.asarray(days, np.float64)


def _refuse_duplicates(
    places: tuple[Integers, Integers, Integers], names: tuple[Names, Names, Names], there: Integers
) -> None:
    target, rater, criterion = (one[there] for one in places)
    cell = (target * len(names[1]) + rater) * len(names[2]) + criterion
    problems = []
    for rows in rows_given_twice(cell, there):
        who = f"target {names[0][places[0][rows[0]]]}, rater {names[1][places[1][rows[0]]]}"
        what = f"{len(rows)} ratings {names[2][places[2][rows[0]]]}".rstrip()
        problems.append(Problem(where=who, what=what, rows=tuple((rows + 1).tolist())))
    if problems:
        hint = "Keep one rating of each target by each rater, or say item_id, criterion_id and occasion in columns."
        raise EstimationError("some raters rated a target more than once", problems=problems, hint=hint)
