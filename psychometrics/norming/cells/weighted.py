"""A cell of exact counts per weight cell, with the weight of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from psychometrics.kernels.norm_errors import WeightedCounts, mean_and_sd, plain_counts, rank_variances
from psychometrics.kernels.percentiles import RankTable, below_and_at, tabulate
from psychometrics.kernels.raking import effective_size
from psychometrics.norming.cells.cell import Floats, NoRank, Places, Placing, rising, thin_note
from psychometrics.norming.cells.counts import CountCell, count_problems, cut_counted, place_counted, short
from psychometrics.norming.weighting.frame import WeightFrame


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WeightedCell:
    """Exact counts by weight cell: ``counts[h, u]`` people of weight cell h have ``scores[u]``; scores rise.

    ``frame`` holds what all cells of the edition share: the weights, the people per weight cell, the margins. Counts
    add and subtract; only the weights are made anew.
    """

    scores: Floats
    counts: npt.NDArray[np.int64]
    frame: WeightFrame

    table_columns: ClassVar[tuple[str, ...]] = ("weight_cell", "weight", "score", "count")

    @property
    def n(self) -> int:
        """People in the cell."""
        return int(self.counts.sum())

    @property
    def effective_n(self) -> float:
        """Kish's effective sample size; nan when all have weight 0."""
        return effective_size(self.counts.sum(axis=1).astype(np.float64), self.frame.weights)

    @property
    def flat(self) -> bool:
        """Everybody here has one weight above 0, and no margins are fixed: the counts speak for themselves."""
        used = self.frame.weights[self.counts.sum(axis=1) > 0]
        return bool(not self.frame.calibrated and len(used) and used[0] > 0 and (used == used[0]).all())

    @property
    def unweighted(self) -> CountCell:
        """The same people without weights."""
        return CountCell(scores=self.scores, counts=self.counts.sum(axis=0))

    @property
    def weighted_counts(self) -> WeightedCounts:
        """The arrays that standard errors are made of."""
        if self.flat:
            return plain_counts(self.scores, self.counts.sum(axis=0))
        return WeightedCounts(
            scores=self.scores,
            counts=self.counts.astype(np.float64),
            weights=self.frame.weights,
            sizes=self.frame.sizes,
            projection=self.frame.projection,
            leverage=self.frame.leverage,
            multinomial=False,
        )

    @property
    def mean(self) -> float:
        """Weighted mean; nan when empty or without weight."""
        return self.unweighted.mean if self.flat else mean_and_sd(self.weighted_counts)[0]

    @property
    def sd(self) -> float:
        """Weighted standard deviation with n / (n - 1); nan for fewer than two people or without weight."""
        return self.unweighted.sd if self.flat else mean_and_sd(self.weighted_counts)[1]

    @property
    def ends(self) -> tuple[float, float]:
        """Least and greatest score in it."""
        return (float(self.scores[0]), float(self.scores[-1])) if len(self.scores) else (float("nan"),) * 2

    def rank_table(self, method: str, confidence: float) -> RankTable:
        """Tabulate weighted percentile ranks; intervals from the linearised variance."""
        if self.flat:
            return self.unweighted.rank_table(method, confidence)
        of = self.weighted_counts
        B, F = (side / of.n for side in below_and_at(of.mass))
        mid = np.minimum(B + F / 2, 1.0)
        counted = {"below": B, "at_or_below": np.minimum(B + F, 1.0)}.get(method, mid)
        variance = rank_variances(of, method) * self.effective_n
        return tabulate(
            self.scores,
            mid,
            counted,
            variance,
            self.n,
            method=method,
            confidence=confidence,
            effective_n=self.effective_n,
            df=of.degrees_of_freedom,
        )

    def place(self, scores: Floats, placing: Placing) -> Places:
        """Place scores by the weighted counts."""
        if not np.isfinite(self.effective_n):
            gone = np.full(scores.shape, np.nan)
            return Places(rank=gone, lower=gone, upper=gone, z=gone, n=self.n, reason=NoRank.NO_WEIGHT)
        return place_counted(self, scores, placing, thin_note(int(self.effective_n)))

    def raw_cut(self, metric: str, at: float, placing: Placing) -> float:
        """Return the lowest score that meets the cut: in the sample, or of the smoothed distribution."""
        return cut_counted(self, metric, at, placing) if np.isfinite(self.effective_n) else float("nan")

    def rows(self) -> Iterable[tuple[Any, ...]]:
        """Return the number of the weight cell in the head, its weight, score, count."""
        return [
            (h + 1, self.frame.weights[h].item(), short(self.scores[u].item()), self.counts[h, u].item())
            for h, u in np.argwhere(self.counts > 0).tolist()
        ]

    @classmethod
    def problems(cls, rows: Sequence[Mapping[str, float]]) -> list[str]:
        """Scores must rise within a weight cell, counts and cell numbers be whole numbers above 0."""
        cells = [row["weight_cell"] for row in rows]
        if cells != sorted(cells) or any(c < 1 or not float(c).is_integer() for c in cells):
            return ["numbers of weight cells that are not whole numbers above 0, in order"]
        if len({(row["weight_cell"], row["weight"]) for row in rows}) > len(set(cells)):
            return ["two weights in one weight cell"]
        if any(not rising([r["score"] for r in rows if r["weight_cell"] == c]) for c in set(cells)):
            return ["scores do not rise within a weight cell"]
        return count_problems(rows)

    @classmethod
    def of_rows(cls, rows: Sequence[Mapping[str, float]], *, normal: bool) -> WeightedCell:  # noqa: ARG003
        """Make a cell of its rows; weights and people of the weight cells come from the head (``in_frame``)."""
        h = np.array([row["weight_cell"] for row in rows], np.intp) - 1
        scores, u = np.unique(np.array([row["score"] for row in rows], np.float64), return_inverse=True)
        counts = np.zeros((int(h.max()) + 1, len(scores)), np.int64)
        counts[h, u] = [int(row["count"]) for row in rows]
        weights = np.zeros(len(counts))
        weights[h] = [row["weight"] for row in rows]
        bare = WeightFrame(
            weights=weights,
            sizes=counts.sum(axis=1).astype(np.float64),
            projection=np.zeros((len(counts), len(counts))),
            leverage=np.zeros(len(counts)),
            calibrated=False,
        )
        return cls(scores=scores, counts=counts, frame=bare)

    def in_frame(self, frame: WeightFrame) -> list[str]:
        """Say what keeps this cell from belonging to the weight cells of a head."""
        if len(self.counts) > len(frame.sizes):
            return [f"weight cell {len(self.counts)}, but the head has {len(frame.sizes)}"]
        used = self.counts.sum(axis=1)
        if (used > frame.sizes[: len(used)]).any():
            return ["more people in a weight cell than the head has"]
        same = self.frame.weights == frame.weights[: len(used)]
        return [] if same[used > 0].all() else ["weights that are not those of the head"]

    def moved(self, frame: WeightFrame, where: npt.NDArray[np.intp] | None = None) -> WeightedCell:
        """Return the same counts in another frame; ``where[h]`` is the new place of weight cell h."""
        counts = np.zeros((len(frame.sizes), len(self.scores)), np.int64)
        at = np.arange(len(self.counts)) if where is None else where
        used = self.counts.sum(axis=1) > 0
        counts[at[used]] = self.counts[used]
        return WeightedCell(scores=self.scores, counts=counts, frame=frame)


def add_weighted(left: WeightedCell | None, right: WeightedCell | None, sign: int = 1) -> WeightedCell:
    """Return left + sign * right, both in one frame; scores whose counts are all 0 are left out."""
    cells = [(cell, s) for cell, s in ((left, 1), (right, sign)) if cell is not None]
    scores = np.unique(np.concatenate([cell.scores for cell, _ in cells]))
    frame = cells[0][0].frame
    counts = np.zeros((len(frame.sizes), len(scores)), np.int64)
    for cell, s in cells:
        counts[:, np.searchsorted(scores, cell.scores)] += s * cell.counts
    kept = (counts != 0).any(axis=0)
    return WeightedCell(scores=scores[kept], counts=counts[:, kept], frame=frame)
