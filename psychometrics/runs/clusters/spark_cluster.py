"""The Spark session of a run, and its errors in plain words."""

from __future__ import annotations

import os
import re
import socket
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from psychometrics.engine.faults import SHOWN
from psychometrics.errors import MissingPackageError, Problem, PsychometricsError, RunError
from psychometrics.runs.clusters.job import Input

PATIENCE = 5.0
CONNECT = 15002
ADDRESS = re.compile(r"^(spark|sc|k8s)://")
TASK = re.compile(r"[Tt]ask (\d+)(?:\.\d+)? in stage|in partition (\d+), on ")
HOST = re.compile(r"\(TID \d+\) \(([^ )]+)|in partition \d+, on (\S+)")
FILE = re.compile(r"(?:reading file|file:?) *(?:\[?)((?:file|hdfs|s3a?|gs|abfss?|dbfs):[^\s,\]]*[^\s,\].])")
SERVER = "\n\nJVM stacktrace:"
MODULE = re.compile(r"(?:ModuleNotFoundError|ImportError): ([^\n]+)")
OURS = re.compile(r"psychometrics\.errors\.(\w+): ([^\n]+(?:\n  - [^\n]+)*)")
CAUSES = re.compile(r"(?:Caused by: |^)(?:[\w.$]+(?:Error|Exception)): ([^\n]+)", re.MULTILINE)


@contextmanager
def session_of(cluster: Any, frame: Any) -> Iterator[Any]:
    """Yield the session: that of the frame, the one given, the active one, or a new one on a master.

    Raises
    ------
    RunError
        Nobody answers at the address within seconds, or there is no Java.
    MissingPackageError
        PySpark is not installed.
    """
    need_spark()
    if cluster is not None and not isinstance(cluster, str):
        yield _session(cluster)
        return
    if cluster is not None and ADDRESS.match(cluster):
        _answers(cluster)
    from pyspark.sql import SparkSession

    active = SparkSession.getActiveSession() if frame is None else frame.sparkSession
    if active is not None:
        _same_master(active, cluster)
        yield active
        return
    session = _new(SparkSession, cluster)
    try:
        yield session
    finally:
        session.stop()


def _session(cluster: Any) -> Any:
    if not hasattr(cluster, "createDataFrame"):
        raise RunError(
            f"cluster={cluster!r} is no Spark session",
            hint='Give a SparkSession, or the address of a master: "spark://host:7077", "local[8]".',
        )
    return cluster


def _same_master(session: Any, cluster: str | None) -> None:
    """Refuse another master than that of the session: a process has one, and Spark would take it without a word."""
    if cluster is None or (master := _master(session)) == (_server(cluster) or cluster):
        return
    raise RunError(
        f'cluster="{cluster}": a Spark session is active already, on {master}',
        hint="Leave cluster out to use it, or stop it first: session.stop(). A frame is worked on in its own session.",
    )


def _master(session: Any) -> str | None:
    """Return the master of a session; that of Spark Connect has only a server, which has the master."""
    if is_remote(session):
        return _server(f"sc://{session.client._builder.endpoint}")
    return str(session.sparkContext.master)


def _server(address: str) -> str | None:
    """Return where a server of Spark Connect is, whatever else the address says; None for a master."""
    parts = urlsplit(address)
    return f"sc://{parts.hostname}:{parts.port or CONNECT}" if parts.scheme == "sc" else None


def is_remote(session: Any) -> bool:
    """Say whether a session is one of Spark Connect: it has no context."""
    return type(session).__module__.startswith("pyspark.sql.connect")


def need_spark() -> None:
    """Refuse to go on without PySpark."""
    try:
        import pyspark  # noqa: F401
    except ImportError as error:
        raise MissingPackageError(
            "running on Spark needs the package pyspark, and Java 17 or newer",
            hint='Install it: pip install "psychometrics-engine[spark]"',
        ) from error


