"""The columns of a Dask frame that are needed; a partition that lacks one says which it is, and what it lacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from psychometrics.engine.frames import FramePartition
from psychometrics.engine.partitions import Source
from psychometrics.errors import Problem, RunError
from psychometrics.runs.clusters.job import Input, part_name


def frame_of(source: Source) -> Any:
    """Return the Dask frame behind a source; None for files and tables."""
    first = source.partitions[0] if isinstance(source.partitions, list) and source.partitions else None
    return first.frame if isinstance(first, FramePartition) else None


def needed_frame(one: Input) -> Any:
    """Return the lazy frame of an input with the columns that are needed.

    What reads the frame takes only these, where it can. Elsewhere Dask picks columns out of partitions. Both would stop at
    a partition that lacks some with a bare KeyError.
    """
    frame = frame_of(one.source)
    collection = type(frame)
    expr = frame[[name for name in frame.columns if name in one.columns]].simplify().expr
    for reads in list(filter(_reads, expr.walk())):
        expr = expr.substitute(reads, _named(reads))
    while (picks := next(filter(_picks, expr.walk()), None)) is not None:
        expr = expr.substitute(picks, _told(collection(picks.frame), picks, one.side))
    return collection(expr)


def _reads(expr: Any) -> bool:
    return type(expr).__name__ == "ReadParquetFSSpec"


def _named(reads: Any) -> Any:
    """Return the same reader of Parquet files, which names a file that lacks a column."""
    from psychometrics.runs.clusters.dask_parquet import NamingEngine

    if reads.engine is not NamingEngine.__base__:
        return reads  # somebody's own
    return reads.substitute_parameters({"engine": NamingEngine})


def _picks(expr: Any) -> bool:
    return type(expr).__name__ == "Projection" and isinstance(expr.operand("columns"), list)


def _told(frame: Any, picks: Any, side: str) -> Any:
    """Return the same columns, picked by a function that names a partition that lacks one."""
    picked = frame.map_partitions(
        _picked,
        list(picks.columns),
        side,
        meta=picks._meta,
        enforce_metadata=False,
        align_dataframes=False,
    )
    return picked.expr


def _picked(
    frame: Any, columns: Sequence[str], side: str, partition_info: Mapping[str, Any] | None = None
) -> Any:
    """Return some columns of a partition."""
    lacking = [name for name in columns if name not in frame.columns]
    if not lacking:
        return frame[columns]
    where = part_name(side, (partition_info or {}).get("number", 0))
    raise RunError(
        f"{where}: the columns do not fit",
        problems=[
            Problem(where=f"{where}: {name}", what="no such column in this partition") for name in lacking
        ],
        hint="Every partition of a frame needs the columns that the frame says it has.",
        facts={"partitions": [where]},
    )
