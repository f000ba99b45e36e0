"""Ratings: what raters judged, one row per person, criterion and rater."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from psychometrics.errors import Problem, ResponsesError, did_you_mean
from psychometrics.instrument import Criterion, Instrument, load_instrument
from psychometrics.responses.coding import UNKNOWN, code_column, describe_unknown
from psychometrics.responses.missing import MissingCodes, declared_missing, taken_codes
from psychometrics.responses.persons import row_keys
from psychometrics.responses.tables import LoadedTable, Table, as_text, digest_table, load_table
from psychometrics.result import Result, Source
from psychometrics.version import VERSION

REQUIRED = ("person_id", "item_id", "criterion_id", "rater_id", "level")
PROBLEMS_SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ratings(Result):
    """What raters judged; any design (crossed, nested, partly double-rated).

    Attributes
    ----------
    instrument : Instrument
        What was asked.
    person_index, criterion_index, rater_index : ndarray of int32, shape (n_ratings,)
        Positions in ``persons``, in ``instrument.criteria`` and in ``rater_ids``.
    levels : ndarray of int8, shape (n_ratings,)
        Position of the level in its criterion, 0 is the lowest.
    persons : pyarrow.Table
        ``person_id`` and ``occasion`` where there is one, each pair once.
    rater_ids : tuple of str
        The raters.
    n_blank : int
        Rows without a level: asked for, not given; they are no ratings.
    """

    instrument: Instrument
    person_index: npt.NDArray[np.int32]
    criterion_index: npt.NDArray[np.int32]
    rater_index: npt.NDArray[np.int32]
    levels: npt.NDArray[np.int8]
    persons: pa.Table
    rater_ids: tuple[str, ...]
    n_blank: int = 0
    source: Source

    def select(self, persons: npt.NDArray[np.bool_]) -> Ratings:
        """Return the ratings of some rows of ``persons``; the raters stay all of them."""
        mine = persons[self.person_index]
        place = np.cumsum(persons, dtype=np.int32) - 1
        return replace(
            self,
            person_index=place[self.person_index[mine]].astype(np.int32),
            criterion_index=self.criterion_index[mine],
            rater_index=self.rater_index[mine],
            levels=self.levels[mine],
            persons=self.persons.filter(pa.array(persons)),
        )

    def columns(self) -> Mapping[str, Any]:
        """One row per rating."""
        criteria = self.instrument.criteria
        items = pa.array([criterion.item_id for criterion in criteria])
        names = pa.array([criterion.criterion_id for criterion in criteria])
        levels = [
            str(criteria[c].codes[level]) for c, level in zip(self.criterion_index, self.levels, strict=True)
        ]
        people = self.persons.take(pa.array(self.person_index))
        return {
            **{name: people.column(name) for name in people.column_names},
            "item_id": items.take(pa.array(self.criterion_index)),
            "criterion_id": names.take(pa.array(self.criterion_index)),
            "rater_id": pa.array(self.rater_ids).take(pa.array(self.rater_index)),
            "level": pa.array(levels),
        }

    def __repr__(self) -> str:
        return (
            f"<Ratings of {self.instrument.name}: {len(self.levels):,} ratings of {self.persons.num_rows:,} "
            f"person-occasions by {len(self.rater_ids)} raters>"
        )


def read_ratings(
    source: Table, instrument: Instrument | str, *, missing_codes: MissingCodes | None = None
) -> Ratings:
    """Read ratings in long form: person_id, item_id, criterion_id, rater_id, level, and occasion where there is one.

    Parameters
    ----------
    source : path or frame
        As in :func:`read_responses`; ids are written in the same way.
    instrument : Instrument or str
        What was asked; its rubric criteria say which levels there are.
    missing_codes : mapping or list, optional
        Codes in ``level`` that mean "not rated"; no criterion may have them as a level.

    Returns
    -------
    Ratings

    Raises
    ------
    ResponsesError
        Lists missing columns, unknown tasks and criteria, levels that no criterion has, a rater who rated the
        same thing twice, and criteria nobody rated.
    """
    if isinstance(instrument, str | Path):
        instrument = load_instrument(instrument)
    if not instrument.criteria:
        raise ResponsesError(f"{instrument.name} has no rubric tasks, so there is nothing to rate")
    loaded = load_table(source, text=(*REQUIRED, "occasion"))
    return code_ratings(loaded, instrument, missing_codes)


def code_ratings(
    loaded: LoadedTable,
    instrument: Instrument,
    missing_codes: MissingCodes | None = None,
    *,
    whole: bool = True,
) -> Ratings:
    """Return the ratings of a table; where it is not the whole one, criteria that nobody rated here are no fault."""
    table = loaded.table
    _require_columns(loaded.where, table)
    keys = {
        name: as_text(table.column(name))
        for name in (*REQUIRED[:4], "occasion")
        if name in table.column_names
    }
    problems = list(_blank_problems(keys))
    criterion_index, unknown = _criterion_index(instrument, keys["item_id"], keys["criterion_id"])
    problems += unknown
    missing = declared_missing(missing_codes, instrument.definition.missing_codes)
    problems += taken_codes(missing, instrument.criteria, "a level")
    levels = np.full(table.num_rows, -1, np.int8)
    for position, criterion in enumerate(instrument.criteria):
        problems += _code_levels(
            table.column("level"), np.flatnonzero(criterion_index == position), criterion, missing, levels
        )
    problems += _duplicate_problems(keys)
    if whole:
        problems += unrated(instrument, criterion_index[levels >= 0])
    if problems:
        raise _refused(loaded.where, instrument, problems)
    return _build(
        instrument, keys, criterion_index, levels, loaded.sha256 or digest_table(pa.table(keys), levels.data)
    )


def _build(
    instrument: Instrument,
    keys: dict[str, pa.ChunkedArray],
    criterion_index: npt.NDArray[np.int32],
    levels: npt.NDArray[np.int8],
    digest: str,
) -> Ratings:
    given = levels >= 0
    who = {name: keys[name] for name in ("person_id", "occasion") if name in keys}
    _, first, person_index = np.unique(row_keys(*who.values()), return_index=True, return_inverse=True)
    raters = pc.dictionary_encode(keys["rater_id"]).combine_chunks()
    rater_ids = raters.dictionary.to_pylist()
    order = sorted(range(len(rater_ids)), key=rater_ids.__getitem__)
    place = np.empty(len(order), np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    return Ratings(
        instrument=instrument,
        person_index=person_index[given].astype(np.int32),
        criterion_index=criterion_index[given],
        rater_index=place[raters.indices.to_numpy(zero_copy_only=False)][given],
        levels=levels[given],
        persons=pa.table(who).take(pa.array(first)),
        rater_ids=tuple(rater_ids[i] for i in order),
        n_blank=int(np.count_nonzero(~given)),
        source=Source(
            instrument=instrument.name,
            fingerprint=instrument.fingerprint,
            input_sha256=digest,
            package_version=VERSION,
        ),
    )


def _require_columns(where: str, table: pa.Table) -> None:
    absent = [name for name in REQUIRED if name not in table.column_names]
    if absent:
        problems = [
            Problem(where=name, what="no such column", hint=did_you_mean(name, table.column_names))
            for name in absent
        ]
        raise ResponsesError(f"{where}: ratings need the columns {', '.join(REQUIRED)}", problems=problems)


def _blank_problems(keys: dict[str, pa.ChunkedArray]) -> Iterator[Problem]:
    for name in REQUIRED[:4]:
        rows = np.flatnonzero(pc.is_null(keys[name]).to_numpy())
        if len(rows):
            yield Problem(
                where=name, what="blank", expected="a name in every row", rows=tuple((rows + 1).tolist())
            )


def _criterion_index(
    instrument: Instrument, items: pa.ChunkedArray, criteria: pa.ChunkedArray
) -> tuple[npt.NDArray[np.int32], list[Problem]]:
    joined = pc.binary_join_element_wise(items, criteria, ".")
    index = pc.index_in(joined, pa.array(instrument.criterion_ids)).fill_null(-1).to_numpy().astype(np.int32)
    problems = []
    wrong = np.flatnonzero(index < 0)
    for name in dict.fromkeys(joined.take(pa.array(wrong)).to_pylist()):
        if name is not None:
            rows = np.flatnonzero(pc.equal(joined, name).fill_null(fill_value=False).to_numpy())
            hint = did_you_mean(name, instrument.criterion_ids)
            problems.append(
                Problem(
                    where=f'item_id and criterion_id "{name}"',
                    what="no such criterion",
                    hint=hint,
                    rows=tuple((rows + 1).tolist()),
                )
            )
    return index, problems


def _code_levels(
    column: pa.ChunkedArray,
    rows: npt.NDArray[np.intp],
    criterion: Criterion,
    missing: Mapping[str, int],
    levels: npt.NDArray[np.int8],
) -> Iterator[Problem]:
    cells = column.take(pa.array(rows))
    found = code_column(cells, criterion.codes, missing)
    levels[rows] = np.where(found == UNKNOWN, -1, found)
    if np.any(found == UNKNOWN):
        local = describe_unknown(f"level of {criterion.id}", cells, found, criterion.codes)
        there = tuple((rows[found == UNKNOWN] + 1).tolist())
        yield Problem(where=local.where, what=local.what, expected=local.expected, rows=there)


def _duplicate_problems(keys: dict[str, pa.ChunkedArray]) -> Iterator[Problem]:
    codes = row_keys(*keys.values())
    values, counts = np.unique(codes, return_counts=True)
    for value in values[counts > 1][:PROBLEMS_SHOWN]:
        rows = np.flatnonzero(codes == value)
        first = {name: column[int(rows[0])].as_py() for name, column in keys.items()}
        yield Problem(
            where=f'rater "{first["rater_id"]}", person "{first["person_id"]}", {first["item_id"]}.{first["criterion_id"]}',
            what=f"{len(rows)} ratings",
            expected="one per rater, person, criterion and occasion",
            rows=tuple((rows + 1).tolist()),
        )
    if np.count_nonzero(counts > 1) > PROBLEMS_SHOWN:
        yield Problem(
            where="ratings", what=f"{np.count_nonzero(counts > 1) - PROBLEMS_SHOWN:,} more are given twice"
        )


def _refused(where: str, instrument: Instrument, problems: list[Problem]) -> ResponsesError:
    plural = "problem" if len(problems) == 1 else "problems"
    return ResponsesError(
        f"{where}: {len(problems)} {plural} in the ratings of {instrument.name} (rows count from 1 below the header)",
        problems=problems,
    )


def unrated(instrument: Instrument, rated: npt.NDArray[np.int32]) -> Iterator[Problem]:
    """Yield the criteria that nobody rated."""
    counts = np.bincount(rated, minlength=len(instrument.criteria))
    for criterion, count in zip(instrument.criteria, counts, strict=True):
        if count == 0:
            yield Problem(
                where=criterion.id,
                what="nobody rated this criterion",
                expected="at least one rating in the table",
            )
