"""The result page of the person who took it: scored from the store, placed in the norms, nothing invented."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from psychometrics.instrument import Instrument
from psychometrics.web.pages.access import Visitor, person_of
from psychometrics.web.pages.going import go_to
from psychometrics.web.pages.site import Site, site_of
from psychometrics.web.security import policy_for_page

if TYPE_CHECKING:
    from psychometrics.norming import Norms
    from psychometrics.responses import Ratings, Responses
    from psychometrics.scoring import Scores


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
    sitting, instrument = visitor.sitting, visitor.instrument
    responses = site.store.responses(instrument.name, person_id=sitting.person_id)
    ratings = (
        site.store.ratings(instrument.name, person_id=sitting.person_id) if instrument.criteria else None
    )
    scores = site.store.scores(instrument.name, person_id=sitting.person_id)
    return page_of(site, instrument, sitting.person_id, sitting.occasion, scores, responses, ratings)


def page_of(
    site: Site,
    instrument: Instrument,
    person_id: str,
    occasion: str,
    scores: Scores,
    responses: Responses,
    ratings: Ratings | None,
) -> str:
    """Return the result page of scores that were made from these answers."""
    from psychometrics.report.person.building.reports import report_person

    return report_person(
        scores,
        person_id,
        occasion=occasion,
        norms=_norms(site, instrument),
        responses=responses,
        ratings=ratings,
        language=site.t.language,
    ).to_html()


def _norms(site: Site, instrument: Instrument) -> Norms | str | None:
    given = site.norms.get(instrument.name)
    return given if given is not None else instrument.definition.default_norms and "default"
