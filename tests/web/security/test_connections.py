"""Real sockets against a real server: whoever sends half a request does not hold a connection for ever."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from psychometrics.web.security import connections

HEAD = b"GET / HTTP/1.1\r\nHost: x\r\n"


async def hello(request: Request) -> PlainTextResponse:
    return PlainTextResponse("hello")


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    import uvicorn

    app = Starlette(routes=[Route("/", hello, methods=["GET", "POST"])])
    config = uvicorn.Config(
        app,
        log_level="error",
        http="psychometrics.web.security.connections:Patient",
        ws="none",
        lifespan="off",
        timeout_keep_alive=1,  # uvicorn's own patience after an answer, in whole seconds
    )
    server = uvicorn.Server(config)
    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    yield listening.getsockname()[1]
    server.should_exit = True
    thread.join(10)
    listening.close()


def answer(port: int, *parts: bytes) -> bytes:
    """Send parts and read until the server closes; a test that fails here waits for half a minute."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        try:
            for part in parts:
                client.sendall(part)
            return b"".join(iter(lambda: client.recv(65_536), b""))
        except ConnectionError:
            return b""


@pytest.mark.parametrize("parts", [[], [b"GET"], [HEAD, b"X-slow:"], [HEAD + b"\r\n", HEAD]])
def test_half_a_request_is_waited_for_no_longer_than_allowed(
    port: int, parts: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.3)
    said = answer(port, *parts)
    assert said.count(b"200 OK") == (HEAD + b"\r\n" in parts)


def test_a_body_that_goes_on_after_the_answer_is_not_read_for_ever(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.3)
    said = answer(port, HEAD.replace(b"GET", b"POST") + b"Content-Length: 100\r\n\r\n", b"a")
    assert said.count(b"200 OK") == 1


def test_a_head_without_end_is_refused(port: int) -> None:
    # no more than goes beyond the limit: what arrives after the server has closed would cut off its answer
    assert b" 431 " in answer(port, HEAD + b"X: ", *[b"a" * 16_384] * 4)
    assert b"200 OK" in answer(port, HEAD + b"Connection: close\r\nX: ", b"a" * 16_384, b"\r\n\r\n")
