"""Ratings of a run on a cluster: few go to every worker, many are joined with the responses in buckets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from psychometrics.engine.frames import source_engine
from psychometrics.engine.partitions import Partition, Source
from psychometrics.engine.sources import open_source
from psychometrics.errors import RunError
from psychometrics.responses import Ratings
from psychometrics.responses.ratings import REQUIRED
from psychometrics.runs.batches import Batches
from psychometrics.runs.ratings import SPREAD, rating_tables, ratings_in_memory

COLUMNS = (*REQUIRED, "occasion")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Judged:
    """Where the ratings are.

    Attributes
    ----------
    whole : Ratings or None
        All of them, where they are few.
    joined : Source or None
        Where they are many: what is joined.
    no_ratings : Table
        Ratings without rows.
    sha256 : str
        Digest; empty without any.
    size : int
        Bytes they take in each worker.
    """

    whole: Ratings | None = None
    joined: Source | None = None
    no_ratings: pa.Table = field(default_factory=lambda: pa.table({}))
    sha256: str = ""
    size: int = 0

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that are read."""
        return COLUMNS

    def left(self, met: npt.NDArray[np.int64]) -> Ratings | None:
        """Return the ratings of the persons that no partition had."""
        if self.whole is None:
            return None
        rest = np.ones(self.whole.persons.num_rows, np.bool_)
        rest[met] = False
        return self.whole.select(rest)


def judged_of(batches: Batches, *, joins: bool) -> Judged:
    """Return the ratings of a run; ``joins`` says that rows of a person have to meet in any case."""
    if batches.ratings is None:
        return Judged()
    if not batches.instrument.criteria:
        raise RunError(f"{batches.instrument.name} has no rubric tasks, so there is nothing to rate")
    source = open_source(batches.ratings)
    if not isinstance(source.partitions, list):
        source = replace(source, partitions=list(_held(batches, source)))
    if joins or source_engine(source) is not None:
        return _joined(source)
    held: list[pa.Table] = []
    for table in rating_tables(source):
        held.append(table)
        if sum(one.nbytes for one in held) * SPREAD > _budget(batches):
            return _joined(source)
    few = ratings_in_memory(batches, source, held)
    return Judged(whole=few.whole, sha256=few.sha256, size=few.size)


def _held(batches: Batches, source: Source) -> Iterator[Partition]:
    """Yield the parts of a stream, which can be read once only and so are held, as long as there is room."""
    size = 0
    for partition in source.partitions:
        size += partition.size
        if size * SPREAD > _budget(batches):
            raise RunError(
                f"{source.where}: these ratings are too many to be held as a stream",
                hint="Write them to Parquet files, or give them as a frame of the cluster.",
            )
        yield partition


def _budget(batches: Batches) -> int:
    return batches.plan(workers=1).ceiling // 4


def _joined(source: Source) -> Judged:
    names: set[str] = set()
    for partition in source.partitions:
        names |= set(partition.fields())
        break
    there = [name for name in COLUMNS if name in names or name in REQUIRED]
    empty = pa.schema([(name, pa.string()) for name in there]).empty_table()
    return Judged(joined=source, no_ratings=empty)
