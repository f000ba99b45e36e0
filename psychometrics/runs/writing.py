"""The files a partition leaves: its scores, its counts, the hashes of its persons."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from psychometrics.engine.files import Hashed, part_file, whole_file
from psychometrics.runs.tables import writer_options

SCORES, STATE = "scores", ".run"
HELD = 1 << 20


def stem(name: str) -> str:
    """Return a file name for a partition: readable, safe, and its own."""
    safe = re.sub(r"[^A-Za-z0-9.=-]+", "_", name).strip("._")[-80:]
    return f"{safe}.{hashlib.sha256(name.encode()).hexdigest()[:8]}"


class ScoreFile:
    """Takes tables of one schema; nothing is written before the first."""

    def __init__(self, file: Hashed) -> None:
        self._file = file
        self._writer: pq.ParquetWriter | None = None
        self._held: pa.NativeFile | None = None

    def write(self, table: pa.Table) -> None:
        """Write a table as row groups."""
        if self._writer is None:
            # a Parquet writer writes in a thousand small pieces, and each would wait for the interpreter
            self._held = pa.BufferedOutputStream(pa.PythonFile(self._file, "w"), HELD)
            self._writer = pq.ParquetWriter(self._held, table.schema, **writer_options(table.schema))
        self._writer.write_table(table)

    def drop(self) -> None:
        """Forget it, so that no footer is written when it is cleared away."""
        if self._writer is not None and self._held is not None:
            self._writer.is_open = False
            self._writer = None
            with suppress(Exception):  # what is held goes where the rest is: into a file that will be gone
                self._held.close()

    def close(self) -> None:
        """Write the footer."""
        if self._writer is not None and self._held is not None:
            self._writer.close()
            self._held.close()


@contextmanager
def score_file(
    path: Path, opened: Callable[[Path], AbstractContextManager[Hashed]] = whole_file
) -> Iterator[tuple[ScoreFile, Hashed]]:
    """Yield a Parquet file of scores that appears whole or not at all, and its digest."""
    with opened(path) as file:
        scores = ScoreFile(file)
        try:
            yield scores, file
        except BaseException:
            scores.drop()
            raise
        scores.close()


def write_state(path: Path, data: bytes | memoryview) -> str:
    """Write a small file of the run, to be settled with the partition; returns its SHA-256."""
    with part_file(path) as file:
        file.write(data)
    return file.sha256()
