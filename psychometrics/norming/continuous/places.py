"""Place scores at ages; for editions that do not run along an age, as ever."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from psychometrics.norming.cells.cell import Cell, Places, Placing
from psychometrics.norming.cells.continuous import ContinuousCell
from psychometrics.norming.continuous.frame import ages_of
from psychometrics.norming.edition import EditionHead

Floats = npt.NDArray[np.float64]


def ages_for(head: EditionHead, persons: pa.Table) -> Floats | None:
    """Return the covariate of each person for a continuous edition; None for any other."""
    return None if head.continuous is None else ages_of(persons, head.continuous.column)


def place_in(cell: Cell, scores: Floats, ages: Floats | None, inside: Any, placing: Placing) -> Places:
    """Place scores in a cell; in a continuous one at the ages of the persons ``inside`` the stratum."""
    if isinstance(cell, ContinuousCell) and ages is not None:
        return cell.place_at(scores, ages[inside], placing)
    return cell.place(scores, placing)


def raw_cuts_at(
    cells: Sequence[Cell | None],
    stratum: npt.NDArray[np.int32],
    ages: Floats,
    metric: str,
    at: float,
    placing: Placing,
) -> Floats:
    """Return the raw score from which each person meets a cut at the own age; nan where none does."""
    cuts = np.full(len(ages), np.nan)
    for position, cell in enumerate(cells):
        inside = np.flatnonzero((stratum == position) & ~np.isnan(ages))
        if isinstance(cell, ContinuousCell) and len(inside):
            cuts[inside] = cell.raw_cuts(metric, at, placing, ages[inside])
    return cuts
