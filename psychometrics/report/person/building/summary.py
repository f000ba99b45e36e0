"""The first sentences: where the score stands, what is met and how surely, what to do."""

from __future__ import annotations

from math import isnan

from psychometrics.instrument import Scale
from psychometrics.report.person.basis import Sentence
from psychometrics.report.person.building.meaning import misuse
from psychometrics.report.person.building.page import DIFFERS, Page, basis, sentence
from psychometrics.report.person.building.people import Person, contents, holders
from psychometrics.report.person.building.places import Place
from psychometrics.report.person.building.reasons import no_score_words
from psychometrics.report.person.building.statements import points_on
from psychometrics.report.person.building.words import chance, plain_number, rank_between, rank_word
from psychometrics.report.person.content import CutView, RecommendationView
from psychometrics.report.person.rounding import OPEN

MOST_LISTED = 6


def summary(
    page: Page,
    person: Person,
    cuts: tuple[CutView, ...],
    recommendations: tuple[RecommendationView, ...],
) -> tuple[Sentence, ...]:
    """Return the summary: place, cuts, what to do."""
    parts = (_place(page, person), _met(page, cuts), _next(page, recommendations, cuts))
    return tuple(one for part in parts for one in part)


def _place(page: Page, person: Person) -> list[Sentence]:
    """Say where the lead scale stands; without one, where the scales that stand alone do."""
    lead, there = page.lead_scale, [s for s in page.top_scales if not isnan(person.raw[page.place[s.id]])]
    said = []
    if lead is not None and isnan(person.raw[page.place[lead.id]]):
        said.append(_missing(page, person, lead))
    elif lead is not None:
        there = [lead]
    there = there or _largest_scored(page, person)
    if not there:
        return said or [_missing(page, person, page.top_scales[0], "summary.nothing")]
    if len(there) == 1:
        one = there[0]
        return [*said, Place(page, person, one, page.place[one.id]).full(titled=True)]
    return [*said, _profile(page, person, there)]


def _missing(page: Page, person: Person, scale: Scale, key: str = "summary.lead_missing") -> Sentence:
    why = no_score_words(page, person, page.place[scale.id])
    return sentence(page.say(key, title=page.titles[scale.id], why=why), basis("score", scale.id))


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
        key = "summary.places_as_high" if page.above else "summary.places"
        return sentence(page.say(key, places=places, sample=sample, confidence=page.level), *bases)
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
    text = _one_cut(page, cuts[0]) if len(cuts) == 1 else _several_cuts(page, cuts)
    return [sentence(text, *bases)]


def _one_cut(page: Page, cut: CutView) -> str:
    if cut.met is None:
        return page.say("summary.one_unanswered", label=cut.label)
    if isnan(cut.probability):
        key = "summary.one_met_unsure" if cut.met else "summary.one_not_met_unsure"
        return page.say(key, label=cut.label)
    key = "summary.one_met" if cut.met else "summary.one_not_met"
    if OPEN[0] <= cut.probability <= OPEN[1]:
        key = "summary.one_met_open" if cut.met else "summary.one_not_met_open"
    return page.say(key, label=cut.label, chance=chance(page.say, cut.probability))


def _several_cuts(page: Page, cuts: tuple[CutView, ...]) -> str:
    met = [cut for cut in cuts if cut.met is True]
    missed = [cut for cut in cuts if cut.met is False]
    gone = [cut for cut in cuts if cut.met is None]
    if len(gone) == len(cuts):
        return page.say("summary.no_cuts_answered", n=len(cuts))
    said = [page.say("summary.cuts", met=len(met), n=len(cuts))]
    for key, some in (("summary.met", met), ("summary.not_met", missed), ("summary.unanswered", gone)):
        if some:
            said.append(page.say(key, cuts=page.texts.listed([_cut(page, cut) for cut in some], "list.and")))
    if any(not isnan(cut.probability) for cut in (*met, *missed)):
        said.append(page.say("summary.in_brackets"))
    return " ".join(said)


def _cut(page: Page, cut: CutView) -> str:
    """Name a cut by its scale where that tells it from the others, with its chance."""
    entries = page.instrument.definition.cuts
    told_apart = len({one.scale for one in entries}) == len(entries)
    name = page.quoted([page.titles[cut.scale_id] if told_apart else cut.label])
    if cut.met is None:
        return name
    if isnan(cut.probability):
        return page.say("summary.cut_unsure", name=name)
    key = "summary.cut_open" if OPEN[0] <= cut.probability <= OPEN[1] else "summary.cut"
    return page.say(key, name=name, chance=chance(page.say, cut.probability))


def _next(
    page: Page,
    recommendations: tuple[RecommendationView, ...],
    cuts: tuple[CutView, ...],
) -> list[Sentence]:
    """Say what to do: the strongest recommendation; else what a missed cut's statement says; else what not to do."""
    if recommendations:
        first = min(recommendations, key=lambda one: one.rank)
        return [sentence(page.say("summary.next", step=first.step), *first.sentence.bases)]
    missed = [one for cut in cuts if cut.met is False for one in cut.statements if points_on(page, one)]
    if missed:
        one = missed[0]
        return [sentence(page.say("summary.next_statement", text=one.text), *one.bases)]
    met = [cut for cut in cuts if cut.met]
    if met:
        names = page.quoted([cut.label for cut in met])
        bases = [
            base for cut in met for base in (*cut.answer.bases, basis("definition", f"cuts.{cut.cut_id}"))
        ]
        return [sentence(page.say("summary.next_bring", cuts=names), *bases)]
    text = misuse(page, page.instrument.definition.misuse[0])
    return [sentence(page.say("summary.caution", misuse=text), basis("definition", "misuse.0"))]
