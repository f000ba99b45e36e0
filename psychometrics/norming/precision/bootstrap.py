"""Rows of a table of precision, by the bootstrap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import nan

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from psychometrics.kernels.bounds import percentile_bounds
from psychometrics.kernels.norm_errors import mid_shares, percentile_point
from psychometrics.kernels.norm_resampling import Reweigh, resampled_masses, resampled_moments
from psychometrics.kernels.raking import rake_cells
from psychometrics.kernels.standard_scores import STANINE_LIMITS
from psychometrics.norming.cells.counts import CountCell
from psychometrics.norming.cells.weighted import WeightedCell
from psychometrics.norming.edition import WeightTable
from psychometrics.norming.precision.rows import Row, Where, delta_rows
from psychometrics.norming.weighting.frame import margin_codes

Floats = npt.NDArray[np.float64]

SETTLED = 1e-9
NO_VALUES = "no value in the samples drawn again"


def bootstrap_rows(
    where: Where,
    cell: CountCell | WeightedCell,
    table: WeightTable | None,
    percentiles: Sequence[float],
    standard: str,
    confidence: float,
    replications: int,
    rng: np.random.Generator,
) -> list[Row]:
    """Return the rows of the delta method with errors and intervals from samples drawn again."""
    rows = delta_rows(where, cell, percentiles, standard, confidence)
    of = cell.weighted_counts
    again = None if table is None or not table.margins else _reweigher(table)
    if len(rows) == 1 or cell.n < 2:
        return rows
    if again is not None and isinstance(cell, WeightedCell):
        of = replace(
            of, counts=cell.counts.astype(np.float64), weights=cell.frame.weights, sizes=cell.frame.sizes
        )
    masses, people = resampled_masses(of, again, replications, rng)
    if len(masses) < 2:
        why = "no sample drawn again has somebody in every level of the margins"
        return [replace(row, standard_error=nan, ci_lower=nan, ci_upper=nan, reason=why) for row in rows]
    means, sds = resampled_moments(of.scores, masses, people)
    mids = mid_shares(masses)
    drawn = _Drawn(of.scores, means, sds, mids, standard)
    return [_with_bootstrap(row, drawn.of(row), confidence) for row in rows]


def _with_bootstrap(row: Row, values: Floats, confidence: float) -> Row:
    if row.reason:
        return row
    there = values[np.isfinite(values)]
    if len(there) < 2:
        return replace(row, standard_error=nan, ci_lower=nan, ci_upper=nan, reason=NO_VALUES)
    bounds = percentile_bounds(there, confidence)
    return replace(row, standard_error=float(there.std(ddof=1)), ci_lower=bounds.lower, ci_upper=bounds.upper)


class _Drawn:
    """The statistics of every sample drawn again."""

    def __init__(self, scores: Floats, means: Floats, sds: Floats, mids: Floats, standard: str) -> None:
        self.scores, self.means, self.sds, self.mids = scores, means, sds, mids
        self.linear = standard == "linear"

    def of(self, row: Row) -> Floats:
        """Return the replicates of one statistic."""
        if row.statistic in ("mean", "sd"):
            return self.means if row.statistic == "mean" else self.sds
        if row.statistic in ("z", "t"):
            return self._z(row.at) if row.statistic == "z" else 50 + 10 * self._z(row.at)
        if row.statistic == "percentile_rank":
            return 100 * self._mid(row.at)
        return self._points(row.at) if row.statistic == "percentile_point" else self._limits(int(row.at))

    def _mid(self, score: float) -> Floats:
        return np.asarray(self.mids[:, int(np.searchsorted(self.scores, score))])

    def _z(self, score: float) -> Floats:
        if not self.linear:
            return np.asarray(ndtri(self._mid(score)))
        spread = np.where(self.sds > 0, self.sds, np.nan)
        return np.asarray((score - self.means) / spread)

    def _points(self, rank: float) -> Floats:
        return np.array([percentile_point(self.scores, mid, rank)[0] for mid in self.mids])

    def _limits(self, number: int) -> Floats:
        c = STANINE_LIMITS[number - 1]
        if self.linear:
            return np.asarray(self.means + c * self.sds)
        return self._points(100 * float(ndtr(c)))


def _reweigher(table: WeightTable) -> Reweigh:
    base = np.array([cell.base for cell in table.cells], np.float64)
    codes = [margin_codes(table, margin) for margin in table.margins]
    shares = [np.array([level.share for level in margin.levels]) for margin in table.margins]

    def reweigh(sizes: Floats) -> Floats | None:
        found = rake_cells(sizes, base, codes, shares, cap=table.cap, tolerance=SETTLED, iterations=200)
        return found.weights if table.cap is not None or found.error < 1e-6 else None

    return reweigh