def _new(builder: Any, master: str | None) -> Any:
    try:
        with quiet():
            made = builder.builder
            if master is not None and master.startswith("sc://"):
                return made.remote(master).getOrCreate()
            made = made.config("spark.ui.showConsoleProgress", "false")  # the run tells how far it is
            return _own_python((made if master is None else made.master(master)).getOrCreate())
    except ImportError as error:
        raise MissingPackageError(
            f"{master or 'Spark'}: {_short(str(error))}", hint='Install it: pip install "pyspark[connect]"'
        ) from error
    except Exception as error:
        raise RunError(
            f"{master or 'Spark'}: no session could be started",
            problems=[Problem(where=master or "Spark", what=_short(str(error)))],
            hint="Check the address of the master, and that Java 17 or newer is installed (java -version).",
        ) from error


def _own_python(session: Any) -> Any:
    """Have workers of this machine run the Python of this process, not whatever ``python3`` is first in the path."""
    context = session.sparkContext
    if context.master.startswith("local") and "PYSPARK_PYTHON" not in os.environ:
        context.pythonExec = sys.executable
    return session


def _answers(master: str) -> None:
    """See that somebody listens: Spark itself would go on trying for a minute."""
    first = master.removeprefix("k8s://").split(",")[0]
    parts = urlsplit(first if "://" in first else f"//{first}")
    default = {"spark": 7077, "sc": CONNECT}.get(parts.scheme, 443)
    try:
        with socket.create_connection((parts.hostname or "", parts.port or default), PATIENCE):
            return
    except (OSError, ValueError) as error:
        raise RunError(
            f"{master}: no Spark master answers",
            problems=[Problem(where=master, what=_short(str(error)))],
            hint='Check the address ("spark://host:7077"), that the master runs, and that it can be reached from here.',
        ) from error


@contextmanager
def quiet() -> Iterator[None]:
    """Keep PySpark from warning about pandas: none passes through here."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
        yield


@contextmanager
def told(inputs: Sequence[Input]) -> Iterator[None]:
    """Turn errors of Spark into one that names partition and cause."""
    try:
        yield
    except PsychometricsError:
        raise
    except Exception as error:
        roots = {kind.__module__.partition(".")[0] for kind in type(error).__mro__}
        if not roots & {"pyspark", "py4j", "grpc"}:
            raise
        raise spark_fault(str(error), inputs[0].source.where if inputs else "Spark") from error


def spark_fault(text: str, where: str) -> RunError:
    """Return one error in the place of a page of Java."""
    task, host, file = _group(TASK, text), _group(HOST, text), FILE.search(text)
    name = f"partition {task}" if task else "a partition"
    if file:
        name = (
            f"{name} ({PurePosixPath(unquote(file[1])).name})"
            if task
            else PurePosixPath(unquote(file[1])).name
        )
    missing = MODULE.search(text)
    if missing:
        place = f"{name}, on {host}" if host else name
        return RunError(
            f"{place}: a worker cannot run psychometrics",
            problems=[Problem(where=place, what=missing[1])],
            hint="Install psychometrics-engine where the executors run (spark.pyspark.python, or --archives with an "
            "environment packed by venv-pack).",
            facts={"partitions": [name]},
        )
    return RunError(
        f"{where}: {name} could not be done",
        problems=[Problem(where=name, what=_cause(text))],
        facts={"partitions": [name]},
    )


def _group(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.search(text)
    return None if found is None else next(one for one in found.groups() if one is not None)


def _cause(text: str) -> str:
    ours = OURS.search(text)
    if ours:
        return _short(ours[2])
    text = text.partition(SERVER)[0]  # Spark Connect tells the cause, then the calls of its server
    python = [
        line for line in text.splitlines() if re.match(r"^\w[\w.]*(Error|Exception|Exit)\b", line.strip())
    ]
    java = CAUSES.findall(text)
    lines = [one for one in text.splitlines() if one.strip()]
    return _short((java or python or lines[:1] or ["no reason given"])[-1])


def _short(text: str) -> str:
    return (" ".join(text.split()) or "no reason given")[:SHOWN]
