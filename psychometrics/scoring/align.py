"""Line up persons who answered with persons who were rated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from psychometrics.errors import Problem, ScoringError
from psychometrics.responses import Ratings, Responses
from psychometrics.result import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """All persons, and for each person of the ratings the row it has among them."""

    persons: pa.Table
    rating_rows: npt.NDArray[np.intp]
    notes: tuple[str, ...]


def align_persons(responses: Responses | None, ratings: Ratings | None) -> Alignment:
    """Return the persons of the responses in their order, then those who were only rated."""
    if ratings is None:
        persons = (
            responses.persons if responses is not None else pa.table({"person_id": pa.array([], pa.string())})
        )
        return Alignment(persons=persons, rating_rows=np.empty(0, np.intp), notes=())
    if responses is None:
        rows = np.arange(ratings.persons.num_rows)
        return Alignment(persons=ratings.persons, rating_rows=rows, notes=())
    keys = shared_keys(responses.persons, ratings.persons)
    answered, rated = joined_keys(responses.persons, keys), joined_keys(ratings.persons, keys)
    rows = pc.index_in(rated, answered).fill_null(-1).to_numpy(zero_copy_only=False).astype(np.intp)
    new = np.flatnonzero(rows < 0)
    rows[new] = responses.n_rows + np.arange(len(new))
    persons = pa.concat_tables(
        [responses.persons, ratings.persons.take(pa.array(new))], promote_options="default"
    )
    without = responses.n_rows - (len(rows) - len(new))
    if len(new) == len(rows) and len(rows) and responses.n_rows:
        raise _nobody_matches(responses, ratings, keys)
    notes = []
    if len(new):
        notes.append(f"{counted(len(new), 'person was', 'persons were')} rated and gave no answers")
    if without:
        notes.append(
            f"{counted(without, 'person')} answered and {'was' if without == 1 else 'were'} not rated"
        )
    return Alignment(persons=persons, rating_rows=rows, notes=tuple(notes))


def _nobody_matches(responses: Responses, ratings: Ratings, keys: list[str]) -> ScoringError:
    """Two tables without a single person in common do not belong together, or lack the ids that would say so."""
    examples = [
        Problem(
            where=name,
            what=", ".join(
                "/".join(map(str, row.values())) for row in table.select(keys).slice(0, 3).to_pylist()
            ),
        )
        for name, table in (("responses", responses.persons), ("ratings", ratings.persons))
    ]
    numbered = any("numbered by row" in note for note in responses.notes)
    return ScoringError(
        f"nobody who answered was rated: no {' and '.join(keys)} is in both tables",
        problems=examples,
        hint="Name the column of the responses that says who: person= (on the command line --person)."
        if numbered
        else "Check that both tables name the same persons in the same way.",
    )


def shared_keys(answered: pa.Table, rated: pa.Table) -> list[str]:
    """Return the columns that persons are matched by: ``person_id``, and ``occasion`` where both have it."""
    has = ["occasion" in answered.column_names, "occasion" in rated.column_names]
    if has[0] != has[1]:
        where = "responses" if has[0] else "ratings"
        raise ScoringError(
            f"only the {where} have a column occasion, so persons cannot be matched",
            hint="Give both tables the column, or neither.",
        )
    return ["person_id", "occasion"] if all(has) else ["person_id"]


def joined_keys(persons: pa.Table, keys: list[str]) -> pa.Array:
    """Return one text per row that is the same for the same person and occasion."""
    columns = [pc.fill_null(persons.column(name).combine_chunks(), "") for name in keys]
    return columns[0] if len(columns) == 1 else pc.binary_join_element_wise(*columns, "\x1f")
