"""The weights of a composite, and of composites inside composites, as weights of the components."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import Any

import numpy as np

from psychometrics.errors import EstimationError, Problem, did_you_mean
from psychometrics.evidence.matrix import Floats

Weights = Mapping[str, Any] | Sequence[float]


def named_composites(weights: Weights, names: list[str]) -> dict[str, dict[str, float]]:
    """Return the weights inside every composite; one composite unless several are named."""
    if not isinstance(weights, Mapping):
        return {"composite": _by_name(weights, names)}
    if not any(isinstance(inside, Mapping) for inside in weights.values()):
        return {"composite": dict(weights)}
    flat = [name for name, inside in weights.items() if not isinstance(inside, Mapping)]
    if flat:
        raise EstimationError(
            f"{', '.join(flat)}: a number beside composites", hint="Put every weight inside a composite."
        )
    return {str(name): dict(inside) for name, inside in weights.items()}


def _by_name(weights: Sequence[float], names: list[str]) -> dict[str, float]:
    if len(weights) != len(names):
        raise EstimationError(f"{len(weights)} weights; expected {len(names)}, one per component")
    return dict(zip(names, weights, strict=True))


def rows_of_weights(
    composites: dict[str, dict[str, float]], names: list[str], s: Floats, *, standardized: bool
) -> dict[str, Floats]:
    """Return the weight of every component in every composite, inner composites before those that hold them."""
    rows = {name: np.eye(len(names))[i] for i, name in enumerate(names)}
    clash = sorted(set(composites) & set(names))
    if clash:
        raise EstimationError(f"{', '.join(clash)} names both a component and a composite")
    open_composites = dict(composites)
    while open_composites:
        ready = [name for name, inside in open_composites.items() if set(inside) <= set(rows)]
        if not ready:
            _refuse(open_composites, set(rows) | set(open_composites))
        for name in ready:
            parts = [
                weight / (_deviation(rows[part], s) if standardized else 1.0) * rows[part]
                for part, weight in open_composites.pop(name).items()
            ]
            rows[name] = np.sum(parts, axis=0) if parts else np.zeros(len(names))
    return {name: rows[name] for name in rows if name in composites}


def _refuse(open_composites: dict[str, dict[str, float]], known: set[str]) -> None:
    unknown = [
        Problem(where=name, what=f'no component or composite "{part}"', hint=did_you_mean(part, known))
        for name, inside in open_composites.items()
        for part in inside
        if part not in known
    ]
    if unknown:
        raise EstimationError("weights name unknown components", problems=unknown)
    raise EstimationError(f"composites in a circle: {', '.join(open_composites)}")


def _deviation(row: Floats, s: Floats) -> float:
    variance = float(row @ s @ row)
    if not variance > 0:
        raise EstimationError("a component or composite does not vary: it cannot be standardised")
    return sqrt(variance)


def the_whole(composites: dict[str, dict[str, float]]) -> str:
    """Return the composite that is in no other."""
    inner = {part for inside in composites.values() for part in inside}
    outer = [name for name in composites if name not in inner]
    if len(outer) != 1:
        raise EstimationError(
            f"{', '.join(outer)} are in no other composite; expected one whole", hint="Ask for one at a time."
        )
    return outer[0]
