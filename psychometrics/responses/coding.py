"""A column of raw cells becomes option positions (int8); what fits nothing is reported, never coerced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from psychometrics.errors import Problem

UNKNOWN = -128
LOOKUP_SPAN = 4096
VALUES_SHOWN = 6

Codes = npt.NDArray[np.int8]


def code_column(
    column: pa.ChunkedArray,
    codes: Sequence[int | str],
    missing: Mapping[str, int],
    ranges: Sequence[tuple[float, float]] = (),
) -> Codes:
    """Return the position of each cell's code, a negative missing code, or ``UNKNOWN``.

    Parameters
    ----------
    column : pyarrow.ChunkedArray
        Raw cells; null means skipped.
    codes : sequence of int or str
        The option codes in order.
    missing : mapping
        Declared missing code (as text) to negative code.
    ranges : sequence of (low, high)
        User-missing ranges declared by the file; count as skipped.
    """
    known = known_codes(tuple(codes), tuple(missing.items()))
    if pa.types.is_null(column.type):
        return np.full(len(column), -1, np.int8)
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_integer(column.type) and known.whole:
        return _code_integers(column, known, ranges)
    if pa.types.is_floating(column.type):
        return _code_floats(column, known, ranges)
    return _code_texts(column, known)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Known:
    """Codes as text and their positions; made once for all columns and batches with these codes.

    Attributes
    ----------
    places : mapping
        Code to position, or to a negative code where it is missing.
    whole : bool
        Whether all codes are whole numbers.
    table : (int, ndarray of int8) or None
        Lowest code, and the position of every number from one below it to one above the highest.
    run : range or None
        The codes when they are numbers in a row, in the order of their options.
    """

    places: Mapping[str, int]
    whole: bool
    table: tuple[int, Codes] | None
    run: range | None


@lru_cache(maxsize=512)
def known_codes(codes: tuple[int | str, ...], missing: tuple[tuple[str, int], ...]) -> Known:
    """Return what is known of the codes of an item and the declared missing codes."""
    places = {str(code): position for position, code in enumerate(codes)} | dict(missing)
    whole = all(_is_whole(code) for code in places)
    return Known(
        places=places,
        whole=whole,
        table=_lookup(places) if whole and places else None,
        run=_run_of(places) if whole else None,
    )


def _is_whole(text: str) -> bool:
    return text.removeprefix("-").isascii() and text.removeprefix("-").isdigit()


def _lookup(known: Mapping[str, int]) -> tuple[int, Codes] | None:
    numbers = {int(code): position for code, position in known.items()}
    low, high = min(numbers), max(numbers)
    if high - low > LOOKUP_SPAN:
        return None
    table = np.full(high - low + 3, UNKNOWN, np.int8)
    table[np.array([number - low + 1 for number in numbers])] = np.array(list(numbers.values()), np.int8)
    return low, table


def _code_integers(column: pa.ChunkedArray, known: Known, ranges: Sequence[tuple[float, float]]) -> Codes:
    if known.table is None:
        return _code_texts(column.cast(pa.string()), known)
    low, table = known.table
    run = known.run if not ranges else None
    parts = []
    for chunk in column.chunks:
        found = None if run is None else _shifted(_numbers(chunk), chunk, run)
        parts.append(_look_up(_numbers(chunk), chunk, low, table, ranges) if found is None else found)
    return parts[0] if len(parts) == 1 else np.concatenate([np.empty(0, np.int8), *parts])


def _run_of(known: Mapping[str, int]) -> range | None:
    """Return the codes when they are whole numbers in a row, in the order of their options."""
    options = sorted((position, int(code)) for code, position in known.items() if position >= 0)
    codes = [code for _, code in options]
    run = range(codes[0], codes[0] + len(codes)) if codes else range(0)
    in_order = [position for position, _ in options] == list(range(len(codes)))
    return run if codes == list(run) and in_order and codes[-1] < 2**7 and codes[0] > -(2**7) else None


def _shifted(values: npt.NDArray[Any], chunk: pa.Array, run: range) -> Codes | None:
    """Return number less first code, for which no table is needed; None when any number is no option."""
    if values.dtype != np.int8 and len(values) and not (values.min() >= -128 and values.max() <= 127):
        return None
    found: Codes = np.subtract(values, np.int8(run.start), dtype=np.int8, casting="unsafe")
    if chunk.null_count:
        gone = _valid_bits(chunk)
        gone -= np.int8(1)
        found |= gone  # -1 where null: what stands under it has no meaning
    if len(found) and (found.max() >= len(run) or np.count_nonzero(found < 0) != chunk.null_count):
        return None
    return found


def _numbers(chunk: pa.Array) -> npt.NDArray[Any]:
    """Return the numbers of an integer array without a copy; what stands under a null has no meaning."""
    if not len(chunk):
        return np.empty(0, np.int64)
    values = np.frombuffer(chunk.buffers()[1], dtype=chunk.type.to_pandas_dtype())
    return values[chunk.offset : chunk.offset + len(chunk)]


def _nulls(chunk: pa.Array) -> npt.NDArray[np.bool_]:
    return np.asarray(_valid_bits(chunk) == 0, np.bool_)


def _valid_bits(chunk: pa.Array) -> Codes:
    """Return 1 where there is something and 0 where there is nothing."""
    bits = np.unpackbits(np.frombuffer(chunk.buffers()[0], np.uint8), bitorder="little")
    return bits[chunk.offset : chunk.offset + len(chunk)].view(np.int8)


def _look_up(
    values: npt.NDArray[Any], chunk: pa.Array, low: int, table: Codes, ranges: Sequence[tuple[float, float]]
) -> Codes:
    inside = values if values.dtype == np.int64 else values.astype(np.int64)
    found: Codes = table[np.clip(inside, low - 1, low + len(table) - 2) - (low - 1)]
    for lower, upper in ranges:
        found[(values >= lower) & (values <= upper)] = -1
    if chunk.null_count:
        found[_nulls(chunk)] = -1
    return found


def _code_floats(column: pa.ChunkedArray, known: Known, ranges: Sequence[tuple[float, float]]) -> Codes:
    values = column.to_numpy().astype(np.float64)  # null becomes nan
    empty = np.isnan(values)
    is_whole = np.zeros(len(values), bool)
    finite = np.isfinite(values) & (np.abs(values) < 2**53)
    is_whole[finite] = values[finite] == np.floor(values[finite])
    if not known.whole:
        texts = [
            None if gone else (str(int(v)) if w else repr(float(v)))
            for v, w, gone in zip(values, is_whole, empty, strict=True)
        ]
        return _code_texts(pa.chunked_array([pa.array(texts, pa.string())]), known)
    whole_values = np.where(is_whole, values, 0).astype(np.int64)
    found = _code_integers(pa.chunked_array([pa.array(whole_values)]), known, ())
    found[~is_whole] = UNKNOWN
    for lower, upper in ranges:
        found[(values >= lower) & (values <= upper)] = -1
    found[empty] = -1
    return found


def _code_texts(column: pa.ChunkedArray, known: Known) -> Codes:
    texts = column if pa.types.is_string(column.type) else column.cast(pa.string())
    encoded = pc.dictionary_encode(texts)
    parts = []
    for chunk in encoded.chunks:
        table = np.array(
            [_code_text(text, known.places) for text in chunk.dictionary.to_pylist()] + [-1], np.int8
        )
        parts.append(table[chunk.indices.fill_null(len(table) - 1).to_numpy(zero_copy_only=False)])
    return np.concatenate(parts) if parts else np.empty(0, np.int8)


def _code_text(text: str | None, known: Mapping[str, int]) -> int:
    if not text:
        return -1
    if text in known:
        return known[text]
    try:
        number = float(text)
    except ValueError:
        return UNKNOWN
    return known.get(str(int(number)), UNKNOWN) if number.is_integer() else UNKNOWN


def describe_unknown(
    where: str, column: pa.ChunkedArray, found: Codes, codes: Sequence[int | str]
) -> Problem:
    """Return the problem of a column in which some cells are ``UNKNOWN``; rows count from 1."""
    rows = np.flatnonzero(found == UNKNOWN)
    values = list(
        dict.fromkeys(_as_read(value) for value in column.take(pa.array(rows[:10_000])).to_pylist())
    )
    shown = ", ".join(values[:VALUES_SHOWN]) + (", …" if len(values) > VALUES_SHOWN else "")
    plural = "value" if len(rows) == 1 else "values"
    return Problem(
        where=where,
        what=f"{len(rows):,} {plural} that no option has: {shown}",
        expected=describe_codes(codes),
        rows=tuple((rows + 1).tolist()),
    )


def _as_read(value: object) -> str:
    """Write a cell; a whole number as such, also where blanks made its column a column of floats."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def describe_codes(codes: Sequence[int | str]) -> str:
    """Write ``1..5`` for whole codes without gaps, else a list."""
    if all(isinstance(code, int) for code in codes):
        numbers = sorted(int(code) for code in codes)
        if numbers == list(range(numbers[0], numbers[-1] + 1)):
            return f"{numbers[0]}..{numbers[-1]}"
    return ", ".join(str(code) for code in codes)
