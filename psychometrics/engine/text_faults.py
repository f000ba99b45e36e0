"""What is wrong in a file of text, by row and line of the file; looked for only once it is known that something is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO

import numpy as np

from psychometrics.engine.lines import LINE_FEED, RETURN, cells_of_rows
from psychometrics.errors import Problem

BLOCK = 4 << 20
MOST_ROWS = 1_000
"""Of very many rows that are wrong in one way the first thousand are named."""
SEEN = 30
WHOLE_ROWS = (
    "Give each row a cell for every column; a delimiter or a line end inside a cell needs quotes around it."
)


def odd_rows(blocks: Iterable[bytes], delimiter: str, n_columns: int, before: int = 0) -> list[Problem]:
    """Return the rows that have more or fewer cells than the header, those with the same number together.

    Parameters
    ----------
    blocks : iterable of bytes
        Whole lines below the header, in order.
    delimiter : str
    n_columns : int
        Cells of the header.
    before : int
        Rows of the file before the first block.
    """
    found: dict[int, list[int]] = {}
    for block in blocks:
        cells = cells_of_rows(block, delimiter)
        for row in np.flatnonzero(cells != n_columns).tolist():
            rows = found.setdefault(int(cells[row]), [])
            if len(rows) < MOST_ROWS:
                rows.append(before + row + 1)
        before += len(cells)
    expected = f"{n_columns}, as in the header"
    return [
        Problem(
            where="",
            what=f"{n} column{'s' * (n > 1)}",
            expected=expected,
            hint=WHOLE_ROWS,
            rows=tuple(found[n]),
        )
        for n in sorted(found)
    ]


def odd_byte(data: bytes) -> tuple[int, str] | None:
    """Return the place of the first byte that is no UTF-8, and what is there; None where all are."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = re.split(rb"[\r\n]", data[: error.start])[-1][-SEEN:].decode("utf-8", "replace")
        return error.start, f"byte 0x{data[error.start]:02x}" + (f' after "{before}"' if before else "")
    return None


def line_ends(blocks: Iterable[bytes]) -> int:
    """Return how many lines end, also inside quotes, as an editor counts them: LF, CR, or both as one."""
    n, last = 0, b""
    for block in blocks:
        n += block.count(LINE_FEED) + block.count(RETURN) - block.count(b"\r\n")
        n -= last == RETURN and block.startswith(LINE_FEED)
        last = block[-1:] or last
    return n


def blocks_before(opened: BinaryIO, stop: int) -> Iterator[bytes]:
    """Yield what stands in a file before a place, block by block."""
    opened.seek(0)
    while stop > 0 and (block := bytes(opened.read(min(BLOCK, stop)))):
        stop -= len(block)
        yield block
