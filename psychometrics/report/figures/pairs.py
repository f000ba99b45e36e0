"""Pairs of scores as dots: each pair that occurs, or cells of a grid where there are many or they must not tell of one person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from psychometrics.evidence.matrix import Floats
from psychometrics.report.figures.canvas import INK, MID

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST = 2000
"""More pairs are drawn as cells of a grid, so that a picture of a million persons stays small."""
FINE = 40
GRIDS = (FINE, 30, 20, 15, 12, 10, 8, 6, 5, 4, 3)
"""Cells from end to end, the finest that shows enough is taken."""
ENOUGH = 0.75
"""The share of persons that must be in cells that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Dots:
    """Places and how many persons are at each; ``left_out`` persons are in cells that hold too few."""

    x: Floats
    y: Floats
    n: npt.NDArray[np.int64]
    left_out: int = 0

    def table(self, names: tuple[str, str]) -> dict[str, tuple[Any, ...]]:
        """Return the same numbers as columns."""
        return {
            names[0]: tuple(self.x.tolist()),
            names[1]: tuple(self.y.tolist()),
            "n": tuple(self.n.tolist()),
        }

    def draw(self, axes: Axes) -> None:
        """Draw a dot for each place, wider for more persons, in a few classes of width: that keeps the picture small."""
        width = np.clip(np.rint(3.5 * (self.n / np.median(self.n)) ** 0.25 * 2) / 2, 2.5, 9)
        for size in np.unique(width):
            there = width == size
            axes.plot(
                self.x[there],
                self.y[there],
                "o",
                color=MID,
                markeredgecolor=INK,
                markeredgewidth=0.4,
                markersize=size,
            )


def dots_of(x: Floats, y: Floats, smallest: int = 1) -> Dots | None:
    """Return the dots; none where no grid has ``ENOUGH`` of the persons in cells of ``smallest`` or more."""
    if smallest > 1:
        found = (_gridded(x, y, cells, smallest) for cells in GRIDS)
        return next((one for one in found if one.left_out <= (1 - ENOUGH) * len(x)), None)
    pairs, n = np.unique(np.column_stack([x, y]), axis=0, return_counts=True)
    if len(pairs) > MOST:
        return _gridded(x, y, FINE, 1)
    return Dots(x=pairs[:, 0], y=pairs[:, 1], n=n.astype(np.int64))


def _gridded(x: Floats, y: Floats, cells: int, smallest: int) -> Dots:
    """Return the middles of the cells that hold enough persons, and their persons."""
    counts, across, up = np.histogram2d(x, y, bins=cells)
    i, j = np.nonzero(counts >= max(smallest, 1))
    n = counts[i, j].astype(np.int64)
    return Dots(
        x=(across[i] + across[i + 1]) / 2,
        y=(up[j] + up[j + 1]) / 2,
        n=n,
        left_out=len(x) - int(n.sum()),
    )
