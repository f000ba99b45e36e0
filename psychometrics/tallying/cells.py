"""Counts with or without keys: the arithmetic that all tallies share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.int64]
Keys = npt.NDArray[np.float64]

PAD = -1.0


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Counts of what occurred.

    Attributes
    ----------
    counts : ndarray of int64
        Any shape; with keys, shape (n_keys,), each above 0 (below 0 only in a difference that will be refused).
    keys : ndarray of float64, shape (n_keys, width), or None
        What each count is of, in rising order, each row once. None where the place in ``counts`` says it.
    """

    counts: Counts
    keys: Keys | None = None

    def __post_init__(self) -> None:
        for array in (self.counts, self.keys):
            if array is not None:
                array.flags.writeable = False

    def plus(self, other: Cells, sign: int = 1) -> Cells:
        """Return the sum, or with ``sign=-1`` the difference, of two."""
        if self.keys is None or other.keys is None:
            return Cells(self.counts + sign * other.counts)
        width = max(self.keys.shape[1], other.keys.shape[1])
        keys = np.concatenate([_padded(self.keys, width), _padded(other.keys, width)])
        return distinct(keys, np.concatenate([self.counts, sign * other.counts]))

    def equals(self, other: Cells) -> bool:
        """Say whether both hold the same counts of the same things."""
        if not np.array_equal(self.counts, other.counts):
            return False
        return self.keys is other.keys or (
            self.keys is not None and other.keys is not None and np.array_equal(self.keys, other.keys)
        )


def distinct(keys: Keys, counts: Counts | None = None) -> Cells:
    """Return each row of keys once, with its counts added up (rows counted, when there are none); no count is 0."""
    order = np.lexsort(keys.T[::-1]) if keys.shape[1] else np.arange(len(keys))
    keys = keys[order] + 0.0  # -0 becomes 0
    counts = np.ones(len(keys), np.int64) if counts is None else counts[order]
    new = np.ones(len(keys), np.bool_)
    new[1:] = (keys[1:] != keys[:-1]).any(axis=1)
    starts = np.flatnonzero(new)
    totals = np.add.reduceat(counts, starts) if len(starts) else counts
    there = totals != 0
    return Cells(totals[there], keys[starts][there])


def _padded(keys: Keys, width: int) -> Keys:
    return np.pad(keys, ((0, 0), (0, width - keys.shape[1])), constant_values=PAD)
