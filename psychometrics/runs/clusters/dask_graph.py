"""The graph of a job: a task per partition, a task per bucket, and what they found added up as a tree.

It is a plain mapping from keys to tasks, as Dask has always taken them: a call of ``dask.delayed`` costs a millisecond and
more, and rows of some thousand partitions that meet in some buckets are very many calls.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from psychometrics.engine.faults import CAUSES
from psychometrics.engine.frames import table_of_pandas
from psychometrics.engine.partitions import Partition, Source, TablePartition
from psychometrics.runs.clusters.buckets import Piece
from psychometrics.runs.clusters.dask_columns import frame_of, needed_frame
from psychometrics.runs.clusters.found import Found
from psychometrics.runs.clusters.job import Input, Job, Parted, do_bucket, do_part, part_name
from psychometrics.runs.clusters.telling import done_of

SPLIT_EVERY = 16
MOST_BUCKETS = 64
PARTS_PER_BUCKET = 4
Graph = dict[Any, Any]
Sent = dict[int, list[Piece]]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobGraph:
    """A graph and the keys that count in it.

    Attributes
    ----------
    tasks : dict
    total : str
        The key of all that was found.
    told : tuple of str
        Keys of small things that say that a partition or bucket is done.
    """

    tasks: Graph
    total: str
    told: tuple[str, ...]


def job_graph(job: Job, inputs: Sequence[Input]) -> JobGraph:
    """Return the graph of a job."""
    run = uuid.uuid4().hex[:8]
    tasks: Graph = {f"job-{run}": job}
    parts = [key for one in inputs for key in _parts(tasks, one, run)]
    found = [_put(tasks, f"found-{key}", (_found, key)) for key in parts]
    sent = groups_of(tasks, [(_pieces, key) for key in parts], run, SPLIT_EVERY if job.only_hashes else 1)
    found += [
        _put(tasks, f"bucket-{run}-{number}", (_bucket, f"job-{run}", number, own))
        for number, own in enumerate(picked(tasks, sent, run, job.n_buckets if parts else 0))
    ]
    told = [_put(tasks, f"told-{key}", (done_of, key)) for key in found]
    total = _put(tasks, f"all-{run}", (_all, _tree(tasks, found, run), told))
    return JobGraph(tasks=tasks, total=total, told=tuple(told))


def groups_of(tasks: Graph, pieces: Sequence[Any], run: str, size: int) -> list[str]:
    """Put in a task for each group of partitions that lays what they send bucket by bucket; returns the keys.

    Hashes are small, and the pieces of several partitions go on together: else there is a task for each partition and
    bucket.
    """
    groups = [list(pieces[start : start + size]) for start in range(0, len(pieces), size)]
    return [_put(tasks, f"sent-{run}-{number}", (_laid, group)) for number, group in enumerate(groups)]


def picked(tasks: Graph, sent: Sequence[str], run: str, n_buckets: int) -> Iterator[list[str]]:
    """Yield for each bucket the keys of what is sent to it."""
    for bucket in range(n_buckets):
        yield [
            _put(tasks, f"to-{run}-{bucket}-{number}", (_to_bucket, key, bucket))
            for number, key in enumerate(sent)
        ]


def _put(tasks: Graph, key: str, task: Any) -> str:
    tasks[key] = task
    return key


def _tree(tasks: Graph, keys: Sequence[str], run: str) -> str:
    """Put in tasks that add up all, some at a time, so that no worker holds many; returns the key of the last."""
    keys, level = list(keys), 0
    while len(keys) != 1:
        level += 1
        groups = [keys[start : start + SPLIT_EVERY] for start in range(0, len(keys) or 1, SPLIT_EVERY)]
        keys = [
            _put(tasks, f"total-{run}-{level}-{number}", (Found.total, group))
            for number, group in enumerate(groups)
        ]
    return keys[0]


def _parts(tasks: Graph, one: Input, run: str) -> Iterator[str]:
    """Yield the key of each partition of an input. It says which it is, for messages."""
    frame = frame_of(one.source)
    if frame is None:
        for number, partition in enumerate(one.source.partitions):
            task = (_file_part, f"job-{run}", one.side, number, partition)
            yield _put(tasks, f"{one.side}-{run}-{number}", task)
        return
    for number, key in enumerate(frame_keys(tasks, one)):
        yield _put(tasks, f"{one.side}-{run}-{number}", (_frame_part, f"job-{run}", one.side, number, key))


def frame_keys(tasks: Graph, one: Input) -> list[Any]:
    """Put in the tasks of a frame, with the columns that are needed; returns the keys of its partitions.

    It is not optimized all the way: Dask would put small files of Parquet together, and partitions would not be those that the
    caller knows.
    """
    needed = needed_frame(one)
    tasks.update(needed.__dask_graph__())
    keys: list[Any] = needed.__dask_keys__()
    return keys


def buckets_for(sources: Sequence[Source]) -> int:
    """Return a number of buckets that grows with the partitions, as far as the graph stays small."""
    n = sum(_n_parts(source) for source in sources)
    return max(1, min(MOST_BUCKETS, -(-n // PARTS_PER_BUCKET)))


def _n_parts(source: Source) -> int:
    frame = frame_of(source)
    if frame is not None:
        return int(frame.npartitions)
    return len(source.partitions) if isinstance(source.partitions, list) else 1


def _frame_part(job: Job, side: str, number: int, frame: Any) -> Parted:
    name = part_name(side, number)
    try:
        table = table_of_pandas(frame)
    except CAUSES as error:
        return Parted(Found.of_fault(name, error), [])
    return do_part(job, side, number, TablePartition(name=name, table=table))


def _file_part(job: Job, side: str, number: int, partition: Partition) -> Parted:
    return do_part(job, side, number, partition)


def _found(part: Parted) -> Found:
    return part.found


def _all(total: Found, told: object) -> Found:  # noqa: ARG001
    return total


def _pieces(part: Parted) -> list[Piece]:
    return part.pieces


def _laid(several: Sequence[Sequence[Piece]]) -> Sent:
    sent: Sent = {}
    for pieces in several:
        for piece in pieces:
            sent.setdefault(piece.bucket, []).append(piece)
    return sent


def _to_bucket(sent: Sent, bucket: int) -> list[Piece]:
    return sent.get(bucket, [])


def _bucket(job: Job, number: int, pieces: Sequence[Sequence[Piece]]) -> Found:
    return do_bucket(job, number, [piece for several in pieces for piece in several])
