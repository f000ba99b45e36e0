"""Taking it: the welcome page, the pages of questions, the overview, the end."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Mapping

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from psychometrics.errors import StoreError
from psychometrics.instrument import Instrument
from psychometrics.web.flow import (
    Page,
    asked_items,
    next_page,
    previous_page,
    progress,
    resume_page,
)
from psychometrics.web.pages.access import Visitor, form_token, person_of
from psychometrics.web.pages.forms import (
    MOST_TEXT,
    Form,
    Given,
    anchor,
    read_form,
    read_page,
    read_seconds,
    visit_name,
)
from psychometrics.web.pages.going import go_to
from psychometrics.web.pages.refusals import Refused, wants_json
from psychometrics.web.pages.site import Site, site_of
from psychometrics.web.pages.take_view import minutes_in_words, page_view

PAGE_NUMBER = re.compile("[1-9][0-9]{0,5}")


def show_welcome(request: Request) -> Response:
    """Say what this is, how long it takes, who sees the answers; or where to go on."""
    site = site_of(request)
    visitor = person_of(request)
    if visitor.finished:
        return go_to(site, "/done")
    instrument = visitor.instrument
    site.plan(instrument)
    n_tasks = sum(entry.kind == "rubric" for entry in instrument.definition.items)
    n_questions = len(instrument.items)
    return site.page(
        "welcome",
        instrument=instrument,
        definition=instrument.definition,
        language=instrument.definition.language,
        n_tasks=n_tasks,
        contents=_contents(site, n_questions, n_tasks),
        duration=_duration(site, visitor),
        done=progress(instrument, visitor.answers),
        stopped="stopped" in request.query_params,
        csrf=form_token(request),
    )


def _contents(site: Site, n_questions: int, n_tasks: int) -> str:
    questions = site.t.say("welcome.questions", n=n_questions)
    tasks = site.t.say("welcome.tasks", n=n_tasks)
    which = "both" if n_questions and n_tasks else "questions" if n_questions else "tasks"
    return site.t.say(f"welcome.contents_{which}", questions=questions, tasks=tasks)


def _duration(site: Site, visitor: Visitor) -> str:
    spans = tuple(f"{float(one):g}" for one in visitor.instrument.definition.minutes or ())
    expires = site.date(visitor.sitting.expires)
    if not spans:
        return site.t.say("welcome.duration_unknown", expires=expires)
    return site.t.say("welcome.duration", minutes=minutes_in_words(spans, site.t), expires=expires)


def start(request: Request) -> Response:
    """Go to the first page, or to the first question without an answer."""
    site = site_of(request)
    visitor = person_of(request)
    if visitor.finished:
        return go_to(site, "/done")
    page = resume_page(site.plan(visitor.instrument), visitor.instrument, visitor.answers)
    return go_to(site, "/take/review" if page is None else f"/take/{page.number}")


def show_page(request: Request) -> Response:
    """Show a page of questions with the answers so far."""
    site = site_of(request)
    visitor = person_of(request)
    if visitor.finished:
        return go_to(site, "/done")
    page = _page(site, visitor.instrument, request)
    asked = asked_items(visitor.instrument, visitor.answers)
    if not set(asked) & set(page.item_ids):
        return go_to(site, _after(site, visitor.instrument, visitor.answers, page, "next"))
    return _render(request, site, visitor, page, asked)


def _page(site: Site, instrument: Instrument, request: Request) -> Page:
    number = request.path_params["number"]
    page = site.plan(instrument).page(int(number)) if PAGE_NUMBER.fullmatch(number) else None
    if page is None:
        raise Refused("not_found", home="/take")
    return page


def _render(
    request: Request,
    site: Site,
    visitor: Visitor,
    page: Page,
    asked: tuple[str, ...],
    given: Given | None = None,
) -> Response:
    given = given or Given()
    view = page_view(
        visitor.instrument,
        site.plan(visitor.instrument),
        page,
        asked,
        visitor.answers,
        site.t,
        visit=secrets.token_hex(8),
        opened=f"{time.time():.1f}",
        problems=given.problems,
        sent=given.sent,
    )
    return site.page(
        "take",
        422 if given.problems else 200,
        view=view,
        instrument=visitor.instrument,
        language=visitor.instrument.definition.language,
        done=progress(visitor.instrument, visitor.answers),
        problems=given.problems,
        most_text=MOST_TEXT,
        csrf=form_token(request),
    )


async def save_page(request: Request) -> Response:
    """Save the answers of a page, then go where the button says."""
    form = await read_form(request)
    return await run_in_threadpool(_save_page, request, form)


def _save_page(request: Request, form: Form) -> Response:
    site = site_of(request)
    visitor = person_of(request)
    if visitor.finished:
        raise Refused("finished", home="/done")
    instrument = visitor.instrument
    page = _page(site, instrument, request)
    asked = asked_items(instrument, visitor.answers)
    cleared = form.get("clear", "")
    given = read_page(instrument, page, asked, form, visitor.answers, site.t)
    if cleared in page.item_ids:
        given.answers[cleared] = None
    _keep(site, visitor, given, form)
    after = visitor.with_answers(given.answers)
    if given.problems:
        return _said_no(request, site, after, page, asked, given)
    to = f"/take/{page.number}#{anchor(cleared)}" if cleared in page.item_ids else ""
    go = form.get("go", "save")
    to = to or _after(site, instrument, after.answers, page, go)
    if wants_json(request):
        done = progress(instrument, after.answers)
        words = site.t.say("take.progress", n=done.n_answered, of=done.n_asked)
        said = {"saved": True, "n": done.n_answered, "of": done.n_asked, "words": words}
        return JSONResponse(said if go == "save" and not cleared else {**said, "to": site.url(to)})
    return go_to(site, to)


def _keep(site: Site, visitor: Visitor, given: Given, form: Form) -> None:
    """Save in the store; what is acknowledged afterwards is on the disk."""
    if not given.answers:
        return
    seconds, measured = read_seconds(form, tuple(given.answers), time.time())
    try:
        site.store.save_answers(
            visitor.sitting.id, given.answers, seconds=seconds, visit=visit_name(form, measured=measured)
        )
    except StoreError:
        now = site.store.sitting_by_key(visitor.sitting.key)
        if now is not None and now.finished is not None:  # handed in from another tab, a moment ago
            raise Refused("finished", home="/done") from None
        raise


def _said_no(
    request: Request, site: Site, visitor: Visitor, page: Page, asked: tuple[str, ...], given: Given
) -> Response:
    if wants_json(request):
        reason = " ".join(problem.text for problem in given.problems)
        return JSONResponse({"saved": False, "reason": reason}, 422)
    return _render(request, site, visitor, page, asked, given)


def _after(
    site: Site, instrument: Instrument, answers: Mapping[str, int | str | None], page: Page, go: str
) -> str:
    """Return where a button leads, given the answers as they are now."""
    if go == "stop":
        return "/take?stopped"
    if go == "save":
        return f"/take/{page.number}"
    plan, asked = site.plan(instrument), asked_items(instrument, answers)
    if go == "back":
        before = previous_page(plan, asked, page.number)
        return "/take" if before is None else f"/take/{before.number}"
    following = next_page(plan, asked, page.number)
    return "/take/review" if following is None else f"/take/{following.number}"
