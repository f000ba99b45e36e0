"""How the scores of a scale spread."""

from __future__ import annotations

from itertools import pairwise
from math import ceil, isnan, log10, nan
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from psychometrics.evidence.matrix import Floats
from psychometrics.report.figures.canvas import (
    ACCENT,
    INK,
    MID,
    as_simulated,
    axes_of,
    make_figure,
    no_figure,
)
from psychometrics.report.figures.figure import Figure
from psychometrics.report.figures.values import ScaleValues, scale_values
from psychometrics.report.figures.words import number, share, too_few
from psychometrics.result import counted

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Sheet

MOST_BARS = 30
SMALLEST = 5
MOST_STEPS = 500
"""Scores with more steps from end to end have none that could be seen."""
ON_LATTICE = 0.9
NEAR = 1e-6


def score_distribution(
    scores: Any, scale: str | None = None, *, smallest: int = SMALLEST, simulated: bool = False
) -> Figure:
    """Draw how many persons have which scores, with the mean and one standard deviation to each side.

    Parameters
    ----------
    scores : Scores, data frame or array-like
        A frame has a column per scale; an array is one scale.
    scale : str, optional
        Which scale.
    smallest : int
        Neighbouring ranges of scores are put together until each range with anybody in it holds so many persons, so that
        no single person can be read off; 1 for data that are nobody's.
    simulated : bool
        Says SIMULATED even where the scores do not know it.

    Returns
    -------
    Figure
        ``table``: lower, upper, n and share of each range. Where scores go in steps, the first and the last score in it;
        else a range includes its lower end, the last one both.
    """
    own = scale_values(scores, scale)
    source = as_simulated(own.source, simulated=simulated)
    caption = (
        f"Scores on {own.title}: number of persons per point of the scale. The line is the mean, the bar below it one "
        "standard deviation to each side."
        + (
            f" Neighbouring ranges are put together until each holds {smallest} persons."
            if smallest > 1
            else ""
        )
    )
    name = f"score-distribution-{own.name}"
    if len(own.values) < max(smallest, 2):
        reason = f"{own.title}: {too_few(len(own.values), 'score')}"
        return no_figure(name, reason, caption=caption, source=source)
    edges, step = _ranges(own)
    counts = np.histogram(own.values, edges)[0]
    edges, counts = _merged(edges, counts, smallest)
    ends = _ends(edges, step)
    table = {
        "lower": tuple(low for low, _ in ends),
        "upper": tuple(high for _, high in ends),
        "n": tuple(counts.tolist()),
        "share": tuple((counts / counts.sum()).tolist()),
    }
    return make_figure(
        name,
        lambda sheet: _draw(sheet, own, edges, counts),
        heading=f"{own.title}: scores of {counted(len(own.values), 'person')}",
        alt=_alt(own, ends, counts, smallest),
        caption=caption,
        table=table,
        source=source,
    )


def _ranges(own: ScaleValues) -> tuple[Floats, float]:
    """Return equal ranges that begin and end where the scale does, where that is known, and the step of its scores.

    Scores that go in steps stand in the middle of their range, so that every bar is as wide as it has scores; without
    a step (nan) widths are round.
    """
    low = own.minimum if not isnan(own.minimum) else float(own.values.min())
    high = own.maximum if not isnan(own.maximum) else float(own.values.max())
    low, high = min(low, float(own.values.min())), max(high, float(own.values.max()))
    if high == low:
        return np.array([low - 0.5, low + 0.5]), 1.0
    step = _step(own, low, high)
    if isnan(step):
        width = _round_width((high - low) / MOST_BARS)
        n_bars = max(1, ceil((high - low) / width - 1e-9))
        return low + width * np.arange(n_bars + 1, dtype=np.float64), step
    n_steps = round((high - low) / step)
    each = ceil(_round_width(n_steps / MOST_BARS)) if n_steps > MOST_BARS else 1
    starts = np.arange(0, n_steps + 1, each, dtype=np.float64)
    return low + step * (np.append(starts, n_steps + 1) - 0.5), step


def _step(own: ScaleValues, low: float, high: float) -> float:
    """Return the step between neighbouring scores, 1 or the smallest there is; nan where they are on no such lattice.

    Some scores may lie between: a mean of the items that are there, where others are all.
    """
    smallest = float(np.diff(np.unique(own.values)).min(initial=high - low))
    for step in (1.0, smallest):
        places = (own.values - low) / step
        ends = (high - low) / step
        on = np.abs(places - np.rint(places)) < NEAR
        if float(on.mean()) >= ON_LATTICE and abs(ends - round(ends)) < NEAR and 1 <= ends <= MOST_STEPS:
            return step
    return nan


