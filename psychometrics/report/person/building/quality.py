"""How the answers came about: facts only, no diagnosis of the person who gave them."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan, nan
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from psychometrics.report.person.basis import Sentence
from psychometrics.report.person.building.asked import KEYS, Asked
from psychometrics.report.person.building.page import Page, basis, sentence
from psychometrics.report.person.building.people import Person
from psychometrics.report.person.building.words import percent, plain_number
from psychometrics.responses.missing import MissingReason

REASON = {
    MissingReason.SKIPPED: "missing.skipped",
    MissingReason.DONT_KNOW: "missing.dont_know",
    MissingReason.NOT_APPLICABLE: "missing.not_applicable",
    MissingReason.NOT_REACHED: "missing.not_reached",
    MissingReason.NOT_PRESENTED: "missing.not_presented",
    MissingReason.INVALID: "missing.invalid",
}
LONG_RUN = 6
"""Shorter runs of one option are not mentioned."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answers:
    """What is known of the answers of each person; -1 or nan where a person has no row.

    Attributes
    ----------
    row : ndarray of int, one per person
        Row in the responses; -1 for none.
    n_asked, n_answered, longest_run : ndarray of int, one per row of the responses
        Items that were asked; answered; most consecutive items with the same position of the same option set.
    reasons : ndarray of int, shape (n_reasons, n_rows)
        Missing answers by reason, in the order of ``REASON``.
    seconds : ndarray of float, one per row
        Median seconds per item where the responses carry times; nan where not.
    n_timed : ndarray of int
    """

    row: npt.NDArray[np.intp]
    n_asked: npt.NDArray[np.intp]
    n_answered: npt.NDArray[np.intp]
    longest_run: npt.NDArray[np.intp]
    reasons: npt.NDArray[np.intp]
    seconds: npt.NDArray[np.float64]
    n_timed: npt.NDArray[np.intp]


def answers_of(asked: Asked) -> Answers | None:
    """Count what is to be said of the answers of all people; None without responses."""
    responses = asked.responses
    if responses is None or not responses.n_items:
        return None
    codes = responses.codes
    reasons = np.array([np.count_nonzero(codes == reason.value, axis=0) for reason in REASON])
    not_asked = [
        i
        for i, reason in enumerate(REASON)
        if reason in (MissingReason.NOT_APPLICABLE, MissingReason.NOT_PRESENTED)
    ]
    seconds = _seconds(asked)
    timed = ~np.isnan(seconds)
    middle = np.full(codes.shape[1], nan)
    some = timed.any(axis=0)
    if some.any():
        middle[some] = np.nanmedian(seconds[:, some], axis=0)
    return Answers(
        row=matching_rows(asked.persons, responses.persons),
        n_asked=codes.shape[0] - reasons[not_asked].sum(axis=0),
        n_answered=np.count_nonzero(codes >= 0, axis=0),
        longest_run=_longest_runs(asked),
        reasons=reasons,
        seconds=middle,
        n_timed=timed.sum(axis=0),
    )


def matching_rows(wanted: pa.Table, there: pa.Table) -> npt.NDArray[np.intp]:
    """Return the row of each wanted person (and occasion, where both have one) in another table; -1 for none."""
    keys = [name for name in KEYS if name in wanted.column_names and name in there.column_names]
    place = {key: i for i, key in enumerate(_keys(there, keys))}
    return np.array([place.get(key, -1) for key in _keys(wanted, keys)], np.intp)


def _keys(table: pa.Table, names: list[str]) -> list[tuple[Any, ...]]:
    return list(zip(*(table.column(name).to_pylist() for name in names), strict=True))


def _longest_runs(asked: Asked) -> npt.NDArray[np.intp]:
    """Return the longest run of the same position among consecutive items that share their options."""
    responses = asked.responses
    if responses is None:
        return np.empty(0, np.intp)
    codes, items = responses.codes, responses.instrument.items
    run = np.zeros(codes.shape[1], np.intp)
    longest = run.copy()
    for i, item in enumerate(items):
        alike = i > 0 and items[i - 1].codes == item.codes and items[i - 1].labels == item.labels
        same = (codes[i] == codes[i - 1]) if alike else np.zeros(codes.shape[1], np.bool_)
        run = np.where(codes[i] < 0, 0, np.where(same, run + 1, 1))
        longest = np.maximum(longest, run)
    return longest


def _seconds(asked: Asked) -> npt.NDArray[np.float64]:
    """Return seconds per item, shape (n_items, n_rows), from the person columns ``seconds_<item>`` or ``<item>_seconds``.

    0 is no time: a browser without scripts measures none.
    """
    responses = asked.responses
    if responses is None:
        return np.empty((0, 0))
    out = np.full(responses.codes.shape, nan)
    for i, item_id in enumerate(responses.instrument.item_ids):
        for name in (f"seconds_{item_id}", f"{item_id}_seconds"):
            if name in responses.persons.column_names:
                column = responses.persons.column(name)
                if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
                    values = column.cast(pa.float64(), safe=False).to_numpy()
                    out[i] = np.where(np.isfinite(values) & (values > 0), values, nan)
    return out


def quality(page: Page, person: Person, answers: Answers | None) -> tuple[Sentence, ...]:
    """Say how complete the answers are and how they came about."""
    items = basis("definition", "items")
    if not page.instrument.items:
        return ()
    if answers is None:
        return (sentence(page.say("quality.no_responses"), items),)
    row = int(answers.row[person.row])
    if row < 0:
        return (sentence(page.say("quality.no_row"), items),)
    return tuple(sentence(text, basis("response", "all")) for text in _facts(page, answers, row))


def _facts(page: Page, answers: Answers, row: int) -> list[str]:
    asked, answered = int(answers.n_asked[row]), int(answers.n_answered[row])
    if not asked:
        return [page.say("quality.nothing_asked")]
    share = percent(answered, asked)
    if answered == asked:
        said = [page.say("quality.complete", n=asked)]
    else:
        said = [page.say("quality.answered", answered=answered, n=asked, share=share)]
    missing = [
        page.say("quality.reason", n=int(count), reason=page.say(REASON[reason]))
        for reason, count in zip(REASON, answers.reasons[:, row], strict=True)
        if count
    ]
    if missing:
        said.append(page.say("quality.missing", reasons="; ".join(missing)))
    if not isnan(answers.seconds[row]):
        seconds, timed = plain_number(float(answers.seconds[row]), 1), int(answers.n_timed[row])
        said.append(page.say("quality.seconds", seconds=seconds, n=timed))
    run = int(answers.longest_run[row])
    if run >= LONG_RUN and 2 * run >= answered:
        said.append(page.say("quality.run", run=run, n=answered))
    return said
