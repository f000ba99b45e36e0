"""One run at a time in a folder."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from psychometrics.errors import RunError

NAME = ".run.lock"
LAST_SIGN = 600.0


@contextmanager
def locked(folder: Path) -> Iterator[Callable[[], None]]:
    """Hold the folder for this run; yields a function that gives a sign of life.

    The operating system lets go of the lock when the process dies, however it dies, so that nothing is left to clean
    up. Where a file system is shared and its locks do not reach other machines, the file says who holds the folder; it
    counts as left behind after ten minutes without a sign of life.

    Raises
    ------
    RunError
        Another run works in this folder; names its process and machine.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / NAME
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        if not _take(handle) or _held_elsewhere(handle):
            raise _busy(folder, _read(handle))
        mine = json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": time.strftime("%F %T")})
        os.ftruncate(handle, 0)
        os.pwrite(handle, mine.encode(), 0)
        yield lambda: os.utime(handle)
        os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def _take(handle: int) -> bool:
    try:
        import fcntl
    except ImportError:  # no such locks here: the file alone must do
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # the file system has no locks
        return True
    return True


def _held_elsewhere(handle: int) -> bool:
    owner = _read(handle)
    young = time.time() - os.fstat(handle).st_mtime < LAST_SIGN
    return bool(owner) and owner.get("host") != socket.gethostname() and young


def _read(handle: int) -> dict[str, Any]:
    try:
        found = json.loads(os.pread(handle, 4096, 0) or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _busy(folder: Path, owner: dict[str, Any]) -> RunError:
    who = f"process {owner.get('pid', '?')} on {owner.get('host', '?')}, since {owner.get('since', '?')}"
    return RunError(
        f"{folder}: another run works in this folder ({who})",
        hint="Wait for it to end, or choose another folder.",
        facts=owner,
    )
