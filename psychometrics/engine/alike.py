"""Columns that hold the same kind of value in every partition, and not the same type: brought to one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from psychometrics.engine.partitions import Partition
from psychometrics.errors import Problem, RunError

ONE_TYPE = "Cast the column to one type in the query, or before the data are handed over; one that is blank at first is text."


@dataclass(frozen=True, slots=True, kw_only=True)
class Recast:
    """A partition some columns of which are given as another type; nothing is lost, or it is an error.

    Attributes
    ----------
    inner : Partition
    types : mapping
        Column to type.
    as_before : bool
        Whether these are the types of the parts before; else of all parts.
    """

    inner: Partition
    types: Mapping[str, pa.DataType]
    as_before: bool = False

    @property
    def name(self) -> str:
        """Of the partition."""
        return self.inner.name

    @property
    def identity(self) -> Mapping[str, Any]:
        """Of the partition."""
        return self.inner.identity

    @property
    def n_rows(self) -> int | None:
        """Of the partition."""
        return self.inner.n_rows

    @property
    def first_row(self) -> int | None:
        """Of the partition."""
        return self.inner.first_row

    @property
    def row_in_file(self) -> int:
        """Of the partition."""
        return self.inner.row_in_file

    @property
    def size(self) -> int:
        """Of the partition."""
        return self.inner.size

    def batches(self, columns: Sequence[str], rows: int) -> Iterator[pa.Table]:
        """Yield the tables of the partition."""
        for table in self.inner.batches(columns, rows):
            names = table.column_names
            yield pa.table([self._cast(name, table.column(name)) for name in names], names)

    def fields(self) -> dict[str, pa.DataType]:
        """Return the type of each column."""
        own = self.inner.fields()
        return own | {name: kind for name, kind in self.types.items() if name in own}

    def _cast(self, name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
        if name not in self.types:
            return column
        kind = self.types[name]
        plain = column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
        try:
            return _same_values(plain, kind)
        except pa.ArrowException as error:
            why = f" ({' '.join(str(error).split())})" if str(error) else ""
            expected = f"{kind}, as in {'the parts before' if self.as_before else 'other parts'}"
            problem = Problem(where=name, what=f"holds {plain.type}{why}", expected=expected, hint=ONE_TYPE)
            raise RunError(f"{self.name}: a column changes its type", problems=[problem]) from error


def alike(partitions: list[Partition], columns: Sequence[str]) -> list[Partition]:
    """Return the partitions with one type for each column: numbers that are whole here and not there become numbers.

    Raises
    ------
    RunError
        No type holds the values of all.
    """
    fields = [one.fields() for one in partitions]
    types = {name: _widest(name, [own[name] for own in fields if name in own]) for name in columns}
    return [_recast(one, own, types) for one, own in zip(partitions, fields, strict=True)]


def as_before(partitions: Iterable[Partition], columns: Sequence[str]) -> Iterator[Partition]:
    """Yield the partitions of a stream with the types that columns have where they come first: these were written already.

    A column that is blank where it comes first is text.
    """
    types: dict[str, pa.DataType] = {}
    for one in partitions:
        own = one.fields()
        for name in columns:
            if name in own:
                types.setdefault(name, pa.string() if pa.types.is_null(own[name]) else _value(own[name]))
        yield _recast(one, own, types, as_before=True)


def _recast(
    one: Partition,
    own: Mapping[str, pa.DataType],
    types: Mapping[str, pa.DataType],
    *,
    as_before: bool = False,
) -> Partition:
    other = {name: kind for name, kind in types.items() if name in own and _value(own[name]) != kind}
    return Recast(inner=one, types=other, as_before=as_before) if other else one


def _same_values(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    """Return the column as another type; an error where one value would be another. No text becomes a number."""
    try:
        pa.unify_schemas(
            [pa.schema([("", one)]) for one in (column.type, kind)], promote_options="permissive"
        )
    except pa.ArrowException as error:
        raise pa.ArrowInvalid("") from error
    cast = column.cast(kind)
    if pa.types.is_floating(column.type) and pa.types.is_floating(
        kind
    ):  # the one cast that rounds in silence
        differs = pc.and_(pc.not_equal(cast.cast(column.type), column), pc.invert(pc.is_nan(column)))
        if pc.any(differs).as_py():
            raise pa.ArrowInvalid("some would be rounded")
    return cast


def _widest(name: str, kinds: Sequence[pa.DataType]) -> pa.DataType:
    schemas = [pa.schema([(name, kind)]) for kind in sorted({_value(one) for one in kinds}, key=str)]
    try:
        return (
            pa.unify_schemas(schemas, promote_options="permissive").field(name).type if schemas else pa.null()
        )
    except pa.ArrowException as error:
        raise RunError(f"{name}: the files hold it in types that do not go together ({error})") from error


def _value(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind
