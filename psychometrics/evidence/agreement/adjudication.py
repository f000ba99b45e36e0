"""Scripts whose raters are too far apart: what a third rater should look at, and in which order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from psychometrics.errors import EstimationError
from psychometrics.evidence.agreement.rating_rows import RatingRows, as_rating_rows
from psychometrics.evidence.matrix import Floats
from psychometrics.result import Result, Source

Integers = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AdjudicationQueue(Result):
    """What is to be adjudicated, most urgent first; one entry per target and criterion.

    Attributes
    ----------
    target_ids, criterion_ids : tuple of str
    gaps : tuple of float
        Highest less lowest, in points.
    limits : tuple of float
        From where on it is adjudicated.
    levels, raters : tuple of str
        The levels given, from low to high, and who gave them; with commas between.
    n_raters : tuple of int
    n_criteria_open : tuple of int
        Criteria of the same target that are in the queue.
    n_compared : int
        Targets by criteria that two raters or more rated.
    source : Source
    """

    target_ids: tuple[str, ...]
    criterion_ids: tuple[str, ...]
    gaps: tuple[float, ...]
    limits: tuple[float, ...]
    levels: tuple[str, ...]
    raters: tuple[str, ...]
    n_raters: tuple[int, ...]
    n_criteria_open: tuple[int, ...]
    n_compared: int
    source: Source = field(default_factory=Source)

    def columns(self) -> Mapping[str, Any]:
        """One row per target and criterion; ``priority`` 1 comes first."""
        return {
            "priority": list(range(1, len(self.gaps) + 1)),
            "target_id": list(self.target_ids),
            "criterion_id": list(self.criterion_ids),
            "gap": list(self.gaps),
            "limit": list(self.limits),
            "levels": list(self.levels),
            "raters": list(self.raters),
            "n_raters": list(self.n_raters),
            "n_criteria_open": list(self.n_criteria_open),
        }

    def __repr__(self) -> str:
        return f"<to adjudicate: {len(self.gaps):,} of {self.n_compared:,} rated by two or more>"


def adjudication_queue(
    x: Any, *, gap: float | None = None, categories: Sequence[Any] | None = None
) -> AdjudicationQueue:
    """Return the targets and criteria whose highest and lowest rating are ``gap`` points apart or more, worst first.

    Order: how far beyond the limit, then fewer raters, then how many criteria of the same target are in the queue.
    Scores flag the same (``Scores``, column ``adjudicate``); here is what to do first.

    Parameters
    ----------
    x : Ratings, data frame, array-like
        As in ``rater_report``.
    gap : float, optional
        In points; else that of each criterion's rubric (``adjudicate_gap``). Criteria without one are not looked at.
    categories : sequence, optional
        All levels there are, lowest first, where they are words.

    Returns
    -------
    AdjudicationQueue

    Raises
    ------
    EstimationError
        No gap given, and none in the rubric; a gap that is not above 0.

    Examples
    --------
    >>> adjudication_queue([[1, 4], [2, 2], [5, 3]], gap=2).to_frame()[["target_id", "gap", "levels"]].values.tolist()
    [['1', 3.0, '1, 4'], ['3', 2.0, '3, 5']]
    """
    rows = as_rating_rows(x, categories=categories)
    limits = _limits(rows, gap)
    points = rows.points()
    n_criteria = len(rows.criterion_ids)
    cell = rows.target * n_criteria + rows.criterion
    order = np.lexsort((rows.rater, points, cell))
    starts = np.flatnonzero(np.r_[True, np.diff(cell[order]) != 0]) if len(cell) else np.empty(0, np.intp)
    ends = np.append(starts[1:], len(cell)).astype(np.intp)[: len(starts)]
    first, last = points[order][starts], points[order][ends - 1]
    n = ends - starts
    limit = limits[rows.criterion[order][starts]]
    far = np.flatnonzero((n > 1) & (last - first >= limit - 1e-9))
    target = rows.target[order][starts][far]
    n_open = np.bincount(target, minlength=len(rows.target_ids))[target]
    beyond = (last - first - limit)[far]
    priority = far[np.lexsort((starts[far], -n_open, n[far], -beyond))]
    return _queue(rows, order, starts[priority], ends[priority], limits, int(np.count_nonzero(n > 1)))


def _limits(rows: RatingRows, gap: float | None) -> Floats:
    if gap is not None:
        if not gap > 0:
            raise EstimationError(f"gap={gap!r}; expected a number above 0, in points")
        return np.full(len(rows.criterion_ids), float(gap))
    if all(one is None for one in rows.gaps):
        hint = "Say it: gap=2, in points, or set adjudicate_gap in the rubric."
        raise EstimationError("nothing says from which gap on ratings are adjudicated", hint=hint)
    return np.array([np.inf if one is None else one for one in rows.gaps])


def _queue(
    rows: RatingRows, order: Integers, starts: Integers, ends: Integers, limits: Floats, n_compared: int
) -> AdjudicationQueue:
    criterion = rows.criterion[order][starts]
    target = rows.target[order][starts]
    n_open = np.bincount(target, minlength=len(rows.target_ids))[target]
    members = [order[start:end] for start, end in zip(starts, ends, strict=True)]
    points = rows.points()
    return AdjudicationQueue(
        target_ids=tuple(str(rows.target_ids[one]) for one in target),
        criterion_ids=tuple(rows.criterion_ids[one] for one in criterion),
        gaps=tuple(float(points[one[-1]] - points[one[0]]) for one in members),
        limits=tuple(limits[criterion].tolist()),
        levels=tuple(
            ", ".join(str(rows.scales[place].labels[level]) for level in rows.category[one])
            for place, one in zip(criterion, members, strict=True)
        ),
        raters=tuple(", ".join(str(name) for name in rows.rater_ids[rows.rater[one]]) for one in members),
        n_raters=tuple(len(one) for one in members),
        n_criteria_open=tuple(n_open.tolist()),
        n_compared=n_compared,
        source=rows.source,
    )
