"""What went wrong on Dask outside of our own work, told with the partition and the cause."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from psychometrics.engine.faults import CAUSES, SHOWN
from psychometrics.engine.frames import FramePartition
from psychometrics.errors import Problem, PsychometricsError, RunError
from psychometrics.runs.clusters.job import Input, part_name

LOOKING = 20.0
"""Seconds to look for the partition that could not be made."""
OURS = re.compile(r"\b(responses|ratings|second)-[0-9a-f]{8}-(\d+)")


@contextmanager
def told(inputs: Sequence[Input]) -> Iterator[None]:
    """Turn errors of the cluster and of what makes the frame into one that names the partition."""
    try:
        yield
    except PsychometricsError:
        raise
    except ImportError as error:
        raise _lacking(error) from error
    except Exception as error:
        if isinstance(error.__cause__, ImportError):
            raise _lacking(error.__cause__) from error
        if type(error).__name__ == "KilledWorker":
            raise _killed(error) from error
        if type(error).__module__.partition(".")[0] == "distributed":
            raise RunError(
                "the Dask cluster ended the run", problems=[Problem(where="", what=_line(error))]
            ) from error
        if isinstance(error, CAUSES) or _frames(inputs):
            raise _not_made(inputs, error) from error
        raise


def _lacking(error: BaseException) -> RunError:
    return RunError(
        "a worker of the cluster cannot run psychometrics",
        problems=[Problem(where="a worker", what=_line(error))],
        hint="Install the same psychometrics-engine where the scheduler and the workers run.",
    )


def _killed(error: BaseException) -> RunError:
    found = OURS.search(str(getattr(error, "task", "")) + " " + str(error))
    where = f"partition {found[2]}" if found else "a partition"
    return RunError(
        f"{where}: the workers that took it died again and again",
        problems=[Problem(where=where, what=_line(error))],
        hint="Most often memory ran out: make partitions smaller, or give workers more memory.",
    )


def _not_made(inputs: Sequence[Input], error: BaseException) -> RunError:
    """Say which partition of a frame could not be made: only Dask knows, so they are made once more, one by one."""
    where, lacking = _first_broken(inputs)
    if lacking:
        return RunError(
            f"{where}: the columns do not fit",
            problems=[
                Problem(where=f"{where}: {name}", what="no such column in this partition") for name in lacking
            ],
            facts={"partitions": [where]},
        )
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


def _first_broken(inputs: Sequence[Input]) -> tuple[str, list[str]]:
    """Return the name of the first partition that cannot be made, and which columns it lacks."""
    until = time.monotonic() + LOOKING
    for one, frame in _frames(inputs):
        columns = [name for name in frame.columns if name in one.columns]
        for number in range(frame.npartitions):
            if time.monotonic() > until:
                return f"a partition (not among the first {number})", []
            if _made(frame[columns].partitions[number]) is None:
                whole = _made(frame.partitions[number])
                lacking = [] if whole is None else [name for name in columns if name not in whole.columns]
                return part_name(one.side, number), lacking
    return "a partition", []


def _made(frame: Any) -> Any:
    try:
        return frame.compute(scheduler="threads")
    except Exception:
        return None


def _line(error: BaseException) -> str:
    return (" ".join(str(error).split()) or type(error).__name__)[:SHOWN]
