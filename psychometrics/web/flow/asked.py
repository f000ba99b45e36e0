"""Which items are asked, given the answers so far; the same rules as for responses read from a file."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from psychometrics.instrument import Instrument
from psychometrics.responses.branching import not_asked
from psychometrics.responses.missing import MissingReason

Answers = Mapping[str, int | str | None]
"""Item id to option code, or to the text of a task; None or absent where there is no answer."""

NO_ANSWERS: Answers = MappingProxyType({})


def is_answered(answer: int | str | None) -> bool:
    """Return whether there is an answer; a text of blanks is none."""
    return bool(answer.strip()) if isinstance(answer, str) else answer is not None


def asked_items(instrument: Instrument, answers: Answers) -> tuple[str, ...]:
    """Return the ids of the items and tasks that are asked, in the order of the file.

    An answer to an item that a later change of mind took out of the interview does not open a branch.
    """
    closed = _closed(instrument, answers) if instrument.branches else ()
    return tuple(entry.id for entry in instrument.definition.items if entry.id not in closed)


def _closed(instrument: Instrument, answers: Answers) -> set[str]:
    """Return the items that branching surely leaves out."""
    codes = np.full((len(instrument.items), 1), MissingReason.SKIPPED.value, np.int8)
    for row, item in zip(codes, instrument.items, strict=True):
        answer = answers.get(item.id)
        if answer is not None:
            row[0] = item.codes.index(answer)
    for branch in instrument.branches:
        if not_asked(instrument, branch, codes)[0]:
            for item_id in branch.items:
                codes[instrument.item_ids.index(item_id)] = MissingReason.NOT_APPLICABLE.value
    closed = np.flatnonzero(codes[:, 0] == MissingReason.NOT_APPLICABLE)
    return {instrument.item_ids[place] for place in closed}


def stale_answers(instrument: Instrument, answers: Answers) -> tuple[str, ...]:
    """Return the items with an answer that is no longer asked for; they are taken back when the sitting ends."""
    asked = set(asked_items(instrument, answers))
    return tuple(
        entry.id
        for entry in instrument.definition.items
        if entry.id not in asked and is_answered(answers.get(entry.id))
    )
