"""A norms report as Markdown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from psychometrics.report.norms_report_words import TextTable, tables

if TYPE_CHECKING:
    from psychometrics.report.norms_report import NormsReport

SPECIAL = re.compile(r"([\\`*_\[\]<>|#])")


def report_markdown(report: NormsReport) -> str:
    """Return the report as Markdown with pipe tables; what the edition says is escaped."""
    head = report.head
    lines = [f"# {_text(head.title)}", ""]
    if report.source.simulated:
        lines += ["**SIMULATED DATA. No person stands behind these numbers.**", ""]
    lines += [
        f"Norm edition `{head.instrument}/{head.edition}`",
        "",
        f"**Age.** {_text(report.age.sentence())}",
        "",
    ]
    lines += [f"**Disclosure.** {_text(report.disclosure.sentence())}", ""]
    lines += _missing(report)
    for section in dict.fromkeys(one.section for one in report.questions):
        lines += [f"## {section}", ""]
        for one in report.questions:
            if one.section == section:
                lines += [f"**{one.ask}** ({one.asked_by})  ", _text(one.said), ""]
    for table, otherwise in tables(report):
        lines += [f"## {table.title}", "", *(_table(table) if table.rows else [_text(otherwise)]), ""]
    notes = [f"- {_text(note)}" for note in head.notes] or ["None."]
    lines += ["## Notes", "", *notes, "", "## How to cite", "", _text(report.citation), ""]
    return "\n".join(lines)


def _missing(report: NormsReport) -> list[str]:
    if not report.missing:
        return ["**Every question below is answered.**", ""]
    lines = [f"## {len(report.missing)} of {len(report.questions)} questions are not answered", ""]
    return [
        *lines,
        *(f"- {one.ask} What would answer it: {_text(one.to_answer)}." for one in report.missing),
        "",
    ]


def _table(table: TextTable) -> list[str]:
    rules = ["---:" if name in table.numbers else "---" for name in table.head]
    rows = [_row([name or " " for name in table.head]), _row(rules, plain=True), *map(_row, table.rows)]
    return [*rows, *(["", _text(table.below)] if table.below else [])]


def _row(cells: list[str] | tuple[str, ...], *, plain: bool = False) -> str:
    return "| " + " | ".join(cell if plain else _text(cell) for cell in cells) + " |"


def _text(text: str) -> str:
    return SPECIAL.sub(r"\\\1", " ".join(text.split()))
