"""Rows of dots with their intervals, one row per name, the number written beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from psychometrics.report.figures.canvas import ACCENT, INK, MID, PALE, QUIET, axes_of
from psychometrics.report.figures.words import plain_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Sheet

ROW = 24
AROUND = 96
LONGEST_NAME = 42


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """One row: where the dot is, its interval (nan for none), what is written at the right; marked ones are hollow.

    What lies beyond the axis stands at its end as an arrow.
    """

    name: str
    at: float
    lower: float = float("nan")
    upper: float = float("nan")
    label: str = ""
    marked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A vertical line with its words; a main one is drawn through, others are dashed."""

    at: float
    label: str = ""
    main: bool = False


def height_of(dots: Sequence[Dot]) -> float:
    """Return the height of the picture in pixels."""
    return AROUND + ROW * len(dots)


def draw_dots(
    sheet: Sheet,
    dots: Sequence[Dot],
    *,
    axis: str,
    limits: tuple[float, float],
    lines: Sequence[Line] = (),
    ticks: Sequence[float] = (),
) -> Axes:
    """Draw the rows from top to bottom; ``limits`` are the ends of the axis."""
    axes = axes_of(sheet)
    rows = np.arange(len(dots))[::-1]
    axes.hlines(rows, *limits, color=PALE, linewidth=1)
    for line in lines:
        style = "-" if line.main else (0, (4, 3))
        axes.axvline(line.at, color=QUIET if line.main else ACCENT, linewidth=1, linestyle=style)
        if line.label:
            axes.text(
                line.at, len(dots) - 0.35, line.label, ha="center", va="bottom", fontsize=10, color=QUIET
            )
    for row, dot in zip(rows.tolist(), dots, strict=True):
        _draw_dot(axes, row, dot, limits)
    axes.set_yticks(rows, [plain_text(dot.name, LONGEST_NAME) for dot in dots])
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlim(*limits)
    axes.set_ylim(-0.7, len(dots) - 0.4)
    if len(ticks):
        axes.set_xticks(ticks)
    axes.set_xlabel(axis)
    return axes


def _draw_dot(axes: Axes, row: int, dot: Dot, limits: tuple[float, float]) -> None:
    if not np.isnan(dot.at):
        if not (np.isnan(dot.lower) or np.isnan(dot.upper)):
            axes.plot(np.clip([dot.lower, dot.upper], *limits), [row, row], color=MID, linewidth=3)
        face = "white" if dot.marked else INK
        axes.plot(
            np.clip([dot.at], *limits),
            [row],
            "<" if dot.at < limits[0] else ">" if dot.at > limits[1] else "o",
            color=INK,
            markerfacecolor=face,
            markersize=7,
            markeredgewidth=1.6,
            clip_on=False,
        )
    axes.annotate(
        dot.label,
        (1.0, row),
        xycoords=("axes fraction", "data"),
        xytext=(10, 0),
        textcoords="offset points",
        va="center",
        fontsize=11,
        annotation_clip=False,
    )
