"""What may be the name of a person, an occasion, a group or a rater; and times as they are kept."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime

from psychometrics.errors import Problem, StoreError

LONGEST_NAME = 200
GROUP = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
RESERVED = {"person_id", "occasion", "finished", "started", "seconds"}


def name_problems(where: str, value: object) -> list[Problem]:
    """Return what is wrong with a name: it is a short text without control characters."""
    if not isinstance(value, str):
        return [Problem(where=where, what=f"a {type(value).__name__}", expected="a text")]
    if not value.strip() or len(value) > LONGEST_NAME:
        return [
            Problem(where=where, what=f"{len(value)} characters", expected=f"1 to {LONGEST_NAME}, not blank")
        ]
    if any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in value):
        return [Problem(where=where, what="has control characters", expected="letters, digits and signs")]
    return []


def group_problems(groups: Mapping[str, str], taken: frozenset[str]) -> list[Problem]:
    """Return what is wrong with the groups of a person; they become columns beside the items."""
    problems = []
    for name, value in groups.items():
        where = f"groups.{name!r}"
        if not GROUP.fullmatch(str(name)):
            problems.append(
                Problem(where=where, what="no column name", expected="letters, digits and _, a letter first")
            )
        elif name in RESERVED or name in taken or name.startswith("seconds_"):
            problems.append(Problem(where=where, what="is the name of another column"))
        problems += name_problems(where, value)
    return problems


def refuse(what: str, problems: list[Problem]) -> None:
    """Raise one error with all problems, where there is one."""
    if problems:
        raise StoreError(what, problems=problems)


def to_text(moment: datetime) -> str:
    """Write a time as it is kept: UTC with microseconds, so that texts sort like times."""
    if moment.tzinfo is None:
        raise StoreError("a time without its zone", hint="Give datetime.now(UTC).")
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def to_time(text: str | None) -> datetime | None:
    """Read a time that was kept."""
    return None if text is None else datetime.fromisoformat(text)
