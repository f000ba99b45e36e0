"""Slow and obvious twins of the tallies: loops over persons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np


def joint(
    codes: np.ndarray, option_codes: Sequence[Sequence[int]], blocks: np.ndarray, n_blocks: int
) -> np.ndarray:
    first = np.concatenate([[0], np.cumsum([len(own) + 1 for own in option_codes])]).astype(int)
    out = np.zeros((n_blocks, first[-1], first[-1]), np.int64)
    for person in range(codes.shape[1]):
        places = []
        for item, own in enumerate(option_codes):
            code = int(codes[item, person])
            places.append(first[item] + (list(own).index(code) if code in own else len(own)))
        for a in places:
            for b in places:
                out[blocks[person], a, b] += 1
    return out


def listwise(codes: np.ndarray, option_codes: Sequence[Sequence[int]], items: Sequence[int]) -> np.ndarray:
    """One block; rows filtered, then counted, the columns of missing left out."""
    own = [option_codes[item] for item in items]
    rows = [p for p in range(codes.shape[1]) if all(codes[i, p] in option_codes[i] for i in items)]
    chosen = codes[np.array(items)][:, rows]
    table = joint(chosen, own, np.zeros(len(rows), int), 1)[0]
    keep = np.concatenate([[True] * len(one) + [False] for one in own]).astype(bool)
    return table[np.ix_(keep, keep)]


def score_counts(raw: np.ndarray, strata: Sequence[str | None]) -> Counter[tuple[str, int, float]]:
    return Counter(
        (stratum, scale, float(value))
        for scale, row in enumerate(raw)
        for stratum, value in zip(strata, row, strict=True)
        if stratum is not None and not np.isnan(value)
    )


def text_hash(text: str) -> int:
    """One text after the other, in Python's whole numbers."""
    wrap = 2**64

    def mixed(value: int) -> int:
        value = (value + 0x9E3779B97F4A7C15) % wrap
        value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) % wrap
        value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) % wrap
        return value ^ (value >> 31)

    raw = text.encode()
    found = mixed(len(raw) * 0x9E3779B97F4A7C15 % wrap)
    for start in range(0, len(raw), 8):
        found = mixed(found ^ int.from_bytes(raw[start : start + 8], "little"))
    return found
