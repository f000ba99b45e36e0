"""A cell of counts on the scale of one version, read by scores of another through a stored conversion."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from scipy.special import ndtri

from psychometrics.kernels.standard_scores import t_score
from psychometrics.norming.cells.cell import Cell, Floats, NoRank, Note, Places, Placing
from psychometrics.norming.cells.counts import CountCell, add_counts
from psychometrics.norming.cells.weighted import WeightedCell, add_weighted
from psychometrics.norming.edition import Conversion

COUNTED_HALF = {"below": -0.5, "at_or_below": 0.5}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ConvertedCell:
    """Counts of an earlier version, untouched, and the conversion of new scores to its scale.

    A new score x stands at e(x), mostly between two earlier scores. Its percentile rank is that of e(x) with each
    person's score spread evenly over its interval, as in equipercentile equating: the counts stay exact, and a
    conversion of a version to itself gives the ranks of the counts.

    Attributes
    ----------
    inner : CountCell or WeightedCell
        Counts at scores of the earlier version.
    conversion : Conversion
    """

    inner: CountCell | WeightedCell
    conversion: Conversion

    table_columns: ClassVar[tuple[str, ...]] = ()

    @property
    def n(self) -> int:
        """People in the cell."""
        return self.inner.n

    @property
    def mean(self) -> float:
        """Not known on the new scale."""
        return float("nan")

    @property
    def sd(self) -> float:
        """Not known on the new scale."""
        return float("nan")

    @property
    def ends(self) -> tuple[float, float]:
        """Not known on the new scale."""
        return float("nan"), float("nan")

    def place(self, scores: Floats, placing: Placing) -> Places:
        """Place new scores.

        The interval joins two independent errors, of the norm sample and of the conversion: its half widths are
        sqrt(a^2 + b^2), a that of the norm sample at e(x), b = z f se, f the people per point around e(x).
        """
        distinct, back = np.unique(scores, return_inverse=True)
        found = self._place(distinct, placing)
        columns = ("rank", "lower", "upper", "z", "reason", "note")
        return replace(found, **{name: getattr(found, name)[back] for name in columns})

    def _place(self, scores: Floats, placing: Placing) -> Places:
        own = self._placing(placing)
        grid = self._grid
        at = self._equated(scores)
        where = self._equated(scores, COUNTED_HALF.get(placing.method, 0.0))
        curve = _Curve.of(self.inner, grid, own)
        rank, low, high = curve.rank(where), curve.lower(where), curve.upper(where)
        lower, upper = self._with_error(scores, where, (rank, low, high), curve, placing.confidence)
        unknown = np.isnan(at) & ~np.isnan(scores)
        near = grid[np.clip(np.searchsorted((grid[1:] + grid[:-1]) / 2, at), 0, len(grid) - 1)]
        base = self.inner.place(near, own)
        reason = np.where(unknown, NoRank.NOT_CONVERTED, base.reason)
        outside = (rank <= 0) | (rank >= 100)
        unsure = np.isnan(lower) & ~np.isnan(rank)
        kept = np.asarray(base.note) & ~int(Note.OUTSIDE)
        return Places(
            rank=np.where(unknown, np.nan, rank),
            lower=np.where(unknown, np.nan, lower),
            upper=np.where(unknown, np.nan, upper),
            z=self._z(at, curve, placing),
            n=self.inner.n,
            reason=reason,
            note=kept
            | int(Note.CONVERTED)
            | np.where(outside, int(Note.OUTSIDE), 0)
            | np.where(unsure, int(Note.NO_TOTAL), 0),
        )

    @property
    def _grid(self) -> Floats:
        return np.asarray(self.conversion.old_scores, np.float64)

    def _equated(self, scores: Floats, steps: float = 0.0) -> Floats:
        """Return where new scores, moved by some steps, stand on the earlier scale; nan outside the conversion.

        Between the scores of the conversion, and half a step beyond them, along straight lines.
        """
        own, equated = (np.asarray(v, np.float64) for v in (self.conversion.scores, self.conversion.equated))
        half = np.diff(own)[[0, -1]] / 2
        slopes = np.diff(equated)[[0, -1]] / 2
        points = np.concatenate([[own[0] - half[0]], own, [own[-1] + half[1]]])
        values = np.concatenate([[equated[0] - slopes[0]], equated, [equated[-1] + slopes[1]]])
        moved = np.interp(scores + steps * float(np.diff(own).min()), points, values)
        return np.where((scores >= own[0]) & (scores <= own[-1]), moved, np.nan)

    def _placing(self, placing: Placing) -> Placing:
        """Return the placing for the earlier scale: a smoothing has its range."""
        if placing.smoothing is None:
            return placing
        grid = self._grid
        ends = {"minimum": float(grid[0]), "maximum": float(grid[-1])}
        return replace(placing, smoothing=placing.smoothing.model_copy(update=ends))

    def _z(self, at: Floats, curve: _Curve, placing: Placing) -> Floats:
        if placing.standard == "linear":
            sd = self.inner.sd
            return (at - self.inner.mean) / sd if sd > 0 else np.full(at.shape, np.nan)
        deviate: Floats = ndtri(curve.rank(at) / 100)
        return np.where(np.isfinite(deviate), deviate, np.nan)

    def _with_error(
        self,
        scores: Floats,
        where: Floats,
        own: tuple[Floats, Floats, Floats],
        curve: _Curve,
        confidence: float,
    ) -> tuple[Floats, Floats]:
        rank, low, high = own
        error = np.interp(scores, self.conversion.scores, self.conversion.standard_error)
        aside = np.fmax(error, float(np.diff(self._grid).min()) / 2)
        density = (curve.rank(where + aside) - curve.rank(where - aside)) / (2 * aside)
        half = float(ndtri(0.5 + confidence / 2)) * density * error
        lower = np.maximum(rank - np.hypot(rank - low, half), 0)
        upper = np.minimum(rank + np.hypot(high - rank, half), 100)
        return lower, upper

    def raw_cut(self, metric: str, at: float, placing: Placing) -> float:
        """Return the lowest new score that meets the cut; nan if none does."""
        scores = np.asarray(self.conversion.scores, np.float64)
        found = self.place(scores, placing)
        values = {"percentile_rank": found.rank, "z": found.z, "t": t_score(found.z)}[metric]
        met = np.flatnonzero(values >= at)
        return float(scores[met[0]]) if len(met) else float("nan")

    def added_to(self, left: Cell | None) -> ConvertedCell:
        """Return the people of both cells, of one conversion."""
        other = left.inner if isinstance(left, ConvertedCell) else None
        if isinstance(self.inner, WeightedCell):
            weighted = add_weighted(other if isinstance(other, WeightedCell) else None, self.inner)
            return replace(self, inner=weighted)
        return replace(self, inner=add_counts(other, self.inner))

    def rows(self) -> Iterable[tuple[Any, ...]]:
        """Return the rows of the counts, on the scale of the earlier version."""
        return self.inner.rows()

    @classmethod
    def problems(cls, rows: Sequence[Mapping[str, float]]) -> list[str]:
        """Tables hold the counts alone; the cell of counts checks them."""
        return CountCell.problems(rows)

    @classmethod
    def of_rows(cls, rows: Sequence[Mapping[str, float]], *, normal: bool) -> ConvertedCell:
        """Refuse: the conversion is in the head, not in the table."""
        raise NotImplementedError("a converted cell is made of counts and the conversion in the head")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Curve:
    """Ranks of the earlier scale at its scores and halfway between them, joined by straight lines."""

    points: Floats
    ranks: Floats
    lowers: Floats
    uppers: Floats

    @classmethod
    def of(cls, inner: CountCell | WeightedCell, grid: Floats, placing: Placing) -> _Curve:
        """Tabulate: below each score, at it, and below the next one."""
        middles = (grid[1:] + grid[:-1]) / 2
        edges = np.concatenate([[2 * grid[0] - middles[0]], middles, [2 * grid[-1] - middles[-1]]])
        center = placing if placing.method not in COUNTED_HALF else replace(placing, method="mid")
        below = inner.place(grid, replace(placing, method="below"))
        last = inner.place(grid[-1:], replace(placing, method="at_or_below"))
        middle = inner.place(grid, center)
        points = np.empty(2 * len(grid) + 1)
        points[0::2], points[1::2] = edges, grid
        columns = []
        for name in ("rank", "lower", "upper"):
            column = np.empty(len(points))
            column[0:-1:2], column[-1] = getattr(below, name), getattr(last, name)[0]
            column[1::2] = getattr(middle, name)
            columns.append(np.maximum.accumulate(column))
        return cls(points=points, ranks=columns[0], lowers=columns[1], uppers=columns[2])

    def rank(self, at: Floats) -> Floats:
        """Percentile rank."""
        return np.interp(at, self.points, self.ranks)

    def lower(self, at: Floats) -> Floats:
        """Lower end of the interval from the norm sample."""
        return np.interp(at, self.points, self.lowers)

    def upper(self, at: Floats) -> Floats:
        """Upper end of the interval from the norm sample."""
        return np.interp(at, self.points, self.uppers)
