"""What a batch, a partition and a whole run leave behind: counts that add up, and no person."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from psychometrics.engine.arrays import Arrays, pack, unpack
from psychometrics.result import Source
from psychometrics.tallying import RatingTally, RetestTally, ScoreTally
from psychometrics.tallying.arithmetic import Tally
from psychometrics.tallying.cells import Cells
from psychometrics.tallying.item_counts import ItemCounts

MODULUS = 1 << 64
TALLIES: Mapping[str, type[Tally]] = {
    "items": ItemCounts,
    "scores": ScoreTally,
    "outside": ScoreTally,
    "ratings": RatingTally,
    "retest": RetestTally,
}
Rows = npt.NDArray[np.int64]


def nobody() -> Rows:
    """Return no rows."""
    return np.empty(0, np.int64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Summary:
    """Counts of some rows; ``a + b`` are those of both, bit for bit the same in any order.

    Attributes
    ----------
    n_rows, n_invalid, n_anyway, n_outside, n_unplaced : int
        Rows; cells that fitted no option; answers to items the branching had skipped; rows in no stratum of the sample;
        rows in no stratum of the norms that scores are placed in.
    tallies : mapping
        ``items`` -> ItemCounts, ``scores`` -> ScoreTally, ``outside`` -> ScoreTally of the rows in no stratum,
        ``ratings`` -> RatingTally, ``retest`` -> RetestTally; those that were asked for.
    levels : mapping
        Labels seen in each column that divides the sample.
    digest : tuple of int
        Two sums of hashes of rows, modulo 2**64.
    rated : ndarray of int64
        Rows of the ratings in memory whose persons were met; rising.
    n_not_rated : int
        Persons who answered and were not rated.
    """

    n_rows: int = 0
    n_invalid: int = 0
    n_anyway: int = 0
    n_outside: int = 0
    n_unplaced: int = 0
    tallies: Mapping[str, Tally] = field(default_factory=dict)
    levels: Mapping[str, frozenset[str]] = field(default_factory=dict)
    digest: tuple[int, int] = (0, 0)
    rated: Rows = field(default_factory=nobody)
    n_not_rated: int = 0

    def __add__(self, other: Summary) -> Summary:
        names = [name for name in TALLIES if name in self.tallies or name in other.tallies]
        levels = {
            name: self.levels.get(name, frozenset()) | other.levels.get(name, frozenset())
            for name in sorted({*self.levels, *other.levels})
        }
        return Summary(
            n_rows=self.n_rows + other.n_rows,
            n_invalid=self.n_invalid + other.n_invalid,
            n_anyway=self.n_anyway + other.n_anyway,
            n_outside=self.n_outside + other.n_outside,
            n_unplaced=self.n_unplaced + other.n_unplaced,
            tallies={name: _sum(self.tallies.get(name), other.tallies.get(name)) for name in names},
            levels=levels,
            digest=tuple((a + b) % MODULUS for a, b in zip(self.digest, other.digest, strict=True)),  # type: ignore[arg-type]
            rated=np.union1d(self.rated, other.rated) if len(self.rated) or len(other.rated) else self.rated,
            n_not_rated=self.n_not_rated + other.n_not_rated,
        )

    def sha256(self) -> str:
        """Return the digest of the rows: the same for the same rows in whatever order and files.

        The SHA-256 of the number of rows and of the two sums. It finds data that differ; it is no proof against
        somebody who wants two data sets to look alike.
        """
        text = f"rows {self.n_rows} sums {self.digest[0]:016x} {self.digest[1]:016x}"
        return hashlib.sha256(text.encode()).hexdigest()

    def pack(self) -> bytes:
        """Return bytes that :meth:`unpack` reads; the same summary gives the same bytes."""
        arrays: Arrays = {"rated": self.rated}
        parts = {}
        for name, tally in self.tallies.items():
            parts[name] = {
                "described": tally.described(),
                "names": list(tally.names()),
                "cells": list(tally.cells()),
                "source": tally.source.to_dict(),
            }
            for number, cell in enumerate(tally.cells().values()):
                arrays[f"{name} counts {number}"] = cell.counts
                if cell.keys is not None:
                    arrays[f"{name} keys {number}"] = cell.keys
        numbers = ("n_rows", "n_invalid", "n_anyway", "n_outside", "n_unplaced", "n_not_rated")
        head = {
            "numbers": {name: getattr(self, name) for name in numbers},
            "levels": {name: sorted(own) for name, own in self.levels.items()},
            "digest": list(self.digest),
            "tallies": parts,
        }
        return pack(head, arrays)

    @classmethod
    def unpack(cls, data: bytes) -> Summary:
        """Return what was packed.

        Raises
        ------
        RunError
            Damaged.
        """
        head, arrays = unpack(data)
        return cls(
            **head["numbers"],
            tallies={name: _tally(name, about, arrays) for name, about in head["tallies"].items()},
            levels={name: frozenset(own) for name, own in head["levels"].items()},
            digest=(head["digest"][0], head["digest"][1]),
            rated=arrays["rated"],
        )


def merge(one: Summary, other: Summary) -> Summary:
    """Return the summary of both; a pure function, for engines that reduce."""
    return one + other


def _sum(one: Tally | None, other: Tally | None) -> Tally:
    if one is None or other is None:
        return one or other  # type: ignore[return-value]
    return one + other


def _tally(name: str, about: Mapping[str, Any], arrays: Arrays) -> Tally:
    cells = {
        cell: Cells(arrays[f"{name} counts {number}"], arrays.get(f"{name} keys {number}"))
        for number, cell in enumerate(about["cells"])
    }
    options = tuple(sorted(about["source"]["options"].items()))
    source = Source(**{**about["source"], "options": options})
    return TALLIES[name].made_of(about["described"], tuple(about["names"]), cells, source)
