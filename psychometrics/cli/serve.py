"""``psychometrics serve``: the web app on a store, for persons and raters who have links."""

from __future__ import annotations

import logging
import sys
from typing import Annotated

import typer

from psychometrics.cli.common import words

StoreArgument = Annotated[
    str, typer.Argument(metavar="STORE", help="Path of a SQLite file, or postgresql://user@host/database.")
]
HostOption = Annotated[str, typer.Option("--host", help="Address to listen on.")]
PortOption = Annotated[int, typer.Option("--port", min=0, max=65535, help="Port; 0 takes a free one.")]


def serve_command(
    store: StoreArgument,
    host: HostOption = "127.0.0.1",
    port: PortOption = 8765,
    public_url: Annotated[
        str | None,
        typer.Option("--public-url", help="The address people type, such as https://assess.example.org."),
    ] = None,
    workers: Annotated[
        int, typer.Option("--workers", min=1, help="Processes; several need PostgreSQL to gain.")
    ] = 1,
    norms: Annotated[
        list[str] | None, typer.Option("--norms", help="Edition that result pages use. May be repeated.")
    ] = None,
    proxy: Annotated[
        str | None,
        typer.Option("--proxy", help="Address of the reverse proxy whose X-Forwarded headers hold."),
    ] = None,
    log: Annotated[
        bool, typer.Option("--log", help="One line for each request: no tokens, no answers.")
    ] = False,
) -> None:
    """Serve the pages of a store until Ctrl-C; links come from psychometrics sittings invite."""
    from psychometrics.web.serving import serve
    from psychometrics.web.store import open_store

    if log:
        logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(message)s")
    with open_store(store, create=False) as opened:
        serve(
            opened,
            host=host,
            port=port,
            public_url=public_url,
            workers=workers,
            norms=tuple(norms or ()),
            proxy=proxy,
            ready=lambda address: words().print(
                f"serving {store} at {address} (Ctrl-C ends it)", markup=False
            ),
        )
