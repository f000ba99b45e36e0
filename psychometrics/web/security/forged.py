"""Requests that another site makes a browser send: refused by where they come from and by a token they cannot know.

A request that changes something needs a session and the form token of that very session, in the field ``csrf_token`` or
the header ``X-CSRF-Token``. Before that its origin is looked at: ``Sec-Fetch-Site`` where the browser sends it, and
``Origin``. Under ``Referrer-Policy: no-referrer`` browsers send ``Origin: null`` with their own forms (Fetch standard,
"append a request Origin header"), so null alone proves nothing either way: the token decides.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from psychometrics.web.store.tokens import same

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

    from psychometrics.web.security.guard import Guard

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
FIELD = re.compile(rb"(?:^|&)csrf_token=([^&]*)")  # letters and digits, which browsers send as they are
HEADER = b"x-csrf-token"
FORM = b"application/x-www-form-urlencoded"


class Gone(Exception):  # noqa: N818  (the client went away; nobody waits for an answer)
    """The client broke off in the middle of its request."""


class RefuseForged:
    """Let a request that changes something through only if our own page sent it."""

    def __init__(self, app: Callable[..., object], guard: Guard) -> None:
        self.app = app
        self.guard = guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check, and hand the body on unchanged."""
        if scope["type"] != "http" or scope["method"] in SAFE:
            await self.app(scope, receive, send)  # type: ignore[misc]
            return
        headers = dict(scope["headers"])
        session = scope["state"]["session"]
        if not self.guard.is_own_origin(headers):
            await self.guard.refuse(scope, receive, send, "form", 403)
            return
        if session is None:
            await self.guard.refuse(scope, receive, send, "session", 401)
            return
        try:
            async with asyncio.timeout(self.guard.limits.body_seconds):
                body = await _read(receive)
        except TimeoutError:
            await self.guard.refuse(scope, receive, send, "slow", 408)
            return
        except Gone:
            return
        if not same(_sent_token(headers, body), session.csrf):
            await self.guard.refuse(scope, receive, send, "form", 403)
            return
        await self.app(scope, _again(body, receive), send)  # type: ignore[misc]


async def _read(receive: Receive) -> bytes:
    parts = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        parts += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(parts)


def _sent_token(headers: dict[bytes, bytes], body: bytes) -> str:
    if HEADER in headers:
        return headers[HEADER].decode("latin-1")
    if not headers.get(b"content-type", b"").lower().startswith(FORM):
        return ""
    found = FIELD.search(body)  # the form itself is read once, by its view
    return found[1].decode("latin-1") if found else ""


def _again(body: bytes, receive: Receive) -> Receive:
    """Return a way to receive the body that was read already."""
    sent = False

    async def replay() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
