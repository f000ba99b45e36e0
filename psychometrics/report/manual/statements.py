"""The file in which the authors of an instrument say what neither definition nor data can."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from psychometrics.errors import Problem, ReportError, did_you_mean
from psychometrics.report.manual.questions import BY_ID

KEYS = ("reviewed", "statements", "changes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Statements:
    """What :func:`technical_manual` takes as ``statements``, ``reviewed`` and ``changelog``."""

    statements: Mapping[str, str] = field(default_factory=dict)
    reviewed: str = ""
    changelog: tuple[tuple[str, str], ...] = ()


def read_statements(path: str | Path) -> Statements:
    """Read a TOML file with ``reviewed``, a table ``[statements]`` of question id to text, and ``[[changes]]``.

    Each of the ``[[changes]]`` has ``version`` and ``what``.

    Raises
    ------
    ReportError
        Lists everything in the file that does not fit.
    """
    try:
        told = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ReportError(f"{path}: cannot be read as TOML ({error})") from error
    problems = [*_keys(told), *_texts(told.get("statements", {})), *_changes(told.get("changes", []))]
    if not isinstance(told.get("reviewed", ""), str):
        problems.append(Problem(where="reviewed", what="not a text"))
    if problems:
        raise ReportError(f"{path}: the statements cannot be used", problems=problems)
    return Statements(
        statements=dict(told.get("statements", {})),
        reviewed=told.get("reviewed", ""),
        changelog=tuple((one["version"], one["what"]) for one in told.get("changes", [])),
    )


def _keys(told: Mapping[str, Any]) -> list[Problem]:
    return [
        Problem(where=name, what="unknown key", hint=did_you_mean(name, KEYS))
        for name in told
        if name not in KEYS
    ]


def _texts(told: Any) -> list[Problem]:
    if not isinstance(told, dict):
        return [Problem(where="statements", what="not a table", expected="[statements] with question = text")]
    unknown = [
        Problem(where=f"statements.{name}", what="no such question", hint=did_you_mean(name, BY_ID))
        for name in told
        if name not in BY_ID
    ]
    return unknown + [
        Problem(where=f"statements.{name}", what="not a text")
        for name, text in told.items()
        if not isinstance(text, str)
    ]


def _changes(told: Any) -> list[Problem]:
    expected = "[[changes]] with version and what, both texts"
    if not isinstance(told, list):
        return [Problem(where="changes", what="not a list", expected=expected)]
    return [
        Problem(where=f"changes.{place}", what="does not fit", expected=expected)
        for place, one in enumerate(told)
        if not isinstance(one, dict)
        or set(one) != {"version", "what"}
        or not all(isinstance(text, str) for text in one.values())
    ]
