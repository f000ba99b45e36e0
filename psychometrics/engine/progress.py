"""How far a run is: rows, rows per second, time left."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run is.

    Attributes
    ----------
    n_rows : int
        Rows done in this run.
    n_total : int or None
        Rows to do in this run; None for a stream.
    partitions, n_partitions : int, int or None
        Partitions done, and to do.
    seconds : float
        Since the start.
    """

    n_rows: int
    n_total: int | None
    partitions: int
    n_partitions: int | None
    seconds: float

    @property
    def rows_per_second(self) -> float:
        """Rows per second so far; 0 at the start."""
        return self.n_rows / self.seconds if self.seconds > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Seconds to the end at this rate; None when not known."""
        if self.n_total is None or not self.n_rows:
            return None
        return max(0, self.n_total - self.n_rows) / self.rows_per_second


class Meter:
    """Counts rows from several threads, and tells a callback."""

    def __init__(
        self, tell: Callable[[Progress], None] | None, n_total: int | None, n_partitions: int | None
    ) -> None:
        self._tell, self._n_total, self._n_partitions = tell, n_total, n_partitions
        self._lock, self._start = threading.Lock(), time.perf_counter()
        self._rows = self._partitions = 0

    def rows(self, n: int) -> None:
        """Count rows."""
        with self._lock:
            self._rows += n

    def partition(self) -> None:
        """Count a partition, and tell."""
        self._partitions += 1
        self.tick()

    def tick(self) -> None:
        """Tell how far it is."""
        if self._tell is not None:
            self._tell(self.now())

    def now(self) -> Progress:
        """Return how far it is."""
        return Progress(
            n_rows=self._rows,
            n_total=self._n_total,
            partitions=self._partitions,
            n_partitions=self._n_partitions,
            seconds=time.perf_counter() - self._start,
        )
