"""Self-report beside rubric: two methods of one composite, with what is known of the raters' agreement."""

from __future__ import annotations

from math import isnan, nan

from psychometrics.instrument import Scale
from psychometrics.report.person.basis import Sentence
from psychometrics.report.person.building.page import Page, basis, sentence
from psychometrics.report.person.building.people import Person
from psychometrics.report.person.building.words import apart, plain_number
from psychometrics.report.person.content import MethodPair, ScaleView
from psychometrics.report.person.rounding import level


def method_pairs(page: Page, person: Person, views: tuple[ScaleView, ...]) -> tuple[MethodPair, ...]:
    """Return self-report beside rubric for every composite of just these two."""
    return tuple(_pair(page, person, views, scale, *parts) for scale, *parts in composites_of_both(page))


def composites_of_both(page: Page) -> tuple[tuple[Scale, str, str], ...]:
    """Return the composites of one self-report and one rubric scale, with the ids of the two."""
    return page.once(("composites of both",), lambda: _composites_of_both(page))


def _composites_of_both(page: Page) -> tuple[tuple[Scale, str, str], ...]:
    found = []
    for scale in page.instrument.scales:
        by_method = {page.methods[part.scale_id]: part.scale_id for part in scale.components}
        if len(scale.components) == 2 and set(by_method) == {"self_report", "rubric"}:
            found.append((scale, by_method["self_report"], by_method["rubric"]))
    return tuple(found)


def _pair(
    page: Page, person: Person, views: tuple[ScaleView, ...], scale: Scale, reported: str, rated: str
) -> MethodPair:
    first, second = views[page.place[reported]], views[page.place[rated]]
    exceeds, said = _difference(page, person, reported, rated)
    return MethodPair(
        composite_id=scale.id,
        title=scale.title,
        self_report=first,
        rubric=second,
        exceeds_error=exceeds,
        sentence=said,
        agreement=page.once(("agreement", rated), lambda: _agreement(page, rated)),
        raters=_raters(page, person, rated),
    )


def _difference(page: Page, person: Person, reported: str, rated: str) -> tuple[bool | None, Sentence]:
    """Say how the two differ: only where the difference exceeds its standard error."""
    bases = (basis("score", reported), basis("score", rated), *page.norms_basis)
    pair = {(reported, rated): 1, (rated, reported): -1}
    place = [(p, pair[one]) for p, one in enumerate(page.people.pairs) if one in pair]
    missing = [page.titles[name] for name in (reported, rated) if isnan(person.raw[page.place[name]])]
    if missing:
        return None, sentence(page.say("methods.missing", scales=page.quoted(missing, "list.or")), *bases)
    p, sign = place[0] if place else (-1, 1)
    d, error = (sign * person.difference[p], person.difference_error[p]) if place else (nan, nan)
    if isnan(d) or isnan(error):
        return None, sentence(page.say("methods.unknown"), *bases)
    if abs(d) <= error:
        return False, sentence(page.say("methods.within_error", error=plain_number(error, 0)), *bases)
    by, of = apart(abs(d), error)
    values = {"difference": by, "error": of}
    text = (
        page.say("methods.report_higher", **values) if d > 0 else page.say("methods.rubric_higher", **values)
    )
    sure = person.reliable[p] == 1
    how = page.say("methods.reliable", confidence=page.level) if sure else page.say("methods.unreliable")
    return True, sentence(f"{text} {how}", *bases)


def _raters(page: Page, person: Person, rated: str) -> Sentence:
    i = page.place[rated]
    base = basis("rating", rated)
    unrated = page.asked.scores is not None and isnan(person.raw[i])
    if person.n_raters[i] < 0 and not unrated:
        return sentence(page.say("methods.raters_unknown"), base)
    text = (
        page.say("scale.raters", n=person.n_raters[i])
        if person.n_raters[i] > 0
        else page.say("methods.not_rated")
    )
    return sentence(f"{text} {page.say('scale.adjudicate')}" if person.adjudicate[i] else text, base)


def _agreement(page: Page, rated: str) -> Sentence:
    """Say how well raters agree on the tasks of a scale, or that it is not known."""
    tasks = tuple(dict.fromkeys(name.partition(".")[0] for name in page.instrument.scale(rated).criteria))
    rows = [] if page.asked.reliability is None else list(page.asked.reliability.rows)
    found = [
        row
        for row in rows
        if row.scale_id in tasks and row.statistic == "icc(A,1)" and not isnan(row.estimate)
    ]
    if not found:
        return sentence(page.say("methods.agreement_unknown"), basis("definition", f"scales.{rated}"))
    confidence = level(page.asked.reliability.confidence if page.asked.reliability else 0.95)
    parts = [
        page.say(
            "methods.agreement_of_task",
            task=tasks.index(row.scale_id) + 1,
            icc=f"{row.estimate:.2f}",
            lower=f"{row.ci_lower:.2f}" if not isnan(row.ci_lower) else "?",
            upper=f"{row.ci_upper:.2f}" if not isnan(row.ci_upper) else "?",
        )
        for row in found
    ]
    text = page.say("methods.agreement", tasks=", ".join(parts), confidence=confidence)
    return sentence(text, *(basis("reliability", row.scale_id) for row in found))
