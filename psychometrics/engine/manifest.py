"""What a run has finished, a line per partition, so that a rerun does only what is missing."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from psychometrics.engine.files import sha256_of
from psychometrics.errors import OutputError, Problem, RunError
from psychometrics.output import write_whole

NAME = "manifest.jsonl"
FORMAT = 4
ANEW = "Choose another folder, or do all of it anew: resume=False (on the command line --fresh)."


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A partition that is done.

    Attributes
    ----------
    partition : str
    identity : mapping
        Of the input, as it was when it was read.
    n_rows : int
    files : mapping of str to str
        Path below the folder -> SHA-256, of everything that was written for it.
    """

    partition: str
    identity: Mapping[str, Any]
    n_rows: int
    files: Mapping[str, str]


class Manifest:
    """The list of finished partitions of a folder.

    Parameters
    ----------
    folder : Path
    settings : mapping
        Everything but the input that decides what is written: plain data.
    """

    def __init__(self, folder: Path, settings: Mapping[str, Any]) -> None:
        self.path = folder / NAME
        self.folder = folder
        self.settings = json.loads(json.dumps(settings))
        self.finished: dict[str, Finished] = {}

    def start(self, *, resume: bool) -> None:
        """Read what is there, or begin anew.

        Raises
        ------
        RunError
            The folder holds a run with other settings, or of another version; says what differs.
        """
        head, lines = self._read() if resume else (None, [])
        if head is None:
            self._write()
            return
        self._check(head)
        self.finished = {one.partition: one for one in lines}

    def done(self, partition: str, identity: Mapping[str, Any]) -> Finished | None:
        """Return what was finished of a partition, if the input is the same and every file is as it was written."""
        one = self.finished.get(partition)
        if one is None or dict(one.identity) != json.loads(json.dumps(dict(identity))):
            return None
        whole = all(sha256_of(self.folder / name) == digest for name, digest in one.files.items())
        return one if whole else None

    def add(self, one: Finished) -> None:
        """Write that a partition is finished; its files must stand already."""
        line = f"{json.dumps(asdict(one), sort_keys=True)}\n".encode()
        try:
            with self.path.open("ab", buffering=0) as file:
                before = file.tell()
                try:
                    if file.write(line) != len(line):
                        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                    os.fsync(file.fileno())
                except OSError:
                    file.truncate(before)  # half a line would spoil the next one
                    raise
        except OSError as error:
            raise OutputError(f"{self.path}: cannot be written ({error.strerror or error})") from error
        self.finished[one.partition] = one

    def forget(self, partitions: Iterable[str]) -> None:
        """Take partitions off the list."""
        gone = set(partitions) & set(self.finished)
        if not gone:
            return
        self.finished = {name: one for name, one in self.finished.items() if name not in gone}
        self._write()

    def _write(self) -> None:
        head = {"format": FORMAT, "settings": self.settings}
        rows = [head, *(asdict(one) for one in self.finished.values())]
        write_whole(self.path, "".join(f"{json.dumps(row, sort_keys=True)}\n" for row in rows).encode())

    def _read(self) -> tuple[Any, list[Finished]]:
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None, []
        except (OSError, UnicodeDecodeError) as error:
            raise RunError(f"{self.path}: cannot be read ({error})", hint=ANEW) from error
        whole = text[: text.rfind("\n") + 1]  # the last line was being written when the run was killed
        if whole != text:
            write_whole(self.path, whole.encode())
        try:
            rows = [json.loads(line) for line in whole.splitlines()]
            self._check_format(rows)
            return (rows[0], [_finished(row) for row in rows[1:]]) if rows else (None, [])
        except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
            raise RunError(f"{self.path}: damaged", hint=ANEW) from error

    def _check_format(self, rows: Sequence[Any]) -> None:
        if rows and rows[0]["format"] != FORMAT:
            raise RunError(
                f"{self.folder}: holds the output of a run of another version of this package",
                problems=[
                    Problem(where="manifest", what=f"format {rows[0]['format']}", expected=f"{FORMAT}")
                ],
                hint=ANEW,
            )

    def _check(self, head: Any) -> None:
        was = head["settings"]
        keys = sorted({*was, *self.settings})
        problems = [
            Problem(where=key, what=f"{was.get(key)!r} before, {self.settings.get(key)!r} now")
            for key in keys
            if was.get(key) != self.settings.get(key)
        ]
        if problems:
            raise RunError(
                f"{self.folder}: holds the output of a run with other settings", problems=problems, hint=ANEW
            )


def _finished(row: Any) -> Finished:
    return Finished(
        partition=str(row["partition"]),
        identity=dict(row["identity"].items()),
        n_rows=int(row["n_rows"]),
        files={str(name): str(digest) for name, digest in row["files"].items()},
    )
