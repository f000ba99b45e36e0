"""The result page of the person who took it: scored from the store, placed in the norms, nothing invented."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from psychometrics.web.pages.access import Visitor, person_of
from psychometrics.web.pages.going import go_to
from psychometrics.web.pages.site import Site, site_of
from psychometrics.web.security import policy_for_page

if TYPE_CHECKING:
    from psychometrics.norming import Norms


def show_result(request: Request) -> Response:
    """Show the result page; tasks that nobody rated yet stand there as not assessed."""
    site = site_of(request)
    visitor = person_of(request)
    if not visitor.finished:
        return go_to(site, "/take")
    html = result_html(site, visitor)
    return HTMLResponse(html, headers={"content-security-policy": policy_for_page(html)})


def result_html(site: Site, visitor: Visitor) -> str:
    """Return the result page of one sitting."""
    from psychometrics.report.person.building.reports import report_person

    sitting, name = visitor.sitting, visitor.instrument.name
    responses = site.store.responses(name, person_id=sitting.person_id)
    ratings = site.store.ratings(name, person_id=sitting.person_id) if visitor.instrument.criteria else None
    return report_person(
        site.store.scores(name, person_id=sitting.person_id),
        sitting.person_id,
        occasion=sitting.occasion,
        norms=_norms(site, visitor),
        responses=responses,
        ratings=ratings,
    ).to_html()


def _norms(site: Site, visitor: Visitor) -> Norms | str | None:
    given = site.norms.get(visitor.instrument.name)
    return given if given is not None else visitor.instrument.definition.default_norms and "default"
