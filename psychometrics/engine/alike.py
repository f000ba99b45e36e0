"""Columns that hold the same kind of value in every partition, and not the same type: brought to one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from psychometrics.engine.partitions import Partition
from psychometrics.errors import RunError


@dataclass(frozen=True, slots=True, kw_only=True)
class Recast:
    """A partition some columns of which are given as another type; nothing is lost, or it is an error."""

    inner: Partition
    types: Mapping[str, pa.DataType]

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
        plain = column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
        return plain.cast(self.types[name])


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


def _recast(one: Partition, own: Mapping[str, pa.DataType], types: Mapping[str, pa.DataType]) -> Partition:
    other = {name: kind for name, kind in types.items() if name in own and _value(own[name]) != kind}
    return Recast(inner=one, types=other) if other else one


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
