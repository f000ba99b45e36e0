"""Verdicts with their thresholds: what review systems say of a coefficient, set as one table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from psychometrics.evidence.overview.table import KINDS, ReliabilityRow
from psychometrics.evidence.stability.verdicts import Verdict as RetestVerdict
from psychometrics.evidence.thresholds import THRESHOLDS
from psychometrics.report.manual.content import Judgement, Judgements, Table
from psychometrics.report.manual.draft import set_table
from psychometrics.report.manual.words import brief, number

UNCONFIRMED = "not confirmed: the figure is handed down and was not seen in the source itself"
ONE = "if one-dimensional"
MARKS = "abcdefghijklmnopqrstuvwxyz"


def of_coefficient(row: ReliabilityRow, name: str, doubt: str = "") -> list[Judgement]:
    """Return what each system says of a coefficient; nothing where none has a rule for it.

    ``doubt`` follows where a system asks for one dimension and the data speak against it.
    """
    kind = KINDS.get(row.statistic)
    rules = {one.system: one for one in THRESHOLDS if one.kind == kind}
    found = []
    for verdict in row.verdicts():
        rule = rules[verdict.system]
        bins = ", ".join(f"{label} from {edge:.2f}" for edge, label in rule.bins)
        sure = "" if verdict.holds_at_lower_end else "; the lower end of the interval falls into another bin"
        found.append(
            Judgement(
                about=name,
                value=f"{brief(row.statistic)} {number(row.estimate)}",
                verdict=f"{verdict.label}{doubt if ONE in verdict.label else ''}{sure}",
                system=verdict.system,
                threshold=f"{bins}, else {rule.below}",
                source=verdict.source,
                confirmed=verdict.confirmed,
            )
        )
    return found


def of_retest(name: str, verdicts: Iterable[RetestVerdict]) -> list[Judgement]:
    """Return COSMIN's verdicts on a retest as they stand."""
    return [
        Judgement(
            about=name,
            value=one.reason,
            verdict=one.rating,
            system="COSMIN",
            threshold=one.criterion,
            source=one.source,
            confirmed=True,
        )
        for one in verdicts
    ]


def of_flag(about: str, value: str, verdict: str, *, system: str, threshold: str, source: str) -> Judgement:
    """Return a verdict by a rule of one statistic."""
    return Judgement(
        about=about,
        value=value,
        verdict=verdict,
        system=system,
        threshold=threshold,
        source=source,
        confirmed=True,
    )


def judgement_table(judged: Judgements) -> tuple[Table, tuple[str, ...]]:
    """Set verdicts as a table, a column per system, and the rules below it, each with threshold and source."""
    rules: dict[tuple[str, str, str, bool], str] = {}
    for row in judged.rows:
        key = (row.system, row.threshold, row.source, row.confirmed)
        rules.setdefault(key, _mark(len(rules)))
    systems = list(dict.fromkeys(row.system for row in judged.rows))
    lines: dict[tuple[str, str], dict[str, str]] = {}
    for row in judged.rows:
        mark = rules[row.system, row.threshold, row.source, row.confirmed]
        cells = lines.setdefault((row.about, row.value), {})
        text = f"{row.verdict} [{mark}{'' if row.confirmed else ', R'}]"
        cells[row.system] = f"{cells[row.system]}; {text}" if row.system in cells else text
    table = set_table(
        judged.title,
        ("of", "figure", *systems),
        [(about, value, *(cells.get(one, "") for one in systems)) for (about, value), cells in lines.items()],
        keep=("of", "figure", *systems),
    )
    notes = tuple(
        f"[{mark}] {system}: {threshold}. Source: {source}." + ("" if confirmed else f" [R] {UNCONFIRMED}.")
        for (system, threshold, source, confirmed), mark in rules.items()
    )
    return replace(table, label=judged.label), notes


def _mark(place: int) -> str:
    return MARKS[place % 26] * (place // 26 + 1)
