"""Why many cells at once fit no option: codes that count from another number, decimal commas."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from psychometrics.responses.coding import UNKNOWN, Codes, describe_codes

COMMA = re.compile(r"-?\d+,\d+")
Whole = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Misread:
    """A column some cells of which fit no option."""

    column: pa.ChunkedArray
    found: Codes
    codes: tuple[int | str, ...]

    def texts(self) -> list[str]:
        """Return the different cells that fit no option."""
        rows = np.flatnonzero(self.found == UNKNOWN)
        cells = self.column.take(pa.array(rows))
        return [str(value) for value in pc.unique(cells).to_pylist()]


def misreading(columns: Sequence[Misread]) -> str:
    """Return what the cells of these columns have in common; empty when nothing that is known here."""
    if not columns:
        return ""
    return _commas(columns) or _shifted(columns)


def _commas(columns: Sequence[Misread]) -> str:
    if not all(COMMA.fullmatch(text) for one in columns for text in one.texts()):
        return ""
    return "These cells have decimal commas: write a point instead, 3.0 for 3,0 (pandas: decimal=',')."


def _shifted(columns: Sequence[Misread]) -> str:
    """Say when every column lies exactly one below, or one above, its options: the far end is never used."""
    for step, word, remedy in ((-1, "below", "add 1 to"), (1, "above", "take 1 from")):
        if all(_is_shifted(one, step) for one in columns):
            (low, high), codes = _ends(columns[0], step), describe_codes(columns[0].codes)
            return (
                f"Here cells run from {low} to {high} where the options are {codes}: exactly one {word}. If the "
                f"export counts that way, {remedy} these columns, or give the definition the codes of the export. "
                f"If {low if step < 0 else high} means no answer, declare it as a missing code."
            )
    return ""


def _is_shifted(one: Misread, step: int) -> bool:
    if not all(isinstance(code, int) for code in one.codes):
        return False
    low, high = _ends(one, step)
    beyond, unused = (low, max(_numbers(one))) if step < 0 else (high, min(_numbers(one)))
    never = one.codes.index(unused)
    outside = {text.removesuffix(".0") for text in one.texts()}
    return outside == {str(beyond)} and not bool((one.found == never).any())


def _numbers(one: Misread) -> Whole:
    return tuple(int(code) for code in one.codes)


def _ends(one: Misread, step: int) -> tuple[int, int]:
    return min(_numbers(one)) + step, max(_numbers(one)) + step
