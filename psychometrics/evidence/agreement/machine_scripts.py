"""Scripts that a machine and people scored, from ratings in which it is a rater or from its scores beside a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from psychometrics.errors import EstimationError, did_you_mean
from psychometrics.evidence.agreement.rating_rows import RatingRows, as_rating_rows
from psychometrics.evidence.agreement.rating_values import is_missing
from psychometrics.evidence.matrix import Floats, as_vector
from psychometrics.kernels.agreement.machine import Scripts
from psychometrics.result import Source

Groups = list[str | None]
Integers = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScriptSet:
    """The scripts of one criterion, their groups, and how many only one side scored."""

    criterion_id: str
    scripts: Scripts
    group: Groups
    n_left_out: int


def script_sets(
    x: Any, machine: Any, *, groups: Any, criterion: str | None, categories: Sequence[Any] | None
) -> tuple[list[ScriptSet], Source]:
    """Return the scripts of each criterion (see ``machine_rater``)."""
    named = groups if isinstance(groups, str) else None
    rows = as_rating_rows(x, categories=categories, groups=named)
    group = _groups(rows, groups)
    if criterion is not None:
        rows = rows.of_criterion(criterion)
    if not isinstance(machine, str):
        return [_beside_table(rows, machine, group)], rows.source
    names = [str(name) for name in rows.rater_ids]
    if machine not in names:
        raise EstimationError(f'no rater "{machine}"', hint=did_you_mean(machine, names))
    place = names.index(machine)
    sets = [_as_rater(rows.of_criterion(name), place, group) for name in rows.criterion_ids]
    return sets, rows.source


def _groups(rows: RatingRows, groups: Any) -> Groups:
    """Return the group of each target; None where nothing is said."""
    n = len(rows.target_ids)
    if groups is None:
        return [None] * n
    if isinstance(groups, Mapping):
        return [_text(groups.get(name, groups.get(str(name)))) for name in rows.target_ids]
    found: Groups = [None] * n
    if rows.group is not None:
        for target, name in zip(rows.target, rows.group, strict=True):
            if found[target] is not None and name is not None and found[target] != name:
                raise EstimationError(
                    f"target {rows.target_ids[target]} is in two groups: {found[target]}, {name}"
                )
            found[target] = name if name is not None else found[target]
        return found
    values = groups.tolist() if hasattr(groups, "tolist") else list(groups)
    if len(values) != n:
        raise EstimationError(f"groups= has {len(values)} entries; there are {n} scripts")
    return [_text(value) for value in values]


def _text(value: Any) -> str | None:
    return None if is_missing(value) else str(value)


def _as_rater(rows: RatingRows, place: int, group: Groups) -> ScriptSet:
    own = rows.rater == place
    scores = np.full(len(rows.target_ids), np.nan)
    scores[rows.target[own]] = rows.points()[own]
    return _scripts(rows, ~own, scores, group)


def _beside_table(rows: RatingRows, machine: Any, group: Groups) -> ScriptSet:
    scores = as_vector(machine, "machine")
    if len(scores) != len(rows.target_ids):
        what = f"machine= has {len(scores)} scores; there are {len(rows.target_ids)} scripts"
        raise EstimationError(what, hint="With a long frame or Ratings, name the rater: machine='...'.")
    if len(rows.criterion_ids) > 1:
        raise EstimationError("machine= scores go with one criterion", hint="Say which: criterion=.")
    return _scripts(rows, np.ones(len(rows.target), np.bool_), scores, group)


def _scripts(rows: RatingRows, human: npt.NDArray[np.bool_], scores: Floats, group: Groups) -> ScriptSet:
    n = len(rows.target_ids)
    target, points, level = rows.target[human], rows.points()[human], rows.category[human]
    count = np.bincount(target, minlength=n).astype(np.float64)
    nearest = _nearest_level(scores, rows.scales[0].values_or_refuse("the levels"))
    apart = np.abs(level - nearest[target])
    lowest = float(points.min()) if len(points) else 0.0
    points = points - lowest  # sums of squares of large points would lose digits; no statistic minds a shift
    keep = (count > 0) & ~np.isnan(scores)
    per = np.maximum(count, 1)
    scripts = Scripts(
        count=count,
        total=_sums(target, points, n),
        squares=_sums(target, points**2, n),
        machine=scores - lowest,
        same=_sums(target, (apart == 0).astype(np.float64), n) / per,
        adjacent=_sums(target, (apart <= 1).astype(np.float64), n) / per,
    ).where(keep)
    one_side = np.count_nonzero((count > 0) ^ ~np.isnan(scores))
    chosen = [name for name, kept in zip(group, keep, strict=True) if kept]
    return ScriptSet(
        criterion_id=rows.criterion_ids[0], scripts=scripts, group=chosen, n_left_out=int(one_side)
    )


def _sums(target: Integers, values: Floats, n: int) -> Floats:
    return np.bincount(target, weights=values, minlength=n).astype(np.float64)


def _nearest_level(scores: Floats, values: Floats) -> Integers:
    """Return the position of the nearest level, the higher one half-way between two; -9 without a score."""
    middle = (values[1:] + values[:-1]) / 2
    place = np.searchsorted(middle, scores, side="right")
    return np.where(np.isnan(scores), -9, place).astype(np.intp)
