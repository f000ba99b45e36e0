"""Scores of a Dask frame as a Dask frame."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa

from psychometrics.engine.frames import table_of_pandas
from psychometrics.engine.partitions import Partition, TablePartition
from psychometrics.runs.clusters.buckets import Piece
from psychometrics.runs.clusters.dask_columns import frame_of, needed_frame
from psychometrics.runs.clusters.dask_graph import Graph, buckets_for, frame_keys, groups_of, picked
from psychometrics.runs.clusters.job import Input, part_name
from psychometrics.runs.clusters.scoring import Scoring


def scored(scoring: Scoring, inputs: Sequence[Input]) -> Any:
    """Return the lazy frame of scores."""
    if scoring.join is not None:
        return _joined(scoring, inputs)
    (one,) = inputs
    needed = needed_frame(one)
    return needed.map_partitions(
        _scores,
        scoring,
        meta=_pandas(scoring.schema.empty_table()),
        enforce_metadata=False,
        align_dataframes=False,
    ).clear_divisions()


def _scores(frame: Any, scoring: Scoring, partition_info: Mapping[str, Any] | None = None) -> Any:
    name = part_name("responses", (partition_info or {}).get("number", 0))
    partition = TablePartition(name=name, table=table_of_pandas(frame))
    return _pandas(pa.concat_tables(scoring.part(partition)))


def _joined(scoring: Scoring, inputs: Sequence[Input]) -> Any:
    import dask.dataframe as dd
    from dask.delayed import Delayed

    assert scoring.join is not None  # noqa: S101
    n = buckets_for([one.source for one in inputs])
    scoring = replace(scoring, join=replace(scoring.join, n_buckets=n))
    run = uuid.uuid4().hex[:8]
    tasks: Graph = {f"scoring-{run}": scoring}
    cuts = [cut for one in inputs for cut in _cuts(tasks, f"scoring-{run}", one)]
    sent = groups_of(tasks, cuts, run, 1)
    for number, own in enumerate(picked(tasks, sent, run, n)):
        tasks[f"scores-{run}-{number}"] = (_bucket, f"scoring-{run}", number, own)
    made: Any = Delayed
    buckets = [made(f"scores-{run}-{number}", tasks) for number in range(n)]
    return dd.from_delayed(buckets, meta=_pandas(scoring.schema.empty_table()), verify_meta=False)


def _cuts(tasks: Graph, scoring: str, one: Input) -> Iterable[Any]:
    if frame_of(one.source) is None:
        for number, partition in enumerate(one.source.partitions):
            yield _cut_partition, scoring, one.side, number, partition
        return
    for number, key in enumerate(frame_keys(tasks, one)):
        yield _cut_frame, scoring, one.side, number, key


def _cut_frame(scoring: Scoring, side: str, number: int, frame: Any) -> list[Piece]:
    partition = TablePartition(name=part_name(side, number), table=table_of_pandas(frame))
    return scoring.cut(side, number, partition)


def _cut_partition(scoring: Scoring, side: str, number: int, partition: Partition) -> list[Piece]:
    return scoring.cut(side, number, partition)


def _sent(pieces: Sequence[Piece], bucket: int) -> list[Piece]:
    return [piece for piece in pieces if piece.bucket == bucket]


def _bucket(scoring: Scoring, number: int, pieces: Sequence[Sequence[Piece]]) -> Any:
    own = [piece for several in pieces for piece in several]
    return _pandas(pa.concat_tables(scoring.bucket(number, own)))


def _pandas(table: pa.Table) -> Any:
    """Return a pandas frame whose columns stay in Arrow."""
    import pandas as pd

    return table.to_pandas(types_mapper=pd.ArrowDtype)
