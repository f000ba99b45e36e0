"""Arguments that every statistic shares, checked in one place."""

from __future__ import annotations

from collections.abc import Sequence

from psychometrics.errors import EstimationError


def check_confidence(confidence: float) -> None:
    """Refuse a confidence that is not between 0 and 1."""
    if not 0 < confidence < 1:
        raise EstimationError(f"confidence={confidence!r}; expected a number between 0 and 1, such as 0.95")


def check_word(name: str, value: str, allowed: Sequence[str]) -> None:
    """Refuse a word that is not among the allowed ones."""
    if value not in allowed:
        raise EstimationError(f"{name}={value!r}; expected one of {', '.join(map(repr, allowed))}")
