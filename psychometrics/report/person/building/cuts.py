"""Every cut, answered for itself: met or not, how surely, on what basis, and what the definition says of it."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

from psychometrics.report.person.basis import Basis, Sentence
from psychometrics.report.person.building.page import Page, basis, sentence
from psychometrics.report.person.building.people import Person
from psychometrics.report.person.building.reasons import no_rank_words, no_score_words
from psychometrics.report.person.building.statements import statement_sources, statements_at_cut
from psychometrics.report.person.building.words import chance, ended, plain_number, score_near
from psychometrics.report.person.content import CutView
from psychometrics.report.person.rounding import OPEN

if TYPE_CHECKING:
    from psychometrics.instrument.definition import CutEntry

BASIS = {"criterion": "cut.basis_criterion", "norm": "cut.basis_norm"}
METRIC = {"raw": "metric.raw", "percentile_rank": "metric.percentile_rank", "z": "metric.z", "t": "metric.t"}


def cut_views(page: Page, person: Person) -> tuple[CutView, ...]:
    """Return the view of every cut of one person, in the order of the definition."""
    return tuple(_view(page, person, c, cut) for c, cut in enumerate(page.instrument.definition.cuts))


def _view(page: Page, person: Person, c: int, cut: CutEntry) -> CutView:
    statements = statements_at_cut(page, person, cut.scale)
    sources = statement_sources(page, statements)
    if cut.source in page.sources and page.sources[cut.source] not in sources:
        sources = (*sources, page.sources[cut.source])
    met = person.met[c]
    return CutView(
        cut_id=cut.id,
        scale_id=cut.scale,
        label=cut.label,
        at=float(cut.at),
        score=_place(page, person, cut),
        met=None if isnan(met) else met == 1,
        probability=person.probability[c],
        basis=cut.basis,
        rationale=cut.rationale or "",
        answer=_answer(page, person, c, cut),
        statements=statements,
        metric=cut.metric,
        rationale_sentence=rationale(page, cut),
        sources=sources,
    )


def _place(page: Page, person: Person, cut: CutEntry) -> float:
    """Return the score on the metric of the cut."""
    i = page.place[cut.scale]
    return {
        "raw": person.raw[i],
        "percentile_rank": person.rank[i],
        "t": person.t[i],
        "z": (person.t[i] - 50) / 10,
    }[cut.metric]


def bases_of(page: Page, cut: CutEntry) -> tuple[Basis, ...]:
    """Return what the answer at a cut rests on."""
    more = page.norms_basis if cut.metric != "raw" else ()
    return (basis("cut", cut.id), basis("score", cut.scale), *more)


def _answer(page: Page, person: Person, c: int, cut: CutEntry) -> Sentence:
    say, bases, met, p = page.say, bases_of(page, cut), person.met[c], person.probability[c]
    if isnan(met):
        return sentence(say("cut.unanswered", label=cut.label, why=_why_not(page, person, cut)), *bases)
    digits, at = page.digits[cut.scale] if cut.metric == "raw" else 1, float(cut.at)
    values = {
        "label": cut.label,
        "at": plain_number(at, 6),
        "score": score_near(_place(page, person, cut), at, digits),
        "metric": say(METRIC[cut.metric]),
    }
    if OPEN[0] <= p <= OPEN[1]:
        key = "cut.open_met" if met == 1 else "cut.open_not_met"
        return sentence(f"{say(key, **values)} {say('cut.open', chance=chance(say, p))}", *bases)
    text = say("cut.met", **values) if met == 1 else say("cut.not_met", **values)
    sure = say("cut.sureness_unknown") if isnan(p) else say("cut.sureness", chance=chance(say, p))
    return sentence(f"{text} {sure}", *bases)


def _why_not(page: Page, person: Person, cut: CutEntry) -> str:
    i = page.place[cut.scale]
    if isnan(person.raw[i]):
        return no_score_words(page, person, i)
    if page.asked.normed is None:
        return page.say("cut.needs_norms")
    return no_rank_words(page, person, i)


def rationale(page: Page, cut: CutEntry) -> Sentence:
    """Say what a cut is based on, and how it came about, in the words of the definition."""
    return page.once(("rationale", cut.id), lambda: _rationale(page, cut))


def _rationale(page: Page, cut: CutEntry) -> Sentence:
    text = page.say(BASIS[cut.basis])
    if cut.rationale:
        text = f"{text} {ended(cut.rationale)}"
    return sentence(text, basis("cut", cut.id), basis("definition", f"cuts.{cut.id}"))
