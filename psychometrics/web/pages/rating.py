"""The rater's side: the list, one answer after the other, and the queue of answers that need a further rating."""

from __future__ import annotations

import secrets
import time
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from psychometrics.errors import StoreError
from psychometrics.instrument import Instrument
from psychometrics.web.pages.access import form_token, rater_of
from psychometrics.web.pages.forms import (
    Form,
    FormProblem,
    question_numbers,
    read_form,
    read_seconds,
    visit_name,
)
from psychometrics.web.pages.going import go_to
from psychometrics.web.pages.rate_view import Levels, list_view, rate_view, read_levels
from psychometrics.web.pages.refusals import Refused, wants_json
from psychometrics.web.pages.site import Site, site_of

if TYPE_CHECKING:
    from psychometrics.web.store import Assignment, Rater, RaterTask


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """A criterion on which answers are disputed: how many nobody settles yet, how many are handed out."""

    task: str
    criterion: str
    n_open: int
    n_given: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueView:
    """The disputed criteria of one instrument."""

    instrument: str
    title: str
    rows: tuple[QueueRow, ...]

    @property
    def n_open(self) -> int:
        """How many disputes nobody settles yet."""
        return sum(row.n_open for row in self.rows)


def show_list(request: Request) -> Response:
    """Show what a rater is to rate and has rated."""
    site = site_of(request)
    assignments = site.store.tasks_for(rater_of(request).id)
    done = sum(one.finished is not None for one in assignments)
    note = (
        site.t.say("rate.empty")
        if not assignments
        else site.t.say("rate.all_done")
        if done == len(assignments)
        else ""
    )
    return site.page(
        "rate_list",
        groups=list_view(assignments, _instruments(site, assignments), site.t),
        total=len(assignments),
        n_done=done,
        note=note,
    )


def _instruments(site: Site, assignments: tuple[Assignment, ...]) -> dict[str, Instrument]:
    return {name: site.store.instrument(name) for name in {one.instrument for one in assignments}}


def show_answer(request: Request) -> Response:
    """Show one answer beside the rubric."""
    site = site_of(request)
    rater = rater_of(request)
    task = _task(site, rater, request)
    return _render(request, site, rater, task, task.levels)


def _task(site: Site, rater: Rater, request: Request) -> RaterTask:
    try:
        return site.store.task(request.path_params["assignment"], rater.id)
    except StoreError as error:
        raise Refused("not_found", home="/rate") from error


def _render(
    request: Request,
    site: Site,
    rater: Rater,
    task: RaterTask,
    chosen: Levels,
    problems: tuple[FormProblem, ...] = (),
) -> Response:
    ids = [one.id for one in site.store.tasks_for(rater.id)]
    view = rate_view(
        task,
        (ids.index(task.assignment_id) + 1, len(ids)),
        chosen,
        site.t,
        visit=secrets.token_hex(8),
        opened=f"{time.time():.1f}",
        problems=problems,
    )
    note = site.t.say("rate.rated_before") if view.finished else ""
    if "saved" in request.query_params and not problems:
        note = site.t.say("rate.saved")
    return site.page(
        "rate",
        422 if problems else 200,
        view=view,
        language=site.store.instrument(task.instrument).definition.language,
        note=note,
        problems=problems,
        csrf=form_token(request),
    )


async def save_answer(request: Request) -> Response:
    """Save a rating and show the next answer."""
    form = await read_form(request)
    return await run_in_threadpool(_save_answer, request, form)


def _save_answer(request: Request, form: Form) -> Response:
    site = site_of(request)
    rater = rater_of(request)
    task = _task(site, rater, request)
    levels, problems = read_levels(task.criteria, form, site.t)
    if problems and wants_json(request):
        return JSONResponse({"saved": False, "reason": " ".join(one.text for one in problems)}, 422)
    if problems:
        return _render(request, site, rater, task, levels, problems)
    seconds, measured = read_seconds(form, ("all",), time.time())
    site.store.save_ratings(
        task.assignment_id,
        rater.id,
        levels,
        seconds=seconds.get("all", 0.0),
        visit=visit_name(form, measured=measured),
    )
    left = [one.id for one in site.store.tasks_for(rater.id) if one.finished is None]
    to = f"/rate/{left[0]}?saved" if left else "/rate"
    return JSONResponse({"saved": True, "to": site.url(to)}) if wants_json(request) else go_to(site, to)


def show_queue(request: Request) -> Response:
    """Show on which criteria ratings lie far apart: how many answers, not which, and not what was given."""
    site = site_of(request)
    rater_of(request)
    queues = [queue for one in site.store.instruments() if (queue := _queue(site, one)) is not None]
    given = request.query_params.get("given", "")
    note = site.t.say("adjudicate.few") if "few" in request.query_params else ""
    if given.isdecimal():
        note = site.t.say("adjudicate.handed", n=int(given[:6]))
    return site.page("adjudicate", queues=queues, note=note, csrf=form_token(request))


def _queue(site: Site, instrument: Instrument) -> QueueView | None:
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for dispute in site.store.adjudication_queue(instrument.name):
        counts[dispute.criterion_id][dispute.adjudicator is not None] += 1
    numbers = question_numbers(instrument)
    rows = tuple(
        QueueRow(
            task=site.t.say("rate.task", n=numbers[one.item_id]),
            criterion=one.title,
            n_open=counts[one.id][0],
            n_given=counts[one.id][1],
        )
        for one in instrument.criteria
        if one.id in counts
    )
    return QueueView(instrument=instrument.name, title=instrument.title, rows=rows) if rows else None


async def hand_out(request: Request) -> Response:
    """Give every disputed answer to a rater who has not seen it."""
    form = await read_form(request)
    return await run_in_threadpool(_hand_out, request, form)


def _hand_out(request: Request, form: Form) -> Response:
    site = site_of(request)
    rater_of(request)
    name = form.get("instrument", "")
    if name not in {one.name for one in site.store.instruments()}:
        raise Refused("not_found", home="/rate/adjudicate")
    try:
        given = site.store.adjudicate(name)
    except StoreError:
        return go_to(site, "/rate/adjudicate?few")
    return go_to(site, f"/rate/adjudicate?given={given.new}")
