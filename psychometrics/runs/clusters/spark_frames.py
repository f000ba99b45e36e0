"""Scores of a Spark frame as a Spark frame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import groupby
from typing import Any

import pyarrow as pa

from psychometrics.engine.partitions import Partition
from psychometrics.runs.clusters.job import Input
from psychometrics.runs.clusters.on_spark import (
    Rows,
    SparkEngine,
    frame_of,
    piece_rows,
    pieces_in,
    pieces_of,
    spread,
    work_on_rows,
)
from psychometrics.runs.clusters.scoring import Scoring
from psychometrics.runs.clusters.spark_cluster import quiet
from psychometrics.runs.clusters.spark_task import sent


def scored(scoring: Scoring, inputs: Sequence[Input]) -> Any:
    """Return the lazy frame of scores."""
    from pyspark.sql.pandas.types import from_arrow_schema

    columns = from_arrow_schema(scoring.schema)
    frame = frame_of(inputs[0].source)
    with quiet():
        if scoring.join is None:
            return work_on_rows(inputs[0], partial(_scores, scoring), columns)
        engine = SparkEngine(session=frame.sparkSession)
        n = engine.n_buckets([one.source for one in inputs], joins=True)
        scoring = replace(scoring, join=replace(scoring.join, n_buckets=n))
        rows = pieces_of(frame.sparkSession, partial(_cut, scoring), inputs)
        return spread(rows, engine.width()).mapInArrow(sent(partial(_buckets, scoring)), columns)


def _scores(scoring: Scoring, side: str, number: int, partition: Partition) -> Rows:  # noqa: ARG001
    for table in scoring.part(partition):
        yield from _plain(table)


def _cut(scoring: Scoring, side: str, number: int, partition: Partition) -> Rows:
    yield from piece_rows(scoring.cut(side, number, partition))


def _buckets(scoring: Scoring, batches: Rows) -> Rows:
    for bucket, own in groupby(pieces_in(batches), key=lambda piece: piece.bucket):
        for table in scoring.bucket(bucket, list(own)):
            yield from _plain(table)


def _plain(table: pa.Table) -> Iterator[pa.RecordBatch]:
    yield from table.combine_chunks().to_batches()
