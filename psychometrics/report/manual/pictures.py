"""Figures of the manual: pictures made elsewhere, taken in with the table that equals them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

from psychometrics.report.figures.figure import Figure
from psychometrics.report.manual.content import FigureRef
from psychometrics.report.manual.draft import Draft, set_table
from psychometrics.report.manual.material import Absent, attempt
from psychometrics.report.manual.words import clean, number

MOST = 12
"""More pictures of one kind are not drawn; the tables have their figures."""


def add_pictures(draft: Draft, calls: Iterable[Callable[[], Figure]]) -> None:
    """Add the pictures that can be drawn, and say how many are not."""
    wanted = list(calls)
    drawn = [attempt(call) for call in wanted[:MOST]]
    draft.figures(taken(one) for one in drawn if not isinstance(one, Absent) and one.svg)
    for why in dict.fromkeys(one.reason for one in drawn if not isinstance(one, Absent) and not one.svg):
        draft.note(f"Not drawn: {why}.")
    for why in dict.fromkeys(one.why for one in drawn if isinstance(one, Absent)):
        draft.note(f"Not drawn: {why}")
    if len(wanted) > MOST:
        draft.note(f"{len(wanted) - MOST} more are not drawn; the tables have their figures.")


def taken(figure: Figure) -> FigureRef:
    """Return a picture as a block of the manual."""
    names = list(figure.table)
    columns = [list(values) for values in figure.table.values()]
    rows = [tuple(_cell(value) for value in line) for line in zip(*columns, strict=True)]
    figures = [
        name
        for name, values in zip(names, columns, strict=True)
        if any(isinstance(value, int | float) for value in values)
    ]
    heads = tuple(name.replace("_", " ") for name in names)
    table = set_table(
        "The same as a table",
        heads,
        rows,
        numbers=[name.replace("_", " ") for name in figures],
        folded=True,
    )
    return FigureRef(svg=figure.svg, alt=clean(figure.alt), caption=clean(figure.caption), table=table)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        if math.isnan(value):
            return ""
        return f"{value:,.0f}" if value.is_integer() and abs(value) < 1e15 else number(value, 3)
    return str(value)
