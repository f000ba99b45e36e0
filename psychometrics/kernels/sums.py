"""Sums of points over items, from int8 option positions, in whole numbers only."""

from __future__ import annotations

from dataclasses import dataclass

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
    """What the items of a scale add up to, per person, over the items that were answered."""

    total: Integers
    weight: Integers
    lowest: Integers
    highest: Integers
    n_valid: Integers
    n_not_applicable: Integers
    weight_not_applicable: Integers


def sum_groups(codes: Codes, groups: tuple[ItemGroup, ...], *, not_applicable: bool) -> GroupSums:
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

    Returns
    -------
    GroupSums
        Arrays of shape (n_persons,), exact.

    Notes
    -----
    Positions are added in int8 as long as they cannot overflow: that keeps the loop in vector registers.
    Checked against a plain Python loop (tests/oracles.py).
    """
    n = codes.shape[1]
    sums = {name: np.zeros(n, np.int64) for name in ("total", "weight", "lowest", "highest", "valid", "na", "na_weight")}
    for group in groups:
        valid, total = _sum_table(codes, group) if group.table is not None else _sum_line(codes, group)
        sums["total"] += total
        sums["valid"] += valid
        for name, factor in (("weight", group.weight), ("lowest", group.lowest), ("highest", group.highest)):
            if factor:
                sums[name] += factor * valid
        if not_applicable and group.table is None:
            gone = np.count_nonzero(codes[list(group.rows)] == NOT_APPLICABLE, axis=0)
            sums["na"] += gone
            sums["na_weight"] += group.weight * gone
        elif not_applicable and group.counts is not None and not group.counts[NOT_APPLICABLE + MISSING_CODES]:
            gone = (codes[group.rows[0]] == NOT_APPLICABLE).astype(np.int64)
            sums["na"] += gone
            sums["na_weight"] += group.weight * gone
    return GroupSums(
        total=sums["total"],
        weight=sums["weight"],
        lowest=sums["lowest"],
        highest=sums["highest"],
        n_valid=sums["valid"],
        n_not_applicable=sums["na"],
        weight_not_applicable=sums["na_weight"],
    )


def _sum_line(codes: Codes, group: ItemGroup) -> tuple[Integers, Integers]:
    n = codes.shape[1]
    positions, valid = np.zeros(n, np.int64), np.zeros(n, np.int64)
    block = max(1, 127 // max(1, group.top))
    rest = np.empty(n, np.int8)
    there = np.empty(n, np.bool_)
    for start in range(0, len(group.rows), block):
        small, seen = np.zeros(n, np.int8), np.zeros(n, np.int8)
        for row in group.rows[start : start + block]:
            np.maximum(codes[row], 0, out=rest)
            small += rest
            np.greater_equal(codes[row], 0, out=there)
            seen += there.view(np.int8)
        positions += small
        valid += seen
    return valid, group.intercept * valid + group.slope * positions


def _sum_table(codes: Codes, group: ItemGroup) -> tuple[Integers, Integers]:
    if group.table is None or group.counts is None:  # pragma: no cover - a group of this kind has both
        raise ValueError("an item group without a table")
    index = codes[group.rows[0]].astype(np.intp) + MISSING_CODES
    return group.counts[index].astype(np.int64), group.table[index]
