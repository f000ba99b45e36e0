"""Which parts of an edition are too small to be shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from psychometrics.norming.cells.cell import Cell
from psychometrics.norming.cells.converted import ConvertedCell
from psychometrics.norming.cells.counts import CountCell
from psychometrics.norming.cells.weighted import WeightedCell
from psychometrics.norming.strata import Key

if TYPE_CHECKING:
    from psychometrics.norming.norms import Norms

SMALLEST = 10
"""Groups of fewer people are not shown: the minimum that most states of the USA use when they report test results
(39 of them, by NCES 2011-603, https://nces.ed.gov/pubs2011/2011603.pdf), and that NWEA uses for norms of growth."""

Place = tuple[Key, str]


def hidden_cells(norms: Norms, smallest: int = SMALLEST) -> dict[Place, str]:
    """Return the cells that must not be shown, each with the reason.

    Hidden are cells of fewer than ``smallest`` people; and, since totals are known, the next smallest cells of every
    row, column and layer until the hidden people of each are ``smallest`` or more (complementary suppression).
    A simulated edition hides nothing: nobody stands behind it.

    References
    ----------
    Federal Committee on Statistical Methodology (2005), Statistical Policy Working Paper 22, chapters IV and V.
    """
    if norms.head.simulated:
        return {}
    hidden: dict[Place, str] = {}
    for scale_id in norms.scale_ids:
        sizes = {
            key: cell.n for (key, s), cell in norms.cells.items() if s == scale_id and cell.n is not None
        }
        small = {key for key, n in sizes.items() if n < smallest}
        for key in _with_complements(sizes, small, smallest):
            small_one = key in small
            hidden[key, scale_id] = (
                f"fewer than {smallest} people: not shown"
                if small_one
                else f"not shown: with the total it would give away fewer than {smallest} people"
            )
    return hidden


def _with_complements(sizes: Mapping[Key, int], small: set[Key], smallest: int) -> set[Key]:
    """Add cells until the hidden ones of every line hold enough people."""
    hidden = set(small)
    lines = _lines(list(sizes)) if hidden else []
    changed = True
    while changed:
        changed = False
        for line in lines:
            inside = [key for key in line if key in hidden]
            shown = sorted((sizes[key], key) for key in line if key not in hidden)
            if inside and shown and sum(sizes[key] for key in inside) < smallest:
                hidden.add(shown[0][1])
                changed = True
    return hidden


def _lines(keys: list[Key]) -> list[list[Key]]:
    """Return every set of cells whose total can be had: all that share the labels of some of the variables."""
    width = len(keys[0])
    found: list[list[Key]] = []
    for size in range(width):
        for fixed in combinations(range(width), size):
            groups: dict[Key, list[Key]] = defaultdict(list)
            for key in keys:
                groups[tuple(key[i] for i in fixed)].append(key)
            found += groups.values()
    return found


def score_counts(cell: Cell) -> CountCell | None:
    """Return the plain counts of a cell that holds counts, converted or not; None for any other."""
    if isinstance(cell, ConvertedCell):
        return score_counts(cell.inner)
    if isinstance(cell, WeightedCell):
        return cell.unweighted
    return cell if isinstance(cell, CountCell) else None


def end_counts(cell: Cell) -> tuple[int, int] | None:
    """Return how many people hold the lowest and the highest score; None where the cell does not say."""
    counts = score_counts(cell)
    if counts is None or not len(counts.counts):
        return None
    there: npt.NDArray[np.int64] = counts.counts[counts.counts > 0]
    return int(there[0]), int(there[-1])


def shown_ends(cell: Cell, smallest: int, *, simulated: bool) -> tuple[float, float]:
    """Return the lowest and highest score, each nan when fewer than ``smallest`` people hold it."""
    if simulated:
        return cell.ends
    held = end_counts(cell)
    if held is None:
        return (float("nan"), float("nan"))
    low, high = cell.ends
    return (low if held[0] >= smallest else float("nan"), high if held[1] >= smallest else float("nan"))
