"""The words of a call of equate: which go together."""

from __future__ import annotations

from typing import Any

from psychometrics.errors import EstimationError, Problem
from psychometrics.kernels.smoothing.terms import CRITERIA
from psychometrics.norming.equating.plan import BY_SHARES, DESIGNS, METHODS, WITH_ANCHOR


def check_words(
    *,
    method: str,
    design: str,
    anchor: Any,
    anchor_method: str | None,
    internal: bool | None,
    synthetic_weight: float | None,
    presmoothing: str | None,
    criterion: str,
    standard_error: str,
    replications: int,
    confidence: float,
) -> None:
    """Refuse words that are not known or do not go together; names all of them at once."""
    problems = [
        *_known("method", method, METHODS),
        *_known("design", design, DESIGNS),
        *_known("criterion", criterion, CRITERIA),
        *_known("presmoothing", presmoothing, (None, "log_linear")),
        *_known("standard_error", standard_error, ("delta", "bootstrap")),
    ]
    if not 0 < confidence < 1:
        problems.append(_problem("confidence", confidence, "a number between 0 and 1, such as 0.95"))
    if replications < 2:
        problems.append(_problem("replications", replications, "2 or more"))
    if presmoothing and method not in BY_SHARES:
        problems.append(
            _problem(
                "presmoothing", presmoothing, f"none for {method}, which the smoothed moments leave as it is"
            )
        )
    if design == "anchor":
        problems += _anchor_words(method, anchor_method, internal, synthetic_weight, presmoothing)
    elif (
        anchor is not None
        or anchor_method is not None
        or internal is not None
        or synthetic_weight is not None
    ):
        problems.append(
            _problem("design", design, '"anchor" for anchor, anchor_method, internal and synthetic_weight')
        )
    if problems:
        raise EstimationError("the words of the equating do not go together", problems=problems)


def _anchor_words(
    method: str,
    anchor_method: str | None,
    internal: bool | None,
    weight: float | None,
    presmoothing: str | None,
) -> list[Problem]:
    problems = []
    allowed = WITH_ANCHOR.get(method, (None,))
    if anchor_method not in allowed:
        problems.append(_problem("anchor_method", anchor_method, f"for {method} one of {_listed(allowed)}"))
    if internal is None and (anchor_method in ("levine", "levine_true") or presmoothing):
        problems.append(
            _problem("internal", None, "True if the anchor items count in the scores, else False")
        )
    if weight is not None and not 0 <= weight <= 1:
        problems.append(_problem("synthetic_weight", weight, "a number from 0 to 1"))
    return problems


def _known(name: str, value: object, allowed: tuple[object, ...]) -> list[Problem]:
    return [] if value in allowed else [_problem(name, value, f"one of {_listed(allowed)}")]


def _problem(name: str, value: object, expected: str) -> Problem:
    return Problem(where=name, what=repr(value), expected=expected)


def _listed(allowed: tuple[object, ...]) -> str:
    return ", ".join(repr(one) for one in allowed)
