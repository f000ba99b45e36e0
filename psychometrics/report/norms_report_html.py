"""A norms report as one self-contained HTML page that also prints well."""

from __future__ import annotations

from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING

from psychometrics.report.look import look
from psychometrics.report.norms_report_words import TextTable, tables

if TYPE_CHECKING:
    from psychometrics.report.norms_report import NormsReport, Picture

MOST_PICTURES = 12
LONG = 40
WIDTH, HEIGHT = 260, 90

STYLE = """
body { margin: 0 auto; max-width: 58rem; padding: 2.5rem clamp(1.1rem, 4vw, 3rem) 5rem; }
h1 { font-size: clamp(1.5rem, 1.2rem + 1.4vw, 2.1rem); line-height: 1.2; margin-bottom: .4rem; }
section { margin-top: 2.6rem; }
h2 { padding-top: 1.1rem; border-top: 1px solid var(--hair); }
p { margin: .4rem 0; }
ul { padding-inline-start: 1.4rem; }
.name { color: var(--soft); font: .875rem var(--mono); }
.state { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: .8rem; }
.state div { background: var(--wash); border-left: 4px solid var(--one); padding: .6rem .8rem; }
.state div.warn { border-left-color: var(--two); border-left-style: double; border-left-width: 6px; }
.state b { display: block; font-size: .8125rem; font-weight: 600; color: var(--soft); }
dl { display: grid; grid-template-columns: minmax(12rem, 18rem) 1fr; }
dt, dd { padding: .45rem 0; border-bottom: 1px solid var(--hair); overflow-wrap: anywhere; }
dt { padding-right: 1rem; }
dt small { display: block; color: var(--soft); }
dd.none { color: var(--two); }
table { width: 100%; }
th, td { text-align: start; padding: .3rem .6rem .3rem 0; vertical-align: baseline; }
th { white-space: nowrap; }
.below, figcaption { color: var(--soft); font-size: .875rem; }
.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 1rem 1.5rem; }
figcaption b { color: var(--ink); font-weight: 600; }
svg { width: 100%; height: auto; display: block; }
svg rect { fill: var(--one); }
svg line { stroke: var(--edge); }
svg text { fill: var(--soft); font-size: 11px; }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; } dt { border-bottom: 0; padding-bottom: 0; } }
@media print { body { max-width: none; padding: 0; } html { font-size: 10.5pt; } h2 { break-after: avoid; }
  tr, figure, dt, dd, .state div { break-inside: avoid; } .scroll { overflow: visible; } @page { margin: 16mm; } }
"""


def report_html(report: NormsReport) -> str:
    """Return the report as a page without anything from elsewhere; what the edition says is escaped."""
    head = report.head
    simulated = (
        '<p class="simulated" role="note">SIMULATED DATA. No person stands behind these numbers.</p>'
        if report.source.simulated
        else ""
    )
    title = f"{'SIMULATED: ' if report.source.simulated else ''}{head.title}"
    parts = [
        simulated,
        f"<header><h1>{escape(head.title)}</h1>",
        f'<p class="name">Norm edition {escape(head.instrument)}/{escape(head.edition)}</p></header>',
        _state(report),
        _missing(report),
        *_sections(report),
        _pictures(report),
        *(_part(table, otherwise) for table, otherwise in tables(report)),
        "<section><h2>Notes</h2>" + _notes(report) + "</section>",
        f"<section><h2>How to cite</h2><p>{escape(report.citation)}</p></section>",
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(title)}</title><style>{look()}\n{STYLE}</style></head>\n<body><main>\n"
        + "\n".join(part for part in parts if part)
        + "\n</main></body></html>\n"
    )


def _state(report: NormsReport) -> str:
    unanswered = len(report.missing)
    said = (
        f"{unanswered} of {len(report.questions)} questions are not answered."
        if unanswered
        else "Every question is answered."
    )
    boxes = [
        ("Age", report.age.sentence(), report.age.verdict != "current"),
        ("Disclosure", report.disclosure.sentence(), bool(report.disclosure.reveals)),
        ("Documentation", said, bool(unanswered)),
    ]
    cells = [
        f"<div{' class=warn' if warn else ''}><b>{name}{' — attention' if warn else ''}</b>{escape(text)}</div>"
        for name, text, warn in boxes
    ]
    return f'<section class="state" aria-label="At a glance">{"".join(cells)}</section>'


