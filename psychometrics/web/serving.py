"""Run the web app: one process on a SQLite file, or several on PostgreSQL behind a reverse proxy."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from psychometrics.errors import MissingPackageError, StoreError

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from psychometrics.norming import Norms
    from psychometrics.web.store import Store

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
BACKLOG = 2048
MOST_AT_ONCE = 2000
STORE_VARIABLE = "PSYCHOMETRICS_STORE"
URL_VARIABLE = "PSYCHOMETRICS_PUBLIC_URL"
NORMS_VARIABLE = "PSYCHOMETRICS_NORMS"


def serve(
    store: Store,
    *,
    host: str = "127.0.0.1",
    port: int = 8765,
    public_url: str | None = None,
    workers: int = 1,
    norms: tuple[str, ...] = (),
    proxy: str | None = None,
    ready: Callable[[str], None] | None = None,
    every_second: Callable[[], None] | None = None,
) -> None:
    """Serve a store until Ctrl-C; requests under way are finished first.

    Parameters
    ----------
    store : Store
    host : str
        Address to listen on. Beyond this machine only together with ``public_url``.
    port : int
        0 takes a free one.
    public_url : str, optional
        What people type; decides links, cookies and which host names are answered.
    workers : int
        Processes. One serves a class on SQLite; several share PostgreSQL (or take turns on SQLite), and each has rate
        limits of its own.
    norms : tuple of str
        Editions (names or paths) that result pages use, instead of the default of the definition.
    proxy : str, optional
        Address of the reverse proxy whose ``X-Forwarded-For`` and ``X-Forwarded-Proto`` are believed.
    ready : callable, optional
        Is told the address once connections are accepted.
    every_second : callable, optional
        Is called about once a second while one worker serves.

    Raises
    ------
    StoreError
        The port is taken, or the server would be open to the network without a public address.
    """
    if host not in LOOPBACK and public_url is None:
        raise StoreError(
            f"{host} is open to other machines, and there is no public address",
            hint="Give --public-url https://..., and put a reverse proxy with a certificate in front.",
        )
    listening = _listen(host, port)
    shown = f"[{host}]" if ":" in host else host
    address = public_url or f"http://{shown}:{listening.getsockname()[1]}"
    os.environ |= {
        STORE_VARIABLE: store.where if "://" in store.where else str(Path(store.where).resolve()),
        URL_VARIABLE: address,
        NORMS_VARIABLE: os.pathsep.join(norms),
    }
    if workers > 1:
        port = listening.getsockname()[1]
        listening.close()
        if ready is not None:
            ready(address)
        _serve_with_workers(host, port, workers, proxy)
        return
    try:
        _serve_alone(store, listening, address, norms, proxy, ready, every_second)
    finally:
        listening.close()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except (OSError, OverflowError) as error:
        listening.close()
        raise StoreError(
            f"{host}:{port}: cannot listen there ({getattr(error, 'strerror', '') or error})",
            hint="Another server may run there; choose another --port, or 0 for a free one.",
        ) from error
    return listening


def _settings(proxy: str | None) -> dict[str, Any]:
    """Return what every server of ours is like: no access log of uvicorn (it would show links), no version header."""
    return {
        "access_log": False,
        "log_config": None,
        "server_header": False,
        "proxy_headers": proxy is not None,
        "forwarded_allow_ips": proxy,
        "lifespan": "on",
        "limit_concurrency": MOST_AT_ONCE,
        "backlog": BACKLOG,
        "ws": "none",
        "http": "psychometrics.web.security.connections:Patient",
        "timeout_keep_alive": 75,  # longer than people look at a page, and than proxies keep theirs
        "timeout_graceful_shutdown": 10,
    }


def _serve_alone(
    store: Store,
    listening: socket.socket,
    address: str,
    norms: tuple[str, ...],
    proxy: str | None,
    ready: Callable[[str], None] | None,
    every_second: Callable[[], None] | None,
) -> None:
    uvicorn = _uvicorn()
    from psychometrics.web.app import make_app

    async def notify() -> None:
        if every_second is not None:
            await asyncio.to_thread(every_second)

    app = make_app(store, norms=editions(store, norms), public_url=address)
    config = uvicorn.Config(app, callback_notify=notify, timeout_notify=1, **_settings(proxy))
    if ready is not None:
        ready(address)
    uvicorn.Server(config).run(sockets=[listening])


def _serve_with_workers(host: str, port: int, workers: int, proxy: str | None) -> None:
    """Let uvicorn start the workers; each opens the store that the environment names."""
    app = "psychometrics.web.serving:app_from_environment"
    _uvicorn().run(app, factory=True, host=host, port=port, workers=workers, **_settings(proxy))


def _uvicorn() -> Any:
    try:
        import uvicorn
    except ImportError as error:
        raise MissingPackageError(
            "the server needs uvicorn", hint='Install it: pip install "psychometrics-engine[web]"'
        ) from error
    return uvicorn


def app_from_environment() -> Starlette:
    """Return the app that PSYCHOMETRICS_STORE and PSYCHOMETRICS_PUBLIC_URL describe; for workers and ASGI servers.

    PSYCHOMETRICS_NORMS may name editions, apart by the separator of paths.
    """
    from psychometrics.web.app import make_app
    from psychometrics.web.store import open_store

    where = os.environ.get(STORE_VARIABLE)
    if not where:
        raise StoreError(f"{STORE_VARIABLE} is not set", hint="Set it to the path or URL of the store.")
    store = open_store(where, create=False)
    names = tuple(name for name in os.environ.get(NORMS_VARIABLE, "").split(os.pathsep) if name)
    return make_app(store, norms=editions(store, names), public_url=os.environ.get(URL_VARIABLE, ""))


def editions(store: Store, names: tuple[str, ...]) -> Mapping[str, Norms]:
    """Return editions by the instrument of the store they were made for."""
    if not names:
        return {}
    from psychometrics.norming import load_norms

    instruments = store.instruments()
    found: dict[str, Norms] = {}
    for norms in map(load_norms, names):
        mine = [one.name for one in instruments if one.fingerprint == norms.head.fingerprint]
        if not mine:
            raise StoreError(f"{norms.name} was made for no instrument of this store")
        found |= dict.fromkeys(mine, norms)
    return found
