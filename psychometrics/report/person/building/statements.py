"""Statements of the definition that hold for a score, word for word, with their sources."""

from __future__ import annotations

from math import isnan
from statistics import NormalDist
from typing import TYPE_CHECKING

from psychometrics.report.person.basis import Sentence
from psychometrics.report.person.building.page import STATEMENT, Page, sentence
from psychometrics.report.person.building.people import Person
from psychometrics.report.person.content import SourceView
from psychometrics.report.person.rounding import OPEN

if TYPE_CHECKING:
    from psychometrics.instrument.definition import StatementEntry


def statements_of(page: Page, person: Person, scale_id: str) -> tuple[Sentence, ...]:
    """Return the statements of a scale that hold for this person, with a warning where a limit is close."""
    return tuple(
        _close(page, one) if is_close(page, person, one) else page.statement_sentences[one.id]
        for one in page.statements.get(scale_id, ())
        if holds(page, person, one)
    )


def statements_at_cut(page: Page, person: Person, scale_id: str) -> tuple[Sentence, ...]:
    """Return the statements that stand with a cut: those of its scale and of the parts of that."""
    return tuple(one for name in page.told_with_cuts[scale_id] for one in statements_of(page, person, name))


def statement_near(page: Page, person: Person, refs: tuple[str, ...]) -> Sentence | None:
    """Return the statement that is named among bases, with its warning, where a limit is close; else None."""
    names = [ref.removeprefix(f"definition:{STATEMENT}") for ref in refs]
    for one in (page.statement_entries[name] for name in names if name in page.statement_entries):
        if is_close(page, person, one):
            return _close(page, one)
    return None


def points_on(page: Page, statement: Sentence) -> bool:
    """Whether a statement is for scores below a limit alone, so that it may say where to go on."""
    ids = (base.ref.removeprefix(STATEMENT) for base in statement.bases if base.kind == "definition")
    entries = (page.statement_entries[name] for name in ids)
    return any(one.below is not None and one.at_least is None for one in entries)


def _close(page: Page, one: StatementEntry) -> Sentence:
    return page.once(
        ("close statement", one.id),
        lambda: sentence(
            page.say("statement.close", scale=page.titles[one.scale], text=one.text),
            *page.statement_sentences[one.id].bases,
        ),
    )


def is_close(page: Page, person: Person, one: StatementEntry) -> bool:
    """Whether the true score may well lie beyond a limit of a statement: a chance that calls an answer open."""
    i = page.place[one.scale]
    if one.metric == "raw":
        value, error = person.raw[i], person.error[i]
    elif one.metric in ("t", "z"):
        width = (person.t_upper[i] - person.t_lower[i]) / 2
        value, error = person.t[i], width / NormalDist().inv_cdf(0.5 + page.asked.confidence / 2)
        if one.metric == "z":
            value, error = (value - 50) / 10, error / 10
    else:
        lower, upper = person.rank_lower[i], person.rank_upper[i]
        return any(limit is not None and lower < limit <= upper for limit in (one.at_least, one.below))
    if isnan(value) or isnan(error) or error <= 0:
        return False
    chances = (
        NormalDist(value, error).cdf(float(limit)) for limit in (one.at_least, one.below) if limit is not None
    )
    return any(OPEN[0] <= chance <= OPEN[1] for chance in chances)


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
