"""Work on several partitions side by side, never more than the workers can hold."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import TypeVar

from psychometrics.engine.chunks import on_this_thread
from psychometrics.engine.faults import CAUSES, fault, is_full
from psychometrics.engine.partitions import Partition
from psychometrics.errors import Problem

R = TypeVar("R")
TICK = 0.2
MOST_FAULTY = 25


class StoppedError(Exception):
    """The run is being stopped; what is half done is to be dropped."""


@dataclass(slots=True)
class Watch:
    """What a worker tells how far it is, and what ends it at its next batch."""

    told: Callable[[int], None] = lambda _: None
    ended: threading.Event = field(default_factory=threading.Event)

    def check(self) -> None:
        """Raise when the run is to end."""
        if self.ended.is_set():
            raise StoppedError

    def rows(self, n: int) -> None:
        """Count rows that are done; raise when the run is to end."""
        self.told(n)
        self.check()


@dataclass(slots=True, kw_only=True)
class Faults:
    """Everything that was wrong with partitions; by their names, whichever ended first."""

    found: dict[str, tuple[Problem, ...]] = field(default_factory=dict)
    full: bool = False

    @property
    def partitions(self) -> list[str]:
        """Return the names of the partitions."""
        return sorted(self.found)

    @property
    def problems(self) -> list[Problem]:
        """Return what was wrong with all of them."""
        return [one for name in self.partitions for one in self.found[name]]

    def add(self, name: str, error: BaseException) -> bool:
        """Note what was wrong; say whether it makes sense to go on."""
        self.found[name] = fault(name, error)
        self.full = self.full or is_full(error)
        return not self.full and len(self.found) < MOST_FAULTY


def work_through(
    partitions: Iterable[Partition],
    work: Callable[[Partition, Watch], R],
    done: Callable[[Partition, R], None],
    *,
    workers: int,
    tick: Callable[[], None] = lambda: None,
    told: Callable[[int], None] = lambda _: None,
) -> Faults:
    """Work on partitions on ``workers`` threads and take what they return as it comes, on this thread.

    Workers tell ``told`` the rows they have done, from their threads; ``tick`` is called on this one, now and then.

    A partition is taken from the iterable only when a worker is free, so that a stream is never ahead by more than
    that. One that fails is noted and the others go on, unless the disk is full. ``Ctrl-C`` ends all workers at
    their next batch. An error that is no fault of the data ends all and is raised.
    """
    watch, faults, waiting = Watch(told), Faults(), iter(partitions)
    pool = ThreadPoolExecutor(workers, thread_name_prefix="partition")
    running: dict[Future[R], Partition] = {}
    try:
        more = _fill(pool, running, waiting, work, watch, workers, faults)
        while running:
            finished, _ = wait(running, timeout=TICK, return_when=FIRST_COMPLETED)
            ended = [(running.pop(one), one) for one in finished]
            for partition, one in ended:
                more = _went_well(partition, one, faults) and more
            if more:  # before results are taken: no worker waits for that
                more = _fill(pool, running, waiting, work, watch, workers, faults)
            for partition, one in ended:
                if not isinstance(one.exception(), CAUSES):
                    more = _take(partition, one, done, faults) and more
            tick()
    finally:
        watch.ended.set()
        pool.shutdown(wait=True, cancel_futures=True)
    return faults


def _fill(
    pool: ThreadPoolExecutor,
    running: dict[Future[R], Partition],
    waiting: Iterable[Partition],
    work: Callable[[Partition, Watch], R],
    watch: Watch,
    workers: int,
    faults: Faults,
) -> bool:
    while len(running) < workers:
        try:
            partition = next(waiting, None)  # type: ignore[call-overload]
        except CAUSES as error:
            faults.add("the stream", error)
            return False
        if partition is None:
            return False
        running[pool.submit(_alone, work, partition, watch)] = partition
    return True


def _alone(work: Callable[[Partition, Watch], R], partition: Partition, watch: Watch) -> R:
    with on_this_thread():
        return work(partition, watch)


def _went_well(partition: Partition, one: Future[R], faults: Faults) -> bool:
    """Note what was wrong with a partition; say whether to go on."""
    error = one.exception()
    return faults.add(partition.name, error) if isinstance(error, CAUSES) else error is None


def _take(partition: Partition, one: Future[R], done: Callable[[Partition, R], None], faults: Faults) -> bool:
    """Take what a partition came to; say whether to go on. An error that is no fault of the data is raised."""
    try:
        done(partition, one.result())
    except CAUSES as error:
        return faults.add(partition.name, error)
    return True
