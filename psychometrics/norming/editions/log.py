"""The append-only log of the editions in a folder: what came when, by whom, why; each line sealed by the one before.

A line of ``editions.log.jsonl`` is one JSON object. ``digest`` is the SHA-256 of the object without it, and
``previous`` the digest of the line before, so no line can be changed, dropped or put in between without breaking the
chain. Who can rewrite the whole file can rewrite the chain: keep the last digest somewhere else and give it to
:func:`verify_editions`.
"""

from __future__ import annotations

import hashlib
import json
import os
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from psychometrics.errors import NormError, OutputError
from psychometrics.norming.edition import EditionHead
from psychometrics.output import write_whole

LOG = "editions.log.jsonl"
START = "0" * 64

Line = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLog:
    """The log of a folder while this process alone may add to it."""

    folder: Path
    handle: int
    lines: tuple[Line, ...]

    def entry(self, edition: str) -> Line | None:
        """Return the last line about an edition."""
        return next((line for line in reversed(self.lines) if line["edition"] == edition), None)

    def add(self, **facts: Any) -> OpenLog:
        """Append one line; it is on the disk when this returns."""
        before = self.lines if self.lines or facts["action"] == "found" else self._adopted().lines
        line = {"line": len(before) + 1, "written": datetime.now(UTC).isoformat(timespec="seconds"), **facts}
        line["previous"] = before[-1]["digest"] if before else START
        line["digest"] = seal(line)
        os.write(self.handle, (json.dumps(line, ensure_ascii=False) + "\n").encode())
        os.fsync(self.handle)
        return OpenLog(folder=self.folder, handle=self.handle, lines=(*before, line))

    def _adopted(self) -> OpenLog:
        """Enter the editions that were there before the log was."""
        log = self
        for path in sorted(self.folder.glob("*.toml")):
            data = path.read_bytes()
            raw = head_of(data)
            if raw is not None and (self.folder / str(raw["table"])).is_file():
                people = raw.get("population", {}).get("n")
                log = log.add(
                    action="found",
                    edition=path.stem,
                    instrument=raw.get("instrument", ""),
                    parent=raw.get("parent"),
                    date=str(raw.get("released", "")),
                    who="",
                    why="was in the folder before the log",
                    n_before=None,
                    n_after=people,
                    head_sha256=hashlib.sha256(data).hexdigest(),
                    table_sha256=raw["table_sha256"],
                )
        return log


def head_of(data: bytes) -> dict[str, Any] | None:
    """Return the head of an edition as it stands; None for any other file."""
    try:
        raw = tomllib.loads(data.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError):
        return None
    return raw if "table_sha256" in raw and "table" in raw else None


def seal(line: Mapping[str, Any]) -> str:
    """Return the digest of a line: everything in it but the digest itself."""
    content = {name: value for name, value in line.items() if name != "digest"}
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


@contextmanager
def open_log(folder: Path) -> Iterator[OpenLog]:
    """Hold the log of a folder alone: a second process waits until this one is done."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / LOG, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
    except OSError as error:
        raise OutputError(
            f"{folder}: the log of editions cannot be written ({error.strerror or error})",
            hint="Check the folder and its permissions. Nothing was left half-written.",
        ) from error
    try:
        _lock(handle)
        _drop_torn_end(handle)
        lines, broken = parse_log((folder / LOG).read_bytes())
        if broken:
            raise NormError(
                f"{folder / LOG}: {broken[0][1]} (line {broken[0][0]})",
                hint="Nothing is added to a broken log. See all of it: psychometrics norms verify.",
            )
        yield OpenLog(folder=folder, handle=handle, lines=lines)
    finally:
        os.close(handle)


def _lock(handle: int) -> None:
    """Wait for the lock of the file; closing it, or the end of the process, gives it back."""
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined,unused-ignore]
    else:
        fcntl.flock(handle, fcntl.LOCK_EX)


def _drop_torn_end(handle: int) -> None:
    """Cut off a line that a crash left without its end: its edition was never written, the log goes first."""
    size = os.lseek(handle, 0, os.SEEK_END)
    os.lseek(handle, 0, os.SEEK_SET)
    data = os.read(handle, size) if size else b""
    if data and not data.endswith(b"\n"):
        os.ftruncate(handle, data.rfind(b"\n") + 1)


def parse_log(data: bytes) -> tuple[tuple[Line, ...], list[tuple[int, str]]]:
    """Return the lines of a log and what is wrong with its chain, as (line number, words)."""
    lines: list[Line] = []
    broken: list[tuple[int, str]] = []
    previous = START
    for number, text in enumerate(data.split(b"\n")[:-1], start=1):
        try:
            line = json.loads(text)
            own, link = line["digest"], line["previous"]
            wrong = seal(line) != own
        except (ValueError, KeyError, TypeError):
            broken.append((number, "not a line of a log of editions"))
            continue
        if wrong:
            broken.append((number, "this line was changed after it was written"))
        elif link != previous:
            broken.append((number, "a line before this one was dropped, put in or changed"))
        previous = own
        lines.append(line)
    return tuple(lines), broken


def read_log(folder: Path) -> tuple[tuple[Line, ...], list[tuple[int, str]]]:
    """Return the lines of a folder's log and what is wrong with its chain; nothing where there is no log."""
    path = folder / LOG
    return parse_log(path.read_bytes()) if path.is_file() else ((), [])


