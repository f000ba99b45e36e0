"""How a test is split into parts, and which methods a test allows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from psychometrics.errors import EstimationError, Problem, did_you_mean

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.intp]
Split = int | Sequence[object] | None

METHODS = ("thorndike", "feldt", "mollenkopf_feldt", "anova", "lord", "keats", "lord_generalised")
SPLIT_METHODS = ("thorndike", "feldt", "mollenkopf_feldt", "lord_generalised")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """The methods to use, and the part of each item for those that split the test."""

    methods: tuple[str, ...]
    parts: dict[str, Integers]


def plan_methods(method: str | Sequence[str] | None, split: Split, n_items: int, *, binary: bool) -> Plan:
    """Return what to compute: the methods asked for, or all that the items allow.

    Raises
    ------
    EstimationError
        A method that these items do not allow, with the reason; an unknown word; a split that does not fit.
    """
    asked = (method,) if isinstance(method, str) else tuple(method or METHODS)
    unknown = [name for name in asked if name not in METHODS]
    if unknown or not asked:
        hint = did_you_mean(unknown[0], METHODS) if unknown else f"Name one of {', '.join(METHODS)}."
        raise EstimationError(f"method={method!r} is not known", hint=hint)
    given = None if split is None else _given_parts(split, n_items)
    parts = {
        name: _parts_for(name, given, n_items) for name in asked if name in SPLIT_METHODS and n_items > 1
    }
    refused = {name: _why_not(name, parts.get(name), n_items, binary=binary) for name in asked}
    if method is not None and any(refused.values()):
        problems = [Problem(where=name, what=why) for name, why in refused.items() if why]
        raise EstimationError("some methods do not fit these items", problems=problems)
    kept = tuple(name for name in asked if not refused[name])
    if method is None and binary and split is None:
        kept = tuple(name for name in kept if name != "lord_generalised")  # the same as lord
    if not kept:
        raise EstimationError(f"conditional errors need at least 2 items; there are {n_items}")
    return Plan(methods=kept, parts={name: part for name, part in parts.items() if name in kept})


def _given_parts(split: int | Sequence[object], n_items: int) -> Integers:
    if isinstance(split, int):
        if not 2 <= split <= n_items:
            raise EstimationError(f"split={split}; expected 2 to {n_items} parts")
        return np.arange(n_items) % split
    labels = list(split)
    if len(labels) != n_items:
        raise EstimationError(f"split= has {len(labels)} labels; expected one for each of {n_items} items")
    order = {label: place for place, label in enumerate(dict.fromkeys(labels))}
    return np.array([order[label] for label in labels], np.intp)


def _parts_for(method: str, given: Integers | None, n_items: int) -> Integers:
    if given is not None and not (method == "thorndike" and given.max() != 1):
        return given
    default = {"thorndike": 2, "lord_generalised": 1}.get(method, max(2, n_items // 2))
    return np.arange(n_items) % default


def _why_not(method: str, part: Integers | None, n_items: int, *, binary: bool) -> str:
    if n_items < 2:
        return "needs at least 2 items"
    if method in ("lord", "keats") and not binary:
        return "is for items scored 0 and 1; for graded items use anova, feldt or lord_generalised"
    if method == "lord_generalised" and part is not None and np.bincount(part).min() < 2:
        return "needs at least 2 items in each stratum of split="
    if method in ("feldt", "mollenkopf_feldt") and part is not None and part.max() < 1:
        return "needs at least 2 parts"
    return ""
