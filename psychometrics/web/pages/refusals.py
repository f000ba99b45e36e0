"""Pages and answers that say no, in the same look and in words a person can act on."""

from __future__ import annotations

import logging

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from psychometrics.errors import InstrumentError
from psychometrics.web.pages.site import site_of
from psychometrics.web.security.headers import shown_error

log = logging.getLogger("psychometrics.web")

STATUS = {
    "link": 404,
    "session": 401,
    "finished": 409,
    "person_only": 403,
    "rater_only": 403,
    "not_found": 404,
    "wording": 409,
    "rate": 429,
    "large": 413,
    "slow": 408,
    "form": 403,
    "host": 421,
    "busy": 503,
    "crash": 500,
}


class Refused(Exception):  # noqa: N818  (it ends a request on purpose)
    """A request that ends in a page of ``error.<kind>`` in the catalogue."""

    def __init__(self, kind: str, *, what: str = "", home: str = "") -> None:
        super().__init__(kind)
        self.kind = kind
        self.what = what
        self.home = home


def wants_json(request: Request) -> bool:
    """Return whether the page's own script asks."""
    return request.headers.get("accept", "").startswith("application/json")


def refusal(request: Request, refused: Refused) -> Response:
    """Return the page, or for the script the words that it shows."""
    site, kind = site_of(request), refused.kind
    what, do = refused.what or site.t.say(f"error.{kind}.what"), site.t.say(f"error.{kind}.do")
    if wants_json(request):
        return JSONResponse({"saved": False, "reason": f"{what} {do}".strip()}, STATUS[kind])
    home = site.url(refused.home) if refused.home else ""
    return site.page(
        "error", STATUS[kind], title=site.t.say(f"error.{kind}.title"), what=what, do=do, home=home
    )


def on_guard(request: Request, kind: str, status: int) -> Response:  # noqa: ARG001  (the status is that of the kind)
    """Answer a request that the guard did not let through."""
    return refusal(request, Refused(kind))


async def on_refused(request: Request, error: Exception) -> Response:
    """Answer a view that refused."""
    if not isinstance(error, Refused):
        raise error
    return refusal(request, error)


async def on_not_found(request: Request, error: Exception) -> Response:  # noqa: ARG001
    """Answer an address that is not there."""
    return refusal(request, Refused("not_found"))


async def on_own_error(request: Request, error: Exception) -> Response:
    """Answer when the library refuses: a definition without wording, or a store that does not keep things."""
    if isinstance(error, InstrumentError):
        return refusal(request, Refused("wording", what=error.message))
    log.error("%s", shown_error(error))
    return refusal(request, Refused("busy"))


async def on_crash(request: Request, error: Exception) -> Response:  # noqa: ARG001  (Starlette raises it again, for the log)
    """Answer when something failed that nobody foresaw."""
    return refusal(request, Refused("crash"))
