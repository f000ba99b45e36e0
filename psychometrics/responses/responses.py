"""Responses: who answered what, as a small block of exact option positions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from psychometrics.errors import Problem, ResponsesError
from psychometrics.instrument import Instrument, load_instrument
from psychometrics.responses.answers import DECLARE, code_answers, coding_notes, column_problems, renamed
from psychometrics.responses.misreadings import misreading
from psychometrics.responses.missing import MissingCodes, declared_missing
from psychometrics.responses.persons import person_table
from psychometrics.responses.tables import Table, digest_table, load_table
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
        Text is kept letter by letter, and the cells of a CSV file are text: ``007`` and ``1001.0`` stay so. A whole
        number is written without decimals whatever type held it: 1001.0 in Parquet or pandas is ``1001``. Null, nan
        and empty text are no person id, which is an error.
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
    table = loaded.table.rename_columns(renamed(loaded.table.column_names, rename, loaded.where))
    missing = declared_missing(missing_codes, instrument.definition.missing_codes)
    problems = column_problems(table.column_names, instrument, missing, missing_columns)
    coded = code_answers(table, instrument, missing, loaded.missing_ranges)
    persons, notes, person_problems = person_table(table, person, occasion, exclude=set(instrument.item_ids))
    problems += person_problems
    if invalid == "error":
        problems += coded.unknown
    if problems:
        hint = misreading(coded.misread)
        raise _refused(loaded.where, instrument, problems, coded.n_invalid, hint)
    options = {"missing_codes": str(dict(missing)), "invalid": invalid, "missing_columns": missing_columns}
    return Responses(
        instrument=instrument,
        codes=coded.codes,
        persons=persons,
        n_invalid=coded.n_invalid,
        notes=(*notes, *coding_notes(coded.n_anyway, coded.n_invalid)),
        source=Source(
            instrument=instrument.name,
            fingerprint=instrument.fingerprint,
            input_sha256=loaded.sha256 or digest_table(persons, coded.codes.data),
            options=tuple(sorted(options.items())),
            package_version=VERSION,
        ),
    )


def _refused(
    where: str, instrument: Instrument, problems: list[Problem], n_invalid: int, seen: str
) -> ResponsesError:
    hint = seen
    if n_invalid and not seen:
        hint = DECLARE
    plural = "problem" if len(problems) == 1 else "problems"
    return ResponsesError(
        f"{where}: {len(problems)} {plural} in the responses to {instrument.name} (rows count from 1 below the header)",
        problems=problems,
        hint=hint,
        facts={"n_invalid": n_invalid, "columns": [problem.where for problem in problems]},
    )
