"""The percentile rank of any true score, and the intervals that the sampling of the norm sample leaves around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from psychometrics.kernels.percentile_uncertainty import Arc, arc
from psychometrics.norming.cells.cell import Cell, Places, Placing
from psychometrics.norming.continuous.places import place_in

Floats = npt.NDArray[np.float64]

JOINED, PLACED = 33, 17
"""Pairs of deviates: for ranks read off a table, and for ranks that a model works out each time."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spot:
    """A cell, and the ages at which its norms are read (one per score) where these run along age."""

    cell: Cell
    ages: Floats | None = None

    def place(self, scores: Floats, placing: Placing) -> Places:
        """Place scores."""
        return place_in(self.cell, scores, self.ages, slice(None), placing)


class RankCurve(Protocol):
    """Ranks 0..100 of true scores; ``j`` is the position of a deviate, the first being that of the confidence."""

    def rank(self, t: Floats) -> Floats:
        """Percentile rank."""

    def ends(self, low: Floats, high: Floats, j: int) -> tuple[Floats, Floats]:
        """Lower end of the interval of the rank of ``low``, upper end of that of ``high``."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JoinedCurve:
    """Ranks at the scores of a cell, joined by straight lines; ``lowers`` and ``uppers`` have a row per deviate."""

    scores: Floats
    ranks: Floats
    lowers: Floats
    uppers: Floats

    def rank(self, t: Floats) -> Floats:
        """Percentile rank."""
        return _read(t, self.scores, self.ranks)

    def ends(self, low: Floats, high: Floats, j: int) -> tuple[Floats, Floats]:
        """Return the ends of the interval."""
        return _read(low, self.scores, self.lowers[j]), _read(high, self.scores, self.uppers[j])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlacedCurve:
    """Ranks of a cell that knows every score: a normal curve, a fitted distribution, a conversion."""

    spot: Spot
    placings: tuple[Placing, ...]

    def rank(self, t: Floats) -> Floats:
        """Percentile rank."""
        return self.spot.place(t, self.placings[0]).rank

    def ends(self, low: Floats, high: Floats, j: int) -> tuple[Floats, Floats]:
        """Return the ends of the interval; 0 and 100 where the cell says nothing of so low or high a score."""
        ages = None if self.spot.ages is None else np.tile(self.spot.ages, 2)
        both = replace(self.spot, ages=ages).place(np.concatenate([low, high]), self.placings[j])
        sure = self.placings[j].confidence == 0
        lower = (both.rank if sure else both.lower)[: len(low)]
        upper = (both.rank if sure else both.upper)[len(low) :]
        return np.where(np.isnan(lower), 0.0, lower), np.where(np.isnan(upper), 100.0, upper)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curves:
    """The curve of a cell, with the pairs of deviates that it was made for."""

    cell: Cell
    arc: Arc
    placings: tuple[Placing, ...]
    joined: JoinedCurve | None

    def at(self, ages: Floats | None) -> RankCurve:
        """Return the curve, at these ages where the norms run along age."""
        if self.joined is not None:
            return self.joined
        return PlacedCurve(spot=Spot(cell=self.cell, ages=ages), placings=self.placings)


def rank_curves(cell: Cell, placing: Placing) -> Curves:
    """Return the ranks of true scores in a cell, with the sampling interval at each deviate.

    A true score lies between the scores that people can have. Cells that list scores give ranks at those; between two
    neighbours the curve is straight, which is what percentile ranks mean by "half of those at the score". One step
    beyond the first and last score it reaches what the cell says of scores outside.
    """
    listed = "score" in cell.table_columns
    pairs = arc(placing.confidence, JOINED if listed else PLACED)
    levels = (placing.confidence, *(float(2 * ndtr(b) - 1) for b in pairs.b[1:]))
    placings = tuple(replace(placing, confidence=level) for level in levels)
    return Curves(cell=cell, arc=pairs, placings=placings, joined=_joined(cell, placings) if listed else None)


def _joined(cell: Cell, placings: Sequence[Placing]) -> JoinedCurve:
    scores = _listed_scores(cell, placings[0])
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


def _listed_scores(cell: Cell, placing: Placing) -> Floats:
    """Return the scores a cell lists, those of its smoothing between and beyond them, and one step further."""
    column = cell.table_columns.index("score")
    own = np.unique([float(row[column]) for row in cell.rows()])
    step = float(np.diff(own).min()) if len(own) > 1 else 0.0
    if step and placing.smoothing is not None:
        low, high = placing.smoothing.minimum, placing.smoothing.maximum
        low, high = (
            own[0] if low is None else min(low, own[0]),
            own[-1] if high is None else max(high, own[-1]),
        )
        own = low + step * np.arange(round((high - low) / step) + 1)
    before = own[0] - step if step else np.nextafter(own[0], -np.inf)
    after = own[-1] + step if step else np.nextafter(own[-1], np.inf)
    return np.concatenate([[before], own, [after]])


def _filled(ranks: Floats) -> Floats:
    """Return ranks with 0 below the first one known and 100 above the last."""
    outside = np.where(np.arange(len(ranks)) < len(ranks) // 2, 0.0, 100.0)
    return np.maximum.accumulate(np.where(np.isnan(ranks), outside, ranks))


def _read(t: Floats, scores: Floats, values: Floats) -> Floats:
    return np.asarray(np.interp(t, scores, values), np.float64)
