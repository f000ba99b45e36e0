"""Bars for shares, and two methods of one level side by side."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape

from markupsafe import Markup

from psychometrics.report.person.drawing import Axis, Told, band, frame, labels_layer, point, ticks_layer

PAIR_HEIGHT = 84
UPPER, LOWER = 20, 43


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A value with its interval and the words beside it."""

    value: float
    lower: float
    upper: float
    label: str


def share_bar(told: Told, share: float, *, kind: str = "share") -> Markup:
    """Draw a share of 1 as a bar with its halves marked; nan leaves the bar empty and crossed out."""
    if math.isnan(share):
        inside = '<line class="unknown" x1="0%" x2="100%" y1="7" y2="7"/>'
    else:
        width = round(100 * min(1.0, max(0.0, share)), 2)
        inside = f'<rect class="part" width="{width}%" y="1" height="12"/>'
    whole = '<rect class="whole" width="100%" y="1" height="12"/>'
    half = '<line class="half" x1="50%" x2="50%" y1="0" y2="14"/>'
    return frame(told, whole + inside + half, height=14, kind=kind)


def pair(axis: Axis, told: Told, *, first: Placed, second: Placed) -> Markup:
    """Draw two values on one axis, each in its row with its own mark and interval, and the step between them."""
    inside = [
        ticks_layer(axis, LOWER),
        labels_layer(axis, PAIR_HEIGHT - 3),
        f'<line class="track" x1="0%" x2="100%" y1="{UPPER}" y2="{UPPER}"/>',
    ]
    inside.append(band(axis, first.lower, first.upper, UPPER))
    inside.append(band(axis, second.lower, second.upper, LOWER, "band second"))
    if not (math.isnan(first.value) or math.isnan(second.value)):
        ends = axis.place(first.value), axis.place(second.value)
        inside.append(f'<line class="step" x1="{ends[0]}%" x2="{ends[1]}%" y1="{UPPER}" y2="{LOWER}"/>')
    inside += [point(axis, first.value, UPPER), point(axis, second.value, LOWER, "square")]
    for placed, y in ((first, UPPER - 10), (second, LOWER + 19)):
        if not math.isnan(placed.value):
            inside.append(
                f'<text class="value" x="{axis.place(placed.value)}%" y="{y}">{escape(placed.label)}</text>'
            )
    return frame(told, "".join(inside), height=PAIR_HEIGHT, kind="ruler pair")
