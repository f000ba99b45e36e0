"""Notes of a scale: how complete it is, who rated it, where its error comes from, what to keep in mind."""

from __future__ import annotations

from collections.abc import Iterator
from math import isnan
from typing import TYPE_CHECKING

from psychometrics.norming.cells.cell import NoRank
from psychometrics.report.person.basis import Sentence
from psychometrics.report.person.building.page import Page, basis, sentence
from psychometrics.report.person.building.people import Person
from psychometrics.report.person.building.reasons import place_notes

if TYPE_CHECKING:
    from psychometrics.instrument import Scale


def scale_notes(page: Page, person: Person, scale: Scale, i: int) -> tuple[Sentence, ...]:
    """Return what to keep in mind with one scale."""
    if isnan(person.raw[i]):
        return ()
    return tuple(_notes(page, person, scale, i))


def _notes(page: Page, person: Person, scale: Scale, i: int) -> Iterator[Sentence]:
    say = page.say
    if 0 <= person.n_valid[i] < scale.n_elements:
        yield sentence(
            say("scale.incomplete", valid=person.n_valid[i], n=scale.n_elements), *page.score_bases[scale.id]
        )
    if person.n_raters[i] == 1 and page.rated[scale.id]:
        yield page.once(
            ("one rater", scale.id), lambda: sentence(say("scale.raters", n=1), basis("rating", scale.id))
        )
    if person.adjudicate[i]:
        yield sentence(say("scale.adjudicate"), basis("rating", scale.id), basis("definition", "raters"))
    if person.no_rank[i] == NoRank.RANKED:
        yield from place_notes(page, scale.id, person.note[i])
    if not isnan(person.error[i]) and not page.one_origin:
        yield page.error_notes[scale.id]
