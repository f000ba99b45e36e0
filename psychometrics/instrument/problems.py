"""What pydantic found in a file, as problems with their place; every format read from TOML uses it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from psychometrics.errors import Problem, did_you_mean

SHOWN = 80
PREFIXES = ("Value error, expected ", "Input should be ", "Value error, ")


def as_problem(
    detail: Any,
    raw: Any,
    path: list[Any],
    known: Callable[[], set[str]],
    *,
    named_by: tuple[str, ...] = ("id",),
) -> Problem:
    """Return one finding of pydantic as a problem.

    Parameters
    ----------
    detail : ErrorDetails
        One of ``ValidationError.errors()``.
    raw : dict
        The file as read.
    path : list
        ``detail["loc"]`` without the branches of unions, which stand nowhere in the file.
    known : callable
        Returns the keys that the table at this place may have; called only where a key is unknown.
    named_by : tuple of str
        Keys that name an entry of a list, the first that it has: the name helps where the index does not.

    Returns
    -------
    Problem
    """
    where = place_of(path, raw, named_by=named_by)
    if detail["type"] == "extra_forbidden":
        return Problem(where=where, what="unknown key", hint=did_you_mean(str(path[-1]), known()))
    if detail["type"] == "missing":
        return Problem(where=where, what="missing", expected="this key")
    what = detail["input"]
    shown = repr(str(what) if isinstance(what, Decimal) else what)
    shown = shown if len(shown) < SHOWN else f"{shown[: SHOWN - 3]}..."
    return Problem(where=where, what=shown, expected=_expected(detail["msg"]))


def place_of(path: list[Any], raw: Any, *, named_by: tuple[str, ...] = ("id",)) -> str:
    """Write ``items[3] (q4).points`` for a place in the file."""
    text, here = "", raw
    for part in path:
        if isinstance(part, int):
            here = here[part] if isinstance(here, list) and part < len(here) else None
            name = (
                next((here[key] for key in named_by if key in here), None) if isinstance(here, dict) else None
            )
            text += f"[{part}]" + (f" ({name})" if isinstance(name, str) else "")
        else:
            here = here.get(part) if isinstance(here, dict) else None
            text += f".{part}" if text else str(part)
    return text


def _expected(message: str) -> str:
    for prefix in PREFIXES:
        if message.startswith(prefix):
            return message.removeprefix(prefix)
    return message
