"""One number per person and occasion, and the same for whole rows: what tells doubles, blocks and digests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from psychometrics.engine.chunks import chunk_slices
from psychometrics.tallying.blocks import MOST_DIGITS, mixed, number_hashes, text_hashes

Hashes = npt.NDArray[np.uint64]
Codes = npt.NDArray[np.int8]

EIGHT = 8
CHUNK = 65_536


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Keys:
    """Hashes of a batch.

    Attributes
    ----------
    person : ndarray of uint64, shape (n_rows,)
        Hash of ``person_id``, as for the blocks of a tally.
    row : ndarray of uint64, shape (n_rows,)
        Hash of ``person_id`` and ``occasion``; the same array where there is no occasion.
    rising : tuple of int or None
        First and last id, where ids are whole numbers, each larger than the one before, and there is no occasion.
    """

    person: Hashes
    row: Hashes
    rising: tuple[int, int] | None


def keys_of(persons: pa.Table, ids: pa.ChunkedArray | None) -> Keys:
    """Return the hashes of a batch; ``ids`` is the column of the data that says who."""
    numbers = None if ids is None else _whole_numbers(ids)
    person = _hashes(persons.column("person_id")) if numbers is None else number_hashes(numbers)
    if "occasion" in persons.column_names:
        occasion = _hashes(persons.column("occasion"))
        return Keys(person=person, row=mixed(person ^ mixed(occasion)), rising=None)
    return Keys(person=person, row=person, rising=None if numbers is None else _rising(numbers))


def _hashes(column: pa.ChunkedArray) -> Hashes:
    parts = [text_hashes(chunk) for chunk in column.chunks]
    return np.concatenate(parts) if parts else np.empty(0, np.uint64)


def _whole_numbers(ids: pa.ChunkedArray) -> npt.NDArray[np.int64] | None:
    """Return ids that are whole numbers of 1 to 16 digits; None for any others."""
    if not pa.types.is_integer(ids.type) or ids.null_count or not len(ids):
        return None
    values = ids.to_numpy()
    if values.min() < 0 or values.max() >= MOST_DIGITS:
        return None
    return np.asarray(values, np.int64)


def _rising(values: npt.NDArray[np.int64]) -> tuple[int, int] | None:
    return (int(values[0]), int(values[-1])) if bool((values[1:] > values[:-1]).all()) else None


def row_digest(codes: Codes, row: Hashes, labels: Mapping[str, pa.Array]) -> tuple[int, int]:
    """Return two sums over rows, modulo 2**64, of hashes of who, when, all codes and all labels.

    A sum does not depend on order, and sums of parts add up to the sum of the whole.

    h = m(row + sum_j w_j * m(j)),  w_j eight codes beside each other as one number, and after them the hash of each
    label; m the finishing steps of SplitMix64. The second sum takes m(h).
    """
    first = second = np.uint64(0)
    words = -(-len(codes) // EIGHT)
    factors = mixed(np.arange(1, words + len(labels) + 1, dtype=np.uint64))
    with np.errstate(over="ignore"):
        names = [_label_hashes(labels[name], factors[words + i]) for i, name in enumerate(sorted(labels))]
        for part in chunk_slices(codes.shape[1], CHUNK):
            hashes = row[part].copy()
            term = np.empty_like(hashes)
            for word, factor in zip(_words(codes[:, part]), factors[:words], strict=True):
                hashes += np.multiply(word, factor, out=term)
            for own, places in names:
                hashes += own[places[part]]
            hashes = mixed(hashes)
            first += hashes.sum(dtype=np.uint64)
            second += mixed(hashes).sum(dtype=np.uint64)
    return int(first), int(second)


def _words(codes: Codes) -> Iterator[Hashes]:
    """Yield eight codes of each person as one number, a byte each; it is written over by the next."""
    beside = np.zeros((codes.shape[1], EIGHT), np.int8)
    for start in range(0, len(codes), EIGHT):
        own = codes[start : start + EIGHT]
        for place, row in enumerate(own):
            beside[:, place] = row
        beside[:, len(own) :] = 0
        yield beside.view("<u8")[:, 0]


def _label_hashes(labels: pa.DictionaryArray, factor: np.uint64) -> tuple[Hashes, npt.NDArray[np.integer[Any]]]:
    """Return the hash of each label times a factor, 0 for none, and which each person has."""
    own = np.append(text_hashes(labels.dictionary.cast(pa.string())) * factor, np.uint64(0))
    places = labels.indices.fill_null(len(own) - 1) if labels.indices.null_count else labels.indices
    return own, places.to_numpy(zero_copy_only=False)
