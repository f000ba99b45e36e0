"""Which address leads to which view."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from psychometrics.errors import PsychometricsError
from psychometrics.web.pages import finishing, rating, refusals, results, taking
from psychometrics.web.pages.refusals import Refused
from psychometrics.web.pages.site import STATIC, make_site, site_of, static_file
from psychometrics.web.pages.warming import warming
from psychometrics.web.security import Guard, Limits

if TYPE_CHECKING:
    from psychometrics.norming import Norms
    from psychometrics.web.store import Store

KEPT_FOR_GOOD = "public, max-age=31536000, immutable"


def build_app(
    store: Store,
    *,
    public_url: str,
    secret: str | None,
    norms: Mapping[str, Norms],
    limits: Limits | None,
    language: str,
) -> Starlette:
    """Return the app with all routes, behind its guard."""
    guard = Guard(store, public_url=public_url, secret=secret, refuse=refusals.on_guard, limits=limits)
    app = Starlette(
        routes=_routes(guard),
        middleware=guard.middleware(),
        lifespan=warming,
        exception_handlers={
            Refused: refusals.on_refused,
            404: refusals.on_not_found,
            405: refusals.on_not_found,
            PsychometricsError: refusals.on_own_error,
            Exception: refusals.on_crash,
        },
    )
    app.router.redirect_slashes = (
        False  # it would send people to the address this process sees, not to theirs
    )
    app.state.site = make_site(store, norms, guard.prefix, language)
    return app


def _quick(view: Callable[[Request], Response], store: Store) -> Callable[[Request], Any]:
    """Let a view that looks up one sitting run at once; in a file that takes less time than handing it to a thread."""

    async def at_once(request: Request) -> Response:
        return view(request)

    return at_once if store.reads_at_once else view


def _routes(guard: Guard) -> list[Route]:
    get, post = ["GET"], ["POST"]
    welcome = _quick(taking.show_welcome, guard.store)
    return [
        Route("/", welcome, methods=get),
        Route("/t/{token}", guard.enter(person="/take", rater="/rate"), methods=get),
        Route("/take", welcome, methods=get),
        Route("/take", _quick(taking.start, guard.store), methods=post),
        Route("/take/review", _quick(finishing.show_review, guard.store), methods=get),
        Route("/take/review", finishing.finish, methods=post),
        Route("/take/{number}", _quick(taking.show_page, guard.store), methods=get),
        Route("/take/{number}", taking.save_page, methods=post),
        Route("/done", _quick(finishing.show_done, guard.store), methods=get),
        Route("/result", results.show_result, methods=get),
        Route("/rate", rating.show_list, methods=get),
        Route("/rate/adjudicate", rating.show_queue, methods=get),
        Route("/rate/adjudicate", rating.hand_out, methods=post),
        Route("/rate/{assignment}", rating.show_answer, methods=get),
        Route("/rate/{assignment}", rating.save_answer, methods=post),
        Route("/static/{name}", _quick(show_static, guard.store), methods=get),
        Route("/favicon.ico", show_icon, methods=get),
        Route("/healthz", show_health, methods=get),
    ]


def show_static(request: Request) -> Response:
    """Send a file of the pages; its address changes with its content, so it is kept for good."""
    name = request.path_params["name"]
    if name not in STATIC:
        raise Refused("not_found")
    content, _ = static_file(name)
    return Response(content, headers={"content-type": STATIC[name], "cache-control": KEPT_FOR_GOOD})


def show_health(request: Request) -> Response:
    """Say that the app runs and its store answers."""
    site_of(request).store.raters()
    return PlainTextResponse("ok\n", headers={"cache-control": "no-store"})


def show_icon(request: Request) -> Response:  # noqa: ARG001
    """Send the icon to browsers that ask for it where no page names one."""
    return Response(static_file("icon.svg")[0], headers={"content-type": STATIC["icon.svg"]})
