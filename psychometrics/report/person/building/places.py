"""Where a score stands, in a sentence that names the norm sample, and in a few words beside others."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan

from psychometrics.instrument import Scale
from psychometrics.report.person.basis import Sentence
from psychometrics.report.person.building.page import Page
from psychometrics.report.person.building.people import Person
from psychometrics.report.person.building.reasons import no_rank_words, no_score_words
from psychometrics.report.person.building.words import (
    HIGHEST,
    LOWEST,
    ROUGH,
    capital,
    plain_number,
    rank_between,
    rank_word,
)

MIDDLE, NEAR = 50.0, 10.0
PLACE = {
    (False, -1): "place.lowest",
    (False, 0): "place.higher",
    (False, 1): "place.highest",
    (True, -1): "place.as_high_lowest",
    (True, 0): "place.as_high",
    (True, 1): "place.as_high_highest",
}
"""(people with the same score count in full, -1 at the lower end of the ranks and 1 at the upper)."""


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """The place of one person on one scale."""

    page: Page
    person: Person
    scale: Scale
    at: int

    def full(self, *, titled: bool = False) -> Sentence:
        """Say score, place and norm sample, or why nothing can be said; with the title of the scale where asked."""
        page, person, i = self.page, self.person, self.at
        if isnan(person.raw[i]):
            return self._of_score(page.say("scale.no_score", why=no_score_words(page, person, i)))
        key = "scale.titled" if titled else "scale.own"
        own = page.say(key, score=self._score(), title=page.titles[self.scale.id])
        if isnan(person.rank[i]):
            return self._unplaced(own)
        values = {"place": self._place(), "sample": self._sample(), "again": self._again()}
        rough = page.say("scale.placed_roughly", **values) if self._rough() else ""
        return self._of_place(f"{own} {rough or page.say('scale.placed', **values)}")

    def brief(self) -> Sentence:
        """Say the place in a few words: how surely above or below the middle, or that it is only roughly known."""
        page, person, i = self.page, self.person, self.at
        if isnan(person.raw[i]):
            return self.full()
        if isnan(person.rank[i]):
            return self._brief_unplaced()
        text = page.say(self._form(), place=self._place(), again=self._again_briefly())
        return self._of_place(capital(text))

    def _form(self) -> str:
        person, i = self.person, self.at
        lower, upper = person.rank_lower[i], person.rank_upper[i]
        if isnan(lower + upper) or not person.total[i]:
            return "brief.plain"
        if self._rough():
            return "brief.roughly"
        if lower > MIDDLE or upper < MIDDLE:
            return "brief.above" if lower > MIDDLE else "brief.below"
        return "brief.near" if abs(person.rank[i] - MIDDLE) <= NEAR else "brief.plain"

    def _rough(self) -> bool:
        """Whether the interval runs over more than half of the ruler; unknown ends are not wide."""
        return self.person.rank_upper[self.at] - self.person.rank_lower[self.at] > 100 * ROUGH

    def _place(self) -> str:
        say, rank = self.page.say, self.person.rank[self.at]
        end = -1 if rank < LOWEST else 1 if rank >= HIGHEST else 0
        return say(PLACE[self.page.above, end], rank=rank_word(say, rank))

    def _again(self) -> str:
        """Say what is to be expected with repeated testing; or that only the norm sample's size is counted."""
        person, i, page = self.person, self.at, self.page
        if isnan(person.rank_lower[i] + person.rank_upper[i]):
            return page.say("again.unknown")
        values = {"between": self._between(), "confidence": page.level}
        return page.say("again.total" if person.total[i] else "again.norm_sample", **values)

    def _again_briefly(self) -> str:
        person, i, page = self.person, self.at, self.page
        if isnan(person.rank_lower[i] + person.rank_upper[i]):
            return page.say("again.unknown")
        return page.say(
            "again.brief" if person.total[i] else "again.brief_norm_sample", between=self._between()
        )

    def _between(self) -> str:
        return rank_between(self.page.say, self.person.rank_lower[self.at], self.person.rank_upper[self.at])

    def _unplaced(self, own: str) -> Sentence:
        page, again = self.page, capital(self._score_again())
        if page.asked.normed is None:
            return self._of_score(f"{own} {page.say('scale.without_norms', again=again)}")
        why = no_rank_words(page, self.person, self.at)
        if self._only_z():
            text = page.say("scale.only_z", again=again, sample=self._sample(), t=self._t(), why=why)
            return self._of_place(f"{own} {text}")
        return self._of_place(f"{own} {page.say('scale.not_placed', again=again, why=why)}")

    def _brief_unplaced(self) -> Sentence:
        page, person, i = self.page, self.person, self.at
        if self._only_z():
            return self._of_place(page.say("brief.only_z", t=self._t()))
        if page.asked.normed is not None:
            return self._of_place(capital(page.say("brief.not_placed", why=no_rank_words(page, person, i))))
        width = self.scale.maximum - self.scale.minimum
        rough = person.score_upper[i] - person.score_lower[i] > ROUGH * width
        text = page.say("brief.score_roughly" if rough else "brief.score", again=self._score_again())
        return self._of_score(capital(text))

    def _only_z(self) -> bool:
        """Whether the norms give a distance from their mean but no place among people."""
        return isnan(self.person.rank[self.at]) and not isnan(self.person.t[self.at])

    def _t(self) -> str:
        return plain_number(self.person.t[self.at], 0)

    def _sample(self) -> str:
        return self.page.sample(self.page.people.strata[self.person.row], self.person.norm_n[self.at])

    def _score(self) -> str:
        scale, digits = self.scale, self.page.digits[self.scale.id]
        score = plain_number(self.person.raw[self.at], digits)
        if isnan(scale.minimum + scale.maximum):
            return score
        low, high = plain_number(scale.minimum, digits), plain_number(scale.maximum, digits)
        return self.page.say("scale.score", score=score, minimum=low, maximum=high)

    def _score_again(self) -> str:
        person, i, page = self.person, self.at, self.page
        if isnan(person.error[i]):
            return page.say("again.score_unknown")
        digits = page.digits[self.scale.id]
        low, high = plain_number(person.score_lower[i], digits), plain_number(person.score_upper[i], digits)
        return page.say("again.score", lower=low, upper=high, confidence=page.level)

    def _of_score(self, text: str) -> Sentence:
        return Sentence(text=text, bases=self.page.score_bases[self.scale.id])

    def _of_place(self, text: str) -> Sentence:
        return Sentence(text=text, bases=self.page.place_bases[self.scale.id])
