"""Rows of a table of precision, by the delta method."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isfinite, isnan, nan, sqrt

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri, stdtrit

from psychometrics.kernels.norm_errors import (
    WeightedCounts,
    covariances,
    deviate_errors,
    mid_shares,
    moment_influences,
    percentile_point,
    point_variance,
    rank_variances,
)
from psychometrics.kernels.percentiles import RankTable
from psychometrics.kernels.standard_scores import STANINE_LIMITS
from psychometrics.norming.cells.cell import Cell
from psychometrics.norming.cells.counts import CountCell
from psychometrics.norming.cells.weighted import WeightedCell

Floats = npt.NDArray[np.float64]
Where = tuple[str, str]

NO_SPREAD = "all people have one score"
NO_COUNTS = "no counts: the edition holds published figures or a model"
NO_WEIGHT = "everybody here has weight 0"
ONE_PERSON = "one person"
BEYOND = "beyond the ranks of the lowest and highest score"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One statistic of one scale in one stratum."""

    stratum: str
    scale_id: str
    statistic: str
    at: float = nan
    estimate: float = nan
    standard_error: float = nan
    ci_lower: float = nan
    ci_upper: float = nan
    n_persons: float = nan
    effective_n: float = nan
    reason: str = ""


def nothing_rows(where: Where, cell: Cell) -> list[Row]:
    """Say that a published mean has the error SD / sqrt(n), and that the rest cannot be known."""
    n = nan if cell.n is None else float(cell.n)
    error = cell.sd / sqrt(n) if n > 0 else nan
    about = {"stratum": where[0], "scale_id": where[1], "n_persons": n, "effective_n": n}
    return [
        Row(
            statistic="mean",
            estimate=cell.mean,
            standard_error=error,
            reason="" if isfinite(error) else NO_COUNTS,
            **about,  # type: ignore[arg-type]
        ),
        Row(statistic="sd", estimate=cell.sd, reason=NO_COUNTS, **about),  # type: ignore[arg-type]
    ]


def effective_people(cell: CountCell | WeightedCell) -> float:
    """Return Kish's effective sample size, the people themselves without weights."""
    return cell.effective_n if isinstance(cell, WeightedCell) else float(cell.n)


def delta_rows(
    where: Where,
    cell: CountCell | WeightedCell,
    percentiles: Sequence[float],
    standard: str,
    confidence: float,
) -> list[Row]:
    """Return every statistic of a cell with its delta-method error."""
    maker = RowMaker(where, cell)
    if not isfinite(maker.effective_n):
        return [maker.row("mean", reason=NO_WEIGHT)]
    of, q = cell.weighted_counts, _quantile(cell.weighted_counts.degrees_of_freedom, confidence)
    moments = _moments(of, cell)
    rows = _moment_rows(maker, moments, q)
    table = cell.rank_table("mid", confidence)
    errors = _rank_errors(of)
    rows += _rank_rows(maker, table, errors)
    rows += _score_rows(maker, table, errors, moments, standard, q)
    rows += _point_rows(maker, of, percentiles, q)
    return rows + _limit_rows(maker, of, moments, standard, q)


def _quantile(df: float, confidence: float) -> float:
    tail = (1 + confidence) / 2
    return float(ndtri(tail) if df == inf else stdtrit(df, tail))


