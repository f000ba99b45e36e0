"""How raters use the levels of each rubric criterion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from psychometrics.responses import Ratings
from psychometrics.result import Result, Source

Floats = npt.NDArray[np.float64]

RARE = 0.02
FEWEST = 100
LEVEL_RULES = {
    "never given": ("no rating at this level", "convention of this library"),
    "given in fewer than 2% of the ratings": (
        "with at least 100 ratings of the criterion",
        "convention of this library",
    ),
    "not given by most raters": (
        "fewer than half of the raters with 20 ratings or more ever gave it",
        "convention of this library",
    ),
}
"""Flag: what raises it, and where the rule is from."""

ENOUGH_RATINGS = 20


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LevelUse(Result):
    """One row per criterion and level: how often it was given, and by how many raters.

    Attributes
    ----------
    item_id, criterion_id, level, label : tuple of str
    points : ndarray of float64
    n, share : ndarray
        Ratings at the level, and their share of all ratings of the criterion.
    n_raters, raters_using : ndarray of int64
        Raters of the criterion; those who gave the level at least once.
    flags : tuple of str
        Rules broken (:data:`LEVEL_RULES`).
    source : Source
    """

    item_id: tuple[str, ...]
    criterion_id: tuple[str, ...]
    level: tuple[str, ...]
    label: tuple[str, ...]
    points: Floats
    n: npt.NDArray[np.int64]
    share: Floats
    n_raters: npt.NDArray[np.int64]
    raters_using: npt.NDArray[np.int64]
    flags: tuple[str, ...]
    source: Source

    def columns(self) -> Mapping[str, Any]:
        """One row per level."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "source"}

    def __repr__(self) -> str:
        flagged = sum(bool(flag) for flag in self.flags)
        return f"<Level use: {len(self.level)} levels of rubric criteria, {flagged} flagged>"


def level_use(ratings: Ratings) -> LevelUse:
    """Count the levels of every criterion, over all ratings and rater by rater."""
    rows: dict[str, list[Any]] = {name: [] for name in LevelUse.__dataclass_fields__ if name != "source"}
    for position, criterion in enumerate(ratings.instrument.criteria):
        mine = ratings.criterion_index == position
        table = np.zeros((len(ratings.rater_ids), len(criterion.codes)), np.int64)
        np.add.at(table, (ratings.rater_index[mine], ratings.levels[mine]), 1)
        n, by_rater = table.sum(axis=0), table.sum(axis=1)
        total = int(n.sum())
        rows["item_id"] += [criterion.item_id] * len(n)
        rows["criterion_id"] += [criterion.criterion_id] * len(n)
        rows["level"] += [str(code) for code in criterion.codes]
        rows["label"] += list(criterion.labels)
        rows["points"] += [float(value) for value in criterion.points]
        rows["n"] += n.tolist()
        rows["share"] += (n / total if total else np.full(len(n), np.nan)).tolist()
        rows["n_raters"] += [int(np.count_nonzero(by_rater))] * len(n)
        rows["raters_using"] += np.count_nonzero(table, axis=0).tolist()
        rows["flags"] += _flags(table, total)
    return LevelUse(**_finished(rows), source=ratings.source)


def _flags(table: npt.NDArray[np.int64], total: int) -> list[str]:
    n = table.sum(axis=0)
    busy = table[table.sum(axis=1) >= ENOUGH_RATINGS]
    use = np.count_nonzero(busy, axis=0)
    raised = {
        "never given": n == 0,
        "given in fewer than 2% of the ratings": (n > 0) & (n < RARE * total) & (total >= FEWEST),
        "not given by most raters": (n > 0) & (2 * use < len(busy)),
    }
    return ["; ".join(rule for rule in LEVEL_RULES if raised[rule][level]) for level in range(len(n))]


def _finished(rows: dict[str, list[Any]]) -> dict[str, Any]:
    numbers = {
        "points": np.float64,
        "share": np.float64,
        "n": np.int64,
        "n_raters": np.int64,
        "raters_using": np.int64,
    }
    return {
        name: np.array(values, numbers[name]) if name in numbers else tuple(values)
        for name, values in rows.items()
    }
