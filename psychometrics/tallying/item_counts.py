"""Counts of options as they add up part by part, before they stand in one large table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from psychometrics.result import Source
from psychometrics.tallying.arithmetic import Tally
from psychometrics.tallying.cells import Cells
from psychometrics.tallying.item_tally import ItemTally

Counts = npt.NDArray[np.int64]
PAIRS = "pairs"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ItemCounts(Tally):
    """What an :class:`ItemTally` is made of, the pairs group by group.

    Where only pairs inside the scales are counted most of the large table is 0: a run that adds up many parts holds,
    adds and writes what was counted, and makes the table once.

    Attributes
    ----------
    about : mapping
        What must be alike, as :meth:`ItemTally.described` says it, and ``groups``: the rows of the items of each.
    counts : mapping of str to Cells
        ``pairs 0``, ``pairs 1``, ... of shape (n_blocks, L, L), L = sum over the items of a group of (options + 1);
        the others as in :meth:`ItemTally.cells`.
    source : Source
    """

    about: Mapping[str, Any]
    counts: Mapping[str, Cells]
    source: Source = field(default_factory=Source)

    def described(self) -> dict[str, Any]:
        """Return what must be alike in two that are added."""
        return dict(self.about)

    def cells(self) -> dict[str, Cells]:
        """Return the counts by name."""
        return dict(self.counts)

    @classmethod
    def made_of(
        cls,
        described: Mapping[str, Any],
        names: tuple[str, ...],  # noqa: ARG003
        cells: Mapping[str, Cells],
        source: Source,
    ) -> Self:
        """Make it of its parts."""
        return cls(about=described, counts=cells, source=source)

    def tally(self) -> ItemTally:
        """Return the counts as a tally."""
        groups, widths = self.about["groups"], [len(codes) + 1 for codes in self.about["options"]]
        pairs = [self.counts[f"{PAIRS} {number}"].counts for number in range(len(groups))]
        joint = placed(pairs, groups, widths, self.about["blocks"])
        rest = {name: cell for name, cell in self.counts.items() if not name.startswith(PAIRS)}
        return ItemTally.made_of(self.about, (), {"joint": Cells(joint), **rest}, self.source)


def placed(
    pairs: Sequence[Counts], groups: Sequence[Sequence[int]], widths: Sequence[int], n_blocks: int
) -> Counts:
    """Return the counts of the pairs of all groups at their places, shape (n_blocks, K, K); 0 where none were counted."""
    ends = np.cumsum([0, *widths])
    joint = np.zeros((n_blocks, ends[-1], ends[-1]), np.int64)
    for own, rows in zip(pairs, groups, strict=True):
        columns = [np.arange(ends[row], ends[row + 1]) for row in rows]
        places = np.concatenate([np.empty(0, np.intp), *columns]).astype(np.intp)
        joint[:, places[:, None], places] = own
    return joint
