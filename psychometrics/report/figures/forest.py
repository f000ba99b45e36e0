"""Estimates with their intervals, one row each: reliability, raters, groups."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil, floor, isnan
from typing import Any

import numpy as np

from psychometrics.errors import ReportError
from psychometrics.evidence.agreement.rater_report import RaterReport
from psychometrics.evidence.fairness.differences import GroupDifferences, GroupRow
from psychometrics.evidence.fairness.groups import UNKNOWN
from psychometrics.report.figures.canvas import as_simulated, make_figure, no_figure
from psychometrics.report.figures.dots import Dot, Line, draw_dots, height_of
from psychometrics.report.figures.figure import Figure
from psychometrics.report.figures.words import interval, number
from psychometrics.result import Result, Source, counted, format_number

LOWEST = -1.0
"""Where the axis of coefficients ends at the left: alpha has no least value, and below 0 all say the same."""
NEEDED = ("estimate", "ci_lower", "ci_upper")
MOST_RATERS = 60


def reliability_forest(
    rows: Result | Sequence[Result] | Any,
    *,
    names: Sequence[str] | None = None,
    title: str = "Reliability",
    thresholds: Iterable[float] = (0.7, 0.8, 0.9),
    simulated: bool = False,
) -> Figure:
    """Draw coefficients of reliability with their intervals, one row each, beside the usual thresholds.

    Parameters
    ----------
    rows : Result, sequence of Result, or data frame
        Tables with ``estimate``, ``ci_lower`` and ``ci_upper``, such as that of :func:`psychometrics.reliability` or of
        one coefficient. Rows that are no coefficients in 0..1 (errors in points) are to be left out beforehand.
    names : sequence of str, optional
        What each row is called; ``scale_id`` and ``coefficient`` or ``statistic`` when left out.
    title : str
    thresholds : iterable of float
        Values drawn as dashed lines; the manual says whose they are.
    simulated : bool
        Says SIMULATED even where the results do not know it.

    Returns
    -------
    Figure
        ``table``: name, estimate, ci_lower and ci_upper.
    """
    table, source = _table(rows, names)
    source = as_simulated(source, simulated=simulated)
    lines = sorted(thresholds)
    shown = ", ".join(f"{line:g}" for line in lines)
    caption = "Coefficients with their intervals." + (f" Dashed: {shown}." if lines else "")
    known = [row for row in table if not isnan(row[1])]
    if not known:
        return no_figure(f"forest-{title}", "no coefficient is known", caption=caption, source=source)
    dots = [
        Dot(name=name, at=at, lower=low, upper=high, label=f"{number(at)} ({interval(low, high)})")
        for name, at, low, high in table
    ]
    least = min([0.5, *(low for _, at, lower, _ in known for low in (at, lower) if not isnan(low))])
    limits = (max(floor(least * 10) / 10, LOWEST), 1.0)
    if any(not LOWEST <= at <= 1 for _, at, _, _ in known):
        caption += " An arrow: beyond the axis; the number is at the right."
    return make_figure(
        f"forest-{title}",
        lambda sheet: draw_dots(
            sheet,
            dots,
            axis="coefficient",
            limits=limits,
            lines=[Line(at=line, label=f"{line:g}") for line in lines if line > limits[0]],
        ),
        heading=title,
        alt=(f"{title}: {_span(known)}."),
        caption=caption,
        table={column: tuple(row[i] for row in table) for i, column in enumerate(("name", *NEEDED))},
        source=source,
        height=height_of(dots) + 10,
    )


def _span(known: list[tuple[str, float, float, float]]) -> str:
    """Say from where to where the coefficients reach."""
    ends = dict.fromkeys(f(known, key=lambda row: row[1]) for f in (min, max))
    said = [f"{name} with {number(at)} ({interval(low, high)})" for name, at, low, high in ends]
    intervals = "its interval" if len(known) == 1 else "intervals"
    return f"{counted(len(known), 'coefficient')} with {intervals}, {'from ' if len(said) > 1 else ''}{' to '.join(said)}"


def _table(rows: Any, names: Sequence[str] | None) -> tuple[list[tuple[str, float, float, float]], Source]:
    parts = list(rows) if isinstance(rows, list | tuple) else [rows]
    columns = [part.columns() if isinstance(part, Result) else _of_frame(part) for part in parts]
    for one in columns:
        if any(name not in one for name in NEEDED):
            raise ReportError(
                "the table holds no intervals", hint=f"It needs the columns {', '.join(NEEDED)}."
            )
    found = [row for one in columns for row in _named(one)]
    if names is not None:
        if len(names) != len(found):
            raise ReportError(f"{len(names)} names for {len(found)} rows")
        found = [(str(name), *row[1:]) for name, row in zip(names, found, strict=True)]
    source = next((part.source for part in parts if isinstance(part, Result)), Source())
    return found, source


def _of_frame(frame: Any) -> dict[str, Any]:
    return {str(name): frame[name].to_list() for name in frame.columns}


def _named(one: Any) -> list[tuple[str, float, float, float]]:
    heads = [name for name in ("scale_id", "coefficient", "statistic") if name in one]
    size = len(one["estimate"])
    labels = [
        " ".join(str(one[head][i]).replace("_", " ") for head in heads) or f"row {i + 1}" for i in range(size)
    ]
    estimates, lowers, uppers = ([_number(value) for value in one[name]] for name in NEEDED)
    return list(zip(labels, estimates, lowers, uppers, strict=True))


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)


def rater_severity(report: RaterReport, *, adjusted: bool = True, simulated: bool = False) -> Figure:
    """Draw the severity of each rater with its interval, the most lenient first.

    Parameters
    ----------
    report : RaterReport
        What :func:`psychometrics.rater_report` gives.
    adjusted : bool
        Free of which colleagues a rater met (least squares); else the plain difference to the others.
    simulated : bool
        Says SIMULATED even where the report does not know it.

    Returns
    -------
    Figure
        ``table``: rater_id, severity, ci_lower, ci_upper and n_ratings.
    """
    source = as_simulated(report.source, simulated=simulated)
    kind = "severity_adjusted" if adjusted else "severity"
    at, low, high = (getattr(report, f"{kind}{end}") for end in ("", "_ci_lower", "_ci_upper"))
    caption = (
        f"Severity of each rater in points with its {report.confidence:.0%} interval: how much lower a rater judges than the "
        f"others{', free of which colleagues were met' if adjusted else ' on the same work'}. It compares raters with each other, not with the truth."
    )
    known = np.flatnonzero(~np.isnan(at))
    if not len(known):
        reason = next((why for why in report.reasons if why), "no rater shares a target with another")
        return no_figure("rater-severity", reason, caption=caption, source=source)
    order = known[np.lexsort((np.array(report.rater_ids)[known], at[known]))]
    drawn = (
        order
        if len(order) <= MOST_RATERS
        else np.concatenate([order[: MOST_RATERS // 2], order[-MOST_RATERS // 2 :]])
    )
    if len(drawn) < len(order):
        caption += f" Drawn are the {MOST_RATERS} farthest from the mean of {len(order)}."
    dots = [
        Dot(
            name=report.rater_ids[i],
            at=float(at[i]),
            lower=float(low[i]),
            upper=float(high[i]),
            label=f"{at[i]:+.2f}",
        )
        for i in drawn
    ]
    least, most = order[0], order[-1]
    return make_figure(
        "rater-severity",
        lambda sheet: draw_dots(
            sheet,
            dots,
            axis="severity, points (right: stricter)",
            limits=_around(dots),
            lines=[Line(at=0.0, main=True)],
        ),
        heading=f"Severity of {counted(len(order), 'rater')}",
        alt=(
            f"Severity of {counted(len(order), 'rater')} in points: most lenient {report.rater_ids[least]} with "
            f"{format_number(float(at[least]))} ({interval(float(low[least]), float(high[least]))}), strictest "
            f"{report.rater_ids[most]} with {format_number(float(at[most]))} ({interval(float(low[most]), float(high[most]))})."
        ),
        caption=caption,
        table={
            "rater_id": tuple(report.rater_ids[i] for i in order),
            "severity": tuple(at[order].tolist()),
            "ci_lower": tuple(low[order].tolist()),
            "ci_upper": tuple(high[order].tolist()),
            "n_ratings": tuple(report.n_ratings[order].tolist()),
        },
        source=source,
        height=height_of(dots),
    )


def group_differences(
    result: GroupDifferences, scale: str | None = None, *, title: str = "", simulated: bool = False
) -> Figure:
    """Draw the standardised difference of each group to the reference group, with its interval.

    Parameters
    ----------
    result : GroupDifferences
        What :func:`psychometrics.group_differences` gives.
    scale : str, optional
        One scale; else all of them.
    title : str
        Name of the one scale; its id when left out.
    simulated : bool
        Says SIMULATED even where the result does not know it.

    Returns
    -------
    Figure
        ``table``: scale_id, group, category, reference, n, difference, ci_lower and ci_upper; groups without a
        difference are in the table of the result, with the reason.
    """
    source = as_simulated(result.source, simulated=simulated)
    rows = [row for row in result.rows if scale in (None, row.scale_id) and row.category != UNKNOWN]
    if scale is not None and not rows:
        raise ReportError(f'there is no scale "{scale}" among the group differences')
    known = [row for row in rows if not isnan(row.difference)]
    caption = (
        "Standardised difference (Hedges' g) of each group to its reference group, with its interval; right of 0 the group "
        "scores higher. A difference between groups is not bias: it may lie in what is measured."
    )
    name = f"group-differences-{scale or 'all'}"
    if not known:
        reason = next((row.reason for row in rows if row.reason), "no groups to compare")
        return no_figure(name, reason, caption=caption, source=source)
    several = len({row.scale_id for row in known}) > 1
    dots = [_of_group(row, several) for row in known]
    most = max(known, key=lambda row: abs(row.difference))
    columns = ("scale_id", "group", "category", "reference", "n", "difference", "ci_lower", "ci_upper")
    return make_figure(
        name,
        lambda sheet: draw_dots(
            sheet, dots, axis="difference in SD", limits=_around(dots, 0.5), lines=[Line(at=0.0, main=True)]
        ),
        heading="Differences between groups"
        if several
        else f"{title or known[0].scale_id}: differences between groups",
        alt=(
            f"{counted(len(known), 'difference')} between groups in standard deviations: the largest is {most.category} against "
            f"{most.reference} on {title or most.scale_id}, {format_number(most.difference)} "
            f"({interval(most.ci_lower, most.ci_upper)}), {counted(most.n, 'person')}."
        ),
        caption=caption,
        table={column: tuple(getattr(row, column) for row in known) for column in columns},
        source=source,
        height=height_of(dots),
    )


def _of_group(row: GroupRow, several: bool) -> Dot:
    start = f"{row.scale_id}: " if several else ""
    return Dot(
        name=f"{start}{row.category} against {row.reference}",
        at=row.difference,
        lower=row.ci_lower,
        upper=row.ci_upper,
        label=f"{row.difference:+.2f}, n {row.n:,}",
    )


def _around(dots: Sequence[Dot], least: float = 0.0) -> tuple[float, float]:
    """Return limits that hold all intervals and lie evenly about 0."""
    ends = [abs(end) for dot in dots for end in (dot.at, dot.lower, dot.upper) if not isnan(end)]
    step = 0.1
    widest = max([least, *ends]) or 1.0
    most = ceil(widest / step + 1e-9) * step if widest < 20 else widest * 1.05
    return (-most, most)
