"""Why a response is not there: negative codes beside the positions of the options."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import IntEnum

from psychometrics.errors import Problem, ResponsesError
from psychometrics.instrument import Criterion, Item

SHOWN = 8


class MissingReason(IntEnum):
    """The negative codes of :attr:`Responses.codes`."""

    SKIPPED = -1
    DONT_KNOW = -2
    NOT_APPLICABLE = -3
    NOT_REACHED = -4
    NOT_PRESENTED = -5
    INVALID = -6


MissingCodes = Mapping[int | str, str] | Iterable[int | str]


def declared_missing(given: MissingCodes | None, own: Mapping[str, str]) -> dict[str, int]:
    """Return missing code (as text) -> negative code, from the call and from the definition file.

    A bare list of codes means ``skipped``; a mapping names the reason of each.
    """
    pairs = dict(own)
    if given is not None:
        pairs |= (
            {str(code): reason for code, reason in given.items()}
            if isinstance(given, Mapping)
            else {str(code): "skipped" for code in given}
        )
    names = {reason.name.lower(): reason.value for reason in MissingReason}
    unknown = sorted({reason for reason in pairs.values() if reason not in names})
    if unknown:
        raise ResponsesError(
            "missing_codes: unknown reason",
            problems=[
                Problem(where=reason, what="not a reason", expected=", ".join(names)) for reason in unknown
            ],
        )
    return {code: names[reason] for code, reason in pairs.items()}


def taken_codes(missing: Mapping[str, int], holders: Iterable[Item | Criterion], kind: str) -> list[Problem]:
    """Return the missing codes that items have as an option, or criteria as a level (``kind``)."""
    taken: dict[str, list[str]] = {}
    for one in holders:
        for code in one.codes:
            if str(code) in missing:
                taken.setdefault(str(code), []).append(one.id)
    return [
        Problem(
            where=f"missing code {code}",
            what=f"is also {kind} of {', '.join(ids[:SHOWN])}{', …' if len(ids) > SHOWN else ''}",
        )
        for code, ids in taken.items()
    ]
