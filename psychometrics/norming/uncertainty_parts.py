"""Limits of the percentile ranks of distinct scores in one cell: each source alone, and all together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from math import hypot, isnan, nan, sqrt

import numpy as np
import numpy.typing as npt

from psychometrics.kernels.percentile_uncertainty import (
    Arc,
    ErrorCurve,
    arc,
    combined_limits,
    constant,
    regressed_limits,
    true_score_limits,
)
from psychometrics.norming.cells.cell import Cell, Placing
from psychometrics.norming.uncertainty_curves import RankCurve, rank_curve
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
    arc: Arc
    curve: RankCurve
    error: ErrorCurve | None
    mean_square: float


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
    pairs = arc(placing.confidence)
    curve = rank_curve(cell, placing, pairs.b)
    error = None if sources is None else error_curve(sources)
    return CellTask(
        cell=cell,
        sources=sources,
        placing=placing,
        ends=ends,
        kelley=kelley,
        arc=pairs,
        curve=curve,
        error=error,
        mean_square=_mean_square(error, curve) if kelley and error is not None else nan,
    )


def error_curve(sources: ErrorSources) -> ErrorCurve | None:
    """Return the measurement error along the score; None where it is nan."""
    error = sources.measurement
    if isinstance(error, Mapping):
        scores = np.array(sorted(error), np.float64)
        return ErrorCurve(scores=scores, errors=np.array([error[s] for s in sorted(error)], np.float64))
    return None if isnan(error) else constant(float(error))


def _mean_square(error: ErrorCurve, curve: RankCurve) -> float:
    """Return the mean of the squared error over the people of the norms."""
    fine = error.refined()
    squares = fine.errors**2
    if len(squares) < 2:
        return float(squares[0])
    shares = np.diff(curve.rank(fine.scores), prepend=0.0, append=100.0) / 100
    return float(shares @ np.concatenate([squares[:1], (squares[1:] + squares[:-1]) / 2, squares[-1:]]))


def part_limits(task: CellTask, raw: Floats, raters: float, missing: float) -> Limits:
    """Return the limits of distinct scores that share one error of raters and one of missing items."""
    placed = task.cell.place(raw, task.placing)
    gone = np.full(raw.shape, nan)
    reason = _why_not(task, placed.rank, placed.lower, raters, missing)
    errors = _errors(task, raw, raters, missing)
    unknown = (reason != NoTotal.KNOWN) & (reason != NoTotal.NO_N)
    if not task.kelley:
        found = _observed(task, raw, (placed.rank, placed.lower, placed.upper), raters, missing)
    elif unknown.all():
        found = Found(true=gone, rank=gone, ends={})
    else:
        found = _regressed(task, raw, (placed.rank, placed.lower, placed.upper), raters, missing)
    known = {name: found.ends.get(name, (gone, gone)) for name in PARTS}
    hidden = dict.fromkeys(PARTS, np.isnan(placed.rank)) | {"total": reason != NoTotal.KNOWN}
    return Limits(
        true=found.true,
        rank=found.rank,
        errors=errors,
        lower={name: np.where(hidden[name], nan, pair[0]) for name, pair in known.items()},
        upper={name: np.where(hidden[name], nan, pair[1]) for name, pair in known.items()},
        reason=reason,
    )


def _why_not(
    task: CellTask, rank: Floats, lower: Floats, raters: float, missing: float
) -> npt.NDArray[np.int8]:
    same = [
        (task.error is None, NoTotal.NO_ERROR),
        (isnan(raters), NoTotal.NO_RATERS),
        (isnan(missing), NoTotal.NO_MISSING),
        (task.kelley and isnan(task.cell.mean + task.cell.sd), NoTotal.NO_MOMENTS),
    ]
    reason = next((why for wrong, why in same if wrong), NoTotal.KNOWN)
    of_norms = np.where(
        np.isnan(rank), NoTotal.NO_RANK, np.where(np.isnan(lower), NoTotal.NO_N, NoTotal.KNOWN)
    )
    return np.where((of_norms == NoTotal.NO_RANK) | (reason == NoTotal.KNOWN), of_norms, reason).astype(
        np.int8
    )


def _errors(task: CellTask, raw: Floats, raters: float, missing: float) -> dict[str, Floats]:
    """Return the standard error that each source brings; nan where it is no source of this scale."""
    own = np.full(raw.shape, sqrt(task.mean_square) if task.kelley else nan)
    if task.error is not None and not task.kelley:
        own = np.interp(raw, task.error.scores, task.error.errors)
    asked = {"raters": raters, "missing": missing}
    shown = {
        name: error if task.sources is not None and getattr(task.sources, name) is not None else nan
        for name, error in asked.items()
    }
    return {"measurement": own} | {name: np.full(raw.shape, error) for name, error in shown.items()}


def _score_errors(task: CellTask, raters: float, missing: float) -> dict[str, ErrorCurve]:
    """Return the error along the score of every source that is known, and of all together."""
    if task.error is None:
        return {}
    curves = {"measurement": task.error.refined()}
    for name, error in (("raters", raters), ("missing", missing)):
        if getattr(task.sources, name) is not None and not isnan(error):
            curves[name] = constant(error)
    whole = hypot(raters, missing)
    return curves if isnan(whole) else curves | {"total": task.error.refined(whole)}


def _observed(
    task: CellTask, raw: Floats, placed: tuple[Floats, Floats, Floats], raters: float, missing: float
) -> Found:
    """Return limits around the observed score."""
    rank, *sampling = placed
    ends: dict[str, Pair] = {"norm_sample": (sampling[0], sampling[1])}
    for name, curve in _score_errors(task, raters, missing).items():
        deviates = task.arc.a if name == "total" else task.arc.a[-1:]
        lower, upper = true_score_limits(raw, curve, deviates, task.ends)
        if not curve.errors.any():
            ends[name] = ends["norm_sample"] if name == "total" else (rank, rank)
        elif name == "total":
            least, most = combined_limits(lower, upper, task.curve.lower, task.curve.upper)
            ends[name] = np.minimum(least, sampling[0]), np.maximum(most, sampling[1])
        else:
            least, most = task.curve.rank(lower[0]), task.curve.rank(upper[0])
            ends[name] = np.minimum(least, rank), np.maximum(most, rank)
    return Found(true=raw, rank=rank, ends=ends)


def _regressed(
    task: CellTask, raw: Floats, placed: tuple[Floats, Floats, Floats], raters: float, missing: float
) -> Found:
    """Return limits around the true score estimated by regression to the mean of the cell."""
    squares = {"measurement": task.mean_square, "raters": raters**2, "missing": missing**2}
    error = sqrt(sum(squares.values()))
    if error == 0:
        return _observed(task, raw, placed, 0.0, 0.0)
    true_variance = max(task.cell.sd**2 - task.mean_square - raters**2, 0.0)
    reliability = true_variance / (true_variance + error**2)
    how = (task.cell.mean, reliability)
    centre, _ = regressed_limits(raw, *how, 0.0, task.arc.a[:1], task.ends)
    ends: dict[str, Pair] = {"norm_sample": (task.curve.lower(centre[0], 0), task.curve.upper(centre[0], 0))}
    for name, square in squares.items():
        if name == "measurement" or getattr(task.sources, name) is not None:
            lower, upper = regressed_limits(raw, *how, sqrt(square), task.arc.a[-1:], task.ends)
            ends[name] = task.curve.rank(lower[0]), task.curve.rank(upper[0])
    lower, upper = regressed_limits(raw, *how, error, task.arc.a, task.ends)
    ends["total"] = combined_limits(lower, upper, task.curve.lower, task.curve.upper)
    return Found(true=centre[0], rank=task.curve.rank(centre[0]), ends=ends)
