"""Differences of a profile, only where they exceed their standard error."""

from __future__ import annotations

from math import isnan

from psychometrics.report.person.basis import Sentence
from psychometrics.report.person.building.methods import composites_of_both
from psychometrics.report.person.building.page import Page, basis, sentence
from psychometrics.report.person.building.people import Person
from psychometrics.report.person.building.words import apart
from psychometrics.report.person.content import DifferenceView

MOST_SHOWN = 12


def difference_views(
    page: Page, person: Person
) -> tuple[tuple[DifferenceView, ...], Sentence | None, Sentence | None]:
    """Return the differences, what is said where there is none, and the note on chance."""
    pairs = page.once(("profile",), lambda: _profile(page))
    if not pairs:
        return (), None, None
    known = [p for p in pairs if not isnan(person.difference[p] + person.difference_error[p])]
    bases = (*(basis("score", scale.id) for scale in page.top_scales), *page.norms_basis)
    if not known:
        return (), sentence(page.say("differences.unknown"), *bases), None
    beyond = [p for p in known if abs(person.difference[p]) > person.difference_error[p]]
    if not beyond:
        return (), sentence(page.say("differences.none", n=len(known)), *bases), None
    beyond.sort(
        key=lambda p: (-person.reliable[p], -abs(person.difference[p]) / (person.difference_error[p] or 1))
    )
    shown = beyond[:MOST_SHOWN]
    note = f"{page.say('differences.note', n=len(known), beyond=len(beyond))} {page.say('differences.by_chance')}"
    if len(beyond) > len(shown):
        note = f"{note} {page.say('differences.shown', n=len(shown))}"
    return tuple(_view(page, person, p) for p in shown), None, sentence(note, *bases)


def _profile(page: Page) -> tuple[int, ...]:
    """Return the positions of the pairs that are no pair of methods; these are shown on their own."""
    methods = {frozenset(parts) for _, *parts in composites_of_both(page)}
    return tuple(p for p, pair in enumerate(page.people.pairs) if frozenset(pair) not in methods)


def _view(page: Page, person: Person, p: int) -> DifferenceView:
    (first, second), d, error = page.people.pairs[p], person.difference[p], person.difference_error[p]
    reliable = person.reliable[p] == 1
    higher, lower = (first, second) if d > 0 else (second, first)
    by, of = apart(abs(d), error)
    values = {"higher": page.titles[higher], "lower": page.titles[lower], "difference": by, "error": of}
    text = (
        page.say("differences.reliable", **values, confidence=page.level)
        if reliable
        else page.say("differences.unreliable", **values)
    )
    return DifferenceView(
        first_id=first,
        second_id=second,
        difference=d,
        standard_error=error,
        reliable=reliable,
        sentence=sentence(text, basis("score", first), basis("score", second), *page.norms_basis),
    )
