"""The cluster that Dask works on: threads or processes of this machine, or a scheduler somewhere."""

from __future__ import annotations

import pkgutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from psychometrics.errors import MissingPackageError, Problem, RunError
from psychometrics.version import VERSION

Compute = Callable[[Any], Any]
LOCAL = ("threads", "processes", "synchronous")
PATIENCE = 5
VERSION_OF_WORKER = "psychometrics.version:VERSION"


@contextmanager
def connected(cluster: Any) -> Iterator[Compute]:
    """Yield a function that computes on the cluster.

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
        yield lambda node: node.compute(scheduler=cluster)
        return
    client = _active() if cluster is None else cluster
    if client is None:
        yield lambda node: node.compute()
        return
    need("distributed")
    if _is_client(client):
        check_workers(client)
        yield lambda node: client.compute(node).result()
        return
    with _client(client) as opened:
        check_workers(opened)
        yield lambda node: opened.compute(node).result()


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
        client = Client(cluster, timeout=PATIENCE, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, TypeError) as error:
        raise RunError(
            f"{address}: no Dask scheduler answers",
            problems=[Problem(where=str(address), what=_line(error))],
            hint='Check the address ("tcp://host:8786"), that the scheduler runs, and that it can be reached from here.',
        ) from error
    with client:
        yield client


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
