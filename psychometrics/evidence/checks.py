"""Arguments that every statistic shares, checked in one place."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

from psychometrics.errors import EstimationError


def is_number(value: Any) -> bool:
    """Say whether a value is one number; True and False are none, nor is text that looks like one."""
    return isinstance(value, Real) and not isinstance(value, bool)


def check_confidence(confidence: float) -> None:
    """Refuse a confidence that is not between 0 and 1."""
    if not (is_number(confidence) and 0 < confidence < 1):
        raise EstimationError(f"confidence={confidence!r}; expected a number between 0 and 1, such as 0.95")


def check_word(name: str, value: str, allowed: Sequence[str]) -> None:
    """Refuse a word that is not among the allowed ones."""
    if value not in allowed:
        raise EstimationError(f"{name}={value!r}; expected one of {', '.join(map(repr, allowed))}")


def check_whole(name: str, value: Any, least: int) -> None:
    """Refuse what is not a whole number of at least ``least``."""
    if not (isinstance(value, Integral) and is_number(value) and int(value) >= least):
        raise EstimationError(f"{name}={value!r}; expected a whole number, at least {least}")
