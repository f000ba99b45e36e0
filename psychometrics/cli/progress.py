"""A progress bar on standard error, for work that takes longer than a second."""

from __future__ import annotations

from datetime import timedelta
from threading import Timer
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from psychometrics.engine.progress import Progress as RunProgress

PATIENCE = 1.0


class Steps:
    """The steps of a command; the bar appears only when the command takes longer than ``PATIENCE`` seconds.

    Parameters
    ----------
    console : Console
        Where the bar is drawn: standard error. Nothing is drawn when that is not a terminal.
    *names : str
        What is done, one text per step.
    """

    def __init__(self, console: Console, *names: str) -> None:
        self._names = names
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._bar = Progress(*columns, console=console, transient=True)
        self._task = self._bar.add_task("", total=len(names))
        self._done = -1
        self._timer = Timer(PATIENCE, self._bar.start)
        self._timer.daemon = True
        self._terminal = console.is_terminal

    def __enter__(self) -> Self:
        if self._terminal:
            self._timer.start()
        return self.next()

    def next(self) -> Self:
        """Go on to the next step."""
        self._done += 1
        name = self._names[min(self._done, len(self._names) - 1)]
        self._bar.update(self._task, completed=self._done, description=name)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        if self._terminal:
            self._timer.join()  # it may be starting the bar right now
        if self._bar.live.is_started:
            self._bar.stop()


class RowsBar:
    """Rows done, rows per second and time left, once a run takes longer than ``PATIENCE`` seconds.

    Parameters
    ----------
    console : Console
        Where the bar is drawn: standard error. Nothing is drawn when that is not a terminal.
    """

    def __init__(self, console: Console) -> None:
        columns = (
            BarColumn(),
            TextColumn("{task.completed:,.0f} rows"),
            TextColumn("{task.fields[rate]:,.0f} rows/s"),
            TextColumn("{task.fields[left]}"),
        )
        self._bar = Progress(*columns, console=console, transient=True)
        self._task = self._bar.add_task("", total=None, rate=0.0, left="")
        self._terminal = console.is_terminal

    def __enter__(self) -> Self:
        return self

    def tell(self, now: RunProgress) -> None:
        """Draw how far the run is."""
        if not self._terminal or now.seconds < PATIENCE:
            return
        left = "" if now.seconds_left is None else f"{timedelta(seconds=round(now.seconds_left))} left"
        self._bar.update(
            self._task, completed=now.n_rows, total=now.n_total, rate=now.rows_per_second, left=left
        )
        if not self._bar.live.is_started:
            self._bar.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar.live.is_started:
            self._bar.stop()
