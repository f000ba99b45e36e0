"""Ratings as three columns of equal length: target, rater, value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from psychometrics.errors import EstimationError, Problem, did_you_mean
from psychometrics.evidence.agreement.rating_columns import choose_criterion, one_of_each, rating_columns
from psychometrics.evidence.matrix import Floats, as_frame, as_matrix, numeric_column
from psychometrics.responses import Ratings
from psychometrics.tallying import RatingTally

Integers = npt.NDArray[np.intp]

TARGETS = ("target", "target_id", "person_id")
VALUES = ("level", "value", "rating")
RATERS = ("rater_id", "rater")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LongRatings:
    """The ratings there are, each target and rater as a position 0, 1, ... without gaps.

    Attributes
    ----------
    target, rater : ndarray of int, shape (n_ratings,)
        Each pair at most once.
    value : ndarray of float64, shape (n_ratings,)
        No nan.
    """

    target: Integers
    rater: Integers
    value: Floats

    @property
    def n_targets(self) -> int:
        """Targets with at least one rating."""
        return int(self.target.max(initial=-1)) + 1

    @property
    def n_raters(self) -> int:
        """Raters with at least one rating."""
        return int(self.rater.max(initial=-1)) + 1

    @property
    def complete(self) -> bool:
        """Whether every rater rated every target."""
        return len(self.value) == self.n_targets * self.n_raters

    def table(self) -> Floats:
        """Return the ratings as (n_targets, n_raters); nan where there is none."""
        table = np.full((self.n_targets, self.n_raters), np.nan)
        table[self.target, self.rater] = self.value
        return table


def as_long_ratings(
    x: Any, *, task: str | None = None, criterion: str | None = None, occasion: str | None = None
) -> LongRatings:
    """Return ratings from a table, a long frame, Ratings or a tally of them (see ``intraclass_correlation``).

    Raises
    ------
    EstimationError
        A target rated twice by one rater; values that are not finite numbers; a long frame without ids.
    """
    if isinstance(x, Ratings):
        columns = rating_columns(x, task=task, criterion=criterion, occasion=occasion)
        one_of_each(columns, {"item_id": "task", "criterion_id": "criterion", "occasion": "occasion"})
        return _compressed(columns["person_id"], columns["rater_id"], columns["value"])
    if isinstance(x, RatingTally):
        return _from_tally(x, task, criterion, occasion)
    if task is not None or criterion is not None or occasion is not None:
        raise EstimationError(
            "task=, criterion= and occasion= go with Ratings; a table or frame is one of each"
        )
    frame = as_frame(x)
    if frame is not None and {*TARGETS, *RATERS} & set(frame.columns):
        return _from_long(frame)
    table = as_matrix(x)
    if table.size and not np.isnan(table).any():
        n, k = table.shape
        return LongRatings(
            target=np.repeat(np.arange(n), k), rater=np.tile(np.arange(k), n), value=table.ravel()
        )
    target, rater = np.nonzero(~np.isnan(table))
    return _compressed(target, rater, table[target, rater])


def _from_long(frame: Any) -> LongRatings:
    target_name, rater_name, value_name = (named_column(frame, names) for names in (TARGETS, RATERS, VALUES))
    value = numeric_column(frame[value_name], value_name)
    if np.isinf(value).any():
        rows = tuple((np.flatnonzero(np.isinf(value)) + 1).tolist())
        problem = Problem(where=value_name, what="infinite", rows=rows)
        raise EstimationError("some ratings are infinite", problems=[problem])
    targets, raters = label_column(frame, target_name), label_column(frame, rater_name)
    there = ~np.isnan(value)
    _refuse_duplicates(targets, raters, there)
    return _compressed(targets[there], raters[there], value[there])


def _from_tally(
    tally: RatingTally, task: str | None, criterion: str | None, occasion: str | None
) -> LongRatings:
    """Return the ratings of one criterion; a pattern that occurred n times is n targets."""
    if occasion is not None:
        raise EstimationError("occasion= goes with Ratings; a RatingTally does not tell occasions apart")
    names = [name for name in tally.criterion_ids if task in {None, name.rsplit(".", 1)[0]}]
    if not names:
        tasks = {name.rsplit(".", 1)[0] for name in tally.criterion_ids}
        raise EstimationError(f'no ratings of the task "{task}"', hint=did_you_mean(str(task), tasks))
    name = names[choose_criterion(names, criterion)]
    points = np.array(tally.points[tally.criterion_ids.index(name)])
    unit, rater, category, times = tally.units(name)
    rating = np.repeat(np.arange(len(unit)), times)
    start = np.repeat(np.cumsum(times) - times, times)
    copy = np.arange(len(rating)) - start
    return _compressed(
        unit[rating] * int(times.max(initial=1)) + copy, rater[rating], points[category[rating]]
    )


def named_column(frame: Any, names: tuple[str, ...]) -> str:
    """Return the one column of a long frame that has one of these names."""
    found = [name for name in names if name in frame.columns]
    if len(found) != 1:
        _refuse_id_column(frame)
        what = f"a long frame needs one of the columns {', '.join(names)}; found {', '.join(found) or 'none'}"
        raise EstimationError(what, hint="Rename the column, or leave out those that are not meant.")
    return found[0]


def _refuse_id_column(frame: Any) -> None:
    """Say so when the frame has one column of ids and nothing else of a long frame."""
    ids = [name for name in TARGETS if name in frame.columns]
    if len(ids) == 1 and not {*RATERS, *VALUES} & set(frame.columns):
        raise EstimationError(
            f'this looks like a table of targets by raters with its id column "{ids[0]}"',
            hint=f"Set {ids[0]} as the index, or drop it; a long frame needs rater_id and level besides.",
        )


def label_column(frame: Any, name: str) -> npt.NDArray[Any]:
    """Return the labels in a column of ids; an empty one is refused."""
    empty = np.flatnonzero(np.asarray(frame[name].is_null().to_numpy(), bool))
    if len(empty):
        problem = Problem(where=name, what="empty", rows=tuple((empty + 1).tolist()))
        raise EstimationError("some ratings do not say whose they are", problems=[problem])
    values = frame[name].to_numpy()
    return values if values.dtype.kind in "iu" else np.array([str(value) for value in values])


def rows_given_twice(cell: Integers, rows: Integers) -> list[Integers]:
    """Return the rows of each cell that has more than one."""
    order = np.argsort(cell, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(cell[order]) != 0])
    if len(starts) == len(cell) or len(cell) == 0:
        return []
    return [found for found in np.split(rows[order], starts[1:]) if len(found) > 1]


def _refuse_duplicates(
    targets: npt.NDArray[Any], raters: npt.NDArray[Any], there: npt.NDArray[np.bool_]
) -> None:
    rows = np.flatnonzero(there)
    target, rater = (np.unique(names[rows], return_inverse=True)[1] for names in (targets, raters))
    problems = [
        Problem(
            where=f"target {targets[found[0]]}, rater {raters[found[0]]}",
            what=f"{len(found)} ratings",
            rows=tuple((found + 1).tolist()),
        )
        for found in rows_given_twice(target * (int(rater.max(initial=0)) + 1) + rater, rows)
    ]
    if problems:
        hint = "Choose one item, criterion and occasion, and keep one rating of each target by each rater."
        raise EstimationError("some raters rated a target more than once", problems=problems, hint=hint)


def _compressed(target: npt.NDArray[Any], rater: npt.NDArray[Any], value: Floats) -> LongRatings:
    return LongRatings(
        target=np.unique(target, return_inverse=True)[1],
        rater=np.unique(rater, return_inverse=True)[1],
        value=value,
    )
