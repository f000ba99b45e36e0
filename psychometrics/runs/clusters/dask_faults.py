"""What went wrong on Dask outside of our own work, told with the partition and the cause."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from traceback import walk_tb
from typing import Any

from psychometrics.engine.faults import CAUSES, SHOWN
from psychometrics.engine.frames import FramePartition
from psychometrics.errors import Problem, PsychometricsError, RunError
from psychometrics.runs.clusters.job import Input, part_name

LOOKING = 20.0
"""Seconds to look for the partition that could not be made."""
OURS = re.compile(r"\b(responses|ratings|second)-[0-9a-f]{8}-(\d+)")
WORK = "psychometrics.runs.clusters.job"


@contextmanager
def told(inputs: Sequence[Input]) -> Iterator[None]:
    """Turn errors of the cluster and of what makes the frame into one that names the partition."""
    try:
        yield
    except PsychometricsError:
        raise
    except Exception as error:
        if isinstance(error, ImportError) or isinstance(error.__cause__, ImportError):
            raise _lacking(error) from error
        if type(error).__name__ == "KilledWorker":
            raise _killed(error) from error
        if type(error).__module__.partition(".")[0] == "distributed":
            raise RunError(
                "the Dask cluster ended the run",
                problems=[Problem(where="the cluster", what=_line(error))],
                hint="See whether its scheduler and its workers still run.",
            ) from error
        if not _at_work(error) and (isinstance(error, CAUSES) or _frames(inputs)):
            raise _not_made(inputs, error) from error
        raise


def _at_work(error: BaseException) -> bool:
    """Say whether a partition was made, and the error came when it was worked on: then it is a fault of the program."""
    trace = error.__traceback__
    return any(frame.f_globals.get("__name__") == WORK for frame, _ in walk_tb(trace))


def _named(error: BaseException) -> str:
    """Return which partition an error came from, as the keys of the graph say it."""
    texts = [str(getattr(error, "task", "")), *getattr(error, "__notes__", ()), str(error)]
    found = OURS.search(" ".join(texts))
    return part_name(found[1], int(found[2])) if found else ""


def _lacking(error: BaseException) -> RunError:
    where = _named(error) or "a worker"
    cause = error if isinstance(error, ImportError) else error.__cause__
    return RunError(
        f"{where}: a package is missing where the workers run",
        problems=[Problem(where=where, what=_line(cause or error))],
        hint="Install it, and the same psychometrics-engine as here, where the scheduler and the workers run.",
    )


def _killed(error: BaseException) -> RunError:
    where = _named(error) or "a partition"
    return RunError(
        f"{where}: the workers that took it died again and again",
        problems=[Problem(where=where, what=_line(error))],
        hint="Most often memory ran out: make partitions smaller, or give workers more memory.",
        facts={"partitions": [where]},
    )


def _not_made(inputs: Sequence[Input], error: BaseException) -> RunError:
    """Say which partition of a frame could not be made: where no key says it, they are made once more, one by one."""
    where = _first_broken(inputs, _named(error))
    return RunError(
        f"{where}: the partition could not be made",
        problems=[Problem(where=where, what=_line(error))],
        hint="This comes from what stands before psychometrics in the graph of the frame: a file, or a function.",
        facts={"partitions": [where]},
    )


def _frames(inputs: Sequence[Input]) -> list[tuple[Input, Any]]:
    return [
        (one, part.frame)
        for one in inputs
        for part in one.source.partitions
        if isinstance(part, FramePartition)
    ]


def _first_broken(inputs: Sequence[Input], named: str) -> str:
    """Return the name of the first partition that cannot be made."""
    until = time.monotonic() + LOOKING
    for one, frame in _frames(inputs):
        columns = [name for name in frame.columns if name in one.columns]
        for number in range(frame.npartitions):
            if named and part_name(one.side, number) != named:
                continue
            if time.monotonic() > until:
                return f"a partition (not among the first {number})"
            if _made(frame[columns].partitions[number]) is None:
                return part_name(one.side, number)
    return named or "a partition"


def _made(frame: Any) -> Any:
    try:
        return frame.compute(scheduler="threads")
    except Exception:
        return None


def _line(error: BaseException) -> str:
    return (" ".join(str(error).split()) or type(error).__name__)[:SHOWN]
