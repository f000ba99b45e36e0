"""Files and folders that workers and the machine that started the run share."""

from __future__ import annotations

import hashlib
import socket
import uuid
from dataclasses import dataclass, replace
from pathlib import Path

from pyarrow.fs import LocalFileSystem

from psychometrics.engine.delimited import DelimitedPartition
from psychometrics.engine.manifest import NAME
from psychometrics.engine.parquet import ArrowPartition, ParquetPartition
from psychometrics.engine.partitions import Partition, Source
from psychometrics.errors import RunError

FILES = (ArrowPartition, DelimitedPartition, ParquetPartition)


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedFolder:
    """The folder of a run, as workers see it.

    Attributes
    ----------
    path : Path
        Absolute: workers stand in folders of their own.
    opened : str
        Digest of the first line of its manifest, which says what run it is.
    started : str
        Which start of the run this is: what it has done itself is new, even where a task was done twice.
    """

    path: Path
    opened: str
    started: str

    @classmethod
    def opened_at(cls, path: Path) -> SharedFolder:
        """Return a folder whose manifest was just written."""
        return cls(path=path, opened=_opened(path), started=uuid.uuid4().hex)

    def check(self) -> None:
        """Refuse to write where the run is not: in a folder of this machine alone, or after a later run has taken it."""
        if _opened(self.path) != self.opened:
            raise RunError(
                f"the worker on {socket.gethostname()} does not see the run in {self.path}",
                hint="Give a folder that all workers and this process share, or write the frame of score_frame().",
            )


def _opened(path: Path) -> str:
    try:
        with (path / NAME).open("rb") as file:
            return hashlib.sha256(file.readline()).hexdigest()
    except OSError:
        return ""


def from_anywhere(source: Source) -> Source:
    """Return the source with paths that hold wherever a worker stands."""
    if not isinstance(source.partitions, list):
        return source
    return replace(source, partitions=[_absolute(one) for one in source.partitions])


def _absolute(partition: Partition) -> Partition:
    if not isinstance(partition, FILES) or not isinstance(partition.file.filesystem, LocalFileSystem):
        return partition
    path = str(Path(partition.file.path).absolute())
    return replace(partition, file=replace(partition.file, path=path))
