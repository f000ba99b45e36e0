"""How much one client may ask for: token buckets in this process, and a largest body.

A bucket holds ``burst`` requests and fills by ``rate`` a second. Buckets live in one process: with several workers, or
after a restart, a client may have that much more. They hold off a runaway script and guessing; against a flood from
many addresses stands the reverse proxy.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

    from psychometrics.web.security.guard import Guard

IPV6_NETWORK = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much is allowed.

    Attributes
    ----------
    body : int
        Bytes of a request.
    body_seconds : float
        Time in which a body must have arrived.
    client_rate, client_burst : float
        Requests of one address; a whole class may sit behind one.
    session_rate, session_burst : float
        Requests of one link.
    wrong_link_rate, wrong_link_burst : float
        Links that were wrong, of one address.
    """

    body: int = 1_000_000
    body_seconds: float = 30.0
    client_rate: float = 200.0
    client_burst: float = 1000.0
    session_rate: float = 5.0
    session_burst: float = 60.0
    wrong_link_rate: float = 0.2
    wrong_link_burst: float = 20.0


class Buckets:
    """One bucket for each key."""

    def __init__(
        self, rate: float, burst: float, *, clock: Callable[[], float] = time.monotonic, most: int = 20_000
    ) -> None:
        self.rate = rate
        self.burst = burst
        self.most = most
        self._clock = clock
        self._held: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> float:
        """Take one from a bucket: 0 when there was one, else the seconds until there is."""
        now = self._clock()
        left, then = self._held.pop(key, (self.burst, now))
        left = min(self.burst, left + (now - then) * self.rate)
        wait = 0.0 if left >= 1 else (1 - left) / self.rate
        self._held[key] = (left if wait else left - 1, now)
        if len(self._held) > self.most:
            self._held.popitem(last=False)  # whoever has been quiet longest
        return wait


def client_of(scope: Scope) -> str:
    """Return who asks: the address; of IPv6 the network, since one client has a whole one."""
    client = scope.get("client")
    if not client:
        return "local"
    try:
        address = ip_address(client[0])
    except ValueError:
        return str(client[0])
    if isinstance(address, IPv6Address):
        return str(int(address) >> (128 - IPV6_NETWORK))
    return str(address)


class TooLarge(Exception):  # noqa: N818  (it ends a request on purpose)
    """A body went beyond the limit while it was read."""


class LimitRequests:
    """Refuse clients that ask too often, and bodies that are too large."""

    def __init__(self, app: Callable[..., object], guard: Guard) -> None:
        self.app = app
        self.guard = guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer 429 or 413."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)  # type: ignore[misc]
            return
        wait = self.guard.clients.take(client_of(scope))
        if wait:
            await self.guard.refuse(scope, receive, send, "rate", 429, wait=wait)
            return
        if _announced(scope) > self.guard.limits.body:
            await self.guard.refuse(scope, receive, send, "large", 413)
            return
        await self._bounded(scope, receive, send)

    async def _bounded(self, scope: Scope, receive: Receive, send: Send) -> None:
        read, started = 0, False

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self.guard.limits.body:
                raise TooLarge
            return message

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, counted, watched)  # type: ignore[misc]
        except TooLarge:
            if started:
                raise
            await self.guard.refuse(scope, receive, send, "large", 413)


def _announced(scope: Scope) -> int:
    text = dict(scope["headers"]).get(b"content-length", b"0")
    return int(text) if text.isdigit() else 0
