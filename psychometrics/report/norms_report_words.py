"""The tables of a norms report as texts, the same for every format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from psychometrics.result import format_number

if TYPE_CHECKING:
    from psychometrics.report.norms_report import NormsReport

NAMES = {"mean": "mean", "sd": "SD", "percentile_point": "percentile"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TextTable:
    """A table ready to be set; ``numbers`` names the columns that are aligned on the right."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: frozenset[str]
    below: str = ""


def descriptive_table(report: NormsReport) -> TextTable:
    """Return descriptive statistics; columns that nothing is known of are left out."""
    head = ("group", "scale", "n", "mean", "SD", "lowest", "highest", "")
    rows = [
        (
            one.stratum,
            one.scale_id,
            format_number(one.n, 0),
            format_number(one.mean),
            format_number(one.sd),
            format_number(one.minimum),
            format_number(one.maximum),
            one.reason,
        )
        for one in report.descriptions
    ]
    few = report.disclosure.smallest
    below = (
        ""
        if report.source.simulated
        else f"A lowest or highest score that fewer than {few} people hold is not shown."
    )
    return _without_empty("Scores by group", head, rows, below)


def precision_table(report: NormsReport) -> TextTable:
    """Return standard errors and intervals of means, SDs and percentiles."""
    level = f"{100 * report.confidence:g}% interval"
    head = ("group", "scale", "figure", "estimate", "standard error", level)
    rows = [
        (
            one.stratum,
            one.scale_id,
            f"{one.at:g}th percentile" if one.statistic == "percentile_point" else NAMES[one.statistic],
            format_number(one.estimate),
            format_number(one.standard_error),
            f"{format_number(one.ci_lower)} to {format_number(one.ci_upper)}",
        )
        for one in report.precision
    ]
    below = (
        "How much these figures would move with another norm sample of the same size and kind. "
        "What people do who declined to take part is not in it."
    )
    return _without_empty("Precision of the norms", head, rows, below)


def reliability_table(report: NormsReport) -> TextTable:
    """Return what is known of reliability in the norm sample."""
    head = ("scale", "coefficient", "estimate", "SEM", "n")
    rows = [
        (
            one.scale,
            one.coefficient.replace("_", " "),
            format_number(one.estimate, 3),
            format_number(one.standard_error_of_measurement),
            f"{one.n_persons:,}",
        )
        for one in report.reliability
    ]
    return _without_empty(
        "Reliability in the norm sample",
        head,
        rows,
        "SEM: standard error of measurement, in points of the score.",
    )


def history_table(report: NormsReport) -> TextTable:
    """Return the steps in the life of the edition."""
    rows = [(one.date, one.action, one.who, one.why) for one in report.history]
    parent = f"Made from edition {report.head.parent}." if report.head.parent else ""
    return _without_empty("History", ("date", "step", "by", "why"), rows, parent)


def tables(report: NormsReport) -> list[tuple[TextTable, str]]:
    """Return every table with what is said when it is empty."""
    return [
        (descriptive_table(report), "The edition holds no descriptive statistics."),
        (precision_table(report), f"Not known: {report.no_precision}."),
        (
            reliability_table(report),
            "Not stated. To answer it: compute reliability in this sample and give it when the norms are built.",
        ),
        (
            history_table(report),
            "Published figures: the edition was entered as it was released, and never changed.",
        ),
    ]


def _without_empty(
    title: str, head: tuple[str, ...], rows: Sequence[tuple[str, ...]], below: str
) -> TextTable:
    kept = [i for i in range(len(head)) if any(row[i] for row in rows)]
    left = {"group", "scale", "figure", "coefficient", "date", "step", "by", "why", ""}
    return TextTable(
        title=title,
        head=tuple(head[i] for i in kept),
        rows=tuple(tuple(row[i] for i in kept) for row in rows),
        numbers=frozenset(set(head) - left),
        below=below,
    )