def _ends(edges: Floats, step: float) -> list[tuple[float, float]]:
    """Return the ends of each range: where scores go in steps, the first and the last score in it."""
    pairs = list(pairwise(edges.tolist()))
    if isnan(step):
        return pairs
    return [(round(low + step / 2, 9), round(high - step / 2, 9)) for low, high in pairs]


def _round_width(least: float) -> float:
    power = 10.0 ** np.floor(log10(least))
    return float(next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= least * (1 - 1e-9)))


def _merged(
    edges: Floats, counts: npt.NDArray[np.intp], smallest: int
) -> tuple[Floats, npt.NDArray[np.intp]]:
    """Put neighbouring ranges together until none holds 1 to smallest - 1 persons."""
    starts, sums = [float(edges[0])], [int(counts[0])]
    for edge, n in zip(edges[1:-1].tolist(), counts[1:].tolist(), strict=True):
        if 0 < sums[-1] < smallest or (0 < n < smallest and sums[-1]):
            sums[-1] += n
        else:
            starts.append(edge)
            sums.append(n)
    while len(sums) > 1 and 0 < sums[-1] < smallest:
        last = sums.pop()
        starts.pop()
        sums[-1] += last
    return np.array([*starts, float(edges[-1])]), np.array(sums, np.intp)


def _draw(sheet: Sheet, own: ScaleValues, edges: Floats, counts: npt.NDArray[np.intp]) -> None:
    axes = axes_of(sheet, grid="y")
    widths = np.diff(edges)
    heights = counts / widths
    axes.bar(edges[:-1], heights, widths, align="edge", color=MID, edgecolor="white", linewidth=0.75)
    mean, top = float(own.values.mean()), float(heights.max())
    deviation = float(own.values.std(ddof=1))
    axes.set_ylim(-0.10 * top, 1.18 * top)
    axes.plot([mean, mean], [0, 1.06 * top], color=INK, linewidth=1.5)
    axes.plot([mean - deviation, mean + deviation], [-0.05 * top] * 2, color=INK, linewidth=3)
    axes.text(
        mean,
        1.08 * top,
        f"mean {number(mean)}, SD {number(deviation)}",
        ha="center",
        va="bottom",
        fontsize=11,
    )
    axes.set_xlabel(f"score on {own.title}" if own.title != "score" else "score")
    axes.set_ylabel("persons per point")
    ticks = [tick for tick in axes.get_yticks() if 0 <= tick <= top * 1.1]
    axes.set_yticks(ticks)
    for end in (own.minimum, own.maximum):
        if not isnan(end) and edges[0] <= end <= edges[-1]:
            axes.plot([end], [0], marker="|", markersize=12, color=ACCENT, clip_on=False)


def _alt(
    own: ScaleValues, ends: list[tuple[float, float]], counts: npt.NDArray[np.intp], smallest: int
) -> str:
    values = own.values
    most = int(counts.argmax())
    mean, deviation = number(float(values.mean())), number(float(values.std(ddof=1)))
    parts = [
        f"Histogram of {own.title}, {counted(len(values), 'person')}: mean {mean}, standard deviation {deviation}",
        f"the fullest range, {_range(*ends[most])}, holds {counted(int(counts[most]), 'person')}",
    ]
    for end, word in ((own.minimum, "lowest"), (own.maximum, "highest")):
        if not isnan(end):
            parts.append(f"{_at_end(values == end, smallest)} the {word} possible score, {number(end)}")
    if own.n_missing:
        parts.append(f"{counted(own.n_missing, 'person')} {'has' if own.n_missing == 1 else 'have'} no score")
    return "; ".join(parts) + "."


def _range(low: float, high: float) -> str:
    return number(low) if low == high else f"{number(low)} to {number(high)}"


def _at_end(there: npt.NDArray[np.bool_], smallest: int) -> str:
    """Say how many have a score; of too few not how many."""
    n = int(there.sum())
    if n == 0:
        return "nobody has"
    return f"fewer than {smallest} persons have" if n < smallest else f"{share(float(there.mean()))} have"
