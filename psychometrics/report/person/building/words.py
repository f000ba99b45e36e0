"""Numbers as words of a page: rounded here and nowhere before."""

from __future__ import annotations

from math import floor, isnan
from typing import Protocol

from psychometrics.report.person.rounding import HARDLY_ANY, NEARLY_ALL, in_100

LOWEST, HIGHEST = 1.5, 98.5
"""Percentile ranks below and from which only "1 or below" and "99 or above" are said."""
ROUGH = 0.5
"""An interval over more than this share of the ruler is called roughly known."""
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
    if low == high:
        return say("rank.about", rank=low)
    if lower < LOWEST:
        return say("rank.anything") if upper >= HIGHEST else say("rank.at_most", rank=high)
    return say("rank.at_least", rank=low) if upper >= HIGHEST else say("rank.between", lower=low, upper=high)


def chance(say: Say, probability: float) -> str:
    """Write a probability as so many in 100."""
    share = in_100(probability)
    if share == NEARLY_ALL:
        return say("chance.nearly_all")
    return say("chance.hardly_any") if share == HARDLY_ANY else say("chance.about", share=share)


def percent(part: int, whole: int) -> str:
    """Write a share in whole percent; 0% and 100% only for nothing and all."""
    least, most = int(part > 0), 99 if part < whole else 100
    return f"{min(max(floor(100 * part / whole + 0.5), least), most)}%"


def apart(first: float, second: float) -> tuple[str, str]:
    """Write two numbers without decimals, or with as many as it takes to tell them apart."""
    digits = 0
    while digits < 2 and round(first, digits) == round(second, digits):
        digits += 1
    return plain_number(first, digits), plain_number(second, digits)


def capital(text: str) -> str:
    """Return the text with a capital at its start."""
    return text[:1].upper() + text[1:]


def clipped(text: str, most: int) -> str:
    """Return the text, shortened with an ellipsis where it is too long to stand inside a sentence."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def ended(text: str) -> str:
    """Return the text with a full stop where it ends without one."""
    stripped = text.strip()
    return stripped if stripped.endswith((".", "!", "?", "…")) else f"{stripped}."
