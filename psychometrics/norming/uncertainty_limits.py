"""Limits of percentile ranks in one cell, for every source: tabulated over distinct scores, read off for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from psychometrics.norming.cells.cell import Cell, Placing
from psychometrics.norming.uncertainty_parts import (
    PARTS,
    SCORE_PARTS,
    CellTask,
    Limits,
    cell_task,
    part_limits,
)
from psychometrics.scoring.error_sources import ErrorSources

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.integer]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoreSet:
    """Scores without blanks, the raters and the missing items behind each; None where the error does not ask."""

    raw: Floats
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
    raw, place = np.unique(scores.raw, return_inverse=True)
    counts = {"n_raters": scores.n_raters, "n_missing": scores.n_missing}
    asked = {name: values for name, values in counts.items() if values is not None}
    if not asked:
        return part_limits(task, raw, 0.0, 0.0).at(place)
    pairs, pair_place = np.unique(np.column_stack(list(asked.values())), axis=0, return_inverse=True)
    cells, inverse = np.unique(pair_place.reshape(-1) * len(raw) + place, return_inverse=True)
    tables = [
        part_limits(
            task,
            raw[cells[cells // len(raw) == i] % len(raw)],
            *_extra(task, dict(zip(asked, pair, strict=True))),
        )
        for i, pair in enumerate(pairs)
    ]
    return _stacked(tables).at(inverse)


def _extra(task: CellTask, known: Mapping[str, np.integer]) -> tuple[float, float]:
    """Return the errors of raters and of missing items for one number of each."""
    if task.sources is None:
        return 0.0, 0.0
    raters, missing = (np.array([known.get(name, 0)]) for name in ("n_raters", "n_missing"))
    of_raters = float(task.sources.rater_errors(raters)[0]) if "n_raters" in known else 0.0
    return of_raters, float(task.sources.missing_errors(missing)[0])


def _stacked(tables: list[Limits]) -> Limits:
    return Limits(
        true=np.concatenate([one.true for one in tables]),
        rank=np.concatenate([one.rank for one in tables]),
        errors={n: np.concatenate([one.errors[n] for one in tables]) for n in SCORE_PARTS},
        lower={n: np.concatenate([one.lower[n] for one in tables]) for n in PARTS},
        upper={n: np.concatenate([one.upper[n] for one in tables]) for n in PARTS},
        reason=np.concatenate([one.reason for one in tables]),
    )
