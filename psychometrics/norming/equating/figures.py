"""The figures of an equating: equated scores, standard errors, intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import nan

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from psychometrics.errors import EstimationError
from psychometrics.kernels.equating.methods import Equated, Method, Smoother, bootstrap
from psychometrics.kernels.equating.samples import Table, moments
from psychometrics.norming.equating.notes import no_figures, sparse_note, without_error
from psychometrics.norming.equating.plan import Plan, kernel_of
from psychometrics.norming.equating.presmoothing import Presmoothing, impossible_persons

Floats = npt.NDArray[np.float64]

MOST_GRADIENTS = 50_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How the sampling error is found: ``kind`` delta or bootstrap."""

    kind: str
    replications: int
    seed: int
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Figures:
    """Equated scores with their errors, one per score on X."""

    equated: Floats
    standard_error: Floats
    lower: Floats
    upper: Floats
    reasons: tuple[str, ...]
    presmoothing: str = ""
    bandwidths: Mapping[str, float] = field(default_factory=dict)
    intercept: float = nan
    slope: float = nan
    notes: tuple[str, ...] = ()


def figures_of(
    plan: Plan,
    tables: Sequence[Table],
    wanted: Presmoothing | None,
    bandwidth: float | Mapping[str, float] | None,
    sampling: Sampling,
) -> Figures:
    """Equate the samples."""
    if plan.method == "identity":
        zero = np.zeros(len(plan.x))
        same = Figures(
            equated=plan.x, standard_error=zero, lower=plan.x, upper=plan.x, reasons=("",) * len(plan.x)
        )
        return replace(same, intercept=0.0, slope=1.0)
    if plan.anchor_method and plan.internal:
        _check_internal(tables)
    smoothed, smoothers, words = _smoothed(plan, tables, wanted)
    reason = no_figures(plan, smoothed)
    if reason:
        gone = np.full(len(plan.x), nan)
        return Figures(
            equated=gone, standard_error=gone, lower=gone, upper=gone, reasons=(reason,) * len(plan.x)
        )
    _check_size(plan, smoothed, sampling)
    way, widths = _way(plan, smoothed, smoothers, bandwidth)
    found = way.estimate(smoothed)
    reasons = without_error(plan, tables, found.variance, smoothed=bool(smoothers))
    blank = np.array([bool(text) for text in reasons])
    if sampling.kind == "delta":
        figures = _by_delta(found, blank, sampling)
    else:
        draws = bootstrap(way, smoothed, sampling.replications, sampling.seed)
        figures = _by_draws(found.scores, draws, blank, sampling)
    few = () if plan.by_moments or smoothers else sparse_note(plan, tables)
    intercept, slope = _line(plan, smoothed)
    return replace(
        figures,
        reasons=tuple(reasons),
        presmoothing=words,
        bandwidths=widths,
        intercept=intercept,
        slope=slope,
        notes=(*figures.notes, *few),
    )


def _check_size(plan: Plan, tables: Sequence[Table], sampling: Sampling) -> None:
    """Refuse gradients that would fill the memory: each equated score by each cell of a table of pairs."""
    size = len(plan.x) * max(table.counts.size for table in tables)
    if sampling.kind == "delta" and not plan.by_moments and size > MOST_GRADIENTS:
        raise EstimationError(
            f"{len(plan.x):,} scores by {size // len(plan.x):,} cells are too many for the delta method",
            hint='Use standard_error="bootstrap", or say which scores there can be (x_scores, anchor_scores).',
        )


def _check_internal(tables: Sequence[Table]) -> None:
    wrong = sum(impossible_persons(table) for table in tables)
    if wrong:
        raise EstimationError(
            f"{wrong:,} persons have an anchor score that cannot be part of their score",
            hint="Say internal=False, or check the possible scores of form and anchor.",
        )


def _smoothed(
    plan: Plan, tables: Sequence[Table], wanted: Presmoothing | None
) -> tuple[list[Table], tuple[Smoother, ...], str]:
    if wanted is None:
        return list(tables), (), ""
    names = ["X and Y"] if len(tables) == 1 else ["X", "Y"]
    parts = [
        wanted.smooth(table, name, internal=plan.internal) for table, name in zip(tables, names, strict=True)
    ]
    return [part[0] for part in parts], tuple(part[1] for part in parts), ", ".join(part[2] for part in parts)


def _way(
    plan: Plan,
    tables: list[Table],
    smoothers: tuple[Smoother, ...],
    bandwidth: float | Mapping[str, float] | None,
) -> tuple[Method, dict[str, float]]:
    if plan.by_moments:
        return plan.moments_method(), {}
    kernel, widths = kernel_of(plan, tables, bandwidth)
    return plan.shares_method(kernel, smoothers), widths


def _line(plan: Plan, tables: Sequence[Table]) -> tuple[float, float]:
    """Return intercept and slope of a straight line of moments; nan for the others."""
    if not plan.by_moments or plan.method == "circle_arc":
        return nan, nan
    found = [moments(table, table.counts.reshape(1, -1))[:, 0] for table in tables]
    x, y = (found[0][:2], found[0][2:4]) if len(found) == 1 else found
    intercept, slope = plan.line(x, y)
    return float(intercept), float(slope)


def _by_delta(found: Equated, blank: npt.NDArray[np.bool_], sampling: Sampling) -> Figures:
    error = np.where(blank, nan, np.sqrt(found.variance))
    half = float(ndtri((1 + sampling.confidence) / 2)) * error
    return Figures(
        equated=found.scores,
        standard_error=error,
        lower=found.scores - half,
        upper=found.scores + half,
        reasons=(),
    )


def _by_draws(equated: Floats, draws: Floats, blank: npt.NDArray[np.bool_], sampling: Sampling) -> Figures:
    """Return the SD and the percentiles of the equated scores of resamples; those that gave none take no part."""
    there = draws[np.isfinite(draws).all(axis=1)]
    lost = len(draws) - len(there)
    notes = (f"{lost:,} of {len(draws):,} resamples could not be equated and take no part",) if lost else ()
    if len(there) < 2:
        raise EstimationError("no resample could be equated", hint='Use standard_error="delta".')
    tail = (1 - sampling.confidence) / 2
    lower, upper = np.quantile(there, [tail, 1 - tail], axis=0)
    return Figures(
        equated=equated,
        standard_error=np.where(blank, nan, there.std(axis=0, ddof=1)),
        lower=np.where(blank, nan, lower),
        upper=np.where(blank, nan, upper),
        reasons=(),
        notes=notes,
    )
