"""Cells of a table that hold so few persons that they may tell what one of them answered."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import fields, replace
from math import nan
from typing import Any

import numpy as np
import numpy.typing as npt

from psychometrics.evidence.items.statistics import ItemAnalysis
from psychometrics.evidence.overview.table import ReliabilityRow

HIDDEN = "hidden"
Counts = npt.NDArray[np.int64]
Bits = npt.NDArray[np.bool_]


def is_small(n: float, least: int) -> bool:
    """Say whether a count is of somebody, but of too few to be shown."""
    return 0 < n < least


def small_cells(groups: Sequence[Hashable], counts: Counts, least: int) -> Bits:
    """Return which counts must not be shown.

    Hidden are counts from 1 to ``least`` - 1. Since the total of a group is known elsewhere, the next smallest counts
    of the group follow until the hidden ones are two or more, and of ``least`` persons or more, together
    (complementary suppression, as in norm editions).
    """
    hidden = (counts > 0) & (counts < least)
    places: dict[Hashable, list[int]] = {}
    for place, group in enumerate(groups):
        places.setdefault(group, []).append(place)
    for own in places.values():
        gone = [i for i in own if hidden[i]]
        others = sorted((i for i in own if counts[i] > 0 and not hidden[i]), key=lambda i: (counts[i], i))
        while gone and others and (len(gone) < 2 or counts[gone].sum() < least):
            gone.append(others.pop(0))
        hidden[gone] = True
    return hidden


def without_figures(row: ReliabilityRow, why: str) -> ReliabilityRow:
    """Return a coefficient without its figures."""
    return replace(
        row, estimate=nan, ci_lower=nan, ci_upper=nan, standard_error_of_measurement=nan, note="", reason=why
    )


def without_small_items(one: ItemAnalysis, least: int, why: str) -> ItemAnalysis:
    """Return the analysis without the figures of items that too few persons answered; their numbers stay."""
    small = np.array([is_small(n, least) for n in one.n])
    if not small.any():
        return one
    own = {part.name: getattr(one, part.name) for part in fields(one)}
    figures: dict[str, Any] = {
        name: np.where(small, nan, values)
        for name, values in own.items()
        if isinstance(values, np.ndarray)
        and values.dtype == np.float64
        and name not in ("minimum", "maximum")
    }
    return replace(
        one,
        **figures,
        flags=tuple("" if gone else flag for gone, flag in zip(small, one.flags, strict=True)),
        reason=tuple(why if gone else reason for gone, reason in zip(small, one.reason, strict=True)),
    )


def hidden_note(least: int, what: str = "persons") -> str:
    """Return what stands below a table with hidden cells."""
    return f"{HIDDEN}: fewer than {least} {what}, or with the total it would give away so few."
