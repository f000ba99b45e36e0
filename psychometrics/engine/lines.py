"""Where lines of delimited text end: outside quotes, whatever the line ends; and how many hold something."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

QUOTE = ord('"')
LINE_FEED, RETURN = b"\n", b"\r"
BOM = b"\xef\xbb\xbf"
SOME = re.compile(rb"[^\r\n]+")
Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """The whole lines at the start of some bytes.

    Attributes
    ----------
    first : int
        Place after the first line that holds something; 0 where none is whole.
    end : int
        Place after the last line end; 0 where no line is whole.
    n_rows : int
        Whole lines that hold something: a reader passes over the others.
    quoted : bool
        Whether a cell is in quotes.
    open : bool
        Whether the bytes end inside a cell in quotes.
    """

    first: int
    end: int
    n_rows: int
    quoted: bool
    open: bool


def delimiter_of(data: bytes) -> str:
    """Return what stands between cells: comma, tab or semicolon, what the first line that holds something has most of."""
    line = SOME.search(data, len(BOM) if data.startswith(BOM) else 0)
    header = line[0] if line else b""
    return max((b",", b"\t", b";"), key=header.count).decode()


def whole_lines(data: bytes, delimiter: str) -> Lines:
    """Find the whole lines of some bytes that begin where a line does.

    A line ends with a line feed, a carriage return, or both. A quote opens a cell only where the cell begins, as readers
    of such files have it: ``5" pipe`` holds none. RFC 4180, section 2.
    """
    if b'"' not in data and _is_plain(data):
        n = data.count(LINE_FEED)
        return Lines(
            first=data.find(LINE_FEED) + 1, end=data.rfind(LINE_FEED) + 1, n_rows=n, quoted=False, open=False
        )
    array = np.frombuffer(data, np.uint8)
    quotes = _quotes(data, array, delimiter)
    ends, full = _ends(array, quotes)
    return Lines(
        first=_after(data, int(full[0])) if len(full) else 0,
        end=int(ends[-1]) + 1 if len(ends) else 0,
        n_rows=len(full),
        quoted=bool(len(quotes)),
        open=len(quotes) % 2 == 1,
    )


def cells_of_rows(data: bytes, delimiter: str) -> Places:
    """Return how many cells each line has that holds something; the last one needs no end."""
    data += LINE_FEED
    array = np.frombuffer(data, np.uint8)
    quotes = _quotes(data, array, delimiter)
    between = _outside(quotes, np.flatnonzero(array == ord(delimiter)))
    cells: Places = np.diff(np.searchsorted(between, _ends(array, quotes)[1]), prepend=0) + 1
    return cells


def _ends(array: npt.NDArray[np.uint8], quotes: Places) -> tuple[Places, Places]:
    """Return the places of all line ends, and of those that close a line that holds something."""
    ends = _outside(quotes, np.flatnonzero((array == LINE_FEED[0]) | (array == RETURN[0])))
    return ends, ends[np.diff(ends, prepend=-1) > 1]  # an end right after another one closes an empty line


def _outside(quotes: Places, places: Places) -> Places:
    outside: Places = places[np.searchsorted(quotes, places) % 2 == 0]
    return outside


def _after(data: bytes, end: int) -> int:
    return end + (2 if data[end : end + 2] == b"\r\n" else 1)


def _is_plain(data: bytes) -> bool:
    """Say whether every line feed ends a line that holds something, and nothing else ends one."""
    if data.startswith((LINE_FEED, RETURN)) or b"\n\n" in data:
        return False
    returns = data.count(RETURN)
    return not returns or (returns == data.count(b"\r\n") and b"\n\r" not in data)


def _quotes(data: bytes, array: npt.NDArray[np.uint8], delimiter: str) -> Places:
    """Return the places of quotes that open and close cells, by turns.

    Every second quote opens one, if each of these stands where a cell begins or right after a quote (two quotes in a
    cell are one that is meant). Where one does not, cells are looked at one by one.
    """
    if b'"' not in data:
        return np.empty(0, np.int64)
    places = np.flatnonzero(array == QUOTE)
    before = array[np.maximum(places[::2] - 1, 0)]
    begins = np.isin(before, [LINE_FEED[0], RETURN[0], ord(delimiter), QUOTE]) | (places[::2] == 0)
    return places if begins.all() else _of_cells(data, delimiter)


def _of_cells(data: bytes, delimiter: str) -> Places:
    cell = re.compile(rb'(?:\A|(?<=[\r\n%s]))"(?:[^"]|"")*+("?)' % re.escape(delimiter.encode()))
    places: list[int] = []
    for found in cell.finditer(data):
        places.append(found.start())
        if not found[1]:  # runs on past the end
            break
        places.append(found.end() - 1)
    return np.array(places, np.int64)
