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
POWERS = np.array([10**power for power in range(17)], np.uint64)
MOST_DIGITS = 10**16
HUNDRED_MILLION = np.uint64(10**8)


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


def number_hashes(numbers: npt.NDArray[np.int64]) -> Hashes:
    """Return what :func:`text_hashes` returns for the decimal digits of whole numbers, without writing them.

    Raises
    ------
    TallyError
        A number below 0, or of more than 16 digits.
    """
    if len(numbers) and (numbers.min() < 0 or numbers.max() >= MOST_DIGITS):
        raise TallyError("only whole numbers of 1 to 16 digits can be hashed as such")
    hashes = np.empty(len(numbers), np.uint64)

    def work(part: slice) -> None:
        hashes[part] = _hash_numbers(numbers[part].astype(np.uint64))

    for_each_chunk(len(numbers), work)
    return hashes


def _hash_numbers(numbers: Hashes) -> Hashes:
    if not len(numbers):
        return np.empty(0, np.uint64)
    ends = np.searchsorted(POWERS, np.array([numbers.min(), numbers.max()]), side="right")
    if ends[0] == ends[1]:
        return _hash_digits(numbers, int(max(ends[0], 1)))
    lengths = np.maximum(np.searchsorted(POWERS, numbers, side="right"), 1)
    hashes = np.empty(len(numbers), np.uint64)
    for length in np.unique(lengths).tolist():
        mine = np.flatnonzero(lengths == length)
        hashes[mine] = _hash_digits(numbers[mine], length)
    return hashes


def _hash_digits(numbers: Hashes, length: int) -> Hashes:
    """Hash numbers that all have so many digits."""
    start = mixed(np.array([length], np.uint64) * SEED)
    if length <= STEP:
        return mixed(start ^ (_eight_digits(numbers) >> np.uint64(8 * (STEP - length))))
    high = numbers // HUNDRED_MILLION
    first, last = _eight_digits(high), _eight_digits(numbers - high * HUNDRED_MILLION)
    gone = 8 * (2 * STEP - length)
    if gone:
        first = (first >> np.uint64(gone)) | (last << np.uint64(64 - gone))
        last = last >> np.uint64(gone)
    return mixed(mixed(start ^ first) ^ last)


def _eight_digits(numbers: Hashes) -> Hashes:
    """Return the eight decimal digits of numbers below 10**8 as text, a byte each, the first digit lowest.

    Fours, twos and ones are split off in lanes of one word: n // 100 = n * 10486 >> 20 for n < 10,000, and
    n // 10 = n * 103 >> 10 for n < 100.
    """
    fours = numbers // np.uint64(10_000)
    fours |= (numbers - fours * np.uint64(10_000)) << np.uint64(32)
    hundreds = ((fours * np.uint64(10_486)) >> np.uint64(20)) & np.uint64(0x0000_007F_0000_007F)
    twos = hundreds + ((fours - hundreds * np.uint64(100)) << np.uint64(16))
    tens = ((twos * np.uint64(103)) >> np.uint64(10)) & np.uint64(0x000F_000F_000F_000F)
    ones = twos - tens * np.uint64(10)
    return np.asarray((tens + (ones << np.uint64(8))) | np.uint64(0x3030_3030_3030_3030), np.uint64)


def mixed(values: Hashes) -> Hashes:
    """Return each number stirred by the finishing steps of SplitMix64."""
    stirred = values + SEED
    shifted = stirred >> np.uint64(30)
    stirred ^= shifted
    stirred *= FIRST
    np.right_shift(stirred, np.uint64(27), out=shifted)
    stirred ^= shifted
    stirred *= SECOND
    np.right_shift(stirred, np.uint64(31), out=shifted)
    stirred ^= shifted
    return np.asarray(stirred, np.uint64)
