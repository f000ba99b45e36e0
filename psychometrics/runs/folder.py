"""The folder of a run: what in it is the run's own, and what is not to be touched."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from psychometrics.engine.files import sweep
from psychometrics.engine.finding import would_find
from psychometrics.errors import Problem, RunError
from psychometrics.runs.writing import SCORES, STATE

OURS = re.compile(r".+\.[0-9a-f]{8}\.(?:parquet|counts|keys|ends|inside|found)")
SPILLED = ("buckets-*", "retest-*")
"""Folders that a run takes away when it ends, unless it is killed."""
ELSEWHERE = "Choose a folder that is not below that of the answers."


def refuse_inside(folder: Path, given: Iterable[Any]) -> None:
    """Refuse a folder in which the input would find the scores the next time, or whose scores are the input.

    Raises
    ------
    RunError
        Names the input.
    """
    for one in _paths(given):
        if would_find(one, folder / SCORES / "scores.parquet"):
            raise RunError(f"{folder}: reading {one} again would find the scores in it", hint=ELSEWHERE)
        for own in (SCORES, STATE):
            if Path(os.path.realpath(one)).is_relative_to(os.path.realpath(folder / own)):
                raise RunError(f"{folder}: {one} is where the scores would go", hint=ELSEWHERE)


def _paths(given: Iterable[Any]) -> Iterator[str]:
    for one in given:
        if isinstance(one, str | Path):
            yield str(one)
        elif isinstance(one, list | tuple):
            yield from _paths(one)


def tidy(folder: Path) -> None:
    """Take away what runs that were killed left half-done.

    Raises
    ------
    RunError
        There are files among the scores that no run has made: they would be read as scores, or lost.
    """
    foreign = [
        one.name
        for one in sorted((folder / SCORES).glob("*"))
        if not one.name.startswith(".") and not OURS.fullmatch(one.name)
    ]
    if foreign:
        raise RunError(
            f"{folder / SCORES}: holds files that no run has made",
            problems=[Problem(where=name, what="not a file of scores of a run") for name in foreign],
            hint="Choose another folder, or move these files away.",
        )
    sweep(folder, (SCORES, STATE))
    for where, pattern in ((folder / STATE, SPILLED[0]), (folder, SPILLED[1])):
        for left in where.glob(pattern):
            shutil.rmtree(left, ignore_errors=True)


def keep_only(folder: Path, files: Iterable[str]) -> None:
    """Remove files of runs that belong to nothing finished; ``files`` are those that do, below the folder.

    Beside its files a partition may have others of the same stem that were made since.
    """
    stems = {name.rpartition(".")[0] for name in files}
    for own in (SCORES, STATE):
        for path in (folder / own).glob("*"):
            known = f"{own}/{path.name}".rpartition(".")[0] in stems
            if OURS.fullmatch(path.name) and path.is_file() and not known:
                path.unlink()
