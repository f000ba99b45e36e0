"""The guard of one app: its limits, its keys, its origin; and the way in by a link."""

from __future__ import annotations

import math
import re
from collections.abc import Awaitable, Callable
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from psychometrics.errors import StoreError
from psychometrics.web.security.forged import RefuseForged
from psychometrics.web.security.headers import SetHeaders
from psychometrics.web.security.limits import Buckets, LimitRequests, Limits, client_of
from psychometrics.web.security.sessions import COOKIE, Cookies, ReadSession
from psychometrics.web.store.tokens import token_key

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from psychometrics.web.store import Store

DEFAULT_URL = "http://127.0.0.1:8765"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
Refuse = Callable[[Request, str, int], Response]
SAID = {
    "rate": "Too many requests. Please wait a moment and try again.",
    "large": "That was too much at once. Nothing of it was kept.",
    "form": "This form did not come from this page. Please go back, reload the page and try again.",
    "session": "Your visit has ended. Please open your link again.",
    "link": "This link is not valid, or no longer. Please ask for a new one.",
    "slow": "The answer did not arrive in time. Please try again.",
    "busy": "The server cannot keep anything at the moment. Please try again.",
    "crash": "Something failed on the server. Please try again.",
    "host": "This server does not answer to that name.",
}


class Guard:
    """What protects one app.

    Parameters
    ----------
    store : Store
    public_url : str
        The address people use, such as ``https://assess.example.org/app``. With https, cookies are for https alone and
        browsers are told to stay there. Requests under another host name are refused.
    secret : str, optional
        Signs cookies and forms; ``store.secret()`` when left out.
    refuse : callable, optional
        ``(request, kind, status) -> Response``: the page of a refusal; ``kind`` is one of rate, large, form, session,
        link, slow, host, busy, crash.
    limits : Limits

    Notes
    -----
    ``Starlette(routes=[Route("/t/{token}", guard.enter(person="/", rater="/rate")), ...], middleware=guard.middleware())``
    gives views ``request.state.session`` (a :class:`Session` or None) and ``request.state.nonce``. Every form has a
    hidden field ``csrf_token`` with ``request.state.session.csrf``.
    """

    def __init__(
        self,
        store: Store,
        *,
        public_url: str = DEFAULT_URL,
        secret: str | None = None,
        refuse: Refuse | None = None,
        limits: Limits | None = None,
    ) -> None:
        parts = web_address(public_url or DEFAULT_URL)
        self.store = store
        self.secure = parts.scheme == "https"
        self.host = parts.hostname or ""
        self.origin = f"{parts.scheme}://{parts.netloc}".lower()
        self.prefix = parts.path.rstrip("/")
        self.limits = limits or Limits()
        self.cookies = Cookies(secret or store.secret())
        self.cookie_name = f"__Host-{COOKIE}" if self.secure else COOKIE
        self.clients = Buckets(self.limits.client_rate, self.limits.client_burst)
        self.sessions = Buckets(self.limits.session_rate, self.limits.session_burst)
        self.wrong_links = Buckets(self.limits.wrong_link_rate, self.limits.wrong_link_burst)
        self._refuse = refuse or plain_refusal

    def middleware(self) -> list[Middleware]:
        """Return the middleware, outermost first."""
        return [
            Middleware(kind, guard=self) for kind in (SetHeaders, LimitRequests, ReadSession, RefuseForged)
        ]

    async def refuse(
        self, scope: Scope, receive: Receive, send: Send, kind: str, status: int, *, wait: float = 0.0
    ) -> None:
        """Answer a request that does not get through."""
        await self.refusal(Request(scope, receive), kind, status, wait=wait)(scope, receive, send)

    def refusal(self, request: Request, kind: str, status: int, *, wait: float = 0.0) -> Response:
        """Return the answer to a request that does not get through."""
        response = self._refuse(request, kind, status)
        response.status_code = status
        if wait:
            response.headers["retry-after"] = str(math.ceil(wait))
        return response

    def is_own_host(self, scope: Scope) -> bool:
        """Return whether a request was sent to our name; a page that rebinds its own name to us is not ours."""
        host = _host(dict(scope["headers"]).get(b"host", b"").decode("latin-1"))
        return host == self.host or (self.host in LOOPBACK and host in LOOPBACK)

    def is_own_origin(self, headers: dict[bytes, bytes]) -> bool:
        """Return whether a request comes from one of our pages, as far as its headers tell."""
        if headers.get(b"sec-fetch-site", b"none") not in (b"same-origin", b"none"):
            return False
        origin = headers.get(b"origin", b"null").decode("latin-1").lower()
        if origin in ("null", self.origin):
            return True
        sent_to = headers.get(b"host", b"").decode("latin-1").lower()
        return self.host in LOOPBACK and _host(sent_to) in LOOPBACK and origin == f"http://{sent_to}"

    def enter(self, **destinations: str) -> Callable[[Request], Awaitable[Response]]:
        """Return the view of ``/t/{token}``: it takes the token, sets the cookie and sends the browser on.

        Parameters
        ----------
        **destinations : str
            Where a ``person`` and a ``rater`` go.
        """

        async def view(request: Request) -> Response:
            token = request.path_params["token"]
            kind = await run_in_threadpool(self._kind, token)
            if kind is None:  # a good link is never held up by the bad ones of others behind the same address
                wait = self.wrong_links.take(client_of(request.scope))
                return self.refusal(request, *(("rate", 429) if wait else ("link", 404)), wait=wait)
            response = onward(f"{self.prefix}{destinations[kind]}")
            self.set_cookie(response, token_key(token))
            return response

        return view

    def _kind(self, token: str) -> str | None:
        if self.store.sitting(token) is not None:
            return "person"
        return "rater" if self.store.rater(token) is not None else None

    def set_cookie(self, response: Response, key: str) -> None:
        """Begin a session: the cookie ends with the browser."""
        response.set_cookie(
            self.cookie_name,
            self.cookies.seal(key),
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="strict",
        )

    def leave(self, response: Response) -> None:
        """End a session: the browser forgets the cookie."""
        response.delete_cookie(
            self.cookie_name, path="/", secure=self.secure, httponly=True, samesite="strict"
        )


def onward(address: str) -> HTMLResponse:
    """Return a page that goes on by itself.

    Not a redirect: a browser that comes from a link in a mail would follow it without the strict cookie, since another
    site began that navigation. A page of ours begins a new one.
    """
    where = escape(address, quote=True)
    return HTMLResponse(
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>One moment</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="refresh" content="0; url={where}"></head>'
        f'<body><main><h1>One moment</h1><p><a href="{where}">Go on</a></p></main></body></html>'
    )


def plain_refusal(request: Request, kind: str, status: int) -> Response:  # noqa: ARG001
    """Return a refusal without any look."""
    return HTMLResponse(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(SAID[kind])}</title></head>'
        f"<body><main><h1>{escape(SAID[kind])}</h1></main></body></html>",
        status,
    )


def web_address(text: str) -> SplitResult:
    """Return the parts of an address that people can type; its port is a port, and nothing in it is blank."""
    try:
        parts = urlsplit(text)
        named = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        if named and not re.search(r"[\s@?#]", text):
            return parts
    except ValueError:
        pass
    raise StoreError(
        f"{text}: not a web address", hint="Such as https://assess.example.org or http://127.0.0.1:8765."
    )


def _host(text: str) -> str:
    try:
        return urlsplit(f"//{text}").hostname or ""
    except ValueError:
        return ""