def write_edition(folder: Path, head: EditionHead, text: bytes, table: bytes) -> Path:
    """Write an edition: its table, its line in the log, and last its head, which makes it an edition.

    One process at a time per folder. A name that the folder or its log knows is refused; but what a crash left
    between log and head is completed when the very same edition is saved again.
    """
    path = folder / f"{head.edition}.toml"
    facts = {"head_sha256": hashlib.sha256(text).hexdigest(), "table_sha256": head.table_sha256}
    with open_log(folder) as log:
        known = log.entry(head.edition)
        unfinished = known is not None and all(known[name] == value for name, value in facts.items())
        if path.exists() or (known is not None and not unfinished):
            raise OutputError(
                f"{path}: exists already; an edition is never overwritten"
                if path.exists()
                else f"{path}: the log of the folder knows another edition of this name; a name is never used twice",
                hint="Choose another edition name.",
            )
        write_whole(folder / head.table, table)
        if not unfinished:
            log.add(**_entry(head), **facts)
        write_whole(path, text, replace=False)
    return path


def _entry(head: EditionHead) -> dict[str, Any]:
    last = head.history[-1] if head.history else None
    return {
        "action": last.action if last else "built",
        "edition": head.edition,
        "instrument": head.instrument,
        "parent": head.parent,
        "date": last.date if last else (head.released or ""),
        "who": last.who if last else "",
        "why": last.why if last else "",
        "n_before": last.n_before if last else None,
        "n_after": head.population.n,
    }


def check_logged(path: Path, head: bytes) -> None:
    """Refuse an edition whose head is not the one that the log of its folder knows."""
    lines, _ = read_log(path.parent)
    known = next((line for line in reversed(lines) if line["edition"] == path.stem), None)
    if known is None:
        return
    if known["head_sha256"] != hashlib.sha256(head).hexdigest():
        raise NormError(
            f"{path}: the head is not the one that the log of its folder knows ({LOG}, line {known['line']})",
            hint="An edition is never edited. Get the original file, or build a new edition.",
        )


def withdraw_edition(folder: str | Path, edition: str, *, why: str, who: str = "") -> None:
    """Delete the files of an edition and say so in the log; its name is never used again.

    Needed to finish an erasure: as long as the edition from which a person was removed still lies beside the new
    one, the difference of the two is that person's scores.

    Parameters
    ----------
    folder : str or Path
    edition : str
        Name of the edition.
    why, who : str
        Kept in the log.

    Raises
    ------
    NormError
        No such edition in the folder.
    """
    place = Path(folder)
    path = place / f"{edition}.toml"
    raw = head_of(path.read_bytes()) if path.is_file() else None
    if raw is None:
        raise NormError(
            f"{path}: no such edition", hint="See what is there: psychometrics norms list --folder."
        )
    with open_log(place) as log:
        log.add(
            action="withdrawn",
            edition=edition,
            instrument=raw.get("instrument", ""),
            parent=raw.get("parent"),
            date=datetime.now(UTC).date().isoformat(),
            who=who,
            why=why,
            n_before=raw.get("population", {}).get("n"),
            n_after=None,
            head_sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
            table_sha256=raw["table_sha256"],
        )
        path.unlink()
        (place / str(raw["table"])).unlink(missing_ok=True)
