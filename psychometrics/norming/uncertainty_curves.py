"""The percentile rank of any true score, and the intervals that the sampling of the norm sample leaves around it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from psychometrics.norming.cells.cell import Cell, Placing

Floats = npt.NDArray[np.float64]


class RankCurve(Protocol):
    """Ranks 0..100 of true scores; ``j`` is the position of a deviate, the first being that of the confidence."""

    def rank(self, t: Floats) -> Floats:
        """Percentile rank."""

    def lower(self, t: Floats, j: int) -> Floats:
        """Lower end of its interval."""

    def upper(self, t: Floats, j: int) -> Floats:
        """Upper end of its interval."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JoinedCurve:
    """Ranks at the scores of a cell, joined by straight lines; ``lowers`` and ``uppers`` have a row per deviate."""

    scores: Floats
    ranks: Floats
    lowers: Floats
    uppers: Floats

    def rank(self, t: Floats) -> Floats:
        """Percentile rank."""
        return np.interp(t, self.scores, self.ranks)

    def lower(self, t: Floats, j: int) -> Floats:
        """Lower end of its interval."""
        return np.interp(t, self.scores, self.lowers[j])

    def upper(self, t: Floats, j: int) -> Floats:
        """Upper end of its interval."""
        return np.interp(t, self.scores, self.uppers[j])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlacedCurve:
    """Ranks of a cell that knows every score: a normal curve, a fitted distribution."""

    cell: Cell
    placings: tuple[Placing, ...]

    def rank(self, t: Floats) -> Floats:
        """Percentile rank."""
        found: Floats = self.cell.place(t, self.placings[0]).rank
        return found

    def lower(self, t: Floats, j: int) -> Floats:
        """Lower end of its interval; the rank itself at deviate 0."""
        found = self.cell.place(t, self.placings[j])
        return found.lower if self.placings[j].confidence > 0 else found.rank

    def upper(self, t: Floats, j: int) -> Floats:
        """Upper end of its interval; the rank itself at deviate 0."""
        found = self.cell.place(t, self.placings[j])
        return found.upper if self.placings[j].confidence > 0 else found.rank


def rank_curve(cell: Cell, placing: Placing, deviates: Floats) -> RankCurve:
    """Return the ranks of true scores in a cell, with the sampling interval at each deviate.

    A true score lies between the scores that people can have. Cells that list scores give ranks at those; between two
    neighbours the curve is straight, which is what percentile ranks mean by "half of those at the score". One step
    beyond the first and last score it reaches what the cell says of scores outside.
    """
    levels = (placing.confidence, *(float(2 * ndtr(b) - 1) for b in deviates[1:]))
    placings = tuple(replace(placing, confidence=level) for level in levels)
    if "score" not in cell.table_columns:
        return PlacedCurve(cell=cell, placings=placings)
    return _joined(cell, placings)


def _joined(cell: Cell, placings: tuple[Placing, ...]) -> JoinedCurve:
    own = np.unique([float(row[0]) for row in cell.rows()])
    step = float(np.diff(own).min()) if len(own) > 1 else 0.0
    scores = np.concatenate(
        [[_before(own[0], step, -np.inf)], own, [_before(own[-1], -step, np.inf)]],
    )
    lowers, uppers = np.empty((len(placings), len(scores))), np.empty((len(placings), len(scores)))
    ranks = _filled(cell.place(scores, placings[0]).rank)
    for j, placing in enumerate(placings):
        if placing.confidence > 0:
            found = cell.place(scores, placing)
            lowers[j] = np.minimum.accumulate(found.lower[::-1])[::-1]
            uppers[j] = np.maximum.accumulate(found.upper)
        else:
            lowers[j], uppers[j] = ranks, ranks
    return JoinedCurve(scores=scores, ranks=ranks, lowers=lowers, uppers=uppers)


def _before(score: float, step: float, toward: float) -> float:
    """Return the score one step off; the next float where there is no step."""
    return score - step if step else float(np.nextafter(score, toward))


def _filled(ranks: Floats) -> Floats:
    """Return ranks with 0 below the first one known and 100 above the last."""
    middle = len(ranks) // 2
    outside = np.where(np.arange(len(ranks)) < middle, 0.0, 100.0)
    return np.maximum.accumulate(np.where(np.isnan(ranks), outside, ranks))
