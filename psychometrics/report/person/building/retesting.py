"""When to test again, and how large a change must be to be more than error."""

from __future__ import annotations

from math import isnan, nan, sqrt
from statistics import NormalDist

from psychometrics.instrument import Scale
from psychometrics.report.person.basis import Sentence
from psychometrics.report.person.building.page import Page, basis, sentence
from psychometrics.report.person.building.people import Person
from psychometrics.report.person.building.words import percent, plain_number

DETECTABLE = "smallest_detectable_change"


def retest(page: Page, person: Person) -> tuple[Sentence, ...]:
    """Return the window of a retest, and the smallest change that is more than error for the scales that matter."""
    window = page.once(("window",), lambda: _window(page))
    changes = [_change(page, person, scale) for scale in page.key_scales]
    return (*window, *(one for one in changes if one is not None))


def _window(page: Page) -> tuple[Sentence, ...]:
    days = page.instrument.definition.retest_days
    if days is None:
        return (sentence(page.say("retest.no_window"), basis("definition", "retest_days")),)
    low, high = (plain_number(float(day), 0) for day in days)
    return (sentence(page.say("retest.window", low=low, high=high), basis("definition", "retest_days")),)


def _change(page: Page, person: Person, scale: Scale) -> Sentence | None:
    i, digits, title = page.place[scale.id], page.digits[scale.id], page.titles[scale.id]
    if isnan(person.raw[i]):
        return None
    found = page.once(("detectable", scale.id), lambda: detectable_change(page, scale.id))
    if not isnan(found):
        text = page.say("retest.detectable", title=title, change=plain_number(found, digits))
        return sentence(text, basis("reliability", scale.id), basis("score", scale.id))
    error = person.error[i]
    if isnan(error):
        return None
    change = NormalDist().inv_cdf(0.5 + page.asked.confidence / 2) * sqrt(2) * error
    values = {
        "title": title,
        "change": plain_number(change, digits),
        "confidence": percent(page.asked.confidence),
    }
    return sentence(page.say("retest.from_error", **values), basis("score", scale.id))


def detectable_change(page: Page, scale_id: str) -> float:
    """Return the smallest detectable change of a scale from two occasions; nan where there were none."""
    stability, reliability = page.asked.stability, page.asked.reliability
    if stability is not None and scale_id in stability.scales:
        table = stability.scales[scale_id].columns()
        found = dict(zip(table["statistic"], table["estimate"], strict=True))
        return float(found.get(DETECTABLE, nan))
    rows = [] if reliability is None else reliability.rows
    return next(
        (row.estimate for row in rows if row.scale_id == scale_id and row.statistic == DETECTABLE), nan
    )
