"""A page of questions as plain data, ready for its template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from psychometrics.instrument import Instrument
from psychometrics.report.wording import Block, Span, blocks, has_code, spans
from psychometrics.web.flow import Answers, Page, PagePlan, is_answered, next_page
from psychometrics.web.pages.forms import FormProblem, anchor, field_name, question_numbers
from psychometrics.web.store.definitions import tasks
from psychometrics.web.texts import Texts

MOST_SIDE_BY_SIDE = 5
LONGEST_SIDE_BY_SIDE = 26


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionView:
    """One answer to choose."""

    code: int | str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionView:
    """A question with its options, or a task with its text so far."""

    kind: Literal["question", "task"]
    item_id: str
    name: str
    anchor: str
    number: int
    answered: bool = False
    problem: str = ""
    spans: tuple[Span, ...] = ()
    options: tuple[OptionView, ...] = ()
    side_by_side: bool = False
    blocks: tuple[Block, ...] = ()
    code: bool = False
    minutes: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageView:
    """One page: what it asks, and where it stands among the pages that are asked."""

    number: int
    kind: Literal["questions", "task"]
    title: str
    place: int
    n_pages: int
    last: bool
    questions: tuple[QuestionView, ...]
    visit: str
    opened: str


def page_view(
    instrument: Instrument,
    plan: PagePlan,
    page: Page,
    asked: tuple[str, ...],
    answers: Answers,
    t: Texts,
    *,
    visit: str,
    opened: str,
    problems: tuple[FormProblem, ...] = (),
    sent: Mapping[str, str] | None = None,
) -> PageView:
    """Return a page with the answers so far; texts that could not be saved stand as they were sent."""
    open_items = set(asked)
    pages = [one for one in plan.pages if open_items & set(one.item_ids)]
    said = {problem.item_id: problem.here for problem in problems}
    shown = {**answers, **(sent or {})}
    return PageView(
        number=page.number,
        kind=page.kind,
        title=page_title(instrument, page, asked, t),
        place=pages.index(page) + 1,
        n_pages=len(pages),
        last=next_page(plan, asked, page.number) is None,
        questions=tuple(
            _question(instrument, item_id, shown.get(item_id), said.get(item_id, ""), t)
            for item_id in page.item_ids
            if item_id in open_items
        ),
        visit=visit,
        opened=opened,
    )


def page_title(instrument: Instrument, page: Page, asked: tuple[str, ...], t: Texts) -> str:
    """Name a page by the numbers of what it asks."""
    numbers = question_numbers(instrument)
    shown = [numbers[item_id] for item_id in page.item_ids if item_id in asked]
    if page.kind == "task":
        return t.say("take.task_title", n=shown[0], of=len(tasks(instrument)))
    if len(shown) == 1:
        return t.say("take.question_title", first=shown[0])
    return t.say("take.questions_title", first=shown[0], last=shown[-1])


def minutes_in_words(minutes: tuple[str, ...], t: Texts) -> str:
    """Write a span of minutes."""
    if not minutes:
        return ""
    low, high = minutes[0], minutes[-1]
    return t.say("minutes.single", low=low) if low == high else t.say("minutes.range", low=low, high=high)


def _question(
    instrument: Instrument, item_id: str, answer: int | str | None, problem: str, t: Texts
) -> QuestionView:
    if item_id in instrument.item_ids:
        view = _choices(instrument, item_id, answer)
        return replace(view, problem=problem) if problem else view
    text = "" if answer is None else str(answer)
    return replace(_task(instrument, item_id, t), answered=is_answered(answer), problem=problem, text=text)


@lru_cache(maxsize=4096)
def _choices(instrument: Instrument, item_id: str, answer: int | str | None) -> QuestionView:
    """Return a question with its options, made once for each answer."""
    item = instrument.item(item_id)
    labels = [label or str(code) for label, code in zip(item.labels, item.codes, strict=True)]
    short = len(labels) <= MOST_SIDE_BY_SIDE and max(map(len, labels)) <= LONGEST_SIDE_BY_SIDE
    return QuestionView(
        kind="question",
        item_id=item_id,
        name=field_name(item_id),
        anchor=anchor(item_id),
        number=question_numbers(instrument)[item_id],
        answered=is_answered(answer),
        spans=spans(item.text),
        options=tuple(
            OptionView(code=code, label=label, chosen=answer is not None and code == answer)
            for code, label in zip(item.codes, labels, strict=True)
        ),
        side_by_side=short,
    )


@lru_cache(maxsize=512)
def _task(instrument: Instrument, item_id: str, t: Texts) -> QuestionView:
    """Return a task without anybody's text, made once."""
    entry = tasks(instrument)[item_id]
    found = blocks(entry.text or "")
    return QuestionView(
        kind="task",
        item_id=item_id,
        name=field_name(item_id),
        anchor=anchor(item_id),
        number=question_numbers(instrument)[item_id],
        blocks=found,
        code=has_code(found),
        minutes=minutes_in_words(tuple(f"{one:g}" for one in map(float, entry.minutes or ())), t),
    )
