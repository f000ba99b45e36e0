"""Large files that appear whole or not at all."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from psychometrics.errors import OutputError

PART = ".part"
BLOCK = 1 << 20


class Hashed:
    """A file that takes the SHA-256 of what is written to it."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self._file, self._path, self._hash = file, path, hashlib.sha256()
        self.size = 0
        self.closed = False

    def write(self, data: bytes | memoryview) -> int:
        """Write and hash."""
        self._hash.update(data)
        with _writing(self._path):
            self._file.write(data)
        self.size += memoryview(data).nbytes
        return memoryview(data).nbytes

    def tell(self) -> int:
        """Return how much was written."""
        return self.size

    def flush(self) -> None:
        """Pass on to the file."""
        with _writing(self._path):
            self._file.flush()

    def writable(self) -> bool:
        """Say yes."""
        return True

    def readable(self) -> bool:
        """Say no."""
        return False

    def seekable(self) -> bool:
        """Say no: what was hashed stays."""
        return False

    def close(self) -> None:
        """Leave the file open: it is flushed to disk before it takes its name."""
        self.closed = True

    def sha256(self) -> str:
        """Return the digest so far."""
        return self._hash.hexdigest()


@contextmanager
def whole_file(path: Path) -> Iterator[Hashed]:
    """Yield a file to write to; it takes its name when the block ends well, else it is gone.

    Raises
    ------
    OutputError
        The file cannot be written; says why.
    """
    with part_file(path) as file:
        yield file
    settle(path)


@contextmanager
def part_file(path: Path) -> Iterator[Hashed]:
    """Yield a file to write to; when the block ends well it is there for :func:`settle` to give it its name.

    Waiting for the disk is what takes long, and it can be done by somebody who has nothing else to do.
    """
    part = _part(path)
    try:
        with _writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            file = part.open("wb")
        with file:
            yield Hashed(file, path)
            with _writing(path):
                file.flush()
    except BaseException:
        _drop(part)
        raise


def settle(path: Path) -> None:
    """Wait until a file that was written is on the disk, and give it its name; if that fails, it is gone."""
    part = _part(path)
    try:
        with _writing(path):
            with part.open("r+b") as file:
                os.fsync(file.fileno())
            part.replace(path)
    except BaseException:
        _drop(part)
        raise


def _part(path: Path) -> Path:
    return path.with_name(f".{path.name}{PART}")


def _drop(part: Path) -> None:
    with suppress(OSError):
        part.unlink(missing_ok=True)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Say that it was this file that could not be written; what is read meanwhile has faults of its own."""
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"{path.name}: cannot be written ({error.strerror or error})",
            hint="Check the folder, the permissions and the space on the disk. Nothing was left half-written.",
        ) from error


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file; empty when it cannot be read."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                digest.update(block)
    except OSError:
        return ""
    return digest.hexdigest()


def sweep(folder: Path, below: Sequence[str] = ("scores", ".run")) -> None:
    """Remove what an earlier run that was killed left half-written in its folder, and nowhere else."""
    for own in (folder, *(folder / name for name in below)):
        for part in own.glob(f".*{PART}"):
            part.unlink(missing_ok=True)
