"""Responses: who answered what, as a small block of exact option positions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from psychometrics.errors import Problem, ResponsesError, did_you_mean
from psychometrics.instrument import Instrument, load_instrument
from psychometrics.responses.branching import apply_branches
from psychometrics.responses.coding import UNKNOWN, code_column, describe_unknown
from psychometrics.responses.misreadings import Misread, misreading
from psychometrics.responses.missing import MissingCodes, MissingReason, declared_missing
from psychometrics.responses.persons import person_table
from psychometrics.responses.tables import LoadedTable, Table, digest_table, load_table
from psychometrics.result import Result, Source
from psychometrics.version import VERSION


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Responses(Result):
    """What was answered.

    Attributes
    ----------
    instrument : Instrument
        What was asked.
    codes : ndarray of int8, shape (n_items, n_rows)
        Item-major: the position of the chosen option, or a negative :class:`MissingReason`. One column per person
        and occasion.
    persons : pyarrow.Table
        ``person_id``, ``occasion`` where there is one, and every other column of the table as it came.
    n_invalid : int
        Cells that fitted no option and were made missing by ``invalid="missing"``.
    notes : tuple of str
        What a reader of the scores should know about how the data were read.
    """

    instrument: Instrument
    codes: npt.NDArray[np.int8]
    persons: pa.Table
    n_invalid: int = 0
    notes: tuple[str, ...] = ()
    source: Source

    @property
    def n_rows(self) -> int:
        """Number of person-occasions."""
        return int(self.codes.shape[1])

    @property
    def n_items(self) -> int:
        """Number of items."""
        return int(self.codes.shape[0])

    def columns(self) -> Mapping[str, Any]:
        """Person columns, then one column of raw codes per item; a blank for a missing response."""
        return {
            **{name: self.persons.column(name) for name in self.persons.column_names},
            **{
                item.id: _decode(row, item.codes)
                for item, row in zip(self.instrument.items, self.codes, strict=True)
            },
        }

    def select(self, rows: npt.NDArray[Any]) -> Responses:
        """Return the responses of some rows: a mask or positions."""
        positions = np.flatnonzero(rows) if rows.dtype == bool else rows
        return Responses(
            instrument=self.instrument,
            codes=np.ascontiguousarray(self.codes[:, positions]),
            persons=self.persons.take(pa.array(positions)),
            notes=self.notes,
            source=self.source,
        )

    def __repr__(self) -> str:
        return f"<Responses to {self.instrument.name}: {self.n_rows:,} rows, {self.n_items} items>"


def _decode(row: npt.NDArray[np.int8], codes: tuple[int | str, ...]) -> pa.Array:
    return pa.array(list(codes)).take(pa.array(np.where(row >= 0, row, 0).astype(np.int32), mask=row < 0))


def read_responses(
    source: Table,
    instrument: Instrument | str,
    *,
    person: str = "person_id",
    occasion: str = "occasion",
    rename: Mapping[str, str] | None = None,
    missing_codes: MissingCodes | None = None,
    invalid: Literal["error", "missing"] = "error",
    missing_columns: Literal["error", "not_presented"] = "error",
) -> Responses:
    """Read responses, one row per person (and occasion), one column per item.

    Parameters
    ----------
    source : path or frame
        CSV, TSV, Parquet, Feather or SPSS file (``-`` is standard input), any eager pandas, polars or pyarrow
        frame, or a mapping of columns. An empty cell is a skipped item; every other missing code must be declared.
    instrument : Instrument or str
        What was asked.
    person, occasion : str
        Names of the columns that say who and when. Without the first, rows are numbered and a note says so.
    rename : mapping, optional
        Column name in the data to item id.
    missing_codes : mapping or list, optional
        Codes that mean "no answer", with their reason: ``{0: "skipped", 9: "dont_know"}``; a list means skipped.
    invalid : {"error", "missing"}
        What happens to a cell that fits no option: an error that lists all, or missing with the reason
        ``invalid``, counted in ``n_invalid``.
    missing_columns : {"error", "not_presented"}
        What happens when an item has no column.

    Returns
    -------
    Responses

    Raises
    ------
    ResponsesError
        Lists every unknown code, missing column, unknown item and duplicated person with its rows
        (counted from 1 below the header).

    Examples
    --------
    >>> import psychometrics as pm
    >>> table = {"person_id": ["a", "b"], **{f"q{i}": [0, 3] for i in range(1, 8)}}
    >>> pm.read_responses(table, "gad-7")
    <Responses to gad-7@1.0.0: 2 rows, 7 items>
    """
    if isinstance(instrument, str | Path):
        instrument = load_instrument(instrument)
    loaded = load_table(source, text=(person, occasion))
    table = _renamed(loaded, rename)
    missing = declared_missing(missing_codes, instrument.definition.missing_codes)
    problems = [
        *_column_problems(table, instrument, missing_columns),
        *_missing_code_problems(instrument, missing),
    ]
    codes, unknown, misread = _code_all(table, instrument, missing, loaded)
    persons, notes, person_problems = person_table(table, person, occasion, exclude=set(instrument.item_ids))
    problems += person_problems
    n_invalid = int(np.count_nonzero(codes == UNKNOWN))
    if invalid == "error":
        problems += unknown
    if problems:
        raise _refused(loaded.where, instrument, problems, n_invalid, misreading(misread))
    codes[codes == UNKNOWN] = MissingReason.INVALID.value
    anyway = apply_branches(instrument, codes)
    if anyway:
        notes.append(
            f"{anyway:,} answers were given to items that the branching had skipped; they count as answers"
        )
    if n_invalid:
        notes.append(f"{n_invalid:,} cells fitted no option and were made missing")
    options = {"missing_codes": str(dict(missing)), "invalid": invalid, "missing_columns": missing_columns}
    return Responses(
        instrument=instrument,
        codes=codes,
        persons=persons,
        n_invalid=n_invalid,
        notes=tuple(notes),
        source=Source(
            instrument=instrument.name,
            fingerprint=instrument.fingerprint,
            input_sha256=loaded.sha256 or digest_table(persons, codes.data),
            options=tuple(sorted(options.items())),
            package_version=VERSION,
        ),
    )


def _refused(
    where: str, instrument: Instrument, problems: list[Problem], n_invalid: int, seen: str
) -> ResponsesError:
    hint = seen
    if n_invalid and not seen:
        hint = (
            "If such a value means that there is no answer, declare it: missing_codes (on the command line "
            '--missing-code). To go on with these cells as missing: invalid="missing".'
        )
    plural = "problem" if len(problems) == 1 else "problems"
    return ResponsesError(
        f"{where}: {len(problems)} {plural} in the responses to {instrument.name} (rows count from 1 below the header)",
        problems=problems,
        hint=hint,
        facts={"n_invalid": n_invalid, "columns": [problem.where for problem in problems]},
    )


def _renamed(loaded: LoadedTable, rename: Mapping[str, str] | None) -> pa.Table:
    table = loaded.table
    absent = sorted(set(rename or {}) - set(table.column_names))
    if absent:
        problems = [
            Problem(where=name, what="no such column to rename", hint=did_you_mean(name, table.column_names))
            for name in absent
        ]
        raise ResponsesError(f"{loaded.where}: rename names columns that are not there", problems=problems)
    return table.rename_columns([(rename or {}).get(name, name) for name in table.column_names])


def _column_problems(table: pa.Table, instrument: Instrument, missing_columns: str) -> list[Problem]:
    names = table.column_names
    absent = [item_id for item_id in instrument.item_ids if item_id not in names]
    others = [name for name in names if name not in instrument.item_ids]
    problems = []
    if absent and missing_columns == "error":
        problems = [
            Problem(where=item_id, what="no column for this item", hint=_near_column(item_id, others))
            for item_id in absent
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


def _missing_code_problems(instrument: Instrument, missing: Mapping[str, int]) -> list[Problem]:
    clashes: dict[str, list[str]] = {}
    for item in instrument.items:
        for code in item.codes:
            if str(code) in missing:
                clashes.setdefault(str(code), []).append(item.id)
    return [
        Problem(
            where=f"missing code {code}",
            what=f"is also an option of {', '.join(ids[:8])}{', …' if len(ids) > 8 else ''}",
        )
        for code, ids in clashes.items()
    ]


def _code_all(
    table: pa.Table, instrument: Instrument, missing: Mapping[str, int], loaded: LoadedTable
) -> tuple[npt.NDArray[np.int8], list[Problem], list[Misread]]:
    codes = np.full((len(instrument.items), table.num_rows), MissingReason.NOT_PRESENTED.value, np.int8)
    problems, misread = [], []
    for row, item in zip(codes, instrument.items, strict=True):
        if item.id in table.column_names:
            column = table.column(item.id)
            row[:] = code_column(column, item.codes, missing, loaded.missing_ranges.get(item.id, ()))
            if np.any(row == UNKNOWN):
                problems.append(describe_unknown(item.id, column, row, item.codes))
                misread.append(Misread(column=column, found=row.copy(), codes=item.codes))
    return codes, problems, misread
