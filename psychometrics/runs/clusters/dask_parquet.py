"""Dask's reader of Parquet files, with a clear error where a file lacks a column. Loads Dask."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any

import pyarrow.parquet as pq
from dask.dataframe.io.parquet.arrow import ArrowDatasetEngine

from psychometrics.errors import Problem, RunError


class NamingEngine(ArrowDatasetEngine):
    """Reads as Dask does; files that lack a column are named, where Dask gives a bare KeyError."""

    @classmethod
    def read_partition(  # type: ignore[override]
        cls, fs: Any, pieces: Any, columns: Sequence[str], *args: Any, **kwargs: Any
    ) -> Any:
        """Return the rows of a partition."""
        try:
            return super().read_partition(fs, pieces, columns, *args, **kwargs)  # type: ignore[no-untyped-call]
        except KeyError:
            lacking = list(_lacking(fs, pieces, columns))
            if not lacking:
                raise
            names = [name for name, _ in lacking]
            raise RunError(
                f"{names[0]}: the columns do not fit",
                problems=[
                    Problem(where=f"{name}: {column}", what="no such column in this file")
                    for name, column in lacking
                ],
                facts={"partitions": list(dict.fromkeys(names))},
            ) from None


def _lacking(fs: Any, pieces: Any, columns: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the files of a partition that lack columns, and each of these."""
    for path, _, keys in pieces if isinstance(pieces, list) else [pieces]:
        with fs.open(path, "rb") as file:
            there = {*pq.read_schema(file).names, *(key for key, *_ in keys or ())}
        yield from ((PurePosixPath(path).name, name) for name in columns if name not in there)
