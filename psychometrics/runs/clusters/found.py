"""What partitions have found, as one thing that adds up in any order and travels as bytes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import reduce
from operator import add
from typing import Any

import numpy as np
import numpy.typing as npt

from psychometrics.engine.arrays import pack, unpack
from psychometrics.engine.faults import fault
from psychometrics.errors import Problem
from psychometrics.runs.summary import Summary

MOST_PROBLEMS = 1_000
MOST_REPEATED = 100_000
Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartDone:
    """A partition that is done.

    Attributes
    ----------
    name : str
    number : int
        Its place among the partitions.
    n_rows : int
    file : str
        Where its scores are, below the folder of the run; empty for nowhere.
    ends : tuple of int or None
        First and last id, where ids rise through the partition; then no hashes of persons were sent.
    keyed : bool
        Whether hashes of persons were sent.
    fresh : bool
        Whether this run worked on it; an earlier one did else.
    """

    name: str
    number: int
    n_rows: int
    file: str = ""
    ends: tuple[int, int] | None = None
    keyed: bool = False
    fresh: bool = True


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Found:
    """What some partitions have found; ``a + b`` is what both have.

    Attributes
    ----------
    summary : Summary
        Counts.
    parts : tuple of PartDone
        Rising by number.
    problems : tuple of Problem
        What was wrong.
    faulty : tuple of str
        Partitions that could not be done.
    repeated : ndarray of uint64
        Hashes that more than one row has; rising.
    n_again : int
        Rows of the norm sample of persons who are in it already.
    who : tuple of tuple
        Rows behind repeated hashes: partition, id, and where there is one the occasion.
    criteria : tuple of (side, number)
        Criteria that somebody rated, in the ratings of each occasion.
    answered, matched : tuple of str
        Where ratings are joined: occasions on which somebody answered, and on which one of them was rated.
    kinds : mapping of (column, what it holds) to (number, name)
        The first partition where a column holds such a thing.
    """

    summary: Summary = field(default_factory=Summary)
    parts: tuple[PartDone, ...] = ()
    problems: tuple[Problem, ...] = ()
    faulty: tuple[str, ...] = ()
    repeated: Hashes = field(default_factory=lambda: np.empty(0, np.uint64))
    n_again: int = 0
    who: tuple[tuple[str | None, ...], ...] = ()
    criteria: tuple[tuple[str, int], ...] = ()
    answered: tuple[str, ...] = ()
    matched: tuple[str, ...] = ()
    kinds: Mapping[tuple[str, str], tuple[int, str]] = field(default_factory=dict)

    @classmethod
    def of_fault(cls, name: str, error: BaseException) -> Found:
        """Return what is wrong with a partition."""
        return cls(problems=fault(name, error), faulty=(name,))

    @classmethod
    def total(cls, several: Iterable[Found]) -> Found:
        """Return what all have found."""
        return reduce(add, several, cls())

    def __add__(self, other: Found) -> Found:
        return Found(
            summary=self.summary + other.summary,
            parts=tuple(sorted((*self.parts, *other.parts), key=lambda one: (one.number, one.name))),
            problems=tuple(sorted({*self.problems, *other.problems}, key=str))[:MOST_PROBLEMS],
            faulty=tuple(sorted({*self.faulty, *other.faulty})),
            repeated=np.union1d(self.repeated, other.repeated)[:MOST_REPEATED],
            n_again=self.n_again + other.n_again,
            who=tuple(sorted((*self.who, *other.who), key=str)),
            criteria=tuple(sorted({*self.criteria, *other.criteria})),
            answered=tuple(sorted({*self.answered, *other.answered})),
            matched=tuple(sorted({*self.matched, *other.matched})),
            kinds=_first(self.kinds, other.kinds),
        )

    def pack(self) -> bytes:
        """Return bytes that :meth:`unpack` reads."""
        head = {
            "parts": [asdict(one) for one in self.parts],
            "problems": [asdict(one) for one in self.problems],
            "faulty": self.faulty,
            "n_again": self.n_again,
            "who": self.who,
            "criteria": self.criteria,
            "answered": self.answered,
            "matched": self.matched,
            "kinds": sorted([*kind, *where] for kind, where in self.kinds.items()),
        }
        counts = np.frombuffer(self.summary.pack(), np.uint8)
        return pack(head, {"summary": counts, "repeated": self.repeated})

    @classmethod
    def unpack(cls, data: bytes) -> Found:
        """Return what was packed."""
        head, arrays = unpack(data)
        return cls(
            summary=Summary.unpack(arrays["summary"].tobytes()),
            parts=tuple(_part(one) for one in head["parts"]),
            problems=tuple(Problem(**{**one, "rows": tuple(one["rows"])}) for one in head["problems"]),
            faulty=tuple(head["faulty"]),
            repeated=arrays["repeated"],
            n_again=head["n_again"],
            who=tuple(tuple(one) for one in head["who"]),
            criteria=tuple((side, number) for side, number in head["criteria"]),
            answered=tuple(head["answered"]),
            matched=tuple(head["matched"]),
            kinds={(column, kind): (number, name) for column, kind, number, name in head["kinds"]},
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return Found.unpack, (self.pack(),)


Kinds = Mapping[tuple[str, str], tuple[int, str]]


def _first(one: Kinds, other: Kinds) -> Kinds:
    return {key: min(kinds[key] for kinds in (one, other) if key in kinds) for key in sorted({*one, *other})}


def _part(one: Mapping[str, Any]) -> PartDone:
    return PartDone(**{**one, "ends": None if one["ends"] is None else (one["ends"][0], one["ends"][1])})
