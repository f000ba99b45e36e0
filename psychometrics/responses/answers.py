"""The columns of answers of a table, or of a batch of one, become a block of option positions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from psychometrics.errors import Problem, ResponsesError, did_you_mean
from psychometrics.instrument import Instrument
from psychometrics.responses.branching import apply_branches
from psychometrics.responses.coding import UNKNOWN, code_column, describe_unknown
from psychometrics.responses.misreadings import Misread
from psychometrics.responses.missing import MissingReason, taken_codes
from psychometrics.responses.tables import Ranges

DECLARE = (
    "If such a value means that there is no answer, declare it: missing_codes (on the command line "
    '--missing-code). To go on with these cells as missing: invalid="missing".'
)
NOT_ASKED = (
    'Items that were not asked: missing_columns="not_presented" (on the command line --missing-columns '
    "not_presented)."
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Coded:
    """What the answers of some rows came to.

    Attributes
    ----------
    codes : ndarray of int8, shape (n_items, n_rows)
        Option positions and reasons why there is none; a cell that fitted no option is ``INVALID``.
    n_invalid : int
        Cells that fitted no option.
    n_anyway : int
        Answers to items that the branching had skipped.
    unknown : tuple of Problem
        The cells that fitted no option, per column.
    misread : tuple of Misread
        The same columns with their cells.
    """

    codes: npt.NDArray[np.int8]
    n_invalid: int
    n_anyway: int
    unknown: tuple[Problem, ...]
    misread: tuple[Misread, ...]


def code_answers(
    table: pa.Table, instrument: Instrument, missing: Mapping[str, int], ranges: Ranges
) -> Coded:
    """Return the codes of all items; what fits no option is described and becomes ``INVALID``.

    Parameters
    ----------
    table : pyarrow.Table
        A column per item; an item without one was not presented.
    instrument : Instrument
    missing : mapping
        Declared missing code (as text) to negative code.
    ranges : mapping
        User-missing ranges of a column, declared by the file.
    """
    codes = np.empty((len(instrument.items), table.num_rows), np.int8)
    names = set(table.column_names)
    unknown, misread = [], []
    for row, item in zip(codes, instrument.items, strict=True):
        if item.id not in names:
            row[:] = MissingReason.NOT_PRESENTED.value
            continue
        column = table.column(item.id)
        row[:] = code_column(column, item.codes, missing, ranges.get(item.id, ()))
        if len(row) and row.min() == UNKNOWN:
            unknown.append(describe_unknown(item.id, column, row, item.codes))
            misread.append(Misread(column=column, found=row.copy(), codes=item.codes))
    n_invalid = 0
    if unknown:
        gone = codes == UNKNOWN
        n_invalid = int(np.count_nonzero(gone))
        codes[gone] = MissingReason.INVALID.value
    return Coded(
        codes=codes,
        n_invalid=n_invalid,
        n_anyway=apply_branches(instrument, codes),
        unknown=tuple(unknown),
        misread=tuple(misread),
    )


def coding_notes(n_anyway: int, n_invalid: int) -> list[str]:
    """Say what a reader of the scores should know about how answers were coded."""
    notes = []
    if n_anyway:
        notes.append(
            f"{n_anyway:,} answers were given to items that the branching had skipped; they count as answers"
        )
    if n_invalid:
        notes.append(f"{n_invalid:,} cells fitted no option and were made missing")
    return notes


def renamed(names: Sequence[str], rename: Mapping[str, str] | None, where: str) -> list[str]:
    """Return the names of the columns after renaming; refuses names that are not there."""
    absent = sorted(set(rename or {}) - set(names))
    if absent:
        problems = [
            Problem(where=name, what="no such column to rename", hint=did_you_mean(name, names))
            for name in absent
        ]
        raise ResponsesError(f"{where}: rename names columns that are not there", problems=problems)
    return [(rename or {}).get(name, name) for name in names]


def column_problems(
    names: Sequence[str], instrument: Instrument, missing: Mapping[str, int], missing_columns: str
) -> list[Problem]:
    """Return what is wrong with the columns themselves, and with the declared missing codes."""
    return [
        *_columns_of_items(names, instrument, missing_columns),
        *taken_codes(missing, instrument.items, "an option"),
    ]


def _columns_of_items(names: Sequence[str], instrument: Instrument, missing_columns: str) -> list[Problem]:
    absent = [item_id for item_id in instrument.item_ids if item_id not in names]
    others = [name for name in names if name not in instrument.item_ids]
    problems = []
    if absent and missing_columns == "error":
        near = [_near_column(item_id, others) for item_id in absent]
        if "" in near:
            near[near.index("")] = NOT_ASKED  # once will do
        problems = [
            Problem(where=item_id, what="no column for this item", hint=hint)
            for item_id, hint in zip(absent, near, strict=True)
        ]
    prefixes = {re.sub(r"\d+$", "", item_id) for item_id in instrument.item_ids if re.search(r"\d$", item_id)}
    for name in others:
        if re.search(r"\d$", name) and re.sub(r"\d+$", "", name) in prefixes:
            hint = "Take the column out or rename it."
            problems.append(
                Problem(
                    where=name, what=f"looks like an item, but {instrument.name} has none such", hint=hint
                )
            )
    if len(absent) == len(instrument.items) and instrument.items:
        shown = ", ".join(names[:12])
        what = f"none of the {len(absent)} items has a column"
        hint = f"The columns are: {shown}{', …' if len(names) > 12 else ''}. Rename them to the item ids."
        problems = [
            Problem(where="columns", what=what, expected=", ".join(instrument.item_ids[:12]), hint=hint)
        ]
    return problems


def _near_column(item_id: str, others: list[str]) -> str:
    same = [name for name in others if name.lower().strip() == item_id.lower()]
    return f'Rename the column "{same[0]}"?' if same else ""
