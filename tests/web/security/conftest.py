"""A small app behind the guard."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from store_clock_for_tests import Clock

from psychometrics.errors import Problem, StoreError
from psychometrics.web.security import Guard
from psychometrics.web.store import Store, open_store

HOME = "http://127.0.0.1:8765"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    with open_store(tmp_path / "store.sqlite", clock=clock) as opened:
        opened.add_instrument("gad-7")
        yield opened


async def show(request: Request) -> Response:
    session = request.state.session
    who = session and (session.sitting.person_id if session.sitting else session.rater.id)
    return JSONResponse({"kind": session and session.kind, "who": who, "csrf": session and session.csrf})


async def save(request: Request) -> Response:
    return PlainTextResponse((await request.body()).decode("latin-1"))


async def cached(request: Request) -> Response:
    return PlainTextResponse("x", headers={"cache-control": "public", "content-security-policy": "sandbox"})


async def crash(request: Request) -> Response:
    message = "secret words"
    if "store" in request.query_params:
        raise StoreError("the file was moved", problems=[Problem(where="j1", what=message)], hint=message)
    raise KeyError(message)


class Visitor:
    """A browser's cookies, and requests straight into an app."""

    def __init__(self, app: Starlette, base_url: str) -> None:
        self.app = app
        self.base_url = base_url
        self.cookies: dict[str, str] = {}

    def request(self, method: str, path: str, **options: object) -> httpx.Response:
        answer = asyncio.run(self._request(method, path, **options))
        self.cookies |= dict(answer.cookies)
        return answer

    async def _request(self, method: str, path: str, **options: object) -> httpx.Response:
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(
            transport=transport, base_url=self.base_url.partition("/rust")[0], cookies=self.cookies
        ) as client:
            return await client.request(method, path, **options)  # type: ignore[arg-type]

    def get(self, path: str, **options: object) -> httpx.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, **options: object) -> httpx.Response:
        return self.request("POST", path, **options)


def make_client(store: Store, public_url: str = HOME, **options: object) -> Visitor:
    guard = Guard(store, public_url=public_url, **options)  # type: ignore[arg-type]
    app = Starlette(
        routes=[
            Route("/t/{token}", guard.enter(person="/take", rater="/rate")),
            Route("/take", show),
            Route("/save", save, methods=["POST"]),
            Route("/static/x", cached),
            Route("/crash", crash),
        ],
        middleware=guard.middleware(),
    )
    return Visitor(app, public_url)


@pytest.fixture
def client(store: Store) -> Callable[..., Visitor]:
    """Return a way to make clients of an app behind a guard."""
    return lambda *args, **options: make_client(store, *args, **options)
