"""What divides the norm sample of a run, when no batch knows all labels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from psychometrics.norming.edition import StratumVariable
from psychometrics.norming.strata import parse_strata, stratum_index
from psychometrics.responses.tables import as_text

Levels = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Strata:
    """The variables that divide the sample.

    Attributes
    ----------
    given : tuple of str or StratumVariable
        As for :func:`build_norms`: ``"gender"``, ``"age:18,30,65"``, ``"gender=1,2"``.
    columns : tuple of str
        The column of each.
    names : tuple of str
        The name of each.
    """

    given: tuple[str | StratumVariable, ...]
    columns: tuple[str, ...]
    names: tuple[str, ...]

    @classmethod
    def of(cls, given: Iterable[str | StratumVariable]) -> Strata:
        """Read the variables; their labels need not be known."""
        given = (given,) if isinstance(given, str) else tuple(given)
        columns = tuple(_column(one) for one in given)
        levels = {column: frozenset({"x"}) for column, one in zip(columns, given, strict=True) if _open(one)}
        variables = _variables(given, columns, levels)
        return cls(given=given, columns=columns, names=tuple(one.name for one in variables))

    @property
    def numbers(self) -> tuple[str, ...]:
        """Columns that are cut into bands and so must hold numbers."""
        return tuple(column for column, one in zip(self.columns, self.given, strict=True) if _is_band(one))

    def labels(self, persons: pa.Table) -> dict[str, pa.Array]:
        """Return the label of every person on each variable, null outside."""
        return {
            name: _text(persons.column(column)) if _open(one) else _placed(one, column, persons)
            for name, column, one in zip(self.names, self.columns, self.given, strict=True)
        }

    def levels(self, labels: Mapping[str, pa.Array]) -> dict[str, frozenset[str]]:
        """Return the labels that occur in each column whose labels are as found."""
        return {
            column: frozenset(label for label in labels[name].dictionary.to_pylist() if label is not None)
            for name, column, one in zip(self.names, self.columns, self.given, strict=True)
            if _open(one)
        }

    def variables(self, levels: Levels) -> list[StratumVariable]:
        """Return the variables with all their labels."""
        return _variables(self.given, self.columns, levels)


def inside(labels: Mapping[str, pa.Array], n_rows: int) -> npt.NDArray[np.bool_]:
    """Return who has a label on every variable."""
    found = np.ones(n_rows, np.bool_)
    for one in labels.values():
        if one.null_count:
            found &= one.is_valid().to_numpy(zero_copy_only=False)
    return found


def _column(one: str | StratumVariable) -> str:
    return one.column if isinstance(one, StratumVariable) else one.partition(":")[0].partition("=")[0]


def _open(one: str | StratumVariable) -> bool:
    """Say whether the labels are as found in the data."""
    return isinstance(one, str) and ":" not in one and "=" not in one


def _is_band(one: str | StratumVariable) -> bool:
    return one.levels is None if isinstance(one, StratumVariable) else ":" in one


def _variables(
    given: Iterable[str | StratumVariable], columns: Iterable[str], levels: Levels
) -> list[StratumVariable]:
    table = {
        column: pa.array(sorted(levels[column]), pa.string())
        if column in levels
        else pa.array([], pa.float64())
        for column in columns
    }
    longest = max((len(one) for one in table.values()), default=0)
    padded = {
        name: pa.concat_arrays([one, pa.nulls(longest - len(one), one.type)]) for name, one in table.items()
    }
    return parse_strata(given, pa.table(padded))


def _text(column: pa.ChunkedArray) -> pa.DictionaryArray:
    """Return the labels as a dictionary that holds each once and only those that occur."""
    if not pa.types.is_dictionary(column.type):
        column = pc.dictionary_encode(as_text(column))
    whole = column.chunk(0) if column.num_chunks == 1 else column.unify_dictionaries().combine_chunks()
    whole = whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole
    labels = as_text(pa.chunked_array([whole.dictionary], whole.dictionary.type)).to_pylist()
    places = whole.indices.fill_null(len(labels)).to_numpy(zero_copy_only=False).astype(np.int32)
    there = np.bincount(places, minlength=len(labels) + 1)[: len(labels)] > 0
    names = sorted({label for label, used in zip(labels, there, strict=True) if used and label is not None})
    if names == labels and not whole.indices.null_count:
        return pa.DictionaryArray.from_arrays(pa.array(places), pa.array(names, pa.string()))
    where = {name: place for place, name in enumerate(names)}
    new = np.array([*(where.get(label, -1) for label in labels), -1], np.int32)[places]
    return pa.DictionaryArray.from_arrays(
        pa.array(new, mask=new < 0 if (new < 0).any() else None), pa.array(names, pa.string())
    )


def _placed(one: str | StratumVariable, column: str, persons: pa.Table) -> pa.DictionaryArray:
    (variable,) = parse_strata([one], persons)
    index, _ = stratum_index([variable], persons.select([column]))
    return pa.DictionaryArray.from_arrays(
        pa.array(np.maximum(index, 0), mask=index < 0), pa.array(list(variable.labels), pa.string())
    )
