"""Limits of percentile ranks in one cell, for every source: tabulated over distinct scores, read off for people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from psychometrics.norming.cells.cell import Cell, Placing
from psychometrics.norming.uncertainty.parts import (
    PARTS,
    SCORE_PARTS,
    Limits,
    cell_task,
    part_limits,
)
from psychometrics.scoring.error_sources import ErrorSources

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.integer]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoreSet:
    """Scores without blanks, the raters and the missing items behind each; None where the error does not ask.

    ``ages`` is where the norms are read, where they run along age.
    """

    raw: Floats
    ages: Floats | None = None
    n_raters: Integers | None = None
    n_missing: Integers | None = None


def limits(
    cell: Cell,
    scores: ScoreSet,
    sources: ErrorSources | None,
    placing: Placing,
    ends: tuple[float, float],
    *,
    kelley: bool,
) -> Limits:
    """Return the limits of all scores; each distinct score, number of raters and of missing items is worked out once."""
    task = cell_task(cell, sources, placing, ends, kelley=kelley)
    where = scores.raw if scores.ages is None else scores.raw + 1j * scores.ages
    distinct, place = np.unique(where, return_inverse=True)
    raw, ages = (distinct, None) if scores.ages is None else (distinct.real, distinct.imag)
    if scores.n_raters is None and scores.n_missing is None:
        return part_limits(task, raw, ages, 0.0, 0.0).at(place)
    raters, missing = (_or_zero(counts, place) for counts in (scores.n_raters, scores.n_missing))
    pairs, pair_place = np.unique(raters + 1j * missing, return_inverse=True)
    cells, inverse = np.unique(pair_place * len(raw) + place, return_inverse=True)
    tables = []
    for i, pair in enumerate(pairs):
        mine = cells[cells // len(raw) == i] % len(raw)
        errors = _extra(task.sources, round(pair.real), round(pair.imag))
        tables.append(part_limits(task, raw[mine], None if ages is None else ages[mine], *errors))
    return _stacked(tables).at(inverse)


def _or_zero(counts: Integers | None, place: Integers) -> Integers:
    return np.zeros(place.shape, np.int64) if counts is None else counts


def _extra(sources: ErrorSources | None, n_raters: int, n_missing: int) -> tuple[float, float]:
    """Return the errors of raters and of missing items for one number of each."""
    if sources is None:
        return 0.0, 0.0
    raters, missing = (
        sources.rater_errors(np.array([n_raters])),
        sources.missing_errors(np.array([n_missing])),
    )
    return float(raters[0]), float(missing[0])


def _stacked(tables: list[Limits]) -> Limits:
    return Limits(
        true=np.concatenate([one.true for one in tables]),
        rank=np.concatenate([one.rank for one in tables]),
        errors={n: np.concatenate([one.errors[n] for one in tables]) for n in SCORE_PARTS},
        lower={n: np.concatenate([one.lower[n] for one in tables]) for n in PARTS},
        upper={n: np.concatenate([one.upper[n] for one in tables]) for n in PARTS},
        reason=np.concatenate([one.reason for one in tables]),
    )
