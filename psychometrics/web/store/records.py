"""What the store gives back: plain, frozen records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from psychometrics.instrument.instrument import Code, Criterion

if TYPE_CHECKING:
    from psychometrics.norming import Norms


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A link for one person to one sitting.

    Attributes
    ----------
    token : str
        The secret of the link; it is shown here once and kept nowhere.
    sitting_id : str
    person_id, instrument, occasion : str
    expires : datetime
    """

    token: str = field(repr=False)
    sitting_id: str
    person_id: str
    instrument: str
    occasion: str
    expires: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """One person taking one instrument on one occasion.

    ``key`` is the hash of the link it was found by, empty where it was found otherwise; ``expires`` belongs to that
    link.
    """

    id: str
    person_id: str
    instrument: str
    occasion: str
    groups: Mapping[str, str]
    created: datetime
    started: datetime | None
    finished: datetime | None
    key: str = field(default="", repr=False)
    expires: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What a person has answered so far.

    Attributes
    ----------
    codes : mapping of item id to option code or None
        Items that were shown; None where the person left one out.
    texts : mapping of task id to str or None
        Answers to tasks.
    seconds : mapping of id to float
        Time spent on each, over all visits.
    """

    codes: Mapping[str, Code | None]
    texts: Mapping[str, str | None]
    seconds: Mapping[str, float]

    def get(self, item_id: str) -> Code | None:
        """Return the code or the text of an item, None where there is none."""
        return self.codes.get(item_id, self.texts.get(item_id))

    @property
    def shown(self) -> frozenset[str]:
        """Ids of what the person has seen."""
        return frozenset(self.codes) | frozenset(self.texts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a sitting has come.

    Attributes
    ----------
    asked : tuple of str
        Items and tasks that are asked of this person, in file order; what branching surely leaves out is not here.
    answered : tuple of str
        Those of them that have an answer.
    finished : bool
    """

    asked: tuple[str, ...]
    answered: tuple[str, ...]
    finished: bool

    @property
    def share(self) -> float:
        """Answered of asked, 0..1."""
        return len(self.answered) / len(self.asked) if self.asked else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rater:
    """A rater, found by a link; ``key`` is the hash of that link."""

    id: str
    key: str = field(default="", repr=False)
    expires: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """One answer that one rater is to rate, as the rater may see it: without the person."""

    id: str
    instrument: str
    item_id: str
    created: datetime
    finished: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignments:
    """What a call of ``assign`` or ``adjudicate`` handed out.

    Attributes
    ----------
    new : int
        Assignments made now.
    double_rated : int
        Answers that more than ``raters_per_answer`` raters rate, old and new.
    answers : int
        Answers that can be rated, old and new.
    per_rater : mapping of rater id to int
        All assignments of each rater, old and new.
    """

    new: int
    answers: int
    double_rated: int
    per_rater: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class RaterTask:
    """What a rater sees of an answer: the task, the rubric, the text; no person, and nobody else's rating.

    ``levels`` are this rater's own ratings so far, by criterion id.
    """

    assignment_id: str
    instrument: str
    item_id: str
    task_text: str
    answer_text: str
    criteria: tuple[Criterion, ...]
    levels: Mapping[str, Code]
    finished: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """An answer whose raters lie apart on a criterion by the gap of the definition or more.

    ``adjudicator`` is the rater who was asked to settle it, None as long as nobody was.
    """

    sitting_id: str
    item_id: str
    criterion_id: str
    gap: float
    limit: float
    levels: Mapping[str, Code]
    adjudicator: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """One line of the log; ``subject`` is a keyed hash of the person, empty where there is none."""

    number: int
    at: datetime
    action: str
    subject: str
    facts: Mapping[str, Any]
    previous: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What was erased, and what it means for norm editions.

    Attributes
    ----------
    subject : str
        Keyed hash of the person, as in the log.
    sittings, answers, ratings, tokens : int
        What was deleted.
    editions : tuple of Norms
        New editions without the person's counts.
    files : tuple of str
        Where they were saved; empty where editions were given in memory.
    notes : tuple of str
        What is left to do, and what is not known.
    """

    subject: str
    sittings: int
    answers: int
    ratings: int
    tokens: int
    editions: tuple[Norms, ...] = ()
    files: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
