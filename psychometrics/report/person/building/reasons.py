"""Why there is no score, no place, or a place to be read with care: codes into words."""

from __future__ import annotations

from psychometrics.norming.cells.cell import NoRank, Note
from psychometrics.report.person.basis import Sentence
from psychometrics.report.person.building.page import Page
from psychometrics.report.person.building.people import Person
from psychometrics.scoring.finish import NoScore

NO_SCORE = {
    NoScore.NOTHING_ANSWERED: "no_score.nothing_answered",
    NoScore.TOO_FEW_ANSWERED: "no_score.too_few_answered",
    NoScore.NOT_APPLICABLE: "no_score.not_applicable",
    NoScore.NOT_RATED: "no_score.not_rated",
    NoScore.TOO_FEW_RATED: "no_score.too_few_rated",
    NoScore.COMPONENT_MISSING: "no_score.component_missing",
}
NO_RANK = {
    NoRank.NO_SCORE: "no_rank.no_score",
    NoRank.NO_STRATUM: "no_rank.no_stratum",
    NoRank.NO_NORMS: "no_rank.no_norms",
    NoRank.OUTSIDE_POINTS: "no_rank.outside_points",
    NoRank.NO_WEIGHT: "no_rank.no_weight",
    NoRank.NOT_SMOOTHED: "no_rank.not_smoothed",
    NoRank.NO_AGE: "no_rank.no_age",
    NoRank.OUTSIDE_AGES: "no_rank.outside_ages",
    NoRank.NOT_CONVERTED: "no_rank.not_converted",
}
NOTE = {
    Note.OUTSIDE: "note.outside",
    Note.THIN: "note.thin",
    Note.NORMAL_CURVE: "note.normal_curve",
    Note.ONLY_Z: "note.only_z",
    Note.NO_N: "note.no_n",
    Note.INTERPOLATED: "note.interpolated",
    Note.FLOOR: "note.floor",
    Note.CEILING: "note.ceiling",
    Note.EXTREME: "note.extreme",
    Note.CONVERTED: "note.converted",
}
"""Notes of a single place. Those about the whole edition (its age) stand once, with the norm sample; that no whole
interval is known stands in the sentence of the scale."""


def no_score_words(page: Page, person: Person, i: int) -> str:
    """Say why a scale has no score."""
    key = NO_SCORE.get(NoScore(person.no_score[i])) if person.no_score[i] > 0 else None
    return page.say("no_score.unknown" if key is None else key)


def no_rank_words(page: Page, person: Person, i: int) -> str:
    """Say why a score has no place in the norms."""
    reason = NoRank(person.no_rank[i])
    if reason == NoRank.RANKED:
        return page.say("no_rank.no_rank")
    stratum = page.people.strata[person.row]
    if reason == NoRank.NO_STRATUM and stratum:
        return page.say("no_rank.no_stratum_because", why=stratum)
    return page.say(NO_RANK[reason])


def place_notes(page: Page, scale_id: str, note: int) -> tuple[Sentence, ...]:
    """Say what to keep in mind with a place in the norms."""
    if not note:
        return ()
    return page.once(
        ("place notes", scale_id, note),
        lambda: tuple(
            Sentence(text=page.say(key), bases=page.place_bases[scale_id])
            for flag, key in NOTE.items()
            if note & flag
        ),
    )
