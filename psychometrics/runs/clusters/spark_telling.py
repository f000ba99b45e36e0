"""How far a run on Spark is: executors add what is done to accumulators, and the driver looks at them now and then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from operator import sub
from typing import Any

from psychometrics.runs.clusters.found import Found
from psychometrics.runs.clusters.spark_cluster import is_remote
from psychometrics.runs.clusters.telling import Done, Tell, done_of, every

TICK = 0.5


@contextmanager
def heard(session: Any, tell: Tell) -> Iterator[Sequence[Any]]:
    """Yield accumulators of what is done; a thread tells what is new. What Spark does twice may count twice."""
    if is_remote(session):
        yield ()  # Spark Connect has no accumulators: a run tells at its end
        return
    counts = [session.sparkContext.accumulator(0) for _ in Done._fields]
    told = [0] * len(counts)

    def look() -> None:
        now = [one.value for one in counts]
        if now != told:
            tell(Done(*map(sub, now, told)))
            told[:] = now

    with every(TICK, look):
        yield counts


def note(counts: Sequence[Any], found: Found) -> Found:
    """Add what was found to the accumulators, where there are any; returns it."""
    for count, more in zip(counts, done_of(found), strict=False):
        count.add(more)
    return found
