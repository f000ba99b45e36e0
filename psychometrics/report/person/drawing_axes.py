"""The axes of the page: percentile ranks, T scores, and the range of a scale."""

from __future__ import annotations

from functools import lru_cache
from statistics import NormalDist

from psychometrics.report.person.drawing import Axis

RANKS = (1, 5, 16, 50, 84, 95, 99)

PERCENTILES = Axis(
    lower=0,
    upper=100,
    ticks=tuple((float(value), str(value)) for value in (0, 25, 50, 75, 100)),
    minor=tuple(float(value) for value in range(10, 100, 10)),
    middle=50,
)
T_SCORES = Axis(
    lower=20,
    upper=80,
    ticks=tuple((float(value), str(value)) for value in range(20, 81, 10)),
    minor=tuple(float(value) for value in range(25, 80, 10)),
    middle=50,
)
Z_SCORES = Axis(lower=-3, upper=3, ticks=tuple((float(z), f"{z}") for z in range(-3, 4)), middle=0)
NORMAL_CURVE = Axis(
    lower=20,
    upper=80,
    ticks=tuple((50 + 10 * NormalDist().inv_cdf(rank / 100), str(rank)) for rank in RANKS),
)
"""Percentile ranks where they fall on the T axis when T comes from the rank by a normal curve."""


@lru_cache(maxsize=256)
def score_axis(lower: float, upper: float) -> Axis:
    """Return the axis of a scale from its lowest to its highest score."""
    return Axis(lower=lower, upper=upper, ticks=((lower, f"{lower:g}"), (upper, f"{upper:g}")))
