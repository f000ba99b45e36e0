"""The same persons on two occasions: their scores against each other, their change against their mean."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING, Any

import numpy as np

from psychometrics.errors import ReportError
from psychometrics.evidence.matrix import Floats
from psychometrics.evidence.stability.occasions import test_retest
from psychometrics.evidence.stability.pairing import match_arrays, match_scores
from psychometrics.evidence.stability.retest import TestRetest
from psychometrics.kernels.bounds import Estimate
from psychometrics.report.figures.canvas import (
    ACCENT,
    INK,
    PALE,
    QUIET,
    as_simulated,
    axes_of,
    make_figure,
    no_figure,
)
from psychometrics.report.figures.figure import Figure
from psychometrics.report.figures.pairs import Dots, dots_of
from psychometrics.report.figures.words import interval, number, too_few
from psychometrics.result import Source, counted
from psychometrics.scoring import Scores

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Sheet

LEAST_PAIRS = 5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Pairs:
    name: str
    title: str
    first: Floats
    second: Floats
    retest: TestRetest | None
    source: Source


def retest_plot(
    first: Any, second: Any, scale: str | None = None, *, smallest: int = 1, simulated: bool = False
) -> Figure:
    """Draw the scores of the second occasion against those of the first, with the line of no change.

    Parameters
    ----------
    first, second : Scores or array-like
        As for :func:`psychometrics.test_retest`.
    scale : str, optional
        Which scale of Scores.
    smallest : int
        Above 1, dots are the middles of cells that hold so many persons or more, so that no dot is one person.
    simulated : bool
        Says SIMULATED even where the scores do not know it.

    Returns
    -------
    Figure
        ``table``: first, second and n of each pair of scores; persons are not named.
    """
    own = _pairs(first, second, scale, simulated)
    caption = (
        f"{own.title}: score on the second occasion against that on the first. Dots: pairs of scores, larger for more persons. "
        "On the line nothing changed."
    )
    if own.retest is None:
        return no_figure(f"retest-{own.name}", _too_few(own), caption=caption, source=own.source)
    dots = dots_of(own.first, own.second, smallest)
    if dots is None:
        return no_figure(f"retest-{own.name}", _too_thin(own, smallest), caption=caption, source=own.source)
    icc, r, change = own.retest.icc_a1, own.retest.pearson_r, own.retest.mean_change
    return make_figure(
        f"retest-{own.name}",
        lambda sheet: _draw_retest(sheet, own, dots),
        heading=f"{own.title}: two occasions, {counted(len(own.first), 'person')}",
        alt=(
            f"Scatter plot of {own.title} on two occasions, {counted(len(own.first), 'person')}: intraclass correlation for "
            f"absolute agreement {_with(icc)}, Pearson correlation {_with(r)}, mean change {_with(change)} points."
        ),
        caption=caption + _cells(dots, smallest),
        table=dots.table(("first", "second")),
        source=own.source,
        height=440,
    )


def bland_altman(
    first: Any, second: Any, scale: str | None = None, *, smallest: int = 1, simulated: bool = False
) -> Figure:
    """Draw the change of each person against the mean of both scores, with the mean change and the limits of agreement.

    Parameters
    ----------
    first, second, scale, smallest, simulated
        As for :func:`retest_plot`.

    Returns
    -------
    Figure
        ``table``: mean, change and n of each pair of scores.

    References
    ----------
    Bland and Altman (1999), doi:10.1177/096228029900800204; limits with exact intervals by Carkeet (2015),
    doi:10.1097/OPX.0000000000000513.
    """
    own = _pairs(first, second, scale, simulated)
    caption = (
        f"{own.title}: change (second minus first) against the mean of both scores. Solid: mean change; dashed: limits "
        "of agreement, mean change -/+ 1.96 SD; shaded: their 95% intervals."
    )
    if own.retest is None:
        return no_figure(f"bland-altman-{own.name}", _too_few(own), caption=caption, source=own.source)
    dots = dots_of((own.first + own.second) / 2, own.second - own.first, smallest)
    if dots is None:
        return no_figure(
            f"bland-altman-{own.name}", _too_thin(own, smallest), caption=caption, source=own.source
        )
    change, low, high = own.retest.mean_change, own.retest.limit_lower, own.retest.limit_upper
    return make_figure(
        f"bland-altman-{own.name}",
        lambda sheet: _draw_bland_altman(sheet, own, dots),
        heading=f"{own.title}: change and mean, {counted(len(own.first), 'person')}",
        alt=(
            f"Bland-Altman plot of {own.title}, {counted(len(own.first), 'person')}: mean change {_with(change)} points; 95% of "
            f"changes between {_with(low)} and {_with(high)}."
        ),
        caption=caption + _cells(dots, smallest),
        table=dots.table(("mean", "change")),
        source=own.source,
        height=360,
    )


def _pairs(first: Any, second: Any, scale: str | None, simulated: bool) -> _Pairs:
    if isinstance(first, Scores) and isinstance(second, Scores):
        if scale is None and len(first.scale_ids) == 1:
            scale = first.scale_ids[0]
        if scale not in first.scale_ids:
            hint = f"Say which: scale= one of {', '.join(first.scale_ids)}."
            raise ReportError("which scale?" if scale is None else f'there is no scale "{scale}"', hint=hint)
        matched = match_scores((first, second))
        table, title = matched.tables[scale], first.instrument.scale(scale).title or scale
    else:
        matched = match_arrays((first, second), None)
        table, scale, title = matched.tables[""], scale or "score", scale or "score"
    both = table[~np.isnan(table).any(axis=1)]
    enough = len(both) >= LEAST_PAIRS
    found = test_retest(both[:, 0], both[:, 1], tests=False).scales[""] if enough else None
    return _Pairs(
        name=scale,
        title=title,
        first=both[:, 0],
        second=both[:, 1],
        retest=found,
        source=as_simulated(matched.source, simulated=simulated),
    )


def _too_few(own: _Pairs) -> str:
    return f"{own.title}: {too_few(len(own.first), 'person')} (with both scores)"


def _too_thin(own: _Pairs, smallest: int) -> str:
    return (
        f"{own.title}: the pairs of scores lie too far apart to show {smallest} persons or more in each dot"
    )


def _cells(dots: Dots, smallest: int) -> str:
    """Say that dots are cells, and whom they leave out."""
    if smallest <= 1:
        return ""
    left = f"; {dots.left_out:,} in cells of fewer are not drawn" if dots.left_out else ""
    return f" Each dot is the middle of a cell of {smallest} persons or more{left}."


def _with(one: Estimate) -> str:
    return f"{number(one.estimate)} ({interval(one.ci_lower, one.ci_upper)})"


def _draw_retest(sheet: Sheet, own: _Pairs, dots: Dots) -> None:
    axes = axes_of(sheet)
    low, high = (float(f([own.first, own.second])) for f in (np.min, np.max))
    room = 0.04 * (high - low or 1.0)
    axes.plot([low, high], [low, high], color=ACCENT, linewidth=1.2)
    axes.annotate(
        "no change",
        (high, high),
        xytext=(-4, 6),
        textcoords="offset points",
        ha="right",
        fontsize=11,
        color=ACCENT,
    )
    dots.draw(axes)
    axes.set_xlim(low - room, high + room)
    axes.set_ylim(low - room, high + 2 * room)
    axes.set_aspect("equal")
    axes.set_xlabel("first occasion")
    axes.set_ylabel("second occasion")


def _draw_bland_altman(sheet: Sheet, own: _Pairs, dots: Dots) -> None:
    if own.retest is None:
        return
    axes = axes_of(sheet)
    for limit in (own.retest.limit_lower, own.retest.limit_upper):
        if not (isnan(limit.ci_lower) or isnan(limit.ci_upper)):
            axes.axhspan(limit.ci_lower, limit.ci_upper, color=PALE, linewidth=0)
    axes.axhline(0, color=QUIET, linewidth=0.8)
    dots.draw(axes)
    lines = (
        (own.retest.limit_upper, "upper limit", (0, (4, 3))),
        (own.retest.mean_change, "mean", "-"),
        (own.retest.limit_lower, "lower limit", (0, (4, 3))),
    )
    for one, word, style in lines:
        if not isnan(one.estimate):
            axes.axhline(one.estimate, color=INK, linewidth=1.4, linestyle=style)
            axes.annotate(
                f"{word} {number(one.estimate, 1)}",
                (1.0, one.estimate),
                xycoords=("axes fraction", "data"),
                xytext=(6, 0),
                textcoords="offset points",
                va="center",
                fontsize=11,
            )
    axes.set_xlabel("mean of both scores")
    axes.set_ylabel("change, points")