class RowMaker:
    """Fills in what all rows of a cell share."""

    def __init__(self, where: Where, cell: CountCell | WeightedCell) -> None:
        self.where, self.n, self.effective_n = where, float(cell.n), effective_people(cell)

    def row(
        self,
        statistic: str,
        at: float = nan,
        estimate: float = nan,
        error: float = nan,
        ends: tuple[float, float] = (nan, nan),
        reason: str = "",
    ) -> Row:
        """Make a row."""
        return Row(
            stratum=self.where[0],
            scale_id=self.where[1],
            statistic=statistic,
            at=at,
            estimate=estimate,
            standard_error=error,
            ci_lower=ends[0],
            ci_upper=ends[1],
            n_persons=self.n,
            effective_n=self.effective_n,
            reason=reason,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Moments:
    """Mean, SD and their covariance matrix; ``reason`` says why the SD has no error."""

    mean: float
    sd: float
    covariance: Floats
    reason: str

    def error(self, c: float) -> float:
        """Return the standard error of mean + c SD."""
        a = np.array([1.0, c])
        return sqrt(max(float(a @ self.covariance @ a), 0.0)) if not self.reason else nan


def _moments(of: WeightedCounts, cell: CountCell | WeightedCell) -> Moments:
    reason = ONE_PERSON if cell.n < 2 else NO_SPREAD if not cell.sd > 0 else ""
    if cell.n < 2:
        covariance = np.full((2, 2), nan)
    elif reason:
        covariance = np.array([[0.0, nan], [nan, nan]])
    else:
        covariance = covariances(of, np.array(moment_influences(of)))
    return Moments(mean=cell.mean, sd=cell.sd, covariance=covariance, reason=reason)


def _moment_rows(maker: RowMaker, moments: Moments, q: float) -> list[Row]:
    error = sqrt(float(moments.covariance[0, 0])) if not isnan(moments.covariance[0, 0]) else nan
    why = moments.reason if isnan(error) else ""
    mean = moments.mean
    rows = [maker.row("mean", nan, mean, error, (mean - q * error, mean + q * error), why)]
    if moments.reason:
        return [*rows, maker.row("sd", nan, moments.sd, reason=moments.reason)]
    error = sqrt(float(moments.covariance[1, 1]))
    factor = float(np.exp(q * error / moments.sd))
    return [*rows, maker.row("sd", nan, moments.sd, error, (moments.sd / factor, moments.sd * factor))]


def _rank_errors(of: WeightedCounts) -> Floats:
    return np.asarray(np.sqrt(rank_variances(of, "mid")[1::2]))


def _rank_rows(maker: RowMaker, table: RankTable, errors: Floats) -> list[Row]:
    at = zip(
        table.scores.tolist(),
        table.percentile_rank[1::2].tolist(),
        (100 * errors).tolist(),
        table.lower[1::2].tolist(),
        table.upper[1::2].tolist(),
        strict=True,
    )
    return [maker.row("percentile_rank", s, rank, error, (low, high)) for s, rank, error, low, high in at]


def _score_rows(
    maker: RowMaker, table: RankTable, errors: Floats, moments: Moments, standard: str, q: float
) -> list[Row]:
    rows = []
    if standard == "linear":
        z = (table.scores - moments.mean) / moments.sd if not moments.reason else np.full(len(errors), nan)
        own = np.array([moments.error(one) / moments.sd if not moments.reason else nan for one in z.tolist()])
        low, high, reason = z - q * own, z + q * own, moments.reason
    else:
        z, own = table.z[1::2], deviate_errors(table.percentile_rank[1::2] / 100, errors)
        low, high, reason = ndtri(table.lower[1::2] / 100), ndtri(table.upper[1::2] / 100), ""
    for name, start, unit in (("z", 0.0, 1.0), ("t", 50.0, 10.0)):
        rows += [
            maker.row(name, s, start + unit * e, unit * se, (start + unit * a, start + unit * b), reason)
            for s, e, se, a, b in zip(table.scores, z, own, low, high, strict=True)
        ]
    return rows


def _point_rows(maker: RowMaker, of: WeightedCounts, percentiles: Sequence[float], q: float) -> list[Row]:
    mid = mid_shares(of.mass)
    return [_point_row(maker, "percentile_point", of, mid, float(p), float(p), q) for p in percentiles]


def _point_row(
    maker: RowMaker, name: str, of: WeightedCounts, mid: Floats, rank: float, at: float, q: float
) -> Row:
    point, k, c = percentile_point(of.scores, mid, rank)
    if isnan(point):
        return maker.row(name, at, reason=NO_SPREAD if len(mid) < 2 else BEYOND)
    error = sqrt(point_variance(of, mid, k, c))
    return maker.row(name, at, point, error, (point - q * error, point + q * error))


def _limit_rows(maker: RowMaker, of: WeightedCounts, moments: Moments, standard: str, q: float) -> list[Row]:
    if standard == "normalised":
        mid = mid_shares(of.mass)
        ranks = (100 * ndtr(np.array(STANINE_LIMITS))).tolist()
        return [
            _point_row(maker, "stanine_limit", of, mid, rank, float(i), q)
            for i, rank in enumerate(ranks, start=1)
        ]
    rows = []
    for i, c in enumerate(STANINE_LIMITS, start=1):
        if moments.reason:
            rows.append(maker.row("stanine_limit", float(i), reason=moments.reason))
            continue
        limit, error = moments.mean + c * moments.sd, moments.error(c)
        rows.append(
            maker.row("stanine_limit", float(i), limit, error, (limit - q * error, limit + q * error))
        )
    return rows
