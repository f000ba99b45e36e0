"""Workers that are processes of their own: threads of one Python wait for each other, the more of them the longer."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, BinaryIO, Generic, Self, TypeVar, cast

from psychometrics.engine.child import DONE, ROWS
from psychometrics.engine.partitions import Partition
from psychometrics.engine.pool import Watch
from psychometrics.errors import RunError

R = TypeVar("R")
BOOT = (
    "import pickle, signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN); "
    "sys.path[:] = pickle.load(sys.stdin.buffer); from psychometrics.engine.child import serve; serve()"
)
"""Who began a run ends it: Ctrl-C reaches all processes of a terminal."""
SETTINGS = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MIMALLOC_PURGE_DELAY": "-1"}
"""A core each; and memory that was let go of is kept, as the next batch needs as much again."""
BYTES = 150 << 20
"""What such a process holds before it has read anything."""
PATIENCE = 10


class DiedError(Exception):
    """A process ended before it had answered."""


class Processes(Generic[R]):
    """Work that is done in other processes; called like the work itself, from a thread for each process.

    The processes are started with a line of code of their own, and the work is sent to them: they never run the script
    that this process runs. They end when this one does, in whatever way.

    Parameters
    ----------
    work : callable
        Takes a partition and a :class:`Watch`; can be pickled, as can what it is given and what it returns.
    n : int
        Processes to start.
    """

    def __init__(self, work: Callable[[Partition, Watch], R], n: int) -> None:
        self._work, self._n = pickle.dumps(work), n
        self._idle: list[_Child] = []
        self._all: list[_Child] = []

    def __enter__(self) -> Self:
        for _ in range(self._n):
            self._idle.append(self._start())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for child in self._all:
            child.let_go()
        for child in self._all:
            child.end()

    def _start(self) -> _Child:
        child = _Child(self._work)
        self._all.append(child)
        return child

    def __call__(self, partition: Partition, watch: Watch) -> R:
        """Have a partition worked on; if the process dies, once more by another.

        Raises
        ------
        RunError
            The other died too.
        """
        for _ in range(2):
            child = self._idle.pop() if self._idle else self._start()
            try:
                found: R = child.ask(partition, watch)
            except DiedError:
                continue
            except BaseException:
                child.end()
                raise
            self._idle.append(child)
            return found
        raise RunError(
            f"{partition.name}: the process that worked on it ended twice, {child.how()}",
            hint="Perhaps the memory of the machine was used up: give fewer workers, or less memory.",
        )


class _Child:
    """A process, and the pipes to and from it."""

    def __init__(self, work: bytes) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - this Python, and a line of our own
            [sys.executable, "-c", BOOT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**SETTINGS, **os.environ},
        )
        self._letters, self._answers = (
            cast("BinaryIO", self._process.stdin),
            cast("BinaryIO", self._process.stdout),
        )
        with suppress(OSError):  # that it is gone is found when it is asked
            self._send(pickle.dumps(sys.path) + work)

    def _send(self, data: bytes) -> None:
        self._letters.write(data)
        self._letters.flush()

    def ask(self, partition: Partition, watch: Watch) -> Any:
        """Send a partition and return what it came to, or raise what was raised over it."""
        n_rows = 0
        letter = pickle.dumps(partition)
        try:
            self._send(letter)
            while True:
                kind, what = pickle.load(self._answers)  # noqa: S301 - own process
                if kind != ROWS:
                    break
                n_rows += what
                watch.rows(what)
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            self.end()
            watch.rows(-n_rows)
            raise DiedError from error
        if kind == DONE:
            return what
        raise what

    def how(self) -> str:
        """Say how it ended."""
        code = self._process.returncode
        return f"killed by signal {-code}" if code is not None and code < 0 else f"with code {code}"

    def let_go(self) -> None:
        """Send nothing more, which ends it."""
        with suppress(OSError):
            self._letters.close()

    def end(self) -> None:
        """Wait until it has ended; not for long."""
        self.let_go()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._answers.close()
