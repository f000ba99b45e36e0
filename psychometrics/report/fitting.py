"""A table that fits the terminal: words are never broken, the least important columns go first, and it says which."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich import box
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

LONGEST = 30
"""Where room is short, longer texts (not names, which have no blank) end in an ellipsis."""
GAP = {False: 3, True: 2}
"""Blanks between two columns; fewer where room is short."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A heading and its ready-made cells; ``whole`` cells, such as rulers, are never cut."""

    name: str
    cells: tuple[str, ...]
    right: bool = False
    whole: bool = False

    def width(self, *, narrow: bool) -> int:
        """Return the room it takes; narrow: one word of the heading per line, long texts cut."""
        narrow = narrow and not self.whole
        heads = self.name.split() if narrow else [self.name]
        return max(
            (len(cell) if not narrow or " " not in cell else min(len(cell), LONGEST))
            for cell in [*self.cells, *heads, ""]
        )


class FittedTable:
    """Columns that choose how they are shown when they are printed.

    Parameters
    ----------
    columns : sequence of Column
        In the order in which they stand.
    title : str
    important : iterable of str
        Names, the most important first; those not named follow in their order. Columns are left out from the end.
    """

    def __init__(self, columns: Sequence[Column], *, title: str = "", important: Iterable[str] = ()) -> None:
        self._columns = list(columns)
        self._title = title
        names = [one.name for one in self._columns]
        first = [name for name in important if name in names]
        self._order = [*first, *(name for name in names if name not in first)]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        narrow = _room((one.width(narrow=False) for one in self._columns), GAP[False]) > options.max_width
        kept = self._kept(options.max_width) if narrow else set(self._order)
        out = Table(title=self._title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
        out.collapse_padding = narrow
        shown = [one for one in self._columns if one.name in kept]
        for one in shown:
            out.add_column(
                "\n".join(one.name.split()) if narrow and not one.whole else one.name,
                justify="right" if one.right else "left",
                no_wrap=True,
                overflow="ellipsis",
                max_width=one.width(narrow=narrow),
            )
        for cells in zip(*(one.cells for one in shown), strict=True):
            out.add_row(*map(Text, cells))
        yield out
        gone = [one.name for one in self._columns if one.name not in kept and one.name]
        if gone:
            yield Text(f"left out at this width: {', '.join(gone)}; a wider terminal or --out FILE has them")

    def _kept(self, width: int) -> set[str]:
        """Return the names that fit, taken in the order of their importance; the first is always there."""
        by_name = {one.name: one.width(narrow=True) for one in self._columns}
        kept = [self._order[0]]
        for name in self._order[1:]:
            if _room((by_name[one] for one in [*kept, name]), GAP[True]) <= width:
                kept.append(name)
        return set(kept)


def _room(widths: Iterable[int], gap: int) -> int:
    return sum(width + gap for width in widths)
