"""Rules that raise a flag on an item, each with its source; and reasons for what cannot be computed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from psychometrics.evidence.items.statistics import ItemData

Floats = npt.NDArray[np.float64]

LOW_ITEM_REST = 0.20
EDGE_SHARE = 0.80
ALPHA_GAIN = 0.01
HARD, EASY = 0.15, 0.85

OWN = "convention of this library"
PACER = "PACER technical reference (flags of its item analysis)"
RULES: dict[str, tuple[str, str]] = {
    "empty": ("no answer at all", OWN),
    "no variance": ("all answers give the same points", OWN),
    "negative item-rest correlation": ("below 0: check the key", OWN),
    "item-rest correlation below .20": ("0 to .20", PACER),
    "floor": ("80% or more of the answers at the least points", OWN),
    "ceiling": ("80% or more of the answers at the most points", OWN),
    "hard": ("keyed items: proportion below .15", PACER),
    "easy": ("keyed items: proportion above .85", PACER),
    "alpha rises by .01 without it": ("alpha if dropped against alpha of all", OWN),
}
"""Flag: what raises it, and where the rule is from. Flags say where to look, not what to delete."""


def flags_of(columns: dict[str, Any], n: Floats, data: ItemData, alpha: Floats) -> tuple[str, ...]:
    """Return the flags of each item, joined by semicolons; ``alpha`` is that of all items."""
    r, share = columns["item_rest_correlation"], columns["item_proportion"]
    raised = {
        "empty": n == 0,
        "no variance": columns["sd"] == 0,
        "negative item-rest correlation": r < 0,
        "item-rest correlation below .20": (r >= 0) & (r < LOW_ITEM_REST),
        "floor": columns["floor_share"] >= EDGE_SHARE,
        "ceiling": columns["ceiling_share"] >= EDGE_SHARE,
        "hard": data.keyed & (share < HARD),
        "easy": data.keyed & (share > EASY),
        "alpha rises by .01 without it": columns["alpha_if_dropped"] >= alpha + ALPHA_GAIN,
    }
    return tuple("; ".join(rule for rule in RULES if raised[rule][item]) for item in range(len(n)))


def reasons_of(columns: dict[str, Any], n: Floats, data: ItemData) -> tuple[str, ...]:
    """Return why numbers of each item are nan."""
    return tuple("; ".join(_reasons(columns, n, data, item)) for item in range(len(n)))


def _reasons(columns: dict[str, Any], n: Floats, data: ItemData, item: int) -> list[str]:
    gone = {name for name, values in columns.items() if np.isnan(values[item])}
    rest = "no rest to correlate with: the other items do not vary, or were never answered with it"
    rules = {
        "no values": n[item] == 0,
        "fewer than 2 persons": n[item] == 1,
        "the item does not vary": n[item] > 1 and columns["sd"][item] == 0,
        rest: n[item] > 1 and columns["sd"][item] > 0 and "item_rest_correlation" in gone,
        "skew needs 3 persons that differ": n[item] > 1 and columns["sd"][item] > 0 and "skew" in gone,
        "no possible range: no proportion": data.minimum[item] == data.maximum[item],
    }
    reasons = [text for text, holds in rules.items() if holds]
    return reasons + [text for name, text in _REASONS.items() if name in gone] + _unknown(data, gone)


_REASONS = {
    "alpha_if_dropped": "no alpha without it: fewer than 2 other items, or no variance, or pairs that contradict",
    "omega_if_dropped": "no omega without it: fewer than 3 other items that vary, or no one-factor fit",
    "overlap_corrected_correlation": "no overlap correction: the correlations have no inverse",
    "polyserial_correlation": "no polyserial correlation: no item-rest correlation, or it would pass 1",
    "mean_inter_item_correlation": "no mean inter-item correlation: an item does not vary, or there is no other",
    "ci_lower": "no interval: fewer than 4 persons, or no item-rest correlation",
}


def _unknown(data: ItemData, gone: set[str]) -> list[str]:
    reasons = []
    if "discrimination_index" in gone:
        text = (
            "counts of pairs do not say who is high"
            if data.points is None
            else "nobody has all items, or no range"
        )
        reasons.append(f"no discrimination index: {text}")
    if "criterion_correlation" in gone and data.criterion is not None:
        reasons.append(
            "no criterion correlation: fewer than 2 persons have both, or one of them does not vary"
        )
    return reasons
