"""A cell of published percentile points."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy.special import ndtr, ndtri

from psychometrics.norming.cells.cell import Floats, NoRank, Note, Places, Placing, rising
from psychometrics.norming.cells.counts import short


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PointCell:
    """Published percentile points: ``ranks[i]`` percent lie at or below ``scores[i]``, as the publisher counts."""

    scores: Floats
    ranks: Floats

    table_columns: ClassVar[tuple[str, ...]] = ("score", "percentile_rank")

    @property
    def n(self) -> None:
        """Not published."""
        return

    @property
    def mean(self) -> float:
        """Not known."""
        return float("nan")

    @property
    def sd(self) -> float:
        """Not known."""
        return float("nan")

    @property
    def ends(self) -> tuple[float, float]:
        """Scores of the first and the last point."""
        return float(self.scores[0]), float(self.scores[-1])

    def place(self, scores: Floats, placing: Placing) -> Places:  # noqa: ARG002
        """Place scores between the points; none outside them."""
        outside = (scores < self.scores[0]) | (scores > self.scores[-1])
        rank = np.where(outside, np.nan, np.interp(scores, self.scores, self.ranks))
        gone = np.full(scores.shape, np.nan)
        return Places(
            rank=rank,
            lower=gone,
            upper=gone,
            z=ndtri(rank / 100),
            n=float("nan"),
            reason=np.where(outside, NoRank.OUTSIDE_POINTS, NoRank.RANKED),
            note=int(Note.INTERPOLATED | Note.NO_N),
        )

    def raw_cut(self, metric: str, at: float, placing: Placing) -> float:  # noqa: ARG002
        """Return the score at the cut, between points; nan outside them."""
        rank = (
            at if metric == "percentile_rank" else 100 * float(ndtr((at - 50) / 10 if metric == "t" else at))
        )
        inside = self.ranks[0] <= rank <= self.ranks[-1]
        return float(np.interp(rank, self.ranks, self.scores)) if inside else float("nan")

    def rows(self) -> Iterable[tuple[Any, ...]]:
        """Score and percentile rank."""
        return [(short(s), r) for s, r in zip(self.scores.tolist(), self.ranks.tolist(), strict=True)]

    @classmethod
    def problems(cls, rows: Sequence[Mapping[str, float]]) -> list[str]:
        """Scores must rise, ranks not fall and lie within 0..100."""
        if not rising([row["score"] for row in rows]):
            return ["scores do not rise"]
        ranks = [row["percentile_rank"] for row in rows]
        falls = any(not a <= b for a, b in zip(ranks, ranks[1:], strict=False))
        outside = falls or not 0 <= ranks[0] <= ranks[-1] <= 100
        return ["percentile ranks do not rise within 0..100"] if outside else []

    @classmethod
    def of_rows(cls, rows: Sequence[Mapping[str, float]], *, normal: bool) -> PointCell:  # noqa: ARG003
        """Make a cell of its points."""
        return cls(
            scores=np.array([row["score"] for row in rows], np.float64),
            ranks=np.array([row["percentile_rank"] for row in rows], np.float64),
        )
