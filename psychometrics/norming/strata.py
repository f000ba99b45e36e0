"""Which stratum of the norm sample a person belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise, product

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from psychometrics.errors import NormError, Problem
from psychometrics.norming.edition import StratumBand, StratumVariable
from psychometrics.responses.tables import as_text

Key = tuple[str, ...]

RESERVED = {
    *("scale_id", "score", "count", "n", "mean", "sd", "minimum", "maximum", "reason", "percentile_rank"),
    *("weight", "weight_cell", "quantity", "row", "column", "value"),
}
"""Columns that the tables of editions have of their own."""


def parse_strata(strata: Iterable[str | StratumVariable], persons: pa.Table) -> list[StratumVariable]:
    """Return stratum variables: a column name (its levels as found), a short text, or one ready made.

    ``"age:18,30,65"`` means the bands 18-29, 30-64 (each from included, to not included); ``"gender=1,2"`` means
    these levels and no others. Who is outside belongs to no stratum.
    """
    variables = [one if isinstance(one, StratumVariable) else _parse(one, persons) for one in strata]
    names = [variable.name for variable in variables]
    twice = sorted({name for name in names if names.count(name) > 1})
    problems = [Problem(where=name, what="named twice", hint="Name each once.") for name in twice]
    problems += [
        Problem(where=name, what="is a column of every norm table", hint="Give the variable another name.")
        for name in sorted(RESERVED & set(names))
    ]
    if problems:
        raise NormError("the norm sample cannot be divided so", problems=problems)
    return variables


def _safe_name(column: str) -> str:
    """Return a name for the tables of an edition: letters and digits, and none of their own columns."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "_", column)[:56]
    name = name if name[:1].isalnum() else f"by{name}"
    return f"{name}_group" if name in RESERVED else name


def _parse(text: str, persons: pa.Table) -> StratumVariable:
    column, _, edges = text.partition(":")
    column, _, levels_wanted = column.partition("=")
    if column not in persons.column_names:
        raise NormError(
            "the strata name a column that is not there",
            problems=[
                Problem(
                    where=column, what="no such column", expected=f"one of {', '.join(persons.column_names)}"
                )
            ],
        )
    if levels_wanted:
        return StratumVariable(name=_safe_name(column), column=column, levels=levels_wanted.split(","))
    if not edges:
        levels = [
            level for level in pc.unique(as_text(persons.column(column))).to_pylist() if level is not None
        ]
        return StratumVariable(name=_safe_name(column), column=column, levels=sorted(levels))
    try:
        numbers = [float(edge) for edge in edges.split(",")]
    except ValueError as error:
        raise NormError(f'strata "{text}": edges must be numbers', hint='Write "age:18,30,45,65".') from error
    if len(numbers) < 2 or not all(a < b for a, b in pairwise(numbers)):
        raise NormError(
            f'strata "{text}": edges must rise and be two or more', hint='Write "age:18,30,45,65".'
        )
    bands = [StratumBand(label=_band_label(a, b), lower=a, below=b) for a, b in pairwise(numbers)]
    return StratumVariable(name=f"{_safe_name(column)}_band", column=column, bands=bands)


def _band_label(lower: float, below: float) -> str:
    if lower.is_integer() and below.is_integer():
        return f"{int(lower)}-{int(below) - 1}"
    return f"{lower:g} to below {below:g}"


def stratum_keys(variables: Sequence[StratumVariable]) -> list[Key]:
    """Return every combination of labels, in order; one empty key when there are no variables."""
    return list(product(*(variable.labels for variable in variables)))


def stratum_index(
    variables: Sequence[StratumVariable], persons: pa.Table
) -> tuple[npt.NDArray[np.int32], tuple[str, ...]]:
    """Return the position of each person's stratum in :func:`stratum_keys`, or a negative number.

    -1 - i means that variable i is blank or outside every level or band; the second value says it in words.
    """
    absent = [v.column for v in variables if v.column not in persons.column_names]
    if absent:
        raise NormError(
            "the norms are divided by columns that these persons do not have",
            problems=[Problem(where=name, what="no such column") for name in absent],
            hint="Add the columns, or choose fewer: strata=[...] (on the command line --strata; none means the whole sample).",
        )
    index = np.zeros(persons.num_rows, np.int32)
    lost = np.zeros(persons.num_rows, np.int32)
    for position, variable in enumerate(variables):
        own = _variable_index(variable, persons.column(variable.column))
        lost[(own < 0) & (lost == 0)] = -1 - position
        index = index * len(variable.labels) + np.maximum(own, 0)
    return np.where(lost < 0, lost, index).astype(np.int32), tuple(_lost_words(v) for v in variables)


def _lost_words(variable: StratumVariable) -> str:
    return f"{variable.column} is blank or in no stratum of the norms"


def _variable_index(variable: StratumVariable, column: pa.ChunkedArray) -> npt.NDArray[np.int32]:
    if variable.levels is not None:
        found = pc.index_in(as_text(column), pa.array(variable.levels, pa.string()))
        return np.asarray(found.fill_null(-1).to_numpy(), np.int32)
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        raise NormError(
            f'column "{variable.column}" must hold numbers to be put into bands',
            hint=f"It holds {column.type}.",
        )
    values = column.cast(pa.float64()).to_numpy()
    index = np.full(len(values), -1, np.int32)
    for position, band in enumerate(variable.bands or []):
        low = -np.inf if band.lower is None else band.lower
        high = np.inf if band.below is None else band.below
        index[(values >= low) & (values < high)] = position
    return index
