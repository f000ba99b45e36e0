"""Sums of points over items, from int8 option positions, in whole numbers only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.int8]
Integers = npt.NDArray[np.int64]
MISSING_CODES = 6
NOT_APPLICABLE = -3


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemGroup:
    """Items of one scale that share the rule ``points = intercept + slope * position``, or one item with a table.

    Attributes
    ----------
    rows : tuple of int
        Rows of the code matrix.
    intercept, slope : int
        The rule in whole units (points times weight times a common denominator).
    table : ndarray of int64 or None
        Points by ``position + 6``, for an item whose points follow no straight line.
    counts : ndarray of bool or None
        Beside ``table``: which codes count as an answer.
    weight, lowest, highest : int
        What each answered item adds to the weight, the lowest and the highest possible sum.
    top : int
        Highest position.
    """

    rows: tuple[int, ...]
    intercept: int = 0
    slope: int = 0
    table: Integers | None = None
    counts: npt.NDArray[np.bool_] | None = None
    weight: int = 1
    lowest: int = 0
    highest: int = 0
    top: int = 127


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSums:
    """What the items of a scale add up to, per person, over the items that were answered.

    Arrays of shape (n_persons,), or (1,) where the number is the same for everybody.
    """

    total: Integers
    weight: Integers
    lowest: Integers
    highest: Integers
    n_valid: Integers
    n_not_applicable: Integers
    weight_not_applicable: Integers


def sum_groups(
    codes: Codes, groups: tuple[ItemGroup, ...], *, not_applicable: bool, ranges: bool
) -> GroupSums:
    """Sum points, weights and ranges over the answered items of a scale.

    total = sum over answered items of (intercept + slope * position)

    Parameters
    ----------
    codes : ndarray of int8, shape (n_items, n_persons)
        Positions; negative means missing.
    groups : tuple of ItemGroup
        The scale.
    not_applicable : bool
        Whether the code -3 may occur, so that it must be counted apart.
    ranges : bool
        Whether ``lowest`` and ``highest`` are needed.

    Returns
    -------
    GroupSums
        Exact; arrays of shape (n_persons,), or (1,) where the number is the same for everybody.

    Notes
    -----
    Positions are added in int8 as long as they cannot overflow: that keeps the loop in vector registers.
    Checked against a plain Python loop (tests/oracles_scoring.py).
    """
    n = codes.shape[1]
    one_weight = len({group.weight for group in groups}) == 1
    total, n_valid = np.zeros(n, np.int64), np.zeros(n, np.int64)
    weight, lowest, highest = (
        np.zeros(n if needed else 1, np.int64) for needed in (not one_weight, ranges, ranges)
    )
    gone, gone_weight = (np.zeros(n if not_applicable else 1, np.int64) for _ in range(2))
    for group in groups:
        valid = _add_table(codes, group, total) if group.table is not None else _add_line(codes, group, total)
        n_valid += valid
        if not one_weight:
            weight += np.multiply(valid, group.weight, dtype=np.int64)
        if ranges:
            lowest += np.multiply(valid, group.lowest, dtype=np.int64)
            highest += np.multiply(valid, group.highest, dtype=np.int64)
        if not_applicable:
            absent = _count_not_applicable(codes, group)
            gone += absent
            gone_weight += group.weight * absent
    return GroupSums(
        total=total,
        weight=groups[0].weight * n_valid if one_weight else weight,
        lowest=lowest,
        highest=highest,
        n_valid=n_valid,
        n_not_applicable=gone,
        weight_not_applicable=gone_weight,
    )


def sum_bounds(groups: tuple[ItemGroup, ...]) -> tuple[int, int]:
    """Return the lowest and the highest total that items without tables can add up to, whatever is missing."""
    ends = [(group.intercept, group.intercept + group.slope * group.top) for group in groups]
    sizes = [len(group.rows) for group in groups]
    low = sum(n * min(0, *end) for n, end in zip(sizes, ends, strict=True))
    return low, sum(n * max(0, *end) for n, end in zip(sizes, ends, strict=True))


def small_sums(
    codes: Codes, groups: tuple[ItemGroup, ...]
) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.int8]]:
    """Sum as :func:`sum_groups` does, where :func:`sum_bounds` fit into int16 and there are at most 127 items.

    Returns
    -------
    total : ndarray of int16, shape (n_persons,)
    n_valid : ndarray of int8, shape (n_persons,)
    """
    n = codes.shape[1]
    total, n_valid = np.zeros(n, np.int16), np.zeros(n, np.int8)
    for group in groups:
        n_valid += _add_line(codes, group, total)
    return total, n_valid


def _count_not_applicable(codes: Codes, group: ItemGroup) -> Integers | int:
    if group.counts is not None and group.counts[NOT_APPLICABLE + MISSING_CODES]:
        return 0  # the code counts as an answer
    return np.asarray(np.count_nonzero(codes[list(group.rows)] == NOT_APPLICABLE, axis=0), np.int64)


def _add_line(codes: Codes, group: ItemGroup, total: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Add the points of a group to ``total``; return how many of its items were answered."""
    n = codes.shape[1]
    block = max(1, 127 // max(1, group.top))
    rest, there, nothing = np.empty(n, np.int8), np.empty(n, np.bool_), np.zeros(n, np.int8)
    valid: npt.NDArray[Any] = np.zeros(n, np.int8 if len(group.rows) <= 127 else np.int64)
    for start in range(0, len(group.rows), block):
        positions, seen = np.zeros(n, np.int8), np.zeros(n, np.int8)
        for row in group.rows[start : start + block]:
            np.maximum(codes[row], nothing, out=rest)  # an array: with a number the loop is many times slower
            positions += rest
            np.greater_equal(codes[row], 0, out=there)
            seen += there.view(np.int8)
        valid += seen
        _add_multiple(total, positions, group.slope)
    _add_multiple(total, valid, group.intercept)
    return valid


def _add_multiple(total: npt.NDArray[Any], values: npt.NDArray[Any], factor: int) -> None:
    if factor == 1:
        total += values
    elif factor == -1:
        total -= values
    elif factor:
        total += np.multiply(values, factor, dtype=total.dtype)


def _add_table(codes: Codes, group: ItemGroup, total: Integers) -> npt.NDArray[Any]:
    index = codes[group.rows[0]].astype(np.intp) + MISSING_CODES
    total += group.table[index] if group.table is not None else 0
    counts = group.counts if group.counts is not None else np.zeros(1, np.bool_)
    return np.asarray(counts[index], np.int8)
