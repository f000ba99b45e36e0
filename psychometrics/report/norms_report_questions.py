"""What a reader of norms must be told, and where an edition keeps the answer."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from psychometrics.norming.edition import EditionHead

UNSAID = re.compile(r"^(not|none) (stated|described|known|reported|given)|^unknown", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question to an edition.

    Attributes
    ----------
    section, ask : str
    asked_by : str
        Standard that asks it.
    answer : str
        What the edition says; empty when it says nothing.
    answered : bool
        False also where the edition only says that it does not know.
    to_answer : str
        What would answer it.
    """

    section: str
    ask: str
    asked_by: str
    answer: str
    answered: bool
    to_answer: str

    @property
    def said(self) -> str:
        """The answer in words; where the edition only says that it does not know, that it says so."""
        if self.answered:
            return self.answer
        return f"Not answered: the edition says “{self.answer}”." if self.answer else "Not answered."


Answer = Callable[[EditionHead], str | None]

POPULATION, SAMPLE, SCORES, ORIGIN = "Population", "Sample", "Scores", "Origin"


def _method(head: EditionHead) -> str:
    kinds = {
        "counts": "Exact counts of every score in every group; percentile rank = share below plus half the share at the score.",
        "weighted_counts": "Counts of every score in every group and weight cell; weighted percentile rank = share below plus half the share at the score.",
        "moments": "Published means and standard deviations; "
        + (
            "percentile ranks by a normal curve."
            if head.normal
            else "z scores only: the scores are not normal."
        ),
        "percentile_points": "Published percentile points; ranks between them by interpolation, none outside.",
        "continuous": "A model of the score distribution along "
        + (head.continuous.column if head.continuous else "a variable")
        + "; percentile rank from the fitted distribution.",
    }
    smoothed = (
        f" Distributions are smoothed: {head.smoothing.method.replace('_', ' ')}." if head.smoothing else ""
    )
    return kinds[head.kind] + smoothed


def _strata(head: EditionHead) -> str:
    if not head.strata and head.continuous is None:
        return "none: the whole sample is one group"
    parts = [f"{v.name} ({', '.join(v.labels)})" for v in head.strata]
    if head.continuous is not None:
        design = head.continuous
        parts.append(f"{design.column}, exact, from {design.lower:g} to {design.upper:g}")
    return "; ".join(parts)


def _built(head: EditionHead) -> str | None:
    steps = [f"{one.action} {one.date}" + (f" by {one.who}" if one.who else "") for one in head.history]
    return "; ".join(steps) or None


ASKED: tuple[tuple[str, str, str, Answer, str], ...] = (
    (
        POPULATION,
        "Whom do the norms stand for?",
        "AERA 5.8, 5.9",
        lambda h: h.population.description,
        "description: who the population is, in words",
    ),
    (POPULATION, "In which country or language area?", "AERA 5.8", lambda h: h.population.country, "country"),
    (
        SAMPLE,
        "How were the people found?",
        "AERA 5.9",
        lambda h: h.population.sampling,
        "sampling: frame, stages, quotas, or that they chose themselves",
    ),
    (
        SAMPLE,
        "How many of those asked took part?",
        "AERA 5.9",
        lambda h: h.population.participation,
        "participation: how many were asked, how many took part, who did not",
    ),
    (
        SAMPLE,
        "How many people are counted?",
        "AERA 5.9",
        lambda h: None if h.population.n is None else f"{h.population.n:,}",
        "n: the number of people",
    ),
    (
        SAMPLE,
        "When did they take part?",
        "AERA 5.9",
        lambda h: h.population.collected,
        "collected: first and last day",
    ),
    (
        SAMPLE,
        "How was the test given?",
        "good practice",
        lambda h: h.population.administration,
        "administration: on paper or screen, alone or in groups, for what stakes",
    ),
    (
        SAMPLE,
        "Who was left out, and why?",
        "good practice",
        lambda h: h.population.exclusions,
        "exclusions: rules and how many people each removed; none, if none",
    ),
    (
        SAMPLE,
        "Were people weighted, and how?",
        "AERA 5.9",
        lambda h: h.population.weights,
        "weights: none, or the margins they were weighted to",
    ),
    (
        SCORES,
        "For which version of the instrument?",
        "AERA 5.8",
        lambda h: f"{h.instrument} {h.version}, fingerprint {h.fingerprint}" if h.fingerprint else None,
        "build the norms from scores of an instrument file, so that its fingerprint is kept",
    ),
    (SCORES, "How do scores become norms?", "good practice", _method, "kind of the edition"),
    (
        SCORES,
        "Into which groups are the norms divided?",
        "good practice",
        _strata,
        "strata",
    ),
    (
        ORIGIN,
        "Where are the figures from?",
        "AERA 5.9",
        lambda h: h.source.citation if h.source else _built(h),
        "citation: where they were published, or who built them",
    ),
    (ORIGIN, "With which script can they be made again?", "good practice", lambda h: h.script, "script"),
    (ORIGIN, "Under which licence may they be used?", "good practice", lambda h: h.licence, "licence"),
)


def questions(head: EditionHead) -> tuple[Question, ...]:
    """Return every question with what the edition says to it."""
    found = []
    for section, ask, asked_by, read, to_answer in ASKED:
        answer = read(head) or ""
        answered = bool(answer) and UNSAID.match(answer) is None
        found.append(
            Question(
                section=section,
                ask=ask,
                asked_by=asked_by,
                answer=answer,
                answered=answered,
                to_answer=to_answer,
            )
        )
    return tuple(found)
