"""Jobs carried out by Spark: ``mapInArrow`` over partitions, rows of pieces sorted into buckets, counts added up in stages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any

import pyarrow as pa

from psychometrics.engine.frames import FramePartition
from psychometrics.engine.partitions import Source
from psychometrics.runs.batches import Batches
from psychometrics.runs.clusters.buckets import Piece
from psychometrics.runs.clusters.found import Found
from psychometrics.runs.clusters.job import Input, Job, Parted, do_bucket, do_part, part_name
from psychometrics.runs.clusters.spark_cluster import is_remote, quiet, session_of, told
from psychometrics.runs.clusters.spark_rows import RowsPartition
from psychometrics.runs.clusters.spark_task import sent
from psychometrics.runs.clusters.spark_telling import heard, note
from psychometrics.runs.clusters.telling import Tell

FAN = 16
N_BUCKETS = 1024
WIDEST = 64
FOUND = "found"
NO_BUCKET = -1
COLUMNS = "slot int, bucket int, number int, kind string, data binary"
SCHEMA = pa.schema(
    [
        ("slot", pa.int32()),
        ("bucket", pa.int32()),
        ("number", pa.int32()),
        ("kind", pa.string()),
        ("data", pa.binary()),
    ]
)
Rows = Iterator[pa.RecordBatch]


@dataclass(frozen=True, slots=True, kw_only=True)
class SparkEngine:
    """Builds a frame for a job and collects the few rows that are left of it.

    Attributes
    ----------
    session : SparkSession
    """

    session: Any

    def n_buckets(self, sources: Sequence[Source], *, joins: bool) -> int:  # noqa: ARG002
        """Return as many buckets as Spark cuts a join into; for hashes so many that ten thousand million fit."""
        return self._shuffles() if joins else N_BUCKETS

    def run(self, job: Job, inputs: Sequence[Input], tell: Tell) -> Found:
        """Return what all partitions and buckets have found."""
        if not any(_some(one) for one in inputs):
            return Found()
        width = self.width()
        with quiet(), told(inputs), heard(self.session, tell) as done:
            rows = pieces_of(self.session, partial(_part_rows, job, done), inputs)
            level = spread(rows, width).mapInArrow(sent(partial(_merge_rows, job, done)), COLUMNS)
            while width > FAN:
                width = -(-width // FAN)
                again = sent(partial(_merge_rows, job, ()))
                level = level.repartition(width, "slot").mapInArrow(again, COLUMNS)
            left = level.select("data").toArrow()
        return Found.total(Found.unpack(data.as_buffer().to_pybytes()) for data in left.column("data"))

    def width(self) -> int:
        """Return how many tasks take the pieces: as many as work side by side, twice, but not too many."""
        return max(1, min(self._shuffles(), 2 * _cores(self.session)))

    def _shuffles(self) -> int:
        return int(self.session.conf.get("spark.sql.shuffle.partitions", "200"))


def _cores(session: Any) -> int:
    """Return how many tasks work side by side. Spark Connect does not say, but cuts a range into as many partitions."""
    if not is_remote(session):
        return int(session.sparkContext.defaultParallelism)
    from pyspark.sql.functions import spark_partition_id

    return len(set(session.range(WIDEST).select(spark_partition_id()).toArrow().column(0).to_pylist()))


@contextmanager
def spark_engine(cluster: Any, batches: Batches) -> Iterator[SparkEngine]:
    """Yield Spark on a cluster."""
    with session_of(cluster, frame_of(batches.source)) as session:
        yield SparkEngine(session=session)


def frame_of(source: Source) -> Any:
    """Return the Spark frame behind a source; None for files and tables."""
    first = source.partitions[0] if isinstance(source.partitions, list) and source.partitions else None
    return first.frame if isinstance(first, FramePartition) else None


def pieces_of(session: Any, work: Callable[..., Iterable[pa.RecordBatch]], inputs: Sequence[Input]) -> Any:
    """Return the lazy frame of what all partitions of all inputs send."""
    frames = []
    for one in inputs:
        frame = frame_of(one.source)
        if frame is not None:
            frames.append(work_on_rows(one, work, COLUMNS))
        elif _some(one):
            parts = list(one.source.partitions)
            numbers = session.range(0, len(parts), 1, len(parts))
            frames.append(numbers.mapInArrow(sent(partial(_of_files, work, one.side, parts)), COLUMNS))
    whole = frames[0]
    for more in frames[1:]:
        whole = whole.union(more)
    return whole


def work_on_rows(one: Input, work: Callable[..., Iterable[pa.RecordBatch]], columns: Any) -> Any:
    """Return the lazy frame of what work makes of each partition of a frame."""
    from pyspark.sql.functions import col

    frame = frame_of(one.source)
    schema = one.source.partitions[0].schema  # type: ignore[index]
    names = [name for name in frame.columns if name in one.columns]
    # names of our own on the way: mapInArrow takes a dot in a name for a field of a struct
    needed = frame.select(*[col(_quoted(name)).alias(f"c{place}") for place, name in enumerate(names)])
    kept = pa.schema([schema.field(name) for name in names])
    return needed.mapInArrow(sent(partial(_of_rows, work, one.side, kept)), columns)


def _some(one: Input) -> bool:
    return not isinstance(one.source.partitions, list) or bool(one.source.partitions)


def _quoted(name: str) -> str:
    return f"`{name.replace('`', '``')}`"


def spread(rows: Any, width: int) -> Any:
    """Send the rows of a bucket to one task, sorted there, on disk where they are many: it holds one bucket at a time."""
    return rows.repartition(width, "slot").sortWithinPartitions("bucket", "number", "kind")


def _of_rows(work: Any, side: str, schema: pa.Schema, batches: Rows) -> Rows:
    from pyspark import TaskContext

    context = TaskContext.get()
    number = 0 if context is None else int(context.partitionId())
    partition = RowsPartition(name=part_name(side, number), schema=schema, rows=batches)
    yield from work(side, number, partition)


def _of_files(work: Any, side: str, partitions: Sequence[Any], batches: Rows) -> Rows:
    for batch in batches:
        for number in batch.column(0).to_pylist():
            yield from work(side, number, partitions[number])


def _part_rows(job: Job, done: Sequence[Any], side: str, number: int, partition: Any) -> Rows:
    parted = do_part(job, side, number, partition)
    note(done, parted.found)
    yield from rows_of(parted, number)


def rows_of(parted: Parted, number: int) -> Rows:
    """Return what a partition has found and sends, as rows."""
    yield _batch([Piece(NO_BUCKET, number, FOUND, parted.found.pack())], number)
    yield from piece_rows(parted.pieces)


def piece_rows(pieces: Sequence[Piece]) -> Rows:
    """Return pieces as rows; each goes to the task of its bucket."""
    for start in range(0, len(pieces), N_BUCKETS):
        yield _batch(pieces[start : start + N_BUCKETS], None)


def _batch(pieces: Sequence[Piece], slot: int | None) -> pa.RecordBatch:
    columns = [
        pa.array([piece.bucket if slot is None else slot for piece in pieces], pa.int32()),
        pa.array([piece.bucket for piece in pieces], pa.int32()),
        pa.array([piece.number for piece in pieces], pa.int32()),
        pa.array([piece.kind for piece in pieces], pa.string()),
        pa.array([piece.data for piece in pieces], pa.binary()),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)


def pieces_in(batches: Rows) -> Iterator[Piece]:
    """Yield the pieces that rows hold."""
    for batch in batches:
        columns = (batch.column(name) for name in ("bucket", "number", "kind", "data"))
        for bucket, number, kind, data in zip(*columns, strict=True):
            yield Piece(bucket.as_py(), number.as_py(), kind.as_py(), data.as_py())


def _merge_rows(job: Job, done: Sequence[Any], batches: Rows) -> Rows:
    """Add up what is found, and work on buckets as they come; one row is left."""
    from pyspark import TaskContext

    context = TaskContext.get()
    total = Found()
    for bucket, own in groupby(pieces_in(batches), key=lambda piece: piece.bucket):
        if bucket == NO_BUCKET:
            for piece in own:
                total += Found.unpack(piece.data)
        else:
            total += note(done, do_bucket(job, bucket, list(own)))
    slot = 0 if context is None else int(context.partitionId())
    yield _batch([Piece(NO_BUCKET, slot, FOUND, total.pack())], slot)
