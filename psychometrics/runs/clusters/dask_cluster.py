"""The cluster that Dask works on: threads or processes of this machine, or a scheduler somewhere."""

from __future__ import annotations

import pkgutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from psychometrics.errors import MissingPackageError, Problem, RunError
from psychometrics.runs.clusters.dask_graph import JobGraph
from psychometrics.runs.clusters.found import Found
from psychometrics.runs.clusters.telling import Tell
from psychometrics.version import VERSION

Compute = Callable[[JobGraph, Tell], Found]
PORTED = ("tcp", "tls", "ws", "wss")
LOCAL = ("threads", "processes", "synchronous")
PATIENCE = 5
TICK = 0.5
ALONE = 300.0
"""Seconds to wait for a worker where all have gone; a cluster that grows with its work may start new ones."""
VERSION_OF_WORKER = "psychometrics.version:VERSION"


@contextmanager
def connected(cluster: Any) -> Iterator[Compute]:
    """Yield a function that computes a graph on the cluster, and tells what is done as it is done.

    Parameters
    ----------
    cluster : None, str, Client or Cluster
        None for what Dask has as its default; ``"threads"``, ``"processes"``; the address of a scheduler.

    Raises
    ------
    RunError
        Nobody answers within seconds, there are no workers, or a worker lacks the package.
    MissingPackageError
        Dask is not installed.
    """
    need("dask")
    if isinstance(cluster, str) and cluster in LOCAL:
        yield partial(_here, cluster)
        return
    client = _active() if cluster is None else cluster
    if client is None:
        yield partial(_here, None)
        return
    need("distributed")
    if _is_client(client):
        check_workers(client)
        yield partial(_there, client)
        return
    with _client(client) as opened:
        check_workers(opened)
        yield partial(_there, opened)


def _here(scheduler: str | None, graph: JobGraph, tell: Tell) -> Found:
    """Compute on threads or processes of this machine."""
    from dask.callbacks import Callback
    from dask.delayed import Delayed

    told = set(graph.told)

    def after(key: Any, result: Any, *_: Any) -> None:
        if key in told:
            tell(result)

    with Callback(posttask=after):  # type: ignore[no-untyped-call]
        found: Found = Delayed(graph.total, graph.tasks).compute(scheduler=scheduler)  # type: ignore[no-untyped-call]
    return found


def _there(client: Any, graph: JobGraph, tell: Tell) -> Found:
    """Compute where the client works."""
    total, told = client.get(graph.tasks, [graph.total, list(graph.told)], sync=False)
    left, seen = set(told), time.monotonic()
    while not total.done():
        _wait(client, total)
        done = {one for one in left if one.status == "finished"}
        for one in client.gather(list(done)):
            tell(one)
        left -= done
        seen = time.monotonic() if client.nthreads() else seen
        if time.monotonic() - seen > ALONE:
            raise RunError(
                "the Dask cluster has lost all its workers",
                hint="See why they died: most often memory ran out. Start workers and run again.",
            )
    try:
        found: Found = total.result()
    except Exception as error:
        broken = [one.key for one in told if one.status == "error"]
        error.add_note(f"behind {', '.join(broken[:1])}")
        raise
    return found


def _wait(client: Any, future: Any) -> None:
    from distributed import wait

    with suppress(TimeoutError), client.as_current():
        wait(future, timeout=TICK)  # type: ignore[no-untyped-call]


def need(package: str) -> None:
    """Refuse to go on without a package."""
    from importlib import import_module

    try:
        import_module(package)
    except ImportError as error:
        raise MissingPackageError(
            f"running on Dask needs the package {package}",
            hint='Install it: pip install "psychometrics-engine[dask]"',
        ) from error


def _active() -> Any:
    """Return the client that is active, if the package is loaded at all."""
    if "distributed" not in sys.modules:
        return None
    from distributed import default_client

    try:
        return default_client()  # type: ignore[no-untyped-call]
    except ValueError:
        return None


def _is_client(cluster: Any) -> bool:
    from distributed import Client

    return isinstance(cluster, Client)


@contextmanager
def _client(cluster: Any) -> Iterator[Any]:
    """Yield a client of our own, which leaves the default one as it is."""
    from distributed import Client

    address = getattr(cluster, "scheduler_address", cluster)
    try:
        _need_port(address)
        client = Client(cluster, timeout=PATIENCE, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, TypeError) as error:
        raise RunError(
            f"{address}: no Dask scheduler answers",
            problems=[Problem(where=str(address), what=_line(error))],
            hint='Check the address ("tcp://host:8786"), that the scheduler runs, and that it can be reached from here.',
        ) from error
    with client:
        yield client


def _need_port(address: object) -> None:
    """Refuse an address without a port: a client of Dask that cannot be made is noisy when Python ends."""
    from distributed.comm.addressing import parse_address, parse_host_port

    if isinstance(address, str):
        scheme, place = parse_address(address)
        if scheme in PORTED:
            parse_host_port(place)


def check_workers(client: Any) -> None:
    """Refuse a cluster without workers, and workers without the same package."""
    address = client.scheduler.address if client.scheduler is not None else "the cluster"
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except TimeoutError as error:
        raise RunError(
            f"{address}: the cluster has no workers", hint="Start workers: dask worker ADDRESS."
        ) from error
    found = client.run(pkgutil.resolve_name, VERSION_OF_WORKER, on_error="return")
    problems = [
        Problem(where=f"worker {worker}", what=_lacks(answer), expected=f"psychometrics {VERSION}")
        for worker, answer in sorted(found.items())
        if answer != VERSION
    ]
    if problems:
        raise RunError(
            f"{address}: {len(problems)} of {len(found)} workers cannot run psychometrics",
            problems=problems,
            hint=f"Install psychometrics-engine {VERSION} where the workers run, and start them anew.",
        )


def _lacks(answer: object) -> str:
    if isinstance(answer, ImportError):
        return f"lacks a package ({_line(answer)})"
    return _line(answer) if isinstance(answer, BaseException) else f"has psychometrics {answer}"


def _line(error: object) -> str:
    text = " ".join(str(error).split())
    return text or type(error).__name__
