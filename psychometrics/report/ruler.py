"""A percentile ruler in plain text: 0 to 100, the interval as a bar, the rank as a mark."""

from __future__ import annotations

import math

WIDTH = 51


def ruler(rank: float, lower: float, upper: float, *, width: int = WIDTH) -> str:
    """Draw one line: ``·`` for the scale, ``─`` for the interval, ``●`` for the rank; quarters are ``+``."""
    line = ["·"] * width
    for quarter in (0, 25, 50, 75, 100):
        line[_place(quarter, width)] = "+"
    if math.isnan(rank):
        return "".join(line)
    if not (math.isnan(lower) or math.isnan(upper)):
        for place in range(_place(lower, width), _place(upper, width) + 1):
            line[place] = "─"
    line[_place(rank, width)] = "●"
    return "".join(line)


def ruler_head(*, width: int = WIDTH) -> str:
    """Draw the numbers above a ruler."""
    line = [" "] * (width + 3)
    for quarter in (0, 25, 50, 75, 100):
        text = str(quarter)
        start = max(0, _place(quarter, width) - len(text) // 2)
        line[start : start + len(text)] = text
    return "".join(line).rstrip()


def _place(rank: float, width: int) -> int:
    return min(width - 1, max(0, round(rank / 100 * (width - 1))))
