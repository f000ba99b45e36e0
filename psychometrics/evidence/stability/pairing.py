"""Persons matched over occasions: by person_id for Scores, by position for arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from psychometrics.errors import EstimationError, Problem
from psychometrics.evidence.matrix import Floats, as_matrix, as_vector
from psychometrics.evidence.stability.dates import Dates
from psychometrics.instrument import Instrument
from psychometrics.result import Source
from psychometrics.scoring import Scores


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Matched:
    """Scores of the same persons on two or more occasions.

    Attributes
    ----------
    tables : dict of str to ndarray of float64, shape (n_persons, n_occasions)
        Per scale; the key is empty for arrays. Nan where there is no score.
    present : ndarray of bool, shape (n_persons, n_occasions)
        Who was there, with a score or not.
    dates : ndarray of float64, shape (n_persons, n_occasions), or None
        In days from some day; nan where not known.
    date_column : str
        Where the dates come from; empty when not known or given as days.
    date_note : str
        Why there are no dates.
    person_ids : pyarrow.Array or None
    instrument : Instrument or None
    source : Source
    """

    tables: dict[str, Floats]
    present: npt.NDArray[np.bool_]
    dates: Floats | None
    date_column: str = ""
    date_note: str = ""
    person_ids: pa.Array | None = None
    instrument: Instrument | None = None
    source: Source = field(default_factory=Source)

    @property
    def n_occasions(self) -> int:
        """Occasions."""
        return int(self.present.shape[1])

    def days(self, i: int, j: int) -> Floats | None:
        """Days from occasion ``i`` to ``j`` of each person."""
        return None if self.dates is None else np.asarray(self.dates[:, j] - self.dates[:, i])


def match_arrays(occasions: Sequence[Any], days: Any) -> Matched:
    """Return arrays of scores side by side, paired by position.

    Raises
    ------
    EstimationError
        Lengths differ; text or infinities; days of another shape.
    """
    columns = [as_vector(one, _name(place)) for place, one in enumerate(occasions)]
    sizes = [len(column) for column in columns]
    if len(set(sizes)) > 1:
        what = ", ".join(f"{_name(place)} has {size:,}" for place, size in enumerate(sizes))
        raise EstimationError(
            f"the occasions differ in length: {what}",
            hint="Give the same persons in the same order, nan where missing.",
        )
    table = np.column_stack(columns)
    return Matched(tables={"": table}, present=~np.isnan(table), dates=_given_days(days, table.shape))


def match_scores(occasions: Sequence[Scores], dates: Dates | None = None) -> Matched:
    """Return the scores of all persons of any occasion, matched by ``person_id``; with their dates where given.

    Raises
    ------
    EstimationError
        Different instruments; a person twice on one occasion, each named; nobody on two occasions.
    """
    _refuse_other_instruments(occasions)
    _refuse_doubles(occasions)
    ids = [one.persons.column("person_id").combine_chunks().cast(pa.string()) for one in occasions]
    everyone = pc.unique(pa.concat_arrays(ids))
    rows = [pc.index_in(one, everyone).to_numpy(zero_copy_only=False).astype(np.intp) for one in ids]
    shape = (len(everyone), len(occasions))
    present = np.zeros(shape, dtype=np.bool_)
    for place, row in enumerate(rows):
        present[row, place] = True
    if not (present.sum(axis=1) > 1).any():
        hint = "Persons are paired by person_id; check that it is the same on both."
        raise EstimationError("nobody is on both occasions", hint=hint)
    return Matched(
        tables={
            scale_id: _spread([one.of(scale_id) for one in occasions], rows, shape)
            for scale_id in occasions[0].scale_ids
        },
        present=present,
        dates=None if dates is None or dates.days is None else _spread(dates.days, rows, shape),
        date_column="" if dates is None else dates.column,
        date_note="" if dates is None else dates.note,
        person_ids=everyone,
        instrument=occasions[0].instrument,
        source=occasions[0].source,
    )


def _spread(
    columns: Sequence[Floats], rows: Sequence[npt.NDArray[np.intp]], shape: tuple[int, int]
) -> Floats:
    table = np.full(shape, np.nan, order="F")
    for place, (column, row) in enumerate(zip(columns, rows, strict=True)):
        table[row, place] = column
    return table


def _name(place: int) -> str:
    return {0: "first", 1: "second", 2: "third"}.get(place, f"occasion {place + 1}")


def _refuse_other_instruments(occasions: Sequence[Scores]) -> None:
    one = occasions[0].instrument
    for other in occasions[1:]:
        if other.instrument.fingerprint != one.fingerprint:
            raise EstimationError(f"{one.name} and {other.instrument.name} are not the same instrument")


def _refuse_doubles(occasions: Sequence[Scores]) -> None:
    problems = []
    for place, one in enumerate(occasions):
        ids = one.persons.column("person_id").combine_chunks().cast(pa.string())
        if len(pc.unique(ids)) == len(ids):
            continue
        counts = pc.value_counts(ids)
        for entry in counts.filter(pc.greater(counts.field("counts"), 1)).to_pylist():
            where = np.flatnonzero(pc.equal(ids, entry["values"]).to_numpy(zero_copy_only=False)) + 1
            problems.append(
                Problem(
                    where=f'{_name(place)}, person "{entry["values"]}"',
                    what="stands twice",
                    rows=tuple(where),
                )
            )
    if problems:
        which = " and ".join(sorted({problem.where.split(",")[0] for problem in problems}))
        raise EstimationError(
            f"a person stands twice on the {which} occasion",
            problems=problems,
            hint="Give one row per person on each occasion.",
        )


def _given_days(days: Any, shape: tuple[int, int]) -> Floats | None:
    if days is None:
        return None
    n_persons, n_occasions = shape
    one = n_occasions == 2 and np.ndim(days) < 2
    given = as_vector(days, "days")[:, None] if one else as_matrix(days)
    if given.shape != (n_persons, n_occasions - 1):
        expected = f"{n_persons:,} persons" + (
            f" by {n_occasions - 1} later occasions" if n_occasions > 2 else ""
        )
        raise EstimationError(
            f"days has the shape {given.shape}; expected {expected}",
            hint="Give the days since the first occasion, one per person and later occasion.",
        )
    return np.column_stack([np.zeros(n_persons), given])
