"""One chart of a drift monitor: four one-sided sums, and what a batch does to them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isnan, nan, sqrt

from psychometrics.kernels.drift.cusum import cusum_step, variance_ratio_z
from psychometrics.kernels.drift.score_moments import ScoreMoments, moments_of_counts
from psychometrics.norming.cells.cell import Cell
from psychometrics.norming.cells.weighted import WeightedCell
from psychometrics.norming.drift.rows import cell_moments
from psychometrics.norming.editions.suppression import score_counts

SLACK = 0.5
SIDES = ("mean_up", "mean_down", "sd_up", "sd_down")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """The sums of one scale in one stratum, and everybody counted so far, the edition's people included.

    ``sums`` holds the four one-sided sums in the order of ``SIDES``; ``since`` the first batch of the run above 0.
    """

    stratum: str
    scale_id: str
    people: ScoreMoments
    sums: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0)
    since: tuple[str, ...] = ("", "", "", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRow:
    """One batch on one chart."""

    batch: str
    stratum: str
    scale_id: str
    n: float
    mean: float
    sd: float
    z_mean: float
    z_sd: float
    mean_up: float
    mean_down: float
    sd_up: float
    sd_down: float
    alarm: str
    since: str
    reason: str


def chart_people(cell: Cell) -> ScoreMoments:
    """Return the moments of a cell; weighted people count as the effective number they are worth."""
    found = cell_moments(cell)
    if isinstance(cell, WeightedCell) and found.n:
        share = cell.effective_n / found.n
        return ScoreMoments(
            n=found.n * share,
            mean=found.mean,
            m2=found.m2 * share,
            m3=found.m3 * share,
            m4=found.m4 * share,
        )
    return found


def chart_step(
    chart: Chart, cell: Cell | None, batch: str, limit: float, smallest_shift: float
) -> tuple[Chart, BatchRow]:
    """Add the batch to one chart."""
    plain = None if cell is None else score_counts(cell)
    new = (
        moments_of_counts(plain.scores, plain.counts)
        if plain
        else ScoreMoments(n=0, mean=nan, m2=0, m3=0, m4=0)
    )
    before = chart.people
    z_mean, z_sd, reason = _deviates(before, new)
    sums, since = _summed(chart, (z_mean, z_sd), new.n, batch, smallest_shift)
    above = [value > limit for value in sums]
    row = BatchRow(
        batch=batch,
        stratum=chart.stratum,
        scale_id=chart.scale_id,
        n=new.n,
        mean=new.mean,
        sd=new.sd if new.n > 1 else nan,
        z_mean=z_mean,
        z_sd=z_sd,
        mean_up=sums[0],
        mean_down=sums[1],
        sd_up=sums[2],
        sd_down=sums[3],
        alarm=", ".join(name.replace("_", " ") for name, gone in zip(SIDES, above, strict=True) if gone),
        since=next((label for label, gone in zip(since, above, strict=True) if gone), ""),
        reason=reason,
    )
    kept = tuple(0.0 if gone else value for value, gone in zip(sums, above, strict=True))
    labels = tuple("" if not value else label for value, label in zip(kept, since, strict=True))
    return replace(chart, people=before + new, sums=kept, since=labels), row


def _deviates(before: ScoreMoments, new: ScoreMoments) -> tuple[float, float, str]:
    if new.n < 1:
        return nan, nan, "nobody in this batch"
    z_mean = (new.mean - before.mean) / (before.sd * sqrt(1 / new.n + 1 / before.n))
    if new.n < 2:
        return z_mean, nan, "one person: no SD"
    ratio = new.variance / before.variance
    return z_mean, variance_ratio_z(ratio, new.n, before.n, before.kurtosis), ""


def _summed(
    chart: Chart, deviates: tuple[float, float], n: float, batch: str, smallest_shift: float
) -> tuple[tuple[float, ...], tuple[str, ...]]:
    """Return the four sums after these deviates, and the batch each run began with."""
    sums: list[float] = []
    for place, z in enumerate(deviates):
        up, down = chart.sums[2 * place], chart.sums[2 * place + 1]
        if isnan(z):
            sums += [up, down]
            continue
        unit = 1.0 if place == 0 else 2 / sqrt(max(chart.people.kurtosis - 1, 1e-6))
        size = unit / sqrt(1 / n + 1 / chart.people.n)
        sums += cusum_step(up, down, z, max(SLACK, smallest_shift * size / 2))
    since = tuple(
        label or (batch if value > 0 else "") for label, value in zip(chart.since, sums, strict=True)
    )
    return tuple(sums), tuple(label if value > 0 else "" for label, value in zip(since, sums, strict=True))