def _missing(report: NormsReport) -> str:
    if not report.missing:
        return ""
    items = "".join(
        f"<li>{escape(one.ask)} <span class='below'>What would answer it: {escape(one.to_answer)}.</span></li>"
        for one in report.missing
    )
    return f"<section><h2>Not answered</h2><ul>{items}</ul></section>"


def _sections(report: NormsReport) -> list[str]:
    found = []
    for section in dict.fromkeys(one.section for one in report.questions):
        rows = []
        for one in report.questions:
            if one.section == section:
                said = escape(one.said)
                kind = "" if one.answered else ' class="none"'
                rows.append(
                    f"<dt>{escape(one.ask)}<small>{escape(one.asked_by)}</small></dt><dd{kind}>{said}</dd>"
                )
        found.append(f"<section><h2>{escape(section)}</h2><dl>{''.join(rows)}</dl></section>")
    return found


def _part(table: TextTable, otherwise: str) -> str:
    if not table.rows:
        return f"<section><h2>{escape(table.title)}</h2><p>{escape(otherwise)}</p></section>"
    inside = f'<div class="scroll">{_table(table)}</div>'
    if len(table.rows) > LONG:
        inside = f"<details open><summary>{len(table.rows):,} rows</summary>{inside}</details>"
    below = f'<p class="below">{escape(table.below)}</p>' if table.below else ""
    return f"<section><h2>{escape(table.title)}</h2>{inside}{below}</section>"


def _table(table: TextTable) -> str:
    classes = [' class="n"' if name in table.numbers else "" for name in table.head]
    heads = "".join(f'<th scope="col"{c}>{escape(n)}</th>' for n, c in zip(table.head, classes, strict=True))
    rows = "".join(
        "<tr>"
        + "".join(f"<td{c}>{escape(cell)}</td>" for cell, c in zip(row, classes, strict=True))
        + "</tr>"
        for row in table.rows
    )
    return f'<table class="small"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'


def _pictures(report: NormsReport) -> str:
    if not report.pictures:
        return ""
    shown = "".join(_picture(one) for one in report.pictures[:MOST_PICTURES])
    left = len(report.pictures) - MOST_PICTURES
    more = f'<p class="below">{left} more scales are not drawn.</p>' if left > 0 else ""
    few = "" if report.source.simulated else f"; no bar is of fewer than {report.disclosure.smallest} people"
    below = f'<p class="below">Share of the whole sample at each score, without weights{few}.</p>'
    return f'<section><h2>Distributions</h2><div class="pictures">{shown}</div>{more}{below}</section>'


def _picture(picture: Picture) -> str:
    """Draw the distribution of a scale: a bar reaches half way to its neighbours, its area is the share."""
    bars = picture.bars
    inner = [(a.upper + b.lower) / 2 for a, b in pairwise(bars)]
    edges = [2 * bars[0].lower - inner[0], *inner, 2 * bars[-1].upper - inner[-1]]
    widths = [b - a for a, b in pairwise(edges)]
    densities = [bar.share / width for bar, width in zip(bars, widths, strict=True)]
    across, up = WIDTH / (edges[-1] - edges[0]), (HEIGHT - 4) / max(densities)
    shapes = "".join(
        f'<rect x="{(start - edges[0]) * across + 0.4:.2f}" y="{HEIGHT - density * up:.2f}" '
        f'width="{max(width * across - 0.8, 0.4):.2f}" height="{density * up:.2f}"/>'
        for start, width, density in zip(edges, widths, densities, strict=False)
    )
    ends = (f"{bars[0].lower:.4g}", f"{bars[-1].upper:.4g}")
    told = f"{picture.scale_id}: scores from {ends[0]} to {ends[1]}"
    return (
        f'<figure><svg viewBox="0 0 {WIDTH} {HEIGHT + 16}" role="img" aria-label="{escape(told, quote=True)}">'
        f'{shapes}<line x1="0" x2="{WIDTH}" y1="{HEIGHT}" y2="{HEIGHT}"/>'
        f'<text x="0" y="{HEIGHT + 13}">{ends[0]}</text>'
        f'<text x="{WIDTH}" y="{HEIGHT + 13}" text-anchor="end">{ends[1]}</text>'
        f"</svg><figcaption><b>{escape(picture.scale_id)}</b></figcaption></figure>"
    )


def _notes(report: NormsReport) -> str:
    if not report.head.notes:
        return "<p>None.</p>"
    return "<ul>" + "".join(f"<li>{escape(note)}</li>" for note in report.head.notes) + "</ul>"
