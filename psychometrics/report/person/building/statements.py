"""Statements of the definition that hold for a score, word for word, with their sources."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

from psychometrics.report.person.basis import Sentence
from psychometrics.report.person.building.page import STATEMENT, Page
from psychometrics.report.person.building.people import Person
from psychometrics.report.person.content import SourceView

if TYPE_CHECKING:
    from psychometrics.instrument.definition import StatementEntry


def statements_of(
    page: Page, person: Person, scale_id: str, *, without_cuts: bool = False
) -> tuple[Sentence, ...]:
    """Return the statements of a scale that hold for this person; none of scales with cuts where these are asked apart."""
    if without_cuts and scale_id in page.scales_with_cuts:
        return ()
    return tuple(
        page.statement_sentences[one.id]
        for one in page.statements.get(scale_id, ())
        if holds(page, person, one)
    )


def holds(page: Page, person: Person, one: StatementEntry) -> bool:
    """Whether a score lies in the range a statement is for."""
    i = page.place[one.scale]
    value = {
        "raw": person.raw[i],
        "percentile_rank": person.rank[i],
        "t": person.t[i],
        "z": (person.t[i] - 50) / 10,
    }[one.metric]
    if isnan(value):
        return False
    return (one.at_least is None or value >= one.at_least) and (one.below is None or value < one.below)


def statement_sources(page: Page, statements: tuple[Sentence, ...]) -> tuple[SourceView, ...]:
    """Return the sources behind statements, each once."""
    named = [
        base.ref.removeprefix(STATEMENT)
        for one in statements
        for base in one.bases
        if base.kind == "definition"
    ]
    ids = dict.fromkeys(ref for name in named for ref in page.evidence.get(name, ()))
    return tuple(page.sources[ref] for ref in ids if ref in page.sources)
