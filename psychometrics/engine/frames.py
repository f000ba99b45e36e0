"""Frames of Dask and Spark as sources: known by their type, without loading either package."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from inspect import signature
from typing import Any, Literal

import pyarrow as pa

from psychometrics.engine.partitions import Source, refuse_twice
from psychometrics.errors import RunError

ClusterEngine = Literal["dask", "spark"]
MARKS: Mapping[str, tuple[ClusterEngine, str]] = {
    "dask": ("dask", "to_delayed"),
    "dask_expr": ("dask", "to_delayed"),
    "pyspark": ("spark", "mapInArrow"),
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FramePartition:
    """A whole frame that is not computed yet; its engine knows the parts.

    Attributes
    ----------
    engine : {"dask", "spark"}
    frame : Any
    schema : Schema
    """

    name: str
    engine: ClusterEngine
    frame: Any
    schema: pa.Schema
    identity: Mapping[str, Any] = field(default_factory=dict)
    n_rows: int | None = None
    first_row: int | None = None
    row_in_file: int = 0
    size: int = 0

    def batches(self, columns: Sequence[str], rows: int) -> Iterator[pa.Table]:
        """Compute one part after the other here, and yield its rows."""
        if self.engine == "spark":
            raise RunError("a Spark frame is read on its executors", hint='Run it there: engine="spark".')
        there = [name for name in self.schema.names if name in columns]
        for part in self.frame[there].partitions:
            table = table_of_pandas(part.compute())
            for start in range(0, table.num_rows, rows):
                yield table.slice(start, rows)

    def fields(self) -> dict[str, pa.DataType]:
        """Return the type of each column."""
        return dict(zip(self.schema.names, self.schema.types, strict=True))


def frame_engine(source: Any) -> ClusterEngine | None:
    """Return the engine a frame belongs to; None for anything else."""
    for kind in type(source).__mro__:
        engine, mark = MARKS.get(kind.__module__.partition(".")[0], (None, ""))
        if engine is not None and hasattr(source, mark):
            return engine
    return None


def source_engine(source: Source) -> ClusterEngine | None:
    """Return the engine that a source is on; None for files and tables."""
    parts = source.partitions
    first = parts[0] if isinstance(parts, list) and parts else None
    return first.engine if isinstance(first, FramePartition) else None


def frame_source(frame: Any, engine: ClusterEngine) -> Source:
    """Return a frame as a source; nothing is computed."""
    where = f"the {engine.capitalize()} frame"
    whole = FramePartition(name=where, engine=engine, frame=frame, schema=frame_schema(frame, engine))
    return Source(where=where, partitions=[whole], repeatable=False)


def frame_schema(frame: Any, engine: ClusterEngine) -> pa.Schema:
    """Return names and types of the columns as Arrow has them."""
    if engine == "dask":
        meta = frame._meta
        wrong = [name for name in meta.columns if not isinstance(name, str)]
        if wrong:
            raise RunError(f"columns must have texts for names, not {wrong[:3]}")
        refuse_twice(list(meta.columns), "the Dask frame")
        return table_of_pandas(meta).schema
    refuse_twice(frame.columns, "the Spark frame")
    return pa.schema([pa.field(one.name, _spark_type(one.dataType)) for one in frame.schema])


def _spark_type(kind: Any) -> pa.DataType:
    """Return a type of Spark as Arrow has it; null where Arrow has none, which matters only if the column is read."""
    from pyspark.errors import PySparkTypeError
    from pyspark.sql.pandas.types import to_arrow_type

    zone: dict[str, Any] = {"timezone": "UTC"} if "timezone" in signature(to_arrow_type).parameters else {}
    try:
        return to_arrow_type(kind, **zone)
    except PySparkTypeError:
        return pa.null()


def table_of_pandas(frame: Any) -> pa.Table:
    """Return a pandas frame as an Arrow table, without its index."""
    return pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
