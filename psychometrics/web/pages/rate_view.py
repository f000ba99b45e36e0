"""What a rater sees, as plain data: the task, the answer, every criterion with its levels side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from psychometrics.instrument import Criterion, Instrument
from psychometrics.report.wording import Block, blocks, has_code
from psychometrics.web.pages.forms import Form, FormProblem, question_numbers, shortened
from psychometrics.web.texts import Texts

if TYPE_CHECKING:
    from psychometrics.web.store import Assignment, RaterTask

Levels = Mapping[str, int | str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelView:
    """One level of a criterion."""

    code: int | str
    label: str
    descriptor: str
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionView:
    """A criterion and its levels, lowest first."""

    name: str
    anchor: str
    title: str
    problem: str
    levels: tuple[LevelView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RateView:
    """One answer beside the rubric; no person, and nobody else's rating."""

    id: str
    title: str
    blocks: tuple[Block, ...]
    answer: str
    code: bool
    finished: bool
    criteria: tuple[CriterionView, ...]
    visit: str
    opened: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RowView:
    """One line in the rater's list."""

    id: str
    title: str
    task: str
    done: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupView:
    """Lines under one heading."""

    title: str
    rows: tuple[RowView, ...]


def rate_view(
    task: RaterTask,
    place: tuple[int, int],
    chosen: Levels,
    t: Texts,
    *,
    visit: str,
    opened: str,
    problems: tuple[FormProblem, ...] = (),
) -> RateView:
    """Return an answer with the levels chosen so far."""
    found = blocks(task.task_text)
    said = {problem.item_id: problem.here for problem in problems}
    return RateView(
        id=task.assignment_id,
        title=t.say("rate.heading", n=place[0], of=place[1]),
        blocks=found,
        answer=task.answer_text,
        code=has_code(found),
        finished=task.finished is not None,
        criteria=tuple(_criterion(one, chosen.get(one.id), said.get(one.id, "")) for one in task.criteria),
        visit=visit,
        opened=opened,
    )


def _criterion(criterion: Criterion, chosen: int | str | None, problem: str) -> CriterionView:
    levels = zip(criterion.codes, criterion.labels, criterion.descriptors, strict=True)
    return CriterionView(
        name=level_field(criterion),
        anchor=f"c-{criterion.criterion_id}",
        title=criterion.title,
        problem=problem,
        levels=tuple(
            LevelView(
                code=code, label=label, descriptor=descriptor, chosen=chosen is not None and code == chosen
            )
            for code, label, descriptor in levels
        ),
    )


def level_field(criterion: Criterion) -> str:
    """Return the name of a criterion's field."""
    return f"level.{criterion.criterion_id}"


def read_levels(
    criteria: tuple[Criterion, ...], form: Form, t: Texts
) -> tuple[dict[str, int | str], tuple[FormProblem, ...]]:
    """Return the levels that were chosen, and which criteria have none."""
    levels: dict[str, int | str] = {}
    problems = []
    for one in criteria:
        value = form.get(level_field(one))
        code = next((code for code in one.codes if str(code) == value), None)
        if code is not None:
            levels[one.id] = code
            continue
        if value is None:
            said, here = t.say("rate.missing", criterion=one.title), t.say("rate.missing_here")
        else:
            said = here = t.say("error.no_level", criterion=one.title, code=shortened(value))
        problems.append(FormProblem(item_id=one.id, anchor=f"c-{one.criterion_id}", text=said, here=here))
    return levels, tuple(problems)


def list_view(
    assignments: tuple[Assignment, ...], instruments: Mapping[str, Instrument], t: Texts
) -> list[GroupView]:
    """Return a rater's answers, those to rate first; the number of an answer stays when it is rated."""
    rows = [
        RowView(
            id=one.id,
            title=t.say("rate.number", n=number),
            task=_task(instruments[one.instrument], one.item_id, t, named=len(instruments) > 1),
            done=one.finished is not None,
        )
        for number, one in enumerate(assignments, 1)
    ]
    groups = [(t.say("rate.open"), False), (t.say("rate.finished"), True)]
    found = [
        GroupView(title=title, rows=tuple(row for row in rows if row.done == done)) for title, done in groups
    ]
    return [group for group in found if group.rows]


def _task(instrument: Instrument, item_id: str, t: Texts, *, named: bool) -> str:
    number = question_numbers(instrument)[item_id]
    return (
        t.say("rate.instrument", instrument=instrument.title, n=number)
        if named
        else t.say("rate.task", n=number)
    )
