"""A technical manual as Markdown, its pictures as files beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote

from psychometrics.report.manual.content import (
    Block,
    Facts,
    FigureRef,
    Heading,
    Judgements,
    Listing,
    Missing,
    Paragraph,
    Section,
    Table,
)
from psychometrics.report.manual.judging import judgement_table
from psychometrics.report.manual.words import sentence
from psychometrics.report.wording import Block as Wording
from psychometrics.report.wording import Span, blocks

if TYPE_CHECKING:
    from psychometrics.report.manual.manual import TechnicalManual

SPECIAL = re.compile(r"([\\`*_\[\]<>|#~$])")
STARTS = re.compile(r"^(\s*\d*)([-+]|(?<=\d)[.)])(?=\s)")


def manual_markdown(manual: TechnicalManual, folder: str | None) -> str:
    """Return the manual as Markdown with pipe tables; every text in it is escaped."""
    lines = [f"# {_text(manual.title)}", "", f"{_text(manual.subtitle)}, `{manual.source.instrument}`", ""]
    if manual.banner:
        lines += [f"**{_text(manual.banner)}**", ""]
    lines += ["## Contents", ""]
    lines += [f"{section.number}. [{_text(section.title)}](#{section.id})" for section in manual.sections]
    lines += ["", "## At a glance", "", *_facts(manual.glance.facts), *_table(manual.glance.scales)]
    lines += _table(manual.glance.gaps)
    for section in manual.sections:
        lines += _section(section, folder)
    return "\n".join(lines).rstrip() + "\n"


def picture_name(figure: FigureRef) -> str:
    """Return the file name of a picture."""
    return figure.label.lower().replace(" ", "-").replace(".", "-") + ".svg"


def _section(section: Section, folder: str | None) -> Iterator[str]:
    yield f'<a id="{section.id}"></a>'
    yield ""
    yield f"## {section.number} {_text(section.title)}"
    yield ""
    if section.simulated:
        yield "**SIMULATED DATA**"
        yield ""
    if section.finding:
        yield _text(" ".join(section.finding))
        yield ""
    for block in section.blocks:
        yield from _block(block, folder)


def _block(block: Block, folder: str | None) -> Iterable[str]:  # noqa: PLR0911
    match block:
        case Heading():
            return [f"### {_text(block.text)}", ""]
        case Paragraph(role="stated"):
            return ["*Stated by the authors:*", "", *_wording(block.text)]
        case Paragraph():
            return _wording(block.text)
        case Listing():
            return [*(f"- {_text(item)}" for item in block.items), ""]
        case Facts():
            return _facts(block.rows)
        case Table():
            return _table(block)
        case Judgements():
            table, rules = judgement_table(block)
            return [*_table(table), *(line for rule in rules for line in (_text(rule), ""))]
        case FigureRef():
            return _figure(block, folder)
        case Missing():
            why = f"{_text(sentence(block.why))} " if block.why else ""
            return [f"> **Missing: {_text(block.what)}.** {why}To fill it: {_text(block.fill)}.", ""]


def _figure(figure: FigureRef, folder: str | None) -> list[str]:
    alt = _text(figure.alt)
    shown = alt if folder is None else f"![{alt}]({quote(folder)}/{picture_name(figure)})"
    return [shown, "", f"**{figure.label}.** {_text(figure.caption)}", "", *_table(figure.table)]


def _wording(text: str) -> Iterator[str]:
    for block in blocks(text):
        yield from _worded(block)
        yield ""


def _worded(block: Wording) -> Iterable[str]:
    if block.kind == "code":
        fence = "`" * max(3, 1 + max(map(len, re.findall("`+", block.text)), default=0))
        return [fence, *block.text.split("\n"), fence]
    if block.kind == "points":
        return [f"{number}. {_spans(line)}" for number, line in enumerate(block.lines, block.start)]
    return map(_spans, block.lines)


def _spans(line: tuple[Span, ...]) -> str:
    """Return a line of prose; what is code stands between backticks, of which it has none itself."""
    return _at_start("".join(f"`{one.text}`" if one.code else _escaped(one.text) for one in line))


def _facts(rows: Iterable[tuple[str, str]]) -> list[str]:
    return [*(f"- **{_text(name)}**: {_text(value)}" for name, value in rows), ""]


def _table(table: Table) -> list[str]:
    if not table.rows:
        return []
    label = f"{table.label}. " if table.label else ""
    rules = ["---:" if name in table.numbers else "---" for name in table.head]
    lines = [f"**{label}{_text(table.title)}**", "", _row(name or " " for name in table.head)]
    lines += [f"| {' | '.join(rules)} |", *map(_row, table.rows), ""]
    return [*lines, *([_text(table.below), ""] if table.below else [])]


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(map(_text, cells))} |"


def _text(text: str) -> str:
    """Return a text on one line that means nothing to Markdown."""
    return _at_start(_escaped(text.strip()))


def _escaped(text: str) -> str:
    return SPECIAL.sub(r"\\\1", re.sub(r"\s+", " ", text)).replace("&", "&amp;")


def _at_start(line: str) -> str:
    """Return a line that begins no list."""
    return STARTS.sub(r"\1\\\2", line)
