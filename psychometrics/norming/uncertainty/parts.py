"""Limits of the percentile ranks of distinct scores in one cell: each source alone, and all together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from math import hypot, isnan, nan, sqrt

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from psychometrics.kernels.percentile_uncertainty import (
    ErrorCurve,
    combined_limits,
    constant,
    regressed_limits,
    true_score_limits,
)
from psychometrics.norming.cells.cell import Cell, Places, Placing
from psychometrics.norming.uncertainty.curves import Curves, RankCurve, Spot, rank_curves
from psychometrics.scoring.error_sources import ErrorSources

Floats = npt.NDArray[np.float64]
Pair = tuple[Floats, Floats]

SCORE_PARTS = ("measurement", "raters", "missing")
PARTS = ("norm_sample", *SCORE_PARTS, "total")


class NoTotal(IntEnum):
    """Why there is no total interval; 0 where there is one."""

    KNOWN = 0
    NOT_PLACED = 1
    NO_RANK = 2
    NO_N = 3
    NO_ERROR = 4
    NO_RATERS = 5
    NO_MISSING = 6
    NO_MOMENTS = 7


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Limits:
    """True score, its rank, the error of each source, ends per part; arrays with one entry per score."""

    true: Floats
    rank: Floats
    errors: Mapping[str, Floats]
    lower: Mapping[str, Floats]
    upper: Mapping[str, Floats]
    reason: npt.NDArray[np.int8]

    def at(self, place: npt.NDArray[np.intp]) -> Limits:
        """Return the same for people: ``place`` is the entry of each."""
        return Limits(
            true=self.true[place],
            rank=self.rank[place],
            errors={name: values[place] for name, values in self.errors.items()},
            lower={name: values[place] for name, values in self.lower.items()},
            upper={name: values[place] for name, values in self.upper.items()},
            reason=self.reason[place],
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CellTask:
    """One cell, the errors of its scale, and the curves that serve all its scores.

    ``ends`` are the lowest and highest score of the scale; ``mean_square`` is the mean squared measurement error over
    the people of the cell, nan unless Kelley's true scores are wanted.
    """

    cell: Cell
    sources: ErrorSources | None
    placing: Placing
    ends: tuple[float, float]
    kelley: bool
    curves: Curves
    error: ErrorCurve | None
    mean_square: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Group:
    """Distinct scores that share one error of raters and one of missing items, and where they stand."""

    raw: Floats
    ages: Floats | None
    raters: float
    missing: float
    placed: Places
    curve: RankCurve


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What one way of looking at true scores gives."""

    true: Floats
    rank: Floats
    ends: Mapping[str, Pair]


def cell_task(
    cell: Cell, sources: ErrorSources | None, placing: Placing, ends: tuple[float, float], *, kelley: bool
) -> CellTask:
    """Make the curves of a cell."""
    curves = rank_curves(cell, placing)
    error = None if sources is None else error_curve(sources)
    return CellTask(
        cell=cell,
        sources=sources,
        placing=placing,
        ends=ends,
        kelley=kelley,
        curves=curves,
        error=error,
        mean_square=_mean_square(error, cell, curves) if kelley and error is not None else nan,
    )


def error_curve(sources: ErrorSources) -> ErrorCurve | None:
    """Return the measurement error along the score; None where it is nan."""
    error = sources.measurement
    if isinstance(error, Mapping):
        scores = np.array(sorted(error), np.float64)
        return ErrorCurve(scores=scores, errors=np.array([error[s] for s in sorted(error)], np.float64))
    return None if isnan(error) else constant(float(error))


def _mean_square(error: ErrorCurve, cell: Cell, curves: Curves) -> float:
    """Return the mean of the squared error over the people of the norms; those of a model are taken as normal."""
    grid = error.grid()
    squares = error.at(grid) ** 2
    if len(squares) < 2:
        return float(squares[0])
    below = ndtr((grid - cell.mean) / cell.sd) if curves.joined is None else curves.joined.rank(grid) / 100
    shares = np.diff(below, prepend=0.0, append=1.0)
    return float(shares @ np.concatenate([squares[:1], (squares[1:] + squares[:-1]) / 2, squares[-1:]]))


def part_limits(task: CellTask, raw: Floats, ages: Floats | None, raters: float, missing: float) -> Limits:
    """Return the limits of distinct scores that share one error of raters and one of missing items."""
    group = Group(
        raw=raw,
        ages=ages,
        raters=raters,
        missing=missing,
        placed=Spot(cell=task.cell, ages=ages).place(raw, task.placing),
        curve=task.curves.at(ages),
    )
    gone = np.full(raw.shape, nan)
    reason = _why_not(task, group)
    found = Found(true=gone, rank=gone, ends={})
    if not task.kelley:
        found = _observed(task, group)
    elif np.isin(reason, (NoTotal.KNOWN, NoTotal.NO_N)).any():
        found = _regressed(task, group)
    known = {name: found.ends.get(name, (gone, gone)) for name in PARTS}
    hidden = dict.fromkeys(PARTS, np.isnan(group.placed.rank)) | {"total": reason != NoTotal.KNOWN}
    return Limits(
        true=found.true,
        rank=found.rank,
        errors=_errors(task, group),
        lower={name: np.where(hidden[name], nan, pair[0]) for name, pair in known.items()},
        upper={name: np.where(hidden[name], nan, pair[1]) for name, pair in known.items()},
        reason=reason,
    )


