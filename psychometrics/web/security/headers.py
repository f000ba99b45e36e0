"""Headers of every answer, the nonce of a page, and the log line of a request."""

from __future__ import annotations

import logging
import re
import secrets
import time
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING

from psychometrics.errors import PsychometricsError
from psychometrics.web.security.content_policy import content_policy

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

    from psychometrics.web.security.guard import Guard

log = logging.getLogger("psychometrics.web")
TOKEN_IN_PATH = re.compile(r"(/t/)[^/]+")
UNSAFE_IN_LOG = re.compile(r"[^\x21-\x7e]")
LONGEST_PATH = 200
FIXED = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"x-frame-options": b"DENY",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"permissions-policy": b"camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    b"x-robots-tag": b"noindex, nofollow",
}
NO_STORE = {b"cache-control": b"no-store"}
HSTS = {b"strict-transport-security": b"max-age=31536000"}


class SetHeaders:
    """Add to every answer what its view did not set, and write one line to the log.

    The nonce of the page's policy is ``request.state.nonce``. The log holds method, path, status and time: no token, no
    query, no body, no cookie, no address. Of what failed it holds where, and of our own errors the first sentence; the
    words of others may hold an answer.
    """

    def __init__(self, app: Callable[..., object], guard: Guard) -> None:
        self.app = app
        self.guard = guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Go on, and complete the answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)  # type: ignore[misc]
            return
        nonce = secrets.token_urlsafe(16)
        scope.setdefault("state", {})["nonce"] = nonce
        begun, status = time.perf_counter(), 0

        async def complete(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = self._completed(message["headers"], nonce)
            await send(message)

        try:
            if not self.guard.is_own_host(scope):
                await self.guard.refuse(scope, receive, complete, "host", 421)
            else:
                await self.app(scope, receive, complete)  # type: ignore[misc]
        except Exception as error:
            log.error("%s\n%s", shown_error(error), "".join(traceback.format_tb(error.__traceback__)))
            if status:
                raise
            kind = ("busy", 503) if isinstance(error, PsychometricsError) else ("crash", 500)
            await self.guard.refuse(scope, receive, complete, *kind)
        finally:
            milliseconds = 1000 * (time.perf_counter() - begun)
            log.info("%s %s %d %.0f ms", scope["method"], shown_path(scope["path"]), status, milliseconds)

    def _completed(self, given: list[tuple[bytes, bytes]], nonce: str) -> list[tuple[bytes, bytes]]:
        present = {name.lower() for name, _ in given}
        wanted = {
            **FIXED,
            **NO_STORE,
            **(HSTS if self.guard.secure else {}),
            b"content-security-policy": content_policy(nonce).encode(),
        }
        return [*given, *((name, value) for name, value in wanted.items() if name not in present)]


def shown_error(error: Exception) -> str:
    """Return what may stand of an error in a log: of our own the sentence that says what is wrong, without the values."""
    name = type(error).__name__
    return f"{name}: {error.message}" if isinstance(error, PsychometricsError) else name


def shown_path(path: str) -> str:
    """Return a path as it may stand in a log: without tokens, and on one line."""
    return UNSAFE_IN_LOG.sub("?", TOKEN_IN_PATH.sub(r"\1…", path)[:LONGEST_PATH].replace("…", "..."))
