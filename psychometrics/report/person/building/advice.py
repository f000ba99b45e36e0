"""Recommendations and claims, from the person's own scores and the catalogue, in the views of the page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from math import nan
from pathlib import Path

import numpy as np

from psychometrics.careers.batch import RecommendationBatch
from psychometrics.careers.catalogue import Catalogue, load_catalogue
from psychometrics.careers.claim_format import Claim
from psychometrics.careers.claims import Claims, load_claims
from psychometrics.careers.recommend import recommend_all
from psychometrics.careers.recommendations import (
    MissingSignal,
    Recommendation,
    Recommendations,
    Remark,
    SignalShare,
)
from psychometrics.careers.signals import person_signals
from psychometrics.careers.weighing import chosen_weights
from psychometrics.errors import ReportError
from psychometrics.report.person.basis import Basis, Sentence
from psychometrics.report.person.building.page import Page, basis, sentence
from psychometrics.report.person.building.people import Person
from psychometrics.report.person.building.quality import matching_rows
from psychometrics.report.person.building.statements import statement_near
from psychometrics.report.person.building.words import ended
from psychometrics.report.person.content import ClaimView, CutView, RecommendationView, SignalView, SourceView
from psychometrics.responses import Responses

DEFAULT = "default"
MARKET = "market"
CLAIM = "claim:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Advised:
    """The recommendations of one person, and the claims they touch."""

    recommendations: tuple[RecommendationView, ...]
    market_weight: float
    claims: tuple[ClaimView, ...]
    note: Sentence | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Advice:
    """What recommendations are derived from; no catalogue: none are made."""

    page: Page
    catalogue: Catalogue | None
    market_weight: float | None

    @property
    def claims(self) -> Claims | None:
        """The claims that the catalogue rests on."""
        return None if self.catalogue is None else self.catalogue.claims

    @cached_property
    def batch(self) -> RecommendationBatch | None:
        """The recommendations of everybody as arrays; None without a catalogue or plain scores."""
        asked = self.page.asked
        if self.catalogue is None or asked.scores is None:
            return None
        differences = self.page.people.differences
        signals = person_signals(asked.scores, asked.normed, _in_order(self.page), differences=differences)
        language = self.page.texts.language
        return recommend_all(signals, self.catalogue, market_weight=self.market_weight, language=language)

    @cached_property
    def views(self) -> dict[str, ClaimView]:
        """Views of all claims, by id."""
        return {} if self.claims is None else {claim.id: claim_view(claim) for claim in self.claims}

    @cached_property
    def background(self) -> tuple[str, ...]:
        """Claims of the skills that this instrument assesses, and of the roles they are part of."""
        if self.catalogue is None:
            return ()
        skills = self.catalogue.skills_of(self.page.instrument.id)
        roles = [
            self.catalogue.node(link.to) for skill in skills for link in skill.links if link.kind == "part_of"
        ]
        return tuple(dict.fromkeys(claim for node in (*skills, *roles) for claim in node.claims))

    def used_by(self, one: Recommendation) -> tuple[str, ...]:
        """Return the claims that a recommendation uses: those its sentences rest on, and those its kind was made from."""
        if self.catalogue is None:
            return ()
        said = (one.bases, *(part.bases for part in one.signals), *(part.bases for part in one.remarks))
        named = [ref.removeprefix(CLAIM) for refs in said for ref in refs if ref.startswith(CLAIM)]
        return tuple(dict.fromkeys([*named, *self.catalogue.kinds[one.kind].claims]))


def prepare_advice(
    page: Page,
    *,
    catalogue: Catalogue | str | Path | None,
    claims: Claims | str | Path | None,
    market_weight: float | None,
) -> Advice:
    """Load catalogue and claims, and check the weight of the market."""
    loaded = load_claims(claims) if isinstance(claims, str | Path) else claims
    if catalogue is None or isinstance(catalogue, Catalogue):
        if loaded is not None and catalogue is not None:
            raise ReportError(
                "this catalogue has its claims already", hint="Leave claims= out, or load both together."
            )
        used = catalogue
    else:
        used = load_catalogue(None if catalogue == DEFAULT else catalogue, claims=loaded)
    if used is not None:
        chosen_weights(used.weights, None, market_weight)
    return Advice(page=page, catalogue=used, market_weight=market_weight)


def _in_order(page: Page) -> Responses | None:
    """Return the responses of exactly the people of the scores, in their order; None where some have none."""
    responses, persons = page.asked.responses, page.asked.persons
    if responses is None:
        return None
    rows = matching_rows(persons, responses.persons)
    return None if (rows < 0).any() else responses.select(np.asarray(rows))


def advised(advice: Advice, person: Person, cuts: tuple[CutView, ...]) -> Advised:
    """Return the recommendations of one person, and the claims: those that a recommendation uses, then background."""
    if advice.batch is None:
        key = "next.off" if advice.catalogue is None else "next.no_scores"
        weight = nan if advice.market_weight is None else advice.market_weight
        return Advised(recommendations=(), market_weight=weight, claims=(), note=_none(advice.page, key))
    found = advice.batch.of(person.row)
    return Advised(
        recommendations=tuple(_view(advice.page, person, one) for one in found.items),
        market_weight=found.market_weight,
        claims=_claims(advice, found),
        note=_note(advice.page, found, cuts),
    )


def _claims(advice: Advice, found: Recommendations) -> tuple[ClaimView, ...]:
    """Return the claims that recommendations use, each with these, then the background of the skills and their roles."""
    used: dict[str, list[str]] = {}
    for one in found.items:
        for claim in advice.used_by(one):
            used.setdefault(claim, []).append(one.id)
    behind = [advice.views[claim] for claim in advice.background if claim not in used]
    mine = (replace(advice.views[claim], used_by=tuple(ids)) for claim, ids in used.items())
    return (*mine, *behind)


def _none(page: Page, key: str) -> Sentence:
    text = page.say("next.none", why=page.say(key))
    return sentence(text, *(basis("score", scale.id) for scale in page.top_scales))


def _note(page: Page, found: Recommendations, cuts: tuple[CutView, ...]) -> Sentence:
    """Say how recommendations come about, and what could not be recommended."""
    met = [cut for cut in cuts if cut.met]
    if met and not found.items:
        return _of_met(page, met)
    more = " ".join(note.text for note in found.notes)
    bases = [base for note in found.notes for base in _bases(page, note.bases)]
    text = page.say("next.from_scores") if found.items else page.say("next.nothing")
    if any(signal.signal == MARKET for one in found.items for signal in one.signals):
        text = f"{text} {page.say('next.market')}"
    own = tuple(basis("score", scale.id) for scale in page.top_scales)
    return sentence(f"{text} {more}".strip(), *own, *bases)


def _of_met(page: Page, cuts: list[CutView]) -> Sentence:
    """Say what the definition says of the cuts that are met, where the catalogue has nothing to recommend."""
    parts = [page.say("next.nothing_in_catalogue")]
    for cut in cuts:
        parts.append(page.say("next.met", label=cut.label))
        if cut.rationale:
            parts.append(page.say("next.met_because", rationale=ended(cut.rationale)))
    parts.append(page.say("next.bring"))
    bases = [
        base for cut in cuts for base in (basis("cut", cut.cut_id), basis("definition", f"cuts.{cut.cut_id}"))
    ]
    return sentence(" ".join(parts), *bases)


def _bases(page: Page, refs: Iterable[str]) -> tuple[Basis, ...]:
    """Return bases of ``kind:ref`` texts, each made once."""
    return page.once(("bases", *refs), lambda: tuple(_basis(ref) for ref in refs))


def _basis(ref: str) -> Basis:
    kind, _, name = ref.partition(":")
    return Basis(kind=kind, ref=name)  # type: ignore[arg-type]  # Basis refuses what is no kind


def _view(page: Page, person: Person, one: Recommendation) -> RecommendationView:
    return RecommendationView(
        id=one.id,
        node=one.node,
        title=one.title,
        strength=one.strength,
        rank=one.rank,
        rank_without_market=one.rank_without_market,
        rank_with_full_market=one.rank_with_full_market,
        sentence=_said(page, one.text, one.bases),
        signals=tuple(_signal(page, signal) for signal in one.signals),
        url=one.url,
        step=one.step,
        kind=one.kind,
        notes=tuple(_remark(page, person, remark) for remark in one.remarks),
        missing=tuple(_missing(page, gone, one.bases) for gone in one.missing),
        read_on=tuple(SourceView(id=page_.url, citation=page_.title, url=page_.url) for page_ in one.read_on),
    )


def _remark(page: Page, person: Person, remark: Remark) -> Sentence:
    """Return a remark; a statement of the definition with the same warning as beside its cut."""
    stated = statement_near(page, person, remark.bases)
    return _said(page, remark.text, remark.bases) if stated is None else stated


def _said(page: Page, text: str, refs: tuple[str, ...]) -> Sentence:
    """Return a sentence of the catalogue, made once: many people get the same."""
    return page.once(("said", text, refs), lambda: sentence(text, *_bases(page, refs)))


def _missing(page: Page, gone: MissingSignal, refs: tuple[str, ...]) -> Sentence:
    return _said(page, page.say("next.missing", title=gone.title, why=ended(gone.reason)), refs)


def _signal(page: Page, one: SignalShare) -> SignalView:
    return SignalView(
        signal=one.signal,
        title=one.title,
        value=one.value,
        weight=one.weight,
        share=one.share,
        sentence=_said(page, one.text, one.bases),
    )


def claim_view(claim: Claim) -> ClaimView:
    """Return a claim with its source, what it does not prove, and its caveats, the first why it is flagged."""
    caveats = (*(() if claim.flagged is None else (claim.flagged,)), *claim.caveats)
    return ClaimView(
        claim_id=claim.id,
        kind=claim.kind,
        flagged=claim.flagged is not None,
        sentence=sentence(claim.statement, basis("claim", claim.id)),
        source=claim.source.citation,
        url=claim.source.link,
        n=f"{claim.source.n:,}" if isinstance(claim.source.n, int) else claim.source.n,
        population=claim.source.population,
        design=claim.source.design,
        does_not_prove=claim.does_not_prove,
        caveats=tuple(ended(one) for one in caveats),
        checked=claim.checked.isoformat(),
    )
