"""Axes and rulers as SVG: numbers and words in, markup out.

A drawing has no viewBox: places along it are percentages and type keeps its size, so one drawing fits a phone, a screen
and a sheet of paper. Colours come from the style sheet of the page; shapes and words say the same without them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from html import escape

from markupsafe import Markup

MIDDLE = 22
"""Height of the line, from the top."""
HEIGHT = 44
SIZE = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """A straight axis.

    Attributes
    ----------
    lower, upper : float
    ticks : tuple of (float, str)
        Places with a label below the line.
    minor : tuple of float
        Places with a short tick only.
    middle : float
        Place of the long tick; nan for none.
    """

    lower: float
    upper: float
    ticks: tuple[tuple[float, str], ...]
    minor: tuple[float, ...] = ()
    middle: float = math.nan

    def place(self, value: float) -> float:
        """Return the place in percent of the length; what lies outside is put at the end."""
        width = self.upper - self.lower
        share = (value - self.lower) / width if width > 0 else 0.5
        return round(100 * min(1.0, max(0.0, share)), 2)

    def outside(self, value: float) -> int:
        """Return -1 below the axis, 1 above it, 0 on it."""
        return (value > self.upper) - (value < self.lower)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a drawing says to those who do not see it, and the table that holds its numbers."""

    key: str
    title: str
    description: str
    table: str


def frame(told: Told, inside: str, *, height: int = HEIGHT, kind: str = "ruler") -> Markup:
    """Return an SVG image with name, description and the id of its table; ``inside`` is markup already."""
    key = escape(told.key)
    return Markup(  # noqa: S704 - words are escaped, the rest is numbers
        f'<svg class="{kind}" width="100%" height="{height}" role="img" aria-labelledby="{key}--t {key}--d" '
        f'data-table="{escape(told.table)}"><title id="{key}--t">{escape(told.title)}</title>'
        f'<desc id="{key}--d">{escape(told.description)}</desc>{inside}</svg>'
    )


@lru_cache(maxsize=256)
def ticks_layer(axis: Axis, y: int = MIDDLE) -> str:
    """Return the line and its ticks: the same for every person."""
    parts = [f'<line class="track" x1="0%" x2="100%" y1="{y}" y2="{y}"/>']
    parts += [_tick(axis.place(value), y, 3, "minor") for value in axis.minor]
    parts += [
        _tick(axis.place(value), y, 9 if value == axis.middle else 5, "tick") for value, _ in axis.ticks
    ]
    return "".join(parts)


@lru_cache(maxsize=256)
def labels_layer(axis: Axis, y: int = HEIGHT - 3) -> str:
    """Return the labels of the ticks."""
    return "".join(_text(axis.place(value), y, escape(label)) for value, label in axis.ticks)


def shared_layer(axis: Axis, key: str) -> Markup:
    """Return line, ticks and labels once for a whole page; :func:`shared` draws them in a ruler."""
    parts = (("line", ticks_layer(axis)), ("labels", labels_layer(axis)))
    symbols = "".join(
        f'<symbol id="{key}-{name}" overflow="visible">{inside}</symbol>' for name, inside in parts
    )
    return Markup(  # noqa: S704 - numbers and escaped labels
        f'<svg class="defs" width="0" height="0" aria-hidden="true">{symbols}</svg>'
    )


def shared(key: str) -> str:
    """Return the line below a ruler where the page holds it once."""
    return f'<use href="#{key}-line"/><use class="labels" href="#{key}-labels"/>'


def head(axis: Axis) -> Markup:
    """Return the labels of an axis alone, for the head of a column of rulers; the rulers say the same to a reader."""
    below = [_text(axis.place(value), 12, escape(label)) for value, label in axis.ticks]
    return Markup(  # noqa: S704 - numbers and escaped labels
        f'<svg class="ruler head" width="100%" height="16" aria-hidden="true">{"".join(below)}</svg>'
    )


def ruler(
    axis: Axis,
    told: Told,
    *,
    value: float,
    lower: float,
    upper: float,
    label: str,
    cut: float = math.nan,
    mark: str = "circle",
    layer: str = "",
) -> Markup:
    """Draw one value with its interval on an axis, and a cut where there is one.

    Parameters
    ----------
    axis, told : Axis, Told
    value, lower, upper : float
        The value and the ends of its interval; an interval with a nan end is not drawn, nor is a value that is nan.
    label : str
        Words beside the mark.
    cut : float
        Place of a flag below the line.
    mark : {"circle", "square"}
    layer : str
        What to draw below, from :func:`shared`; without it the line is drawn in full.
    """
    inside = [layer or ticks_layer(axis) + labels_layer(axis)]
    if not math.isnan(cut):
        inside.append(_flag(axis.place(cut)))
    inside.append(band(axis, lower, upper, MIDDLE))
    inside.append(point(axis, value, MIDDLE, mark))
    if not math.isnan(value):
        inside.append(_text(axis.place(value), 11, escape(label), "value"))
    return frame(told, "".join(inside))


def band(axis: Axis, lower: float, upper: float, y: int, kind: str = "band") -> str:
    """Return the interval as a bar with square ends marked, or nothing."""
    if math.isnan(lower) or math.isnan(upper):
        return ""
    left = axis.place(min(lower, upper))
    width = round(axis.place(max(lower, upper)) - left, 2)
    return f'<rect class="{kind}" x="{left}%" y="{y - 5}" width="{width}%" height="10" rx="2"/>'


def point(axis: Axis, value: float, y: int, mark: str = "circle") -> str:
    """Return the mark of a value: a circle or a square, an arrow head where it lies beyond the axis."""
    if math.isnan(value):
        return ""
    x, beyond = axis.place(value), axis.outside(value)
    if beyond:
        tip = SIZE + 4 if beyond > 0 else -SIZE - 4
        return (
            f'<svg class="spill" x="{x}%" y="{y}" width="1" height="1">'
            f'<path class="mark {mark}" d="M{tip} 0L0 -{SIZE}V{SIZE}Z"/></svg>'
        )
    if mark == "square":
        return (
            f'<svg class="spill" x="{x}%" y="{y}" width="1" height="1">'
            f'<rect class="mark square" x="-{SIZE}" y="-{SIZE}" width="{2 * SIZE}" height="{2 * SIZE}"/></svg>'
        )
    return f'<circle class="mark circle" cx="{x}%" cy="{y}" r="{SIZE}"/>'


def _flag(x: float) -> str:
    return (
        f'<line class="cut" x1="{x}%" x2="{x}%" y1="{MIDDLE - 11}" y2="{MIDDLE + 10}"/>'
        f'<svg class="spill" x="{x}%" y="{MIDDLE + 10}" width="1" height="1"><path class="cutflag" d="M-5 7L0 0L5 7Z"/></svg>'
    )


def _tick(x: float, y: int, half: int, kind: str) -> str:
    return f'<line class="{kind}" x1="{x}%" x2="{x}%" y1="{y - half}" y2="{y + half}"/>'


def _text(x: float, y: int, text: str, kind: str = "") -> str:
    name = f' class="{kind}"' if kind else ""
    return f'<text{name} x="{x}%" y="{y}">{text}</text>'
