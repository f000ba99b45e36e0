"""Joint counts of a few items where answers may be missing: those who answered all, and the others, in tables of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from psychometrics.kernels.counting.tables import Options, PairTables, Workspace

Counts = npt.NDArray[np.int64]


class GapTables:
    """Counts of all pairs of options of a few items, with missing as an option, and of those who answered all.

    Most people answer everything, and the table of their answers is small; the others need the wider one.

    Parameters
    ----------
    widths : sequence of int
        Options of each item, missing included (the last).
    n_blocks : int
    """

    def __init__(self, widths: Sequence[int], n_blocks: int) -> None:
        self._widths, self._n_blocks = tuple(widths), n_blocks
        self._complete = PairTables([width - 1 for width in widths], n_blocks)
        self._gaps = PairTables(widths, n_blocks)

    @property
    def nbytes(self) -> int:
        """Return the bytes of the tables."""
        return self._complete.nbytes + self._gaps.nbytes

    def add(
        self,
        options: Options,
        blocks: npt.NDArray[np.uint8],
        gaps: npt.NDArray[np.intp],
        space: Workspace,
    ) -> None:
        """Count some persons.

        Parameters
        ----------
        options : sequence of ndarray of uint8, shape (n_persons,)
            Place of the option of each item, missing the last.
        blocks : ndarray of uint8, shape (n_persons,)
        gaps : ndarray of int
            Rows of those who have not answered all, rising.
        space : Workspace
        """
        if len(gaps):
            self._gaps.add([own[gaps] for own in options], blocks[gaps], space)
        if 2 * len(gaps) > len(blocks):
            rest = np.delete(np.arange(len(blocks)), gaps)
            self._complete.add([own[rest] for own in options], blocks[rest], space)
        else:
            place = blocks.astype(np.uint16)
            place[gaps] = self._n_blocks
            self._complete.add(options, place, space)

    def joint(self) -> tuple[Counts, Counts]:
        """Return the joint counts of all persons, and of those who answered all; shape (n_blocks, K, K)."""
        ends = np.cumsum(self._widths)
        answered = np.delete(np.arange(sum(self._widths)), ends - 1)
        joint = self._gaps.joint()
        complete: npt.NDArray[Any] = np.zeros_like(joint)
        complete[:, answered[:, None], answered] = self._complete.joint()
        return joint + complete, complete
