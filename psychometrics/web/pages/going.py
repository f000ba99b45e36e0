"""Sending the browser on."""

from __future__ import annotations

from starlette.responses import RedirectResponse

from psychometrics.web.pages.site import Site

SEE_OTHER = 303


def go_to(site: Site, path: str) -> RedirectResponse:
    """Send the browser on with a plain GET, so that reloading a page never sends a form again."""
    return RedirectResponse(site.url(path), SEE_OTHER)
