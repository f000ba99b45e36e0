"""The overview before the end, handing in, and the page after it."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from psychometrics.web.flow import asked_items, previous_page, progress, stale_answers, unanswered
from psychometrics.web.pages.access import Visitor, form_token, person_of
from psychometrics.web.pages.forms import Form, anchor, read_form
from psychometrics.web.pages.going import go_to
from psychometrics.web.pages.site import Site, site_of
from psychometrics.web.pages.take_view import page_title


@dataclass(frozen=True, slots=True, kw_only=True)
class PartView:
    """A page in the overview: how many of its questions have no answer, and the first of them."""

    number: int
    title: str
    n_open: int
    anchor: str


def show_review(request: Request) -> Response:
    """Show what is answered and what is not, with links to jump there."""
    site = site_of(request)
    visitor = person_of(request)
    if visitor.finished:
        return go_to(site, "/done")
    instrument = visitor.instrument
    return site.page(
        "review",
        instrument=instrument,
        language=instrument.definition.language,
        done=progress(instrument, visitor.answers),
        parts=_parts(site, visitor),
        n_stale=len(stale_answers(instrument, visitor.answers)),
        csrf=form_token(request),
    )


def _parts(site: Site, visitor: Visitor) -> list[PartView]:
    instrument = visitor.instrument
    asked = asked_items(instrument, visitor.answers)
    left = unanswered(instrument, visitor.answers)
    parts = []
    for page in site.plan(instrument).pages:
        if set(asked) & set(page.item_ids):
            gaps = [item_id for item_id in left if item_id in page.item_ids]
            parts.append(
                PartView(
                    number=page.number,
                    title=page_title(instrument, page, asked, site.t),
                    n_open=len(gaps),
                    anchor=anchor(gaps[0]) if gaps else "",
                )
            )
    return parts


async def finish(request: Request) -> Response:
    """Hand in, or go back to the last page."""
    form = await read_form(request)
    return await run_in_threadpool(_finish, request, form)


def _finish(request: Request, form: Form) -> Response:
    site = site_of(request)
    visitor = person_of(request)
    if visitor.finished:
        return go_to(site, "/done")
    instrument = visitor.instrument
    plan = site.plan(instrument)
    if form.get("go") != "finish":
        last = previous_page(plan, asked_items(instrument, visitor.answers), len(plan.pages) + 1)
        return go_to(site, "/take" if last is None else f"/take/{last.number}")
    site.store.finish(visitor.sitting.id)
    return go_to(site, "/done")


def show_done(request: Request) -> Response:
    """Say that it is handed in, and what happens next."""
    site = site_of(request)
    visitor = person_of(request)
    if not visitor.finished:
        return go_to(site, "/take")
    instrument = visitor.instrument
    return site.page(
        "done",
        instrument=instrument,
        language=instrument.definition.language,
        n_tasks=sum(entry.kind == "rubric" for entry in instrument.definition.items),
        expires=site.date(visitor.sitting.expires),
    )
