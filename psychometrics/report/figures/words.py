"""Words and numbers as pictures print them."""

from __future__ import annotations

import math
import re
import unicodedata

from psychometrics.result import counted, format_number

LONGEST = 76


def plain_text(text: str, longest: int | None = LONGEST) -> str:
    """Return one line without control characters, cut to ``longest`` with an ellipsis."""
    kept = "".join(
        " " if unicodedata.category(one)[0] == "C" and one not in "\u200d\u200e\u200f" else one
        for one in text
    )
    line = " ".join(kept.split())
    return line if longest is None or len(line) <= longest else f"{line[: longest - 1].rstrip()}…"


def slug(name: str) -> str:
    """Return a name for ids and files: small letters, digits, hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:80] or "figure"


def number(value: float, digits: int = 2) -> str:
    """Write a number for the reader; ``not known`` for nan, no decimals where there are none."""
    if math.isnan(value):
        return "not known"
    return f"{value:,.0f}" if float(value).is_integer() else format_number(value, digits)


def share(value: float) -> str:
    """Write a share as percent; small ones are not written as nothing."""
    if math.isnan(value):
        return "not known"
    if 0 < value < 0.001:
        return "less than 0.1%"
    return f"{100 * value:.1f}%"


def too_few(n: int, what: str) -> str:
    """Say that there are too few to draw."""
    return f"{counted(n, what)} {'is' if n == 1 else 'are'} too few to draw"


def interval(lower: float, upper: float, digits: int = 2) -> str:
    """Write the two ends of an interval."""
    if math.isnan(lower) or math.isnan(upper):
        return "no interval"
    return f"{format_number(lower, digits)} to {format_number(upper, digits)}"