def _why_not(task: CellTask, group: Group) -> npt.NDArray[np.int8]:
    same = [
        (task.error is None, NoTotal.NO_ERROR),
        (isnan(group.raters), NoTotal.NO_RATERS),
        (isnan(group.missing), NoTotal.NO_MISSING),
        (task.kelley and isnan(task.cell.mean + task.cell.sd), NoTotal.NO_MOMENTS),
    ]
    reason = next((why for wrong, why in same if wrong), NoTotal.KNOWN)
    rank, lower = group.placed.rank, group.placed.lower
    own = np.where(np.isnan(rank), NoTotal.NO_RANK, np.where(np.isnan(lower), NoTotal.NO_N, NoTotal.KNOWN))
    of_norms = (own == NoTotal.NO_RANK) | (reason == NoTotal.KNOWN)
    return np.where(of_norms, own, reason).astype(np.int8)


def _errors(task: CellTask, group: Group) -> dict[str, Floats]:
    """Return the standard error that each source brings; nan where it is no source of this scale."""
    own = np.full(group.raw.shape, sqrt(task.mean_square) if task.kelley else nan)
    if task.error is not None and not task.kelley:
        own = np.interp(group.raw, task.error.scores, task.error.errors)
    asked = {"raters": group.raters, "missing": group.missing}
    shown = {name: error if _asks(task, name) else nan for name, error in asked.items()}
    return {"measurement": own} | {name: np.full(own.shape, error) for name, error in shown.items()}


def _asks(task: CellTask, name: str) -> bool:
    return name == "measurement" or (task.sources is not None and getattr(task.sources, name) is not None)


def _score_errors(task: CellTask, group: Group) -> dict[str, ErrorCurve]:
    """Return the error along the score of every source that is known, and of all together."""
    if task.error is None:
        return {}
    curves = {"measurement": task.error}
    for name, error in (("raters", group.raters), ("missing", group.missing)):
        if _asks(task, name) and not isnan(error):
            curves[name] = constant(error)
    whole = hypot(group.raters, group.missing)
    return curves if isnan(whole) else curves | {"total": replace(task.error, extra=whole)}


def _observed(task: CellTask, group: Group) -> Found:
    """Return limits around the observed score."""
    placed, curve, a = group.placed, group.curve, task.curves.arc.a
    sampling = (placed.lower, placed.upper)
    ends: dict[str, Pair] = {"norm_sample": sampling}
    for name, errors in _score_errors(task, group).items():
        lower, upper = true_score_limits(group.raw, errors, a if name == "total" else a[-1:], task.ends)
        if not (errors.errors.any() or errors.extra):
            ends[name] = sampling if name == "total" else (placed.rank, placed.rank)
        elif name == "total":
            least, most = combined_limits(lower, upper, curve.ends)
            ends[name] = np.minimum(least, sampling[0]), np.maximum(most, sampling[1])
        else:
            least, most = curve.ends(lower[0], upper[0], len(a) - 1)
            ends[name] = np.minimum(least, placed.rank), np.maximum(most, placed.rank)
    return Found(true=group.raw, rank=placed.rank, ends=ends)


def _regressed(task: CellTask, group: Group) -> Found:
    """Return limits around the true score estimated by regression to the mean of the cell."""
    squares = {"measurement": task.mean_square, "raters": group.raters**2, "missing": group.missing**2}
    error = sqrt(sum(squares.values()))
    if error == 0:
        return _observed(task, group)
    mean, sd = _moments(task, group)
    true_variance = np.maximum(sd**2 - task.mean_square - group.raters**2, 0.0)
    reliability = true_variance / (true_variance + error**2)
    curve, a = group.curve, task.curves.arc.a

    def limits(of: float, deviates: Floats) -> Pair:
        return regressed_limits(group.raw, mean, reliability, of, deviates, task.ends)

    (centre,), _ = limits(0.0, a[:1])
    ends: dict[str, Pair] = {"norm_sample": curve.ends(centre, centre, 0)}
    for name, square in squares.items():
        if _asks(task, name):
            lower, upper = limits(sqrt(square), a[-1:])
            ends[name] = curve.ends(lower[0], upper[0], len(a) - 1)
    ends["total"] = combined_limits(*limits(error, a), curve.ends)
    return Found(true=centre, rank=curve.rank(centre), ends=ends)


def _moments(task: CellTask, group: Group) -> tuple[Floats | float, Floats | float]:
    """Return mean and SD of the norms; at the age of each score where they run along age."""
    if group.ages is None:
        return task.cell.mean, task.cell.sd
    linear = replace(task.placing, standard="linear")
    spot, one = Spot(cell=task.cell, ages=group.ages), np.full(group.raw.shape, task.cell.mean)
    low, high = spot.place(one, linear).z, spot.place(one + task.cell.sd, linear).z
    sd = task.cell.sd / (high - low)
    return one - low * sd, sd
