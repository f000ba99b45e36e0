"""One page: every part of it, from one person's column of everything."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from psychometrics.report.person.basis import Sentence
from psychometrics.report.person.building.advice import Advice, advised
from psychometrics.report.person.building.colophon import colophon, source_of
from psychometrics.report.person.building.cuts import cut_views
from psychometrics.report.person.building.differences import difference_views
from psychometrics.report.person.building.meaning import does_not_mean, means, norms_sentence, places_note
from psychometrics.report.person.building.methods import method_pairs
from psychometrics.report.person.building.not_assessed import Judged, not_assessed
from psychometrics.report.person.building.page import Page, basis, sentence
from psychometrics.report.person.building.quality import Answers, quality
from psychometrics.report.person.building.retesting import retest
from psychometrics.report.person.building.scales import scale_views
from psychometrics.report.person.building.summary import summary
from psychometrics.report.person.content import Fact, PersonReport
from psychometrics.result import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Same:
    """What is the same on all pages of one call."""

    source: Source
    means: tuple[Sentence, ...]
    does_not_mean: tuple[Sentence, ...]
    norms: Sentence | None
    places: Sentence | None
    facts: tuple[Fact, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Maker:
    """Makes the page of one row; what is the same on all pages is made once."""

    page: Page
    answers: Answers | None
    judged: Judged | None
    advice: Advice

    def ready(self) -> Maker:
        """Work out what is worked out for all people at once, before pages are asked for or processes share this."""
        _ = self.page.people, self.advice.batch, self.same
        return self

    def report(self, row: int) -> PersonReport:
        """Return the page of one row."""
        page, person = self.page, self.page.people.person(row)
        views, cuts = scale_views(page, person), cut_views(page, person)
        differences, none, chance = difference_views(page, person)
        advice = advised(self.advice, person, cuts)
        same = self.same
        return PersonReport(
            title=page.instrument.title,
            person_id=page.people.ids[row],
            occasion=page.people.occasions[row],
            language=page.texts.language,
            simulated=same.source.simulated,
            simulated_parts=page.asked.simulated_parts,
            norms_sentence=same.norms,
            summary=summary(page, person, cuts, advice.recommendations),
            scales=views,
            cuts=cuts,
            methods=method_pairs(page, person, views),
            differences=differences,
            no_differences=none,
            means=same.means,
            does_not_mean=same.does_not_mean,
            quality=quality(page, person, self.answers),
            not_assessed=not_assessed(page, person, self.judged),
            retest=retest(page, person),
            recommendations=advice.recommendations,
            market_weight=advice.market_weight,
            claims=advice.claims,
            colophon=same.facts,
            source=same.source,
            construct=page.instrument.definition.construct_text,
            cuts_note=self._cuts_note,
            scales_note=same.places,
            differences_note=chance,
            recommendations_note=advice.note,
        )

    @cached_property
    def same(self) -> Same:
        """What is the same on all pages."""
        page, source = self.page, source_of(self.page)
        return Same(
            source=source,
            means=means(page),
            does_not_mean=does_not_mean(page),
            norms=norms_sentence(page),
            places=places_note(page),
            facts=colophon(page, source),
        )

    @cached_property
    def _cuts_note(self) -> Sentence | None:
        cuts, say = self.page.instrument.definition.cuts, self.page.say
        if not cuts:
            return None
        known = any(cut.scale in self.page.asked.errors for cut in cuts)
        said = [say("cut.note")] if len(cuts) > 1 else []
        if known:
            said.append(say("cut.true_score"))
        if not said:
            return None
        return sentence(" ".join(said), *(basis("definition", f"cuts.{cut.id}") for cut in cuts))
