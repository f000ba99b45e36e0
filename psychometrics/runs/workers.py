"""How many partitions are worked on side by side, in how much memory, and by whom: threads, or processes."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from psychometrics.engine.manifest import Finished
from psychometrics.engine.memory import MemoryPlan, resident
from psychometrics.engine.partitions import Partition
from psychometrics.engine.pool import Watch
from psychometrics.engine.processes import BYTES, Processes
from psychometrics.errors import RunError
from psychometrics.runs.batches import Batches
from psychometrics.runs.passes import BatchPass
from psychometrics.runs.summary import Summary
from psychometrics.runs.worker import Worker

KEYS = 16
"""Bytes that the hash of a row takes until its partition is done: as it comes, and sorted."""
MANY = 16_000_000
"""Rows from which on two processes are quicker than two threads: starting them takes a second or two."""
FEWEST = 65_536
"""Rows of a batch below which another process brings nothing: what each batch costs is shared by too few."""
BYTES_OF_ROW = 100
"""What a row takes in a file of text, about."""

Work = Callable[[Partition, Watch], tuple[Summary, Finished]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What a run takes beside its batches: bytes to count, bytes held once, rows of the longest partition."""

    counts: int
    shared: int
    longest: int


def planned(batches: Batches, needs: Needs, work: BatchPass, todo: object) -> tuple[MemoryPlan, bool]:
    """Return the plan, and whether it is one for processes: only files can be opened by any of them."""
    if isinstance(todo, list) and all("path" in one.identity for one in todo) and _can_be_sent(work, todo):
        plan = _processes(batches, needs, todo)
        if plan is not None:
            return plan, True
    return _threads(batches, needs), False


def _threads(batches: Batches, needs: Needs) -> MemoryPlan:
    """Return the plan for all workers, or for fewer where the memory is too little for all."""
    for workers in range(batches.workers, 1, -1):
        with suppress(RunError):
            return _plan(batches, needs, workers)
    return _plan(batches, needs, 1)


def _processes(batches: Batches, needs: Needs, todo: list[Partition]) -> MemoryPlan | None:
    """Return the plan for as many processes as have room; None where threads do as well.

    Threads of one Python wait for each other between the steps of NumPy, which costs two of them a seventh of their time
    and more of them more. Processes do not, but each loads the libraries.
    """
    rows = sum(one.size // BYTES_OF_ROW if one.n_rows is None else one.n_rows for one in todo)
    if needs.shared or not _can_start():
        return None
    for workers in range(min(batches.workers, len(todo)), 1, -1):
        if rows * (workers - 1) >= MANY:
            with suppress(RunError):
                plan = _plan(batches, needs, workers, held=resident() + workers * BYTES)
                if plan.batch_rows >= FEWEST:
                    return plan
    return None


@contextmanager
def carried_by(worker: Worker, plan: MemoryPlan, *, processes: bool) -> Iterator[Work]:
    """Yield the work, to be called from threads: done on them, or by processes."""
    if not processes:
        yield worker
        return
    with Processes(worker, plan.workers) as elsewhere:
        yield elsewhere


def _can_be_sent(work: BatchPass, todo: list[Partition]) -> bool:
    """Say whether another process could have the work: a file system of somebody's own may be of this process only."""
    try:
        pickle.dumps((work, todo[:1]))
    except Exception:
        return False
    return True


def _plan(batches: Batches, needs: Needs, workers: int, *, held: int | None = None) -> MemoryPlan:
    shared = needs.shared + workers * KEYS * needs.longest
    return batches.plan(workers=workers, counts=needs.counts, shared=shared, held=held)


def _can_start() -> bool:
    """Say whether this is a Python that can start another; a program that was frozen would start itself."""
    return bool(sys.executable) and not getattr(sys, "frozen", False)
