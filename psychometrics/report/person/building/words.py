"""Numbers as words of a page: rounded here and nowhere before."""

from __future__ import annotations

from math import isnan
from typing import Protocol

LOWEST, HIGHEST = 1.5, 98.5
"""Percentile ranks below and from which only "1 or below" and "99 or above" are said."""
SURE, UNSURE = 0.99, 0.01
WIDE = 20.0
MOST_DIGITS = 6


class Say(Protocol):
    """Fills the template of a key."""

    def __call__(self, key: str, **values: object) -> str:
        """Return the sentence of a key with its places filled."""


def plain_number(value: float, digits: int) -> str:
    """Write a number with at most so many decimals; a whole number without any."""
    text = f"{round(value, digits) + 0.0:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def score_digits(minimum: float, maximum: float) -> int:
    """Return how many decimals a score of this scale deserves: one of a wide scale, two of a narrow one."""
    return 1 if isnan(maximum - minimum) or maximum - minimum >= WIDE else 2


def score_near(value: float, at: float, digits: int) -> str:
    """Write a score so that it stays on its side of a cut: 59.96 is not written as 60.0 beside a cut of 60."""
    while digits < MOST_DIGITS and (round(value, digits) >= at) != (value >= at):
        digits += 1
    return plain_number(value, digits)


def rank_word(say: Say, rank: float) -> str:
    """Write a percentile rank without decimals, with words at the ends."""
    if rank < LOWEST:
        return say("rank.lowest")
    return say("rank.highest") if rank >= HIGHEST else f"{rank:.0f}"


def rank_between(say: Say, lower: float, upper: float) -> str:
    """Write an interval of percentile ranks."""
    low, high = rank_word(say, lower), rank_word(say, upper)
    return say("rank.about", rank=low) if low == high else say("rank.between", lower=low, upper=high)


def chance(say: Say, probability: float) -> str:
    """Write a probability as so many in 100."""
    if probability > SURE:
        return say("chance.nearly_all")
    if probability < UNSURE:
        return say("chance.hardly_any")
    return say("chance.about", share=f"{100 * probability:.0f}")


def percent(share: float) -> str:
    """Write a level of confidence or a share as a whole percentage."""
    return f"{100 * share:.0f}%"


def clipped(text: str, most: int) -> str:
    """Return the text, shortened with an ellipsis where it is too long to stand inside a sentence."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def ended(text: str) -> str:
    """Return the text with a full stop where it ends without one."""
    stripped = text.strip()
    return stripped if stripped.endswith((".", "!", "?", "…")) else f"{stripped}."
