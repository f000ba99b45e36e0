"""Jobs carried out by Dask: a task per partition, a task per bucket, and what they found added up as a tree."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from psychometrics.engine.faults import CAUSES
from psychometrics.engine.frames import FramePartition, table_of_pandas
from psychometrics.engine.partitions import Partition, Source, TablePartition
from psychometrics.runs.clusters.buckets import Piece
from psychometrics.runs.clusters.dask_cluster import Compute, connected
from psychometrics.runs.clusters.dask_faults import told
from psychometrics.runs.clusters.found import Found
from psychometrics.runs.clusters.job import Input, Job, Parted, do_bucket, do_part, part_name

SPLIT_EVERY = 16
MOST_BUCKETS = 64
PARTS_PER_BUCKET = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class DaskEngine:
    """Builds a graph for a job and has it computed.

    Attributes
    ----------
    compute : callable
        Computes a node of a graph.
    """

    compute: Compute

    def n_buckets(self, sources: Sequence[Source], *, joins: bool) -> int:  # noqa: ARG002
        """Return a number that grows with the partitions."""
        return buckets_for(sources)

    def run(self, job: Job, inputs: Sequence[Input]) -> Found:
        """Return what all partitions and buckets have found."""
        from dask.delayed import delayed

        node = delayed(job, pure=False, traverse=False)
        parts = [part for one in inputs for part in _parts(node, one)]
        found = [delayed(_found, pure=False)(part) for part in parts]
        found += [
            delayed(_bucket, pure=False)(
                node, number, [delayed(_sent, pure=False)(part, number) for part in parts]
            )
            for number in range(job.n_buckets if parts else 0)
        ]
        if not found:
            return Found()
        with told(inputs):
            total: Found = self.compute(tree(found))
            return total


def buckets_for(sources: Sequence[Source]) -> int:
    """Return a number of buckets that grows with the partitions, as far as the graph stays small."""
    n = sum(_n_parts(source) for source in sources)
    return max(1, min(MOST_BUCKETS, -(-n // PARTS_PER_BUCKET)))


@contextmanager
def dask_engine(cluster: Any) -> Iterator[DaskEngine]:
    """Yield Dask on a cluster."""
    with connected(cluster) as compute:
        yield DaskEngine(compute=compute)


def tree(nodes: Sequence[Any]) -> Any:
    """Return one node that adds up all, some at a time, so that no worker holds many."""
    from dask.delayed import delayed

    nodes = list(nodes)
    while len(nodes) > 1:
        groups = [nodes[start : start + SPLIT_EVERY] for start in range(0, len(nodes), SPLIT_EVERY)]
        nodes = [delayed(Found.total, pure=False)(group) for group in groups]
    return nodes[0]


def _parts(job: Any, one: Input) -> Iterator[Any]:
    """Yield a node for each partition of an input. Its name says which it is, for messages."""
    from dask.delayed import delayed

    run = uuid.uuid4().hex[:8]
    frame = frame_of(one.source)
    if frame is not None:
        columns = [name for name in frame.columns if name in one.columns]
        data = frame[columns].to_delayed()
        works: list[Callable[..., Parted]] = [
            partial(_frame_part, side=one.side, number=number) for number in range(len(data))
        ]
    else:
        partitions = list(one.source.partitions)
        data = [None] * len(partitions)
        works = [
            partial(_file_part, side=one.side, number=number, partition=partition)
            for number, partition in enumerate(partitions)
        ]
    for number, (work, own) in enumerate(zip(works, data, strict=True)):
        task = delayed(work, name=f"{one.side}-{run}-{number}", pure=False)
        yield task(job, own, dask_key_name=f"{one.side}-{run}-{number}")


def frame_of(source: Source) -> Any:
    """Return the Dask frame behind a source; None for files and tables."""
    first = source.partitions[0] if isinstance(source.partitions, list) and source.partitions else None
    return first.frame if isinstance(first, FramePartition) else None


def _n_parts(source: Source) -> int:
    frame = frame_of(source)
    if frame is not None:
        return int(frame.npartitions)
    return len(source.partitions) if isinstance(source.partitions, list) else 1


def _frame_part(job: Job, frame: Any, *, side: str, number: int) -> Parted:
    name = part_name(side, number)
    try:
        table = table_of_pandas(frame)
    except CAUSES as error:
        return Parted(Found.of_fault(name, error), [])
    return do_part(job, side, number, TablePartition(name=name, table=table))


def _file_part(job: Job, _: None, *, side: str, number: int, partition: Partition) -> Parted:
    return do_part(job, side, number, partition)


def _found(part: Parted) -> Found:
    return part.found


def _sent(part: Parted, bucket: int) -> list[Piece]:
    return [piece for piece in part.pieces if piece.bucket == bucket]


def _bucket(job: Job, number: int, pieces: Sequence[Sequence[Piece]]) -> Found:
    own = [piece for several in pieces for piece in several]
    return do_bucket(job, number, own)
