"""How far a run on a cluster is, told while it runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from operator import add
from typing import NamedTuple

from psychometrics.engine.frames import source_engine
from psychometrics.engine.partitions import Source
from psychometrics.engine.progress import Progress
from psychometrics.runs.clusters.found import Found

SIGN_OF_LIFE = 60.0


class Done(NamedTuple):
    """What was done since it was last told.

    Attributes
    ----------
    partitions : int
    n_new, n_kept : int
        Rows that were worked on, and rows that an earlier run had finished.
    """

    partitions: int
    n_new: int
    n_kept: int


Tell = Callable[[Done], None]


def done_of(found: Found) -> Done:
    """Return what a partition or bucket has done: small, so that it can come home while the counts stay."""
    return Done(
        partitions=len(found.parts),
        n_new=sum(one.n_rows for one in found.parts if one.fresh),
        n_kept=sum(one.n_rows for one in found.parts if not one.fresh),
    )


def unheard(_: Done) -> None:
    """Tell nobody."""


class ClusterMeter:
    """Adds up what is done and tells a callback."""

    def __init__(self, tell: Callable[[Progress], None] | None) -> None:
        self._tell, self._start = tell, time.perf_counter()
        self._n_total: int | None = None
        self._n_partitions: int | None = None
        self._done = Done(0, 0, 0)

    def expect(self, source: Source, n_partitions: int | None) -> None:
        """Take what there is to do: rows and partitions of files; those of a frame only its engine knows."""
        frame = source_engine(source) is not None
        self._n_total = source.n_rows
        self._n_partitions = n_partitions or (None if frame else len(list(source.partitions)))

    def done(self, more: Done) -> None:
        """Count what is done, and tell; what an earlier run had finished is not to do in this one."""
        self._done = Done(*map(add, self._done, more))
        if self._tell is None:
            return
        n_total = None if self._n_total is None else self._n_total - self._done.n_kept
        self._tell(
            Progress(
                n_rows=self._done.n_new,
                n_total=n_total,
                partitions=self._done.partitions,
                n_partitions=self._n_partitions,
                seconds=self.seconds,
            )
        )

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.perf_counter() - self._start


@contextmanager
def signs_of_life(alive: Callable[[], None]) -> Iterator[None]:
    """Give a sign of life each minute: a cluster may be silent for hours, and the folder must not seem left behind."""
    with every(SIGN_OF_LIFE, alive):
        yield


@contextmanager
def every(seconds: float, call: Callable[[], None]) -> Iterator[None]:
    """Call something again and again on a thread of its own while the block lasts."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(seconds):
            call()

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
