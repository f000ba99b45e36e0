"""A batch of a table becomes responses, by the rules of reading that hold for the whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from psychometrics.errors import Problem, ResponsesError, did_you_mean
from psychometrics.instrument import Instrument
from psychometrics.responses import Responses
from psychometrics.responses.answers import DECLARE, code_answers, column_problems, renamed
from psychometrics.responses.misreadings import misreading
from psychometrics.responses.tables import as_text
from psychometrics.result import Source
from psychometrics.runs.keys import Keys, keys_of
from psychometrics.runs.strata import Strata
from psychometrics.version import VERSION

MOST_ROWS = 1_000
Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a batch stands: its partition, its rows in the file, its rows in the whole source."""

    partition: str
    row_in_file: int = 0
    first_row: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReadBatch:
    """Responses of a batch, and what a run needs beside them."""

    responses: Responses
    keys: Keys
    labels: Mapping[str, pa.Array]
    n_invalid: int
    n_anyway: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How tables are read: the same for every batch; can be sent to another process.

    Attributes
    ----------
    instrument : Instrument
    person, occasion : str
        Columns that say who and when.
    rename : mapping
        Column in the data to item id.
    missing : mapping
        Declared missing code (as text) to negative code.
    invalid : {"error", "missing"}
    missing_columns : {"error", "not_presented"}
    columns : tuple of str
        Person columns to keep beside the scores.
    strata : Strata
        What divides the norm sample.
    placed_by : tuple of str
        Person columns that the norms need to place scores.
    """

    instrument: Instrument
    person: str = "person_id"
    occasion: str = "occasion"
    rename: Mapping[str, str]
    missing: Mapping[str, int]
    invalid: Literal["error", "missing"] = "error"
    missing_columns: Literal["error", "not_presented"] = "error"
    columns: tuple[str, ...] = ()
    strata: Strata
    placed_by: tuple[str, ...] = ()

    @property
    def kept(self) -> tuple[str, ...]:
        """Person columns that are read beside who and when."""
        own = (*self.columns, *self.strata.columns, *self.placed_by)
        return tuple(name for name in dict.fromkeys(own) if name not in {self.person, self.occasion})

    @property
    def guessed(self) -> tuple[str, ...]:
        """Return the columns of answers, as the data call them."""
        return self.in_data(self.instrument.item_ids)

    def in_data(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return the names of columns as the data call them."""
        turned = {name: column for column, name in self.rename.items()}
        return tuple(turned.get(name, name) for name in names)

    def wanted(self, names: Sequence[str]) -> list[str]:
        """Return the columns to read, as the data call them."""
        items = set(self.instrument.item_ids)
        needed = items | {self.person, self.occasion} | set(self.kept)
        return [name for name in names if self.rename.get(name, name) in needed]

    def settings(self) -> dict[str, object]:
        """Return all that decides what is read, as plain data."""
        return {
            "instrument": self.instrument.name,
            "fingerprint": self.instrument.fingerprint,
            "person": self.person,
            "occasion": self.occasion,
            "rename": dict(self.rename),
            "missing_codes": dict(self.missing),
            "invalid": self.invalid,
            "missing_columns": self.missing_columns,
            "columns": list(self.columns),
            "strata": [str(one) for one in self.strata.given],
        }

    def options(self) -> tuple[tuple[str, str], ...]:
        """Return the options that a source of in-memory responses holds."""
        options = {
            "missing_codes": str(dict(self.missing)),
            "invalid": self.invalid,
            "missing_columns": self.missing_columns,
        }
        return tuple(sorted(options.items()))

    def check(self, fields: Mapping[str, pa.DataType]) -> list[Problem]:
        """Return what is wrong with the columns of a partition."""
        try:
            names = renamed(list(fields), self.rename, "")
        except ResponsesError as error:
            return list(error.problems)
        problems = column_problems(names, self.instrument, self.missing, self.missing_columns)
        twice = sorted({name for name in names if names.count(name) > 1})
        problems += [Problem(where=name, what="two columns have this name") for name in twice]
        return problems + [
            Problem(where=name, what="no such column", hint=did_you_mean(name, names))
            for name in self.kept
            if name not in names
        ]

    def read(self, table: pa.Table, place: Place) -> ReadBatch:
        """Return the responses of a batch.

        Raises
        ------
        ResponsesError
            Cells that fit no option, persons without an id; rows are those of the file.
        """
        table = table.rename_columns([self.rename.get(name, name) for name in table.column_names])
        coded = code_answers(table, self.instrument, self.missing, {})
        persons = self.persons(table, place)
        problems = _blank(persons, self.person)
        if self.invalid == "error":
            problems += coded.unknown
        if problems:
            raise ResponsesError(
                f"{len(problems)} problems in the responses to {self.instrument.name}",
                problems=[_moved(one, place.row_in_file) for one in problems],
                hint=misreading(coded.misread) or (DECLARE if coded.unknown else ""),
            )
        responses = Responses(
            instrument=self.instrument,
            codes=coded.codes,
            persons=persons,
            n_invalid=coded.n_invalid,
            source=self.source(),
        )
        return ReadBatch(
            responses=responses,
            keys=keys_of(persons, table.column(self.person) if self.person in table.column_names else None),
            labels=self.strata.labels(persons),
            n_invalid=coded.n_invalid,
            n_anyway=coded.n_anyway,
        )

    def source(self) -> Source:
        """Return where responses came from, but for the digest, which only the whole has."""
        return Source(
            instrument=self.instrument.name,
            fingerprint=self.instrument.fingerprint,
            options=self.options(),
            package_version=VERSION,
        )

    def counted_source(self) -> Source:
        """Return the source of counts."""
        return Source(
            instrument=self.instrument.name,
            fingerprint=self.instrument.fingerprint,
            package_version=VERSION,
        )

    def persons(self, table: pa.Table, place: Place) -> pa.Table:
        """Return who answered, and when, with the columns to keep."""
        columns: dict[str, pa.ChunkedArray | pa.Array] = {}
        if self.person in table.column_names:
            columns["person_id"] = as_text(table.column(self.person))
        elif place.first_row is None:
            raise ResponsesError(
                f'no column "{self.person}", and persons cannot be numbered: the rows before are not counted',
                hint="Name the column that says who: person=.",
            )
        else:
            numbers = np.arange(place.first_row + 1, place.first_row + 1 + table.num_rows)
            columns["person_id"] = pa.array(numbers).cast(pa.string())
        if self.occasion in table.column_names:
            columns["occasion"] = as_text(table.column(self.occasion))
        columns |= {name: table.column(name) for name in self.kept if name in table.column_names}
        return pa.table(columns)


def _blank(persons: pa.Table, person: str) -> list[Problem]:
    column = persons.column("person_id")
    if not column.null_count:
        return []
    rows = np.flatnonzero(pc.is_null(column).to_numpy(zero_copy_only=False))
    return [Problem(where=person, what="no person id", rows=tuple((rows + 1).tolist()))]


def _moved(one: Problem, before: int) -> Problem:
    """Count the rows from the start of the file; of very many the first thousand."""
    rows = tuple(row + before for row in one.rows[:MOST_ROWS])
    return replace(one, rows=rows)
