"""Which block a person falls into: always the same one, in any part of the data, on any machine."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from psychometrics.engine.chunks import for_each_chunk
from psychometrics.errors import TallyError

Blocks = npt.NDArray[np.uint8]
Hashes = npt.NDArray[np.uint64]

MOST_BLOCKS = 256
STEP = 8
SEED = np.uint64(0x9E37_79B9_7F4A_7C15)
FIRST = np.uint64(0xBF58_476D_1CE4_E5B9)
SECOND = np.uint64(0x94D0_49BB_1331_11EB)


def check_blocks(blocks: int) -> None:
    """Refuse a number of blocks that is not 1..256."""
    if not (isinstance(blocks, int | np.integer) and 1 <= blocks <= MOST_BLOCKS):
        raise TallyError(f"blocks={blocks!r}; expected a whole number from 1 to {MOST_BLOCKS}")


def person_blocks(person_ids: pa.ChunkedArray | pa.Array, blocks: int) -> Blocks:
    """Return the block of each person: a hash of the bytes of ``person_id``, modulo ``blocks``.

    The hash takes 8 bytes at a time (little-endian, short ends filled with 0), starts from the length and is mixed
    by the finishing steps of SplitMix64 (Steele, Lea and Flood, 2014, doi:10.1145/2660193.2660195).
    """
    if blocks == 1:
        return np.zeros(len(person_ids), np.uint8)
    chunks = person_ids.chunks if isinstance(person_ids, pa.ChunkedArray) else [person_ids]
    parts = [(text_hashes(chunk) % np.uint64(blocks)).astype(np.uint8) for chunk in chunks]
    return np.concatenate(parts) if parts else np.empty(0, np.uint8)


def text_hashes(texts: pa.Array) -> Hashes:
    """Return a 64-bit hash of every text of an Arrow array; a blank counts as the empty text."""
    texts = texts.cast(pa.large_string()).fill_null("")
    ends = np.frombuffer(texts.buffers()[1], np.int64)[texts.offset : texts.offset + len(texts) + 1]
    data = texts.buffers()[2]
    raw = np.frombuffer(data, np.uint8) if data is not None else np.empty(0, np.uint8)
    hashes = np.empty(len(texts), np.uint64)

    def work(part: slice) -> None:
        hashes[part] = _hash_part(raw, ends[part], np.diff(ends[part.start : part.stop + 1]))

    for_each_chunk(len(texts), work)
    return hashes


def _hash_part(
    raw: npt.NDArray[np.uint8], starts: npt.NDArray[np.int64], lengths: npt.NDArray[np.int64]
) -> Hashes:
    if not len(starts):
        return np.empty(0, np.uint64)
    low = int(starts[0])
    own = np.append(raw[low : int(starts[-1] + lengths[-1])], np.zeros(STEP, np.uint8))
    words = (
        np.lib.stride_tricks.sliding_window_view(own, STEP).view("<u8")[:, 0]
        if own.size > STEP
        else own.view("<u8")
    )
    hashes = mixed(lengths.astype(np.uint64) * SEED)
    for step in range(0, int(lengths.max()), STEP):
        rows = np.flatnonzero(lengths > step)
        gone = np.clip(STEP - (lengths[rows] - step), 0, STEP - 1).astype(np.uint64) * np.uint64(8)
        word = (words[starts[rows] - low + step] << gone) >> gone
        hashes[rows] = mixed(hashes[rows] ^ word)
    return hashes


def mixed(values: Hashes) -> Hashes:
    """Return each number stirred by the finishing steps of SplitMix64."""
    values = values + SEED
    values = (values ^ (values >> np.uint64(30))) * FIRST
    values = (values ^ (values >> np.uint64(27))) * SECOND
    return np.asarray(values ^ (values >> np.uint64(31)), np.uint64)
