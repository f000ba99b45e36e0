"""Ratings of the persons of a batch, out of the ratings of everybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from psychometrics.responses import Ratings
from psychometrics.runs.reading import Reading
from psychometrics.runs.summary import nobody
from psychometrics.scoring.align import joined_keys, shared_keys


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Matched:
    """The ratings of some persons.

    Attributes
    ----------
    ratings : Ratings or None
        None where there are no ratings at all.
    rows : ndarray of int64
        Their rows among the persons of all ratings; rising.
    n_without : int
        Persons who answered and were not rated.
    """

    ratings: Ratings | None
    rows: npt.NDArray[np.int64]
    n_without: int


def match_ratings(ratings: Ratings | None, persons: pa.Table) -> Matched:
    """Return the ratings of these persons."""
    if ratings is None:
        return Matched(ratings=None, rows=nobody(), n_without=0)
    keys = shared_keys(persons, ratings.persons)
    here = pc.is_in(joined_keys(ratings.persons, keys), joined_keys(persons, keys))
    mask = here.to_numpy(zero_copy_only=False).astype(np.bool_)
    rows = np.flatnonzero(mask).astype(np.int64)
    return Matched(ratings=ratings.select(mask), rows=rows, n_without=persons.num_rows - len(rows))


def with_blank_columns(ratings: Ratings, reading: Reading, fields: Mapping[str, pa.DataType]) -> Ratings:
    """Return ratings whose persons have also the columns that only responses hold: blank, of the type they have there."""
    kinds = {reading.rename.get(name, name): kind for name, kind in fields.items()}
    persons = ratings.persons
    for name in reading.kept:
        if name in kinds and name not in persons.column_names:
            kind = kinds[name].value_type if pa.types.is_dictionary(kinds[name]) else kinds[name]
            persons = persons.append_column(name, pa.nulls(persons.num_rows, kind))
    return replace(ratings, persons=persons)
