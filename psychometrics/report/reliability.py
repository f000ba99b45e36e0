"""The reliability of an instrument for people: one table, the number to read first marked, words for every number below."""

from __future__ import annotations

import math
from collections.abc import Iterable

from psychometrics.evidence.overview.table import InstrumentReliability, ReliabilityRow
from psychometrics.result import format_number

HEAD = (
    "",
    "scale or task",
    "about",
    "statistic",
    "estimate",
    "interval",
    "SEM",
    "n",
    "missing",
    "interval by",
)
RIGHT = ("estimate", "SEM", "n")
IMPORTANT = ("", "scale or task", "statistic", "estimate", "interval", "n", "SEM", "about")
"""What stays longest where the terminal is narrow."""
FIRST = "▶"
POINTS = {"mean_change", "sem", "smallest_detectable_change"}


def reliability_lines(result: InstrumentReliability) -> list[list[str]]:
    """Return the cells of the table, one list per row, in the order of :data:`HEAD`."""
    return [_line(row) for row in result.rows]


def reliability_words(result: InstrumentReliability, *, everything: bool = False) -> list[str]:
    """Return what stands below the table: what each number is, what review systems say, notes and reasons.

    Bins that were not seen in their source are said only with ``everything``, and labelled.
    """
    rows = result.rows
    level = f"{100 * result.confidence:g}%"
    words = [
        f"{FIRST} the number to read first. Intervals are {level} intervals. SEM is in points of the score."
    ]
    words += [
        f"{statistic}: {meaning}" for statistic, meaning in _once((r.statistic, r.meaning) for r in rows)
    ]
    judged = {
        row.scale_id: [one for one in row.verdicts() if everything or one.confirmed]
        for row in rows
        if row.read_first
    }
    words += [
        f"{scale_id}: {'; '.join(map(str, verdicts))}" for scale_id, verdicts in judged.items() if verdicts
    ]
    words += [
        f"{system}: {source}"
        for system, source in _once((one.system, one.source) for own in judged.values() for one in own)
    ]
    words += [f"note, {row.scale_id} {row.statistic}: {row.note}" for row in rows if row.note]
    words += [f"{row.scale_id} {row.statistic}: {row.reason}" for row in rows if row.reason]
    return words


def _line(row: ReliabilityRow) -> list[str]:
    digits = 2 if row.statistic in POINTS else 3
    interval = (
        ""
        if math.isnan(row.ci_lower)
        else f"{format_number(row.ci_lower, digits)} to {format_number(row.ci_upper, digits)}"
    )
    return [
        FIRST if row.read_first else "",
        row.scale_id,
        row.evidence,
        row.statistic,
        format_number(row.estimate, digits),
        interval,
        format_number(row.standard_error_of_measurement, 2),
        f"{row.n_persons:,}",
        row.missing,
        row.method,
    ]


def _once(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return list(dict(pairs).items())
