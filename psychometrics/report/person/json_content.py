"""The content of a result page as JSON: the same page gives the same bytes."""

from __future__ import annotations

import json
import math
from dataclasses import fields, is_dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from psychometrics.report.person.basis import Sentence
from psychometrics.result import Source

if TYPE_CHECKING:
    from psychometrics.report.person.content import PersonReport

FORMAT = "psychometrics person report 1"


def report_data(report: PersonReport) -> dict[str, Any]:
    """Return the content as plain data: nan is None, a sentence is its text and its bases as ``kind:ref``."""
    return {"format": FORMAT, **_plain(report)}


def report_json(report: PersonReport) -> str:
    """Return the content as JSON text, in the order of the page."""
    return json.dumps(report_data(report), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(one.name for one in fields(kind))


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return _part(value)


def _part(value: Any) -> Any:
    if isinstance(value, Sentence):
        return {"text": value.text, "bases": [str(basis) for basis in value.bases]}
    if isinstance(value, Source):
        return value.to_dict()
    if is_dataclass(value) and not isinstance(value, type):
        return {name: _plain(getattr(value, name)) for name in _names(type(value))}
    message = f"{type(value).__name__} has no place in a result page"
    raise TypeError(message)
