"""Files appear whole or not at all, whatever goes wrong while writing."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from psychometrics.errors import OutputError
from psychometrics.output import write_whole


def test_a_full_disk_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.csv"
    write_whole(path, b"old")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="No space left"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert [one.name for one in tmp_path.iterdir()] == ["a.csv"]


def test_an_existing_file_is_kept_when_asked(tmp_path: Path) -> None:
    write_whole(tmp_path / "a", b"1", replace=False)
    with pytest.raises(OutputError, match="never overwritten"):
        write_whole(tmp_path / "a", b"2", replace=False)
    assert (tmp_path / "a").read_bytes() == b"1"


def test_a_killed_writer_never_leaves_half_a_file(tmp_path: Path) -> None:
    """A process that rewrites one file over and over is killed: the file is one of the whole versions."""
    path = tmp_path / "a.bin"
    code = (
        "import sys; from pathlib import Path; from psychometrics.output import write_whole\n"
        "i = 0\n"
        "while True:\n"
        "    write_whole(Path(sys.argv[1]), bytes([i % 256]) * 2_000_000); i += 1\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(path)])
    limit = time.monotonic() + 30
    while not path.exists() and time.monotonic() < limit:
        pass
    process.send_signal(signal.SIGKILL)
    process.wait()
    data = path.read_bytes()
    assert len(data) == 2_000_000
    assert len(set(data)) == 1
