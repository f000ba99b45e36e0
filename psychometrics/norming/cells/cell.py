"""What every kind of cell can do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import Any, ClassVar, Literal, Protocol, Self

import numpy as np
import numpy.typing as npt

from psychometrics.norming.edition import Smoothing

Floats = npt.NDArray[np.float64]
Method = Literal[
    "mid",
    "below",
    "at_or_below",
    "blom",
    "tukey",
    "van_der_waerden",
    "rankit",
    "levenbach",
    "filliben",
    "yu_huang",
]
Standard = Literal["normalised", "linear"]
Interval = Literal["norm_sample", "total"]

THIN = 100
CROWDED = 0.15


class NoRank(IntEnum):
    """Why a score has no place in the norms; 0 where it has one."""

    RANKED = 0
    NO_SCORE = 1
    NO_STRATUM = 2
    NO_NORMS = 3
    OUTSIDE_POINTS = 4
    NO_WEIGHT = 5
    NOT_SMOOTHED = 6
    NO_AGE = 7
    OUTSIDE_AGES = 8
    NOT_CONVERTED = 9


class Note(IntFlag):
    """What to keep in mind with a place in the norms."""

    OUTSIDE = 1
    THIN = 2
    NORMAL_CURVE = 4
    ONLY_Z = 8
    NO_N = 16
    INTERPOLATED = 32
    FLOOR = 64
    CEILING = 128
    NO_TOTAL = 256
    EXTREME = 512
    OUTDATED = 1024
    UNUSABLE = 2048
    NO_DATE = 4096
    CONVERTED = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class Placing:
    """How scores are to be placed.

    Attributes
    ----------
    method : str
        Percentile rank: share below plus half the ties ("mid"), share below, share at or below, or a plotting
        position.
    standard : {"normalised", "linear"}
        Standard scores from the normal deviate of the percentile rank, or from mean and SD.
    confidence : float
        Level of the intervals.
    smoothing : Smoothing, optional
        Smooth the score distribution first.
    """

    method: Method = "mid"
    standard: Standard = "normalised"
    confidence: float = 0.95
    smoothing: Smoothing | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Places:
    """Where scores stand in a cell; arrays of one length.

    Attributes
    ----------
    rank, lower, upper : ndarray of float64
        Percentile rank 0..100 with the interval from the sampling of the norm sample; nan where there is none.
    z : ndarray of float64
        Normal deviate, or (score - mean) / SD, as the placing says.
    n : float
        People in the cell; nan where not published.
    reason, note : ndarray of int, or one for all
        ``NoRank`` and ``Note`` codes.
    """

    rank: Floats
    lower: Floats
    upper: Floats
    z: Floats
    n: float
    reason: Any = NoRank.RANKED
    note: Any = 0


class Cell(Protocol):
    """One scale in one stratum of an edition."""

    table_columns: ClassVar[tuple[str, ...]]
    """Columns of the cell in the table of its edition."""

    @property
    def n(self) -> int | None:
        """People in the cell; None where not published."""

    @property
    def mean(self) -> float:
        """Mean score; nan where not known."""

    @property
    def sd(self) -> float:
        """Standard deviation; nan where not known."""

    @property
    def ends(self) -> tuple[float, float]:
        """Least and greatest score in it; nan where not known."""

    def place(self, scores: Floats, placing: Placing) -> Places:
        """Place scores."""

    def raw_cut(self, metric: str, at: float, placing: Placing) -> float:
        """Return the lowest raw score that meets a cut on ``percentile_rank``, ``z`` or ``t``; nan if none does."""

    def rows(self) -> Iterable[tuple[Any, ...]]:
        """Return the rows of the cell in the table of its edition, in the order of ``table_columns``."""

    @classmethod
    def problems(cls, rows: Sequence[Mapping[str, float]]) -> list[str]:
        """Say what is wrong with rows of the table."""

    @classmethod
    def of_rows(cls, rows: Sequence[Mapping[str, float]], *, normal: bool) -> Self:
        """Make a cell of rows of the table; ``normal`` says that a normal curve may be laid over it."""


def thin_note(n: int | None) -> int:
    """Return the note of a cell of few people."""
    return int(Note.THIN) if n is not None and n < THIN else 0


def rising(values: Sequence[float]) -> bool:
    """Whether each value is above the one before."""
    return all(a < b for a, b in zip(values, values[1:], strict=False))
