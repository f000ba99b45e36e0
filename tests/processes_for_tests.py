"""Work that tests send to other processes: it must be found there by its name."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path

from psychometrics.engine.partitions import TablePartition
from psychometrics.engine.pool import Watch
from psychometrics.errors import Problem, RunError


def process(one: TablePartition, watch: Watch) -> tuple[str, int, int]:
    """Return the name, the rows, and the process that found them."""
    watch.rows(one.table.num_rows)
    return one.name, one.table.num_rows, os.getpid()


def talkative(one: TablePartition, watch: Watch) -> str:
    """Print, and return the name."""
    print("this must not stand between answers", flush=True)
    return process(one, watch)[0]


def odd(one: TablePartition, watch: Watch) -> None:
    """Find something wrong with the data."""
    raise RunError("odd", problems=[Problem(where="x", what="is odd", rows=(3,))], hint="Look again.")


def broken(one: TablePartition, watch: Watch) -> float:
    """Be wrong."""
    return one.table.num_rows / 0


class UnsendableError(Exception):
    """Cannot be made anew from what is kept of it."""

    def __init__(self, what: str, where: str) -> None:
        super().__init__(f"{what} in {where}")


def unsendable(one: TablePartition, watch: Watch) -> None:
    """Raise what cannot be sent."""
    raise UnsendableError("a fault", one.name)


def unsendable_result(one: TablePartition, watch: Watch) -> object:
    """Return what cannot be sent."""
    return lambda: one


@dataclass(frozen=True)
class Dies:
    """Is killed so many times over each partition, when some of its rows are done."""

    folder: Path
    times: int

    def __call__(self, one: TablePartition, watch: Watch) -> str:
        """Be killed, or return the name."""
        tried = len(list(self.folder.glob(f"{one.name}.*")))
        watch.rows(1)
        if tried < self.times:
            (self.folder / f"{one.name}.{tried}").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return one.name


@dataclass(frozen=True)
class WaitsLong:
    """Says who works, and then tells rows for ever."""

    told: Path

    def __call__(self, one: TablePartition, watch: Watch) -> None:
        """Write the number of the process and go on and on."""
        self.told.with_suffix(".new").write_text(str(os.getpid()), encoding="ascii")
        self.told.with_suffix(".new").replace(self.told)
        while True:
            watch.rows(0)
