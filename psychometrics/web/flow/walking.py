"""Next, back, resume, and how far someone is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from psychometrics.instrument import Instrument
from psychometrics.web.flow.asked import Answers, asked_items, is_answered
from psychometrics.web.flow.plan import Page, PagePlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How many of the items that are asked have an answer."""

    n_answered: int
    n_asked: int

    @property
    def share(self) -> float:
        """Answered of asked, 0 to 1."""
        return self.n_answered / self.n_asked if self.n_asked else 1.0

    @property
    def complete(self) -> bool:
        """Whether every item that is asked has an answer."""
        return self.n_answered == self.n_asked


def progress(instrument: Instrument, answers: Answers) -> Progress:
    """Count the answered among the items that are asked."""
    asked = asked_items(instrument, answers)
    return Progress(n_answered=len(asked) - len(_open(asked, answers)), n_asked=len(asked))


def next_page(plan: PagePlan, asked: Iterable[str], number: int) -> Page | None:
    """Return the next page on which something is asked; None after the last: the review comes next."""
    open_items = set(asked)
    return next((page for page in plan.pages[number:] if open_items & set(page.item_ids)), None)


def previous_page(plan: PagePlan, asked: Iterable[str], number: int) -> Page | None:
    """Return the page before on which something is asked; None before the first: the welcome page."""
    open_items = set(asked)
    before = plan.pages[: max(number - 1, 0)]
    return next((page for page in reversed(before) if open_items & set(page.item_ids)), None)


def unanswered(instrument: Instrument, answers: Answers) -> tuple[str, ...]:
    """Return the items that are asked and have no answer, in order."""
    return _open(asked_items(instrument, answers), answers)


def resume_page(plan: PagePlan, instrument: Instrument, answers: Answers) -> Page | None:
    """Return the page of the first item without an answer; None where all is answered: the review."""
    left = unanswered(instrument, answers)
    return plan.page_of[left[0]] if left else None


def _open(asked: Iterable[str], answers: Answers) -> tuple[str, ...]:
    return tuple(item_id for item_id in asked if not is_answered(answers.get(item_id)))
