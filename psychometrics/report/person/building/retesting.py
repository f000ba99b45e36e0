"""When to test again, and how large a change must be to be more than error."""

from __future__ import annotations

from math import isnan, nan, sqrt
from statistics import NormalDist

from psychometrics.instrument import Scale
from psychometrics.report.person.basis import Sentence
from psychometrics.report.person.building.page import Page, basis, sentence
from psychometrics.report.person.building.people import Person
from psychometrics.report.person.building.words import plain_number

DETECTABLE = "smallest_detectable_change"


def retest(page: Page, person: Person) -> tuple[Sentence, ...]:
    """Return the window of a retest, and the smallest changes that are more than error for the scales that matter."""
    window = page.once(("window",), lambda: _window(page))
    scored = [scale for scale in page.key_scales if not isnan(person.raw[page.place[scale.id]])]
    found = {scale.id: detectable_change(page, scale.id) for scale in scored}
    tested = [scale for scale in scored if not isnan(found[scale.id])]
    erring = [s for s in scored if isnan(found[s.id]) and not isnan(person.error[page.place[s.id]])]
    said = list(window)
    if tested:
        changes = _changes(page, [(scale, found[scale.id]) for scale in tested])
        bases = [b for s in tested for b in (basis("reliability", s.id), basis("score", s.id))]
        said.append(sentence(page.say("retest.detectable", changes=changes), *bases))
    if erring:
        changes = _changes(page, [(scale, _from_error(page, person, scale)) for scale in erring])
        text = page.say("retest.from_error", changes=changes, confidence=page.level)
        said.append(sentence(text, *(basis("score", scale.id) for scale in erring)))
    return tuple(said)


def _window(page: Page) -> tuple[Sentence, ...]:
    days = page.instrument.definition.retest_days
    if days is None:
        return (sentence(page.say("retest.no_window"), basis("definition", "retest_days")),)
    low, high = (plain_number(float(day), 0) for day in days)
    return (sentence(page.say("retest.window", low=low, high=high), basis("definition", "retest_days")),)


def _from_error(page: Page, person: Person, scale: Scale) -> float:
    """Return z * sqrt(2) * standard error: how far two scores of an unchanged person may lie apart."""
    z = NormalDist().inv_cdf(0.5 + page.asked.confidence / 2)
    return z * sqrt(2) * person.error[page.place[scale.id]]


def _changes(page: Page, of: list[tuple[Scale, float]]) -> str:
    """Write the changes of several scales in a row."""
    parts = [
        page.say(
            "retest.change", title=page.titles[scale.id], change=plain_number(change, page.digits[scale.id])
        )
        for scale, change in of
    ]
    return page.texts.listed(parts, "list.and")


def detectable_change(page: Page, scale_id: str) -> float:
    """Return the smallest detectable change of a scale from two occasions; nan where there were none."""
    return page.once(("detectable", scale_id), lambda: _detectable_change(page, scale_id))


def _detectable_change(page: Page, scale_id: str) -> float:
    stability, reliability = page.asked.stability, page.asked.reliability
    if stability is not None and scale_id in stability.scales:
        table = stability.scales[scale_id].columns()
        found = dict(zip(table["statistic"], table["estimate"], strict=True))
        return float(found.get(DETECTABLE, nan))
    rows = [] if reliability is None else reliability.rows
    return next(
        (row.estimate for row in rows if row.scale_id == scale_id and row.statistic == DETECTABLE), nan
    )
