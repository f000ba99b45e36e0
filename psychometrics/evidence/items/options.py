"""How every option of every item is used; distractors of keyed items among them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from psychometrics.instrument import Item
from psychometrics.kernels.covariance import Moments
from psychometrics.kernels.items.options import OptionNumbers, option_numbers
from psychometrics.result import Result, Source
from psychometrics.tallying.item_tally import ItemTally

Floats = npt.NDArray[np.float64]

FUNCTIONING = 0.05
WORKS = "Tarrant, Ware and Mohammed (2009), doi:10.1186/1472-6920-9-40"
OPTION_RULES = {
    "never chosen": ("no answer", "convention of this library"),
    "distractor chosen by fewer than 5%": ("keyed items: an option without points", WORKS),
    "distractor goes with the score": ("keyed items: positive correlation with the rest", WORKS),
    "mean rest score falls from the option before": (
        "options in order of their points, each chosen at least 10 times",
        "convention of this library; disordered options in the sense of Linacre (2002), Journal of Applied Measurement 3, 85-106",
    ),
}
"""Flag: what raises it, and where the rule is from."""

FEWEST = 10


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OptionUse(Result):
    """One row per scale, item and option.

    Attributes
    ----------
    scale_id, item_id, option, label : tuple of str
    points : ndarray of float64
        What the option counts, after reversal.
    keyed : tuple of bool
        Whether the item has right and wrong options.
    n : ndarray of int64
        Persons who chose it.
    share : ndarray of float64
        Of those who answered the item.
    mean_rest : ndarray of float64
        Mean rest score of those who chose it (the sum over the other items of their means).
    rest_correlation : ndarray of float64
        Correlation of choosing it with the rest score.
    flags : tuple of str
        Rules it broke (:data:`OPTION_RULES`).
    reason : tuple of str
        Why a number is nan.
    source : Source
    """

    scale_id: tuple[str, ...]
    item_id: tuple[str, ...]
    option: tuple[str, ...]
    label: tuple[str, ...]
    points: Floats
    keyed: tuple[bool, ...]
    n: npt.NDArray[np.int64]
    share: Floats
    mean_rest: Floats
    rest_correlation: Floats
    flags: tuple[str, ...]
    reason: tuple[str, ...]
    source: Source

    def columns(self) -> Mapping[str, Any]:
        """One row per option."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "source"}

    def distractors(self) -> Mapping[str, Any]:
        """Return the rows of keyed items only, as columns."""
        mine = np.flatnonzero(self.keyed)
        return {name: [values[i] for i in mine] for name, values in self.columns().items()}

    def __repr__(self) -> str:
        flagged = sum(bool(flag) for flag in self.flags)
        return f"<Option use: {len(self.option)} options, {flagged} flagged>"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScaleOptions:
    """What is counted for the options of one scale."""

    items: tuple[Item, ...]
    counts: ItemTally
    moments: Moments


def option_use(scales: list[ScaleOptions], source: Source) -> OptionUse:
    """Return the table of all options of all scales."""
    rows: dict[str, list[Any]] = {name: [] for name in OptionUse.__dataclass_fields__ if name != "source"}
    for one in scales:
        points = [np.array(own) for own in one.counts.points]
        numbers = option_numbers(one.counts.joint.sum(axis=0), points, one.moments.covariance)
        _add(rows, one, numbers)
    arrays = {
        "points": np.float64,
        "n": np.int64,
        "share": np.float64,
        "mean_rest": np.float64,
        "rest_correlation": np.float64,
    }
    finished: dict[str, Any] = {
        name: np.array(values, arrays[name]) if name in arrays else tuple(values)
        for name, values in rows.items()
    }
    return OptionUse(**finished, source=source)


def _add(rows: dict[str, list[Any]], one: ScaleOptions, numbers: OptionNumbers) -> None:
    items = [one.items[i] for i in numbers.item]
    codes = [(place, code) for own in one.counts.options for place, code in enumerate(own)]
    rows["scale_id"] += list(one.counts.scales) * len(items)
    rows["item_id"] += [item.id for item in items]
    rows["option"] += [code for _, code in codes]
    rows["label"] += [_label(item, place) for item, (place, _) in zip(items, codes, strict=True)]
    rows["keyed"] += [item.kind == "keyed" for item in items]
    for name in ("points", "n", "share", "mean_rest", "rest_correlation"):
        rows[name] += getattr(numbers, name).tolist()
    rows["flags"] += _flags(items, numbers)
    rows["reason"] += [_reason(numbers, i) for i in range(len(items))]


def _label(item: Item, place: int) -> str:
    """Return the label of an option; the place after the last is "not asked", where the definition gives points for it."""
    return item.labels[place] if place < len(item.labels) else "not asked"


def _flags(items: list[Item], numbers: OptionNumbers) -> list[str]:
    falls = _falls(numbers)
    out = []
    for i, item in enumerate(items):
        wrong = item.kind == "keyed" and numbers.points[i] <= float(min(item.points) * item.weight)
        raised = {
            "never chosen": numbers.n[i] == 0,
            "distractor chosen by fewer than 5%": wrong and 0 < numbers.share[i] < FUNCTIONING,
            "distractor goes with the score": wrong and numbers.rest_correlation[i] > 0,
            "mean rest score falls from the option before": falls[i],
        }
        out.append("; ".join(rule for rule in OPTION_RULES if raised[rule]))
    return out


def _falls(numbers: OptionNumbers) -> npt.NDArray[np.bool_]:
    """Say where the mean rest score is lower than at the next option below in points."""
    falls = np.zeros(len(numbers.n), bool)
    for item in np.unique(numbers.item):
        mine = np.flatnonzero((numbers.item == item) & (numbers.n >= FEWEST))
        mine = mine[np.argsort(numbers.points[mine], kind="stable")]
        before, after = mine[:-1], mine[1:]
        rises = numbers.points[after] > numbers.points[before]
        falls[after] = rises & (numbers.mean_rest[after] < numbers.mean_rest[before])
    return falls


def _reason(numbers: OptionNumbers, i: int) -> str:
    if numbers.n[i] == 0:
        return "nobody chose it"
    gone = np.isnan(numbers.mean_rest[i]) or np.isnan(numbers.rest_correlation[i])
    return "no rest to compare with: no other item answered, or nothing varies" if gone else ""
