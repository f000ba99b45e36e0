"""A cell of a published mean and standard deviation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any, ClassVar

import numpy as np
from scipy.special import ndtri

from psychometrics.kernels.percentiles import normal_ranks
from psychometrics.norming.cells.cell import Floats, Note, Places, Placing, thin_note


@dataclass(frozen=True, slots=True, kw_only=True)
class MomentCell:
    """A published mean and standard deviation; ``n`` is None where it was not published.

    ``normal`` says whether percentile ranks may be read off a normal curve laid over them.
    """

    n: int | None
    mean: float
    sd: float
    normal: bool = False

    table_columns: ClassVar[tuple[str, ...]] = ("n", "mean", "sd")

    @property
    def ends(self) -> tuple[float, float]:
        """Not known."""
        return float("nan"), float("nan")

    def place(self, scores: Floats, placing: Placing) -> Places:
        """Place scores by (score - mean) / SD; ranks only under a normal curve."""
        z = (scores - self.mean) / self.sd
        rank, lower, upper = (np.full(scores.shape, np.nan) for _ in range(3))
        note = int(Note.ONLY_Z)
        if self.normal:
            rank, lower, upper = normal_ranks(z, self.n, placing.confidence)
            note = int(Note.NORMAL_CURVE) | (int(Note.NO_N) if self.n is None else 0)
        n = float("nan") if self.n is None else float(self.n)
        return Places(rank=rank, lower=lower, upper=upper, z=z, n=n, note=note | thin_note(self.n))

    def raw_cut(self, metric: str, at: float, placing: Placing) -> float:  # noqa: ARG002
        """Return the score at the cut; any score may occur."""
        z = {"percentile_rank": lambda: float(ndtri(at / 100)), "t": lambda: (at - 50) / 10, "z": lambda: at}[
            metric
        ]()
        return self.mean + self.sd * z

    def rows(self) -> Iterable[tuple[Any, ...]]:
        """One row."""
        return [("" if self.n is None else self.n, self.mean, self.sd)]

    @classmethod
    def problems(cls, rows: Sequence[Mapping[str, float]]) -> list[str]:
        """One row with a mean and an SD above 0."""
        bad = len(rows) != 1 or not rows[0]["sd"] > 0 or isnan(rows[0]["mean"])
        return ["expected one row with a mean and an SD above 0"] if bad else []

    @classmethod
    def of_rows(cls, rows: Sequence[Mapping[str, float]], *, normal: bool) -> MomentCell:
        """Make a cell of its one row."""
        (row,) = rows
        return cls(
            n=None if isnan(row["n"]) else int(row["n"]), mean=row["mean"], sd=row["sd"], normal=normal
        )
