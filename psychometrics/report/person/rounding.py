"""Probabilities as so many in 100: one rule, for sentences and figures alike."""

from __future__ import annotations

from math import floor

HARDLY_ANY, NEARLY_ALL = 0, 100
LEAST, MOST = 1, 99
OPEN = (0.2, 0.8)
"""Between these chances, both included, an answer is called open."""


def in_100(probability: float) -> int:
    """Return a probability as 1 to 99 in 100; ``HARDLY_ANY`` below 0.01 and ``NEARLY_ALL`` above 0.99.

    No probability of a page is called certain, for every one of them rests on an estimated error.
    """
    if probability < LEAST / 100:
        return HARDLY_ANY
    if probability > MOST / 100:
        return NEARLY_ALL
    return min(max(floor(100 * probability + 0.5), LEAST), MOST)


def level(confidence: float) -> str:
    """Write the level of an interval: ``95%``, ``99.9%``."""
    return f"{100 * confidence:.6g}%"
