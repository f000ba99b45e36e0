"""Columns of several partitions come to one type; nothing is lost, or one error names part, column and both types."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest

from psychometrics.engine.alike import alike, as_before
from psychometrics.engine.partitions import TablePartition
from psychometrics.errors import RunError


def parts(*columns: Any) -> list[TablePartition]:
    return [TablePartition(name=f"part {i}", table=pa.table({"x": one})) for i, one in enumerate(columns)]


def read(partitions: Any) -> Iterator[pa.ChunkedArray]:
    for one in partitions:
        (table,) = one.batches(["x"], 100)
        assert one.fields() == {"x": table.column("x").type} or pa.types.is_dictionary(one.fields()["x"])
        yield table.column("x")


NUMBERS = pa.array([1, None, 3], pa.int64())
LATER = {
    "small": (pa.array([7, None], pa.int8()), [7, None]),
    "floats that are whole": (pa.array([7.0, None]), [7, None]),
    "blank": (pa.nulls(2), [None, None]),
    "dictionary": (pa.array([7, 8]).dictionary_encode(), [7, 8]),
}


@pytest.mark.parametrize(("later", "cells"), LATER.values(), ids=LATER)
def test_later_parts_are_cast_to_the_type_of_the_first(later: pa.Array, cells: list[object]) -> None:
    first, second = read(as_before(iter(parts(NUMBERS, later)), ["x"]))
    assert first.to_pylist() == [1, None, 3]
    assert second.to_pylist() == cells
    assert pa.types.is_dictionary(second.type) or second.type == pa.int64()


REFUSED = {
    "decimals": (NUMBERS, pa.array([20.5]), "double", "int64", "20.5"),
    "nan": (NUMBERS, pa.array([float("nan")]), "double", "int64", "nan"),
    "too large": (pa.array([1], pa.int8()), pa.array([300]), "int64", "int8", "300"),
    "rounded": (pa.array([0.5], pa.float32()), pa.array([0.1]), "double", "float", "rounded"),
    "too many digits": (pa.array([0.5]), pa.array([2**53 + 1]), "int64", "double", "9007199254740993"),
    "text that looks like numbers": (NUMBERS, pa.array(["007"]), "string", "int64", ""),
    "numbers as text": (pa.array(["a"]), NUMBERS, "int64", "string", ""),
    "blank at first": (pa.nulls(2), NUMBERS, "int64", "string", ""),
    "dates": (NUMBERS, pa.array([1], pa.date32()), "date32[day]", "int64", ""),
}


@pytest.mark.parametrize(("first", "later", "own", "kind", "why"), REFUSED.values(), ids=REFUSED)
def test_what_would_be_lost_is_refused(
    first: pa.Array, later: pa.Array, own: str, kind: str, why: str
) -> None:
    found = read(as_before(iter(parts(first, later, first)), ["x"]))
    next(found)
    with pytest.raises(RunError, match="part 1: a column changes its type") as caught:
        next(found)
    (problem,) = caught.value.problems
    assert problem.where == "x"
    assert problem.what.startswith(f"holds {own}")
    assert why in problem.what
    assert problem.expected == f"{kind}, as in the parts before"
    assert "one type" in problem.hint


def test_nan_and_short_decimals_are_the_same_in_a_shorter_type() -> None:
    later = pa.array([0.25, float("nan"), None])
    _, second = read(as_before(iter(parts(pa.array([0.5], pa.float32()), later)), ["x"]))
    assert str(second.to_pylist()) == "[0.25, nan, None]"


def test_a_column_that_is_blank_at_first_is_text() -> None:
    found = read(
        as_before(iter(parts(pa.nulls(1), pa.array(["a"]), pa.array(["b"], pa.large_string()))), ["x"])
    )
    assert [(str(one.type), one.to_pylist()) for one in found] == [
        ("string", [None]),
        ("string", ["a"]),
        ("string", ["b"]),
    ]


def test_parts_are_taken_from_a_stream_one_by_one() -> None:
    taken = []

    def stream() -> Iterator[TablePartition]:
        for one in parts(NUMBERS, NUMBERS):
            taken.append(one.name)
            yield one

    next(as_before(stream(), ["x"]))
    assert taken == ["part 0"]


def test_all_parts_at_once_come_to_the_widest_type() -> None:
    found = read(alike(parts(NUMBERS, pa.array([0.5])), ["x"]))
    assert [one.type for one in found] == [pa.float64(), pa.float64()]
    with pytest.raises(RunError, match="types that do not go together"):
        alike(parts(NUMBERS, pa.array(["a"])), ["x"])
    with pytest.raises(RunError) as caught:
        list(read(alike(parts(pa.array([2**53 + 1]), pa.array([0.5])), ["x"])))
    assert caught.value.problems[0].expected == "double, as in other parts"
