"""A cell of exact counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt

from psychometrics.kernels.norm_errors import WeightedCounts, plain_counts
from psychometrics.kernels.percentiles import RankTable, places, rank_table
from psychometrics.kernels.standard_scores import t_score
from psychometrics.norming.cells.cell import (
    CROWDED,
    Floats,
    NoRank,
    Note,
    Places,
    Placing,
    Standard,
    rising,
    thin_note,
)
from psychometrics.norming.smoothing import smoothed_table

EXACT = 2**53


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CountCell:
    """Exact counts: ``counts[i]`` people have ``scores[i]``; scores rise."""

    scores: Floats
    counts: npt.NDArray[np.int64]

    table_columns: ClassVar[tuple[str, ...]] = ("score", "count")

    @property
    def n(self) -> int:
        """People in the cell."""
        return int(self.counts.sum())

    @property
    def mean(self) -> float:
        """Mean score; nan when empty."""
        return float(self.scores @ self.counts) / self.n if self.n else float("nan")

    @property
    def sd(self) -> float:
        """Standard deviation with n - 1; nan for fewer than two people."""
        if self.n < 2:
            return float("nan")
        return float(np.sqrt((self.counts @ (self.scores - self.mean) ** 2) / (self.n - 1)))

    @property
    def ends(self) -> tuple[float, float]:
        """Least and greatest score in it."""
        return (float(self.scores[0]), float(self.scores[-1])) if len(self.scores) else (float("nan"),) * 2

    @property
    def weighted_counts(self) -> WeightedCounts:
        """The arrays that standard errors are made of."""
        return plain_counts(self.scores, self.counts)

    def rank_table(self, method: str, confidence: float) -> RankTable:
        """Tabulate percentile ranks for every score there can be."""
        return rank_table(self.scores, self.counts, method=method, confidence=confidence)

    def place(self, scores: Floats, placing: Placing) -> Places:
        """Place scores by the counts, smoothed where the placing says so."""
        return place_counted(self, scores, placing, thin_note(self.n))

    def raw_cut(self, metric: str, at: float, placing: Placing) -> float:
        """Return the lowest score that meets the cut: in the sample, or of the smoothed distribution."""
        return cut_counted(self, metric, at, placing)

    def rows(self) -> Iterable[tuple[Any, ...]]:
        """Score and count."""
        return [(short(s), n) for s, n in zip(self.scores.tolist(), self.counts.tolist(), strict=True)]

    @classmethod
    def problems(cls, rows: Sequence[Mapping[str, float]]) -> list[str]:
        """Scores must rise, counts be whole numbers above 0."""
        if not rising([row["score"] for row in rows]):
            return ["scores do not rise"]
        return count_problems(rows)

    @classmethod
    def of_rows(cls, rows: Sequence[Mapping[str, float]], *, normal: bool) -> CountCell:  # noqa: ARG003
        """Make a cell of scores and counts."""
        return cls(
            scores=np.array([row["score"] for row in rows], np.float64),
            counts=np.array([row["count"] for row in rows], np.int64),
        )


def count_problems(rows: Sequence[Mapping[str, float]]) -> list[str]:
    """Say what is wrong with counts: they are whole numbers above 0 that add up exactly."""
    if not all(row["count"] >= 1 and float(row["count"]).is_integer() for row in rows):
        return ["a count that is not a whole number above 0"]
    return (
        ["counts of more people than can be counted exactly"] if sum(r["count"] for r in rows) > EXACT else []
    )


class Counted(Protocol):
    """What cells of counts share, weighted or not."""

    @property
    def n(self) -> int:
        """People."""

    @property
    def mean(self) -> float:
        """Mean score."""

    @property
    def sd(self) -> float:
        """Standard deviation."""

    @property
    def weighted_counts(self) -> WeightedCounts:
        """Arrays for standard errors."""

    def rank_table(self, method: str, confidence: float) -> RankTable:
        """Ranks without smoothing."""


def place_counted(cell: Counted, scores: Floats, placing: Placing, note: int) -> Places:
    """Read places off the rank table of a cell."""
    table, why = _table(cell, placing, placing.confidence)
    at = places(table.scores, scores)
    last = len(table.z) - 1
    outside = (at == 0) | (at == last)
    z = np.full(scores.shape, np.nan)
    if placing.standard == "normalised":
        z = np.where(np.isfinite(table.z), table.z, np.nan)[at]
    elif cell.sd > 0:
        z = (scores - cell.mean) / cell.sd
    return Places(
        rank=table.percentile_rank[at],
        lower=table.lower[at],
        upper=table.upper[at],
        z=z,
        n=cell.n,
        reason=NoRank.NOT_SMOOTHED if why else NoRank.RANKED,
        note=np.where(outside, Note.OUTSIDE, 0) | end_notes(table)[at] | note,
    )


def cut_counted(cell: Counted, metric: str, at: float, placing: Placing) -> float:
    """Return the lowest score of the rank table of a cell that meets a cut."""
    table, _ = _table(cell, placing, 0.95)
    met = np.flatnonzero(standard_metric(table, metric, cell.mean, cell.sd, placing.standard) >= at)
    return float(table.scores[met[0]]) if len(met) else float("nan")


def _table(cell: Counted, placing: Placing, confidence: float) -> tuple[RankTable, str]:
    if placing.smoothing is None:
        return cell.rank_table(placing.method, confidence), ""
    return smoothed_table(cell.weighted_counts, placing.smoothing, placing.method, confidence)


def end_notes(table: RankTable) -> npt.NDArray[np.int16]:
    """Return the note of a crowded lowest or highest score, per place: 15 % of the sample or more share it.

    Terwee et al. (2007), doi:10.1016/j.jclinepi.2006.03.012, for the 15 %.
    """
    notes = np.zeros(len(table.z), np.int16)
    if len(notes) > 3:
        notes[1] = Note.FLOOR if table.crowds[0] >= CROWDED else 0
        notes[-2] = Note.CEILING if table.crowds[1] >= CROWDED else 0
    return notes


def standard_metric(table: RankTable, metric: str, mean: float, sd: float, standard: Standard) -> Floats:
    """Return percentile rank, z or T of every score in the sample."""
    if metric == "percentile_rank":
        return table.percentile_rank[1::2]
    linear = (table.scores - mean) / sd if sd > 0 else np.full(len(table.scores), np.nan)
    z = table.z[1::2] if standard == "normalised" else linear
    return t_score(z) if metric == "t" else z


def short(score: float) -> float | int:
    """Write whole numbers without a point."""
    return int(score) if score.is_integer() else score


def add_counts(left: object | None, right: object | None, sign: int = 1) -> CountCell:
    """Return left + sign * right as exact counts; scores whose count is 0 are left out."""
    cells = [(cell, s) for cell, s in ((left, 1), (right, sign)) if isinstance(cell, CountCell)]
    scores = np.concatenate([cell.scores for cell, _ in cells])
    signed = np.concatenate([s * cell.counts for cell, s in cells])
    distinct, inverse = np.unique(scores, return_inverse=True)
    counts = np.zeros(len(distinct), np.int64)
    np.add.at(counts, inverse, signed)
    return CountCell(scores=distinct[counts != 0], counts=counts[counts != 0])
