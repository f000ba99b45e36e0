"""Many statistics of one model with their intervals, one row each; all of them are shares, so no end is below 0."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from psychometrics.kernels.bounds import ROUND_OFF, Bounds, grouped_jackknife_bounds, jackknife_bounds

Floats = npt.NDArray[np.float64]
Names = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """Statistic, part, estimate, interval and reason, row by row."""

    names: Names
    estimates: Sequence[float]
    bounds: Sequence[Bounds]

    def columns(self) -> dict[str, Any]:
        """Return the fields of a result that holds them."""
        return {
            "statistic": tuple(name for name, _ in self.names),
            "part": tuple(part for _, part in self.names),
            "estimate": np.array(self.estimates, np.float64),
            "ci_lower": np.array([one.lower for one in self.bounds], np.float64),
            "ci_upper": np.array([one.upper for one in self.bounds], np.float64),
            "reason": tuple(one.reason for one in self.bounds),
        }


def no_rows(names: Names, reason: str) -> Rows:
    """Return rows of nan, all for one reason."""
    return Rows(names=names, estimates=[np.nan] * len(names), bounds=[Bounds(reason=reason)] * len(names))


def jackknife_rows(names: Names, estimates: Floats, without: Floats, confidence: float) -> Rows:
    """Return rows with intervals by leaving persons out; ``without`` is (n, s)."""
    return _rows(names, estimates, without, confidence, jackknife_bounds)


def grouped_rows(names: Names, estimates: Floats, without: Floats, confidence: float) -> Rows:
    """Return rows with intervals by leaving groups of persons out; ``without`` is (groups, s)."""
    return _rows(names, estimates, without.reshape(-1, len(names)), confidence, grouped_jackknife_bounds)


def _rows(
    names: Names,
    estimates: Floats,
    without: Floats,
    confidence: float,
    bounds_of: Callable[[float, Floats, float], Bounds],
) -> Rows:
    bounds = [
        _bounds(float(estimate), column, confidence, bounds_of)
        for estimate, column in zip(estimates, without.T, strict=True)
    ]
    return Rows(names=names, estimates=estimates.tolist(), bounds=bounds)


def _bounds(
    estimate: float, without: Floats, confidence: float, bounds_of: Callable[[float, Floats, float], Bounds]
) -> Bounds:
    if not np.isfinite(estimate):
        return Bounds(reason="no item belongs to this group, or its sum or common variance is 0")
    if estimate > 1:
        return Bounds(reason="the statistic passes 1: the model does not fit")
    if 1 - estimate < ROUND_OFF:
        return Bounds(reason="1 by the model, whatever the data: no other factor takes part")
    if not np.isfinite(without).all():
        return Bounds(
            reason="without some person, or group, the statistic would not exist or the model not settle"
        )
    found = bounds_of(estimate, without, confidence)
    return found if found.lower >= 0 or found.reason else replace(found, lower=0.0)
