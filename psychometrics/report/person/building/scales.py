"""The view of one scale: its place in words, its interval, its level, what it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan, nan

from psychometrics.instrument import Scale
from psychometrics.norming.cells.cell import NoRank
from psychometrics.report.person.basis import Sentence
from psychometrics.report.person.building.levels import level_of
from psychometrics.report.person.building.notes import scale_notes
from psychometrics.report.person.building.page import Page
from psychometrics.report.person.building.people import Person
from psychometrics.report.person.building.reasons import no_rank_words, no_score_words
from psychometrics.report.person.building.statements import statement_sources, statements_of
from psychometrics.report.person.building.words import (
    HIGHEST,
    LOWEST,
    percent,
    plain_number,
    rank_between,
    rank_word,
)
from psychometrics.report.person.content import ScaleView


def scale_views(page: Page, person: Person) -> tuple[ScaleView, ...]:
    """Return the view of every scale of one person, in the order of the definition."""
    return tuple(_Scale(page, person, scale, i).view() for i, scale in enumerate(page.instrument.scales))


@dataclass(frozen=True, slots=True, eq=False)
class _Scale:
    """One scale of one person."""

    page: Page
    person: Person
    scale: Scale
    at: int

    def view(self) -> ScaleView:
        """Put everything together."""
        page, person, scale, i = self.page, self.person, self.scale, self.at
        level = level_of(page, person, i)
        total, error_known = person.total[i], not isnan(person.error[i])
        stratum = page.people.strata[person.row]
        statements = () if isnan(person.raw[i]) else statements_of(page, person, scale.id, without_cuts=True)
        return ScaleView(
            scale_id=scale.id,
            title=scale.title,
            direction=scale.direction,
            method=page.methods[scale.id],
            score=person.raw[i],
            minimum=scale.minimum,
            maximum=scale.maximum,
            score_lower=person.score_lower[i],
            score_upper=person.score_upper[i],
            confidence=page.asked.confidence,
            percentile_rank=person.rank[i],
            percentile_lower=person.rank_lower[i],
            percentile_upper=person.rank_upper[i],
            percentile_interval="total" if total else "norm_sample",
            t=person.t[i],
            t_lower=person.t_lower[i],
            t_upper=person.t_upper[i],
            norm_group=stratum if person.no_rank[i] == NoRank.RANKED else "",
            norm_n=person.norm_n[i] if page.asked.normed is not None else nan,
            n_valid=person.n_valid[i],
            n_elements=scale.n_elements,
            n_raters=person.n_raters[i],
            band="" if level is None else level.label,
            sentence=self.sentence(),
            notes=(
                *(() if level is None else level.sentences),
                *statements,
                *scale_notes(page, person, scale, i),
            ),
            error=person.error[i],
            error_from=page.asked.origins.get(scale.id, "") if error_known else "",
            sources=statement_sources(page, statements),
        )

    def sentence(self) -> Sentence:
        """Say where the score stands, or why nothing can be said."""
        page, person, i = self.page, self.person, self.at
        if isnan(person.raw[i]):
            text = page.say("scale.no_score", why=no_score_words(page, person, i))
            return Sentence(text=text, bases=page.score_bases[self.scale.id])
        if isnan(person.rank[i]):
            return self._unplaced()
        say, rank = page.say, person.rank[i]
        values = {
            "score": self._score(),
            "rank": rank_word(say, rank),
            "sample": page.sample(page.people.strata[person.row], person.norm_n[i]),
            "again": self._again(),
        }
        if rank < LOWEST:
            text = say("scale.placed_lowest", **values)
        elif rank >= HIGHEST:
            text = say("scale.placed_highest", **values)
        else:
            text = say("scale.placed", **values)
        return Sentence(text=text, bases=page.place_bases[self.scale.id])

    def _unplaced(self) -> Sentence:
        page, person, i = self.page, self.person, self.at
        score, again = self._score(), self._score_again()
        if page.asked.normed is None:
            text = page.say("scale.without_norms", score=score, again=again)
            return Sentence(text=text, bases=page.score_bases[self.scale.id])
        text = page.say("scale.not_placed", score=score, again=again, why=no_rank_words(page, person, i))
        return Sentence(text=text, bases=page.place_bases[self.scale.id])

    def _score(self) -> str:
        scale, digits = self.scale, self.page.digits[self.scale.id]
        score = plain_number(self.person.raw[self.at], digits)
        if isnan(scale.minimum + scale.maximum):
            return score
        low, high = plain_number(scale.minimum, digits), plain_number(scale.maximum, digits)
        return self.page.say("scale.score", score=score, minimum=low, maximum=high)

    def _again(self) -> str:
        """Say what is to be expected with repeated testing; or that only the norm sample's size is counted."""
        person, i, say = self.person, self.at, self.page.say
        lower, upper = person.rank_lower[i], person.rank_upper[i]
        if isnan(lower + upper):
            return say("again.unknown")
        values = {
            "between": rank_between(say, lower, upper),
            "confidence": percent(self.page.asked.confidence),
        }
        return say("again.total", **values) if person.total[i] else say("again.norm_sample", **values)

    def _score_again(self) -> str:
        person, i, page = self.person, self.at, self.page
        if isnan(person.error[i]):
            return page.say("again.score_unknown")
        digits = page.digits[self.scale.id]
        low, high = plain_number(person.score_lower[i], digits), plain_number(person.score_upper[i], digits)
        return page.say("again.score", lower=low, upper=high, confidence=percent(page.asked.confidence))
