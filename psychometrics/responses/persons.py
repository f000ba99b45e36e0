"""The columns that say who answered, and when; each person at most once per occasion."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from psychometrics.errors import Problem
from psychometrics.responses.tables import as_text

DUPLICATES_SHOWN = 200


def person_table(
    table: pa.Table, person: str, occasion: str, *, exclude: AbstractSet[str]
) -> tuple[pa.Table, list[str], list[Problem]]:
    """Return the person columns with ``person_id`` first, notes, and every duplicated or blank person."""
    notes: list[str] = []
    columns: dict[str, pa.ChunkedArray | pa.Array] = {}
    if person in table.column_names:
        columns["person_id"] = as_text(table.column(person))
    else:
        columns["person_id"] = pa.array(np.arange(1, table.num_rows + 1)).cast(pa.string())
        notes.append(f'no column "{person}": persons are numbered by row')
    if occasion in table.column_names:
        columns["occasion"] = as_text(table.column(occasion))
    problems = _person_problems(columns, person)
    used = {person, occasion, "person_id", "occasion"} | exclude
    columns |= {name: table.column(name) for name in table.column_names if name not in used}
    return pa.table(columns), notes, problems


def _person_problems(columns: dict[str, pa.ChunkedArray | pa.Array], person: str) -> list[Problem]:
    blank = np.empty(0, np.intp)
    if columns["person_id"].null_count:
        blank = np.flatnonzero(pc.is_null(columns["person_id"]).to_numpy(zero_copy_only=False))
    problems = []
    if len(blank):
        problems.append(Problem(where=person, what="no person id", rows=tuple((blank + 1).tolist())))
    keys = row_keys(*columns.values())
    order = np.argsort(keys, kind="stable")
    same = keys[order][1:] == keys[order][:-1]
    if not same.any():
        return problems
    twice = np.unique(keys[order][1:][same])
    for key in twice[:DUPLICATES_SHOWN]:
        rows = np.flatnonzero(keys == key)
        who = [column[int(rows[0])].as_py() for column in columns.values()]
        if who[0] is None:
            continue
        when = f', occasion "{who[1]}"' if len(who) > 1 else ""
        hint = "" if len(who) > 1 else "If these are several occasions, name their column: occasion."
        problems.append(
            Problem(
                where=f'person "{who[0]}"{when}',
                what=f"{len(rows)} rows",
                expected="one",
                hint=hint,
                rows=tuple((rows + 1).tolist()),
            )
        )
    if len(twice) > DUPLICATES_SHOWN:
        problems.append(
            Problem(where=person, what=f"{len(twice) - DUPLICATES_SHOWN:,} more persons with several rows")
        )
    return problems


def row_keys(*columns: pa.ChunkedArray | pa.Array) -> npt.NDArray[np.int64]:
    """Return one integer per row, equal for rows that hold the same texts in all columns."""
    keys = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        encoded = pc.dictionary_encode(column, null_encoding="encode")
        if isinstance(encoded, pa.ChunkedArray):
            encoded = encoded.combine_chunks()
        keys = keys * len(encoded.dictionary) + encoded.indices.to_numpy(zero_copy_only=False).astype(
            np.int64
        )
    return keys
