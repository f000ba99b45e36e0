"""What every tally can do: be added, taken away, compared, and saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Self, TypeVar

import numpy as np

from psychometrics.errors import Problem, TallyError
from psychometrics.result import Result
from psychometrics.tallying.cells import Cells

SHOWN = 40

T = TypeVar("T", bound="Tally")


class Tally(Result):
    """Exact counts that add and subtract.

    A subclass says what must be alike for two of them to be added, which names its keys stand for, and its counts;
    and how it is made again from these three.
    """

    __slots__ = ()

    def __post_init__(self) -> None:
        self.cells()  # arrays that have become cells can no longer be written to

    def described(self) -> dict[str, Any]:
        """Return all that must be alike in two tallies that are added; plain data, ready for JSON."""
        raise NotImplementedError

    def names(self) -> tuple[str, ...]:
        """Return the names that keys point at (strata, raters), sorted; they may differ between tallies."""
        return ()

    def cells(self) -> dict[str, Cells]:
        """Return the counts by name."""
        raise NotImplementedError

    def renamed(self, names: tuple[str, ...]) -> dict[str, Cells]:  # noqa: ARG002
        """Return the counts with their keys pointing at ``names``, which hold all of one's own."""
        return self.cells()

    @classmethod
    def made_of(
        cls, described: Mapping[str, Any], names: tuple[str, ...], cells: Mapping[str, Cells], source: Any
    ) -> Self:
        """Make a tally of its parts; names that no count needs any more are dropped."""
        raise NotImplementedError

    def place(self, cell: str, where: tuple[int, ...], key: Any) -> str:
        """Say in words what a count is of."""
        raise NotImplementedError

    def __add__(self, other: Self) -> Self:
        return NotImplemented if type(other) is not type(self) else _combined(self, other, 1)

    def __radd__(self, other: object) -> Self:
        """Let ``sum`` of several tallies start from 0."""
        return self if other == 0 else NotImplemented

    def __sub__(self, other: Self) -> Self:
        return NotImplemented if type(other) is not type(self) else _combined(self, other, -1)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        if self.described() != other.described() or self.names() != other.names():
            return False
        mine, others = self.cells(), other.cells()
        return mine.keys() == others.keys() and all(mine[name].equals(others[name]) for name in mine)

    __hash__ = None  # type: ignore[assignment]

    def save(self, path: str | Path, *, replace: bool = False) -> Path:
        """Write one compressed file, whole or not at all; :func:`load_tally` reads it.

        Parameters
        ----------
        path : str or Path
            By habit ``something.tally.npz``.
        replace : bool
            Write over a file that is there.

        Returns
        -------
        Path

        Raises
        ------
        OutputError
            The file is there already and is not to be replaced, or cannot be written.
        """
        from psychometrics.tallying.files import save_tally

        return save_tally(self, Path(path), replace=replace)


def check_alike(one: Tally, other: Tally) -> None:
    """Refuse two tallies that do not count the same things; the error says what differs."""
    mine, others = one.described(), other.described()
    problems = [
        Problem(
            where=name.replace("_", " "),
            what=_difference(mine[name], others[name]),
            expected="the same in both",
        )
        for name in mine
        if mine[name] != others[name]
    ]
    if problems:
        raise TallyError(
            "these tallies do not count the same things and cannot be put together",
            problems=problems,
            hint="Count both with the same instrument and the same options.",
        )


def _difference(mine: Any, others: Any) -> str:
    if isinstance(mine, list) and isinstance(others, list):
        if len(mine) != len(others):
            return f"{len(mine)} and {len(others)} of them"
        place = next(i for i, (a, b) in enumerate(zip(mine, others, strict=True)) if a != b)
        return f"number {place + 1} is {mine[place]!r} and {others[place]!r}"
    if isinstance(mine, dict) and isinstance(others, dict):
        keys = [key for key in {**mine, **others} if mine.get(key) != others.get(key)]
        return f"{', '.join(keys)} differ"
    return f"{mine!r} and {others!r}"


def _combined(one: T, other: T, sign: int) -> T:
    check_alike(one, other)
    names = tuple(sorted({*one.names(), *other.names()}))
    mine, others = one.renamed(names), other.renamed(names)
    cells = {name: mine[name].plus(others[name], sign) for name in mine}
    source = replace(one.source, simulated=one.source.simulated or other.source.simulated)
    made = type(one).made_of(one.described(), names, cells, source)
    if sign < 0:
        _refuse_negative(made, cells)
    return made


def _refuse_negative(made: Tally, cells: Mapping[str, Cells]) -> None:
    places: dict[str, int] = {}
    for name, cell in cells.items():
        for where in np.argwhere(cell.counts < 0):
            key = None if cell.keys is None else cell.keys[where[0]]
            text = made.place(name, tuple(int(i) for i in where), key)
            places[text] = min(places.get(text, 0), int(cell.counts[tuple(where)]))
    if places:
        problems = [
            Problem(where=text, what=f"{-count:,} more to be taken away than there are")
            for text, count in list(places.items())[:SHOWN]
        ]
        more = f"; {len(places) - SHOWN:,} more places" if len(places) > SHOWN else ""
        raise TallyError(
            f"what is to be taken away was never added{more}",
            problems=problems,
            hint="Take away only what was added, counted with the same instrument.",
        )
