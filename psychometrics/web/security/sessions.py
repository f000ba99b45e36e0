"""Sessions: the link is shown once and exchanged for a cookie, so that no address holds a secret.

The cookie names the hash of the link and is signed with a secret of the store; whoever can read the database alone can
make neither a link nor a cookie. It ends with the browser, after a day, or with the link, whichever comes first.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from starlette.concurrency import run_in_threadpool
from starlette.requests import cookie_parser

from psychometrics.web.store.tokens import derived_key, same

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from psychometrics.web.security.guard import Guard
    from psychometrics.web.store import Rater, Sitting, Store

COOKIE = "psychometrics"
LONGEST_SESSION = 86_400
STATIC = "/static/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Who asks: a person at a sitting, or a rater.

    Attributes
    ----------
    kind : {"person", "rater"}
    key : str
        Hash of the link.
    csrf : str
        What a form must send back in the field ``csrf_token``.
    sitting : Sitting or None
    rater : Rater or None
    """

    kind: Literal["person", "rater"]
    key: str = field(repr=False)
    csrf: str = field(repr=False)
    sitting: Sitting | None = None
    rater: Rater | None = None


class Cookies:
    """Signs and reads the cookie, and knows the token of its forms."""

    def __init__(self, secret: str, *, clock: Callable[[], float] = time.time) -> None:
        self._cookie = derived_key(secret, "cookie")
        self._form = derived_key(secret, "form")
        self._clock = clock

    def seal(self, key: str) -> str:
        """Return the cookie for a link."""
        body = f"{key}.{int(self._clock())}.{secrets.token_urlsafe(12)}"
        return f"{body}.{_mac(self._cookie, body)}"

    def read(self, cookie: str) -> str | None:
        """Return the link's hash of a cookie; None when it was not signed here or is too old."""
        body, _, mac = cookie.rpartition(".")
        if not same(_mac(self._cookie, body), mac):
            return None
        key, issued, _ = body.split(".")
        return key if self._clock() - int(issued) <= LONGEST_SESSION else None

    def form_token(self, key: str) -> str:
        """Return the token that forms of a link's sessions carry; whoever opens the link again can go on in both tabs."""
        return _mac(self._form, key)


def _mac(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def find_session(store: Store, cookies: Cookies, cookie: str) -> Session | None:
    """Return who a cookie belongs to, if its link is still open."""
    key = cookies.read(cookie)
    if key is None:
        return None
    csrf = cookies.form_token(key)
    sitting = store.sitting_by_key(key)
    if sitting is not None:
        return Session(kind="person", key=key, csrf=csrf, sitting=sitting)
    rater = store.rater_by_key(key)
    return None if rater is None else Session(kind="rater", key=key, csrf=csrf, rater=rater)


class ReadSession:
    """Put the session into ``request.state.session`` (None without one), and hold it to its rate."""

    def __init__(self, app: Callable[..., object], guard: Guard) -> None:
        self.app = app
        self.guard = guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Find the session and go on."""
        if scope["type"] == "http":
            state = scope.setdefault("state", {})
            state["session"] = None
            cookie = cookie_of(scope, self.guard.cookie_name)
            if cookie and not scope["path"].startswith(STATIC):
                session = await self._find(cookie)
                state["session"] = session
                wait = self.guard.sessions.take(session.key) if session else 0.0
                if wait:
                    await self.guard.refuse(scope, receive, send, "rate", 429, wait=wait)
                    return
        await self.app(scope, receive, send)  # type: ignore[misc]

    async def _find(self, cookie: str) -> Session | None:
        """Look a session up; in a file that takes less time than handing it to a thread would."""
        store, cookies = self.guard.store, self.guard.cookies
        if store.reads_at_once:
            return find_session(store, cookies, cookie)
        return await run_in_threadpool(find_session, store, cookies, cookie)


def cookie_of(scope: Scope, name: str) -> str:
    """Return a cookie of a request, empty without one."""
    for header, value in scope["headers"]:
        if header == b"cookie":
            found = cookie_parser(value.decode("latin-1")).get(name)
            if found:
                return found
    return ""
