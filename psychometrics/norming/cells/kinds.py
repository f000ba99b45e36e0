"""The kinds of editions, and the cell each is made of."""

from __future__ import annotations

from psychometrics.norming.cells.cell import Cell
from psychometrics.norming.cells.continuous import ContinuousCell
from psychometrics.norming.cells.counts import CountCell
from psychometrics.norming.cells.moments import MomentCell
from psychometrics.norming.cells.points import PointCell
from psychometrics.norming.cells.weighted import WeightedCell

KINDS: dict[str, type[Cell]] = {
    "counts": CountCell,
    "weighted_counts": WeightedCell,
    "moments": MomentCell,
    "percentile_points": PointCell,
    "continuous": ContinuousCell,
}
