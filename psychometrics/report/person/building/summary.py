"""The first sentences: where the score stands, what is met and how surely, what to do."""

from __future__ import annotations

from math import isnan

from psychometrics.instrument import Scale
from psychometrics.report.person.basis import Sentence
from psychometrics.report.person.building.meaning import misuse
from psychometrics.report.person.building.page import DIFFERS, Page, basis, sentence
from psychometrics.report.person.building.people import Person, contents, holders
from psychometrics.report.person.building.words import (
    chance,
    ended,
    percent,
    plain_number,
    rank_between,
    rank_word,
)
from psychometrics.report.person.content import CutView, RecommendationView, ScaleView

MOST_LISTED = 6


def summary(
    page: Page,
    person: Person,
    views: tuple[ScaleView, ...],
    cuts: tuple[CutView, ...],
    recommendations: tuple[RecommendationView, ...],
) -> tuple[Sentence, ...]:
    """Return the summary: place, cuts, what to do."""
    parts = (_place(page, person, views), _met(page, cuts), _next(page, recommendations, cuts))
    return tuple(one for part in parts for one in part)


def _place(page: Page, person: Person, views: tuple[ScaleView, ...]) -> list[Sentence]:
    """Say where the lead scale stands; without one, where the scales that stand alone do."""
    lead, there = page.lead_scale, [s for s in page.top_scales if not isnan(person.raw[page.place[s.id]])]
    said = []
    if lead is not None and isnan(person.raw[page.place[lead.id]]) and len(page.instrument.scales) > 1:
        view = views[page.place[lead.id]]
        said.append(
            sentence(
                page.say("summary.lead_missing", title=page.titles[lead.id], why=view.sentence.text),
                *view.sentence.bases,
            )
        )
    elif lead is not None:
        there = [lead]
    there = there or _largest_scored(page, person)
    if not there:
        first = page.top_scales[0]
        why = views[page.place[first.id]].sentence
        return said or [sentence(page.say("summary.nothing", why=why.text), *why.bases)]
    if len(there) == 1:
        view = views[page.place[there[0].id]]
        return [
            *said,
            sentence(
                page.say("summary.one", title=page.titles[there[0].id], place=view.sentence.text),
                *view.sentence.bases,
            ),
        ]
    return [*said, _profile(page, person, there)]


def _largest_scored(page: Page, person: Person) -> list[Scale]:
    """Return the scales with a score that no larger scale with a score holds."""
    under = contents(page.instrument)
    scored = {s.id: under[s.id] for s in page.instrument.scales if not isnan(person.raw[page.place[s.id]])}
    return [page.instrument.scale(name) for name in scored if not holders(scored, name)]


def _profile(page: Page, person: Person, scales: list[Scale]) -> Sentence:
    """Say several places in one sentence; of many scales only how far they reach."""
    bases = (*(basis("score", scale.id) for scale in scales), *page.norms_basis)
    placed = [scale for scale in scales if not isnan(person.rank[page.place[scale.id]])]
    if not placed:
        shown = [_score_of(page, person, scale) for scale in scales[:MOST_LISTED]]
        text = page.say("summary.scores", scores="; ".join(shown))
        if len(scales) > len(shown):
            text = f"{text} {page.say('summary.more_below', n=len(scales) - len(shown))}"
        return sentence(text, *bases)
    sample = page.sample(page.people.strata[person.row], _norm_n(page, person, placed))
    if len(placed) <= MOST_LISTED:
        places = "; ".join(_place_of(page, person, scale) for scale in placed)
        return sentence(
            page.say(
                "summary.places", places=places, sample=sample, confidence=percent(page.asked.confidence)
            ),
            *bases,
        )
    ranks = [person.rank[page.place[scale.id]] for scale in placed]
    values = {
        "n": len(placed),
        "lowest": rank_word(page.say, min(ranks)),
        "highest": rank_word(page.say, max(ranks)),
    }
    return sentence(page.say("summary.range", sample=sample, **values), *bases)


def _norm_n(page: Page, person: Person, scales: list[Scale]) -> float:
    """Return how many people several scales are compared with; ``DIFFERS`` where it is not one number."""
    found = {person.norm_n[page.place[scale.id]] for scale in scales}
    return found.pop() if len(found) == 1 else DIFFERS


def _place_of(page: Page, person: Person, scale: Scale) -> str:
    i = page.place[scale.id]
    rank = rank_word(page.say, person.rank[i])
    if isnan(person.rank_lower[i] + person.rank_upper[i]):
        return page.say("summary.place", title=page.titles[scale.id], rank=rank)
    between = rank_between(page.say, person.rank_lower[i], person.rank_upper[i])
    return page.say("summary.place_between", title=page.titles[scale.id], rank=rank, between=between)


def _score_of(page: Page, person: Person, scale: Scale) -> str:
    score = plain_number(person.raw[page.place[scale.id]], page.digits[scale.id])
    return page.say("summary.score", title=page.titles[scale.id], score=score)


def _met(page: Page, cuts: tuple[CutView, ...]) -> list[Sentence]:
    """Say of every cut whether it is met and how surely."""
    if not cuts:
        return []
    bases = [base for cut in cuts for base in cut.answer.bases]
    met, known = sum(cut.met is True for cut in cuts), sum(cut.met is not None for cut in cuts)
    parts = "; ".join(_cut(page, cut) for cut in cuts)
    if len(cuts) == 1:
        text = page.say("summary.one_cut", cut=parts)
    elif known == len(cuts):
        text = page.say("summary.cuts", met=met, n=known, cuts=parts)
    elif known:
        text = page.say("summary.some_cuts", cuts=parts)
    else:
        text = page.say("summary.no_cuts_answered")
    return [sentence(text, *bases)]


def _cut(page: Page, cut: CutView) -> str:
    entries = page.instrument.definition.cuts
    told_apart = len(entries) > 1 and len({one.scale for one in entries}) == len(entries)
    name = page.titles[cut.scale_id] if told_apart else page.say("summary.cut_name", label=cut.label)
    if cut.met is None:
        return page.say("summary.cut_unanswered", name=name)
    if isnan(cut.probability):
        key = "summary.cut_met_unsure" if cut.met else "summary.cut_not_met_unsure"
        return page.say(key, name=name)
    key = "summary.cut_met" if cut.met else "summary.cut_not_met"
    return page.say(key, name=name, chance=chance(page.say, cut.probability))


def _next(
    page: Page,
    recommendations: tuple[RecommendationView, ...],
    cuts: tuple[CutView, ...],
) -> list[Sentence]:
    """Say what to do: the strongest recommendation; else what a missed cut's statement says; else what not to do."""
    if recommendations:
        first = min(recommendations, key=lambda one: one.rank)
        return [sentence(page.say("summary.next", title=ended(first.title)), *first.sentence.bases)]
    open_cuts = [cut for cut in cuts if cut.met is False and cut.statements]
    if open_cuts:
        one = open_cuts[0].statements[0]
        return [sentence(page.say("summary.next_statement", text=one.text), *one.bases)]
    text = misuse(page, page.instrument.definition.misuse[0])
    return [sentence(page.say("summary.caution", misuse=text), basis("definition", "misuse.0"))]
