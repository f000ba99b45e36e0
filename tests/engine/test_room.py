"""Batches hold all rows in order, and each has room, or is one row."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from psychometrics.engine.room import Room

LENGTHS = st.lists(st.lists(st.sampled_from([0, 3, 200]), max_size=9), max_size=7)


def tables(lengths: list[list[int]]) -> list[pa.Table]:
    texts = [pa.array(["x" * length for length in one], pa.string()) for one in lengths]
    return [pa.table({"text": one, "number": pa.array([1] * len(one), pa.int64())}) for one in texts]


@given(LENGTHS, st.integers(1, 12))
@settings(max_examples=150, deadline=None)
def test_all_rows_are_there_and_each_batch_has_room(lengths: list[list[int]], rows: int) -> None:
    given_ = tables(lengths)
    room = Room(rows=rows, per_row=60, texts=40, numbers=8, copies=3)
    found = list(room.batches(given_))
    whole = [row for one in given_ for row in one.to_pylist()]
    assert [row for one in found for row in one.to_pylist()] == whole
    for one in found:
        assert one.num_rows <= rows
        assert room.needed(one) <= room.size or one.num_rows == 1


def test_batches_of_short_rows_are_as_long_as_they_may_be() -> None:
    room = Room(rows=100, per_row=60, texts=40, numbers=8, copies=3)
    assert [one.num_rows for one in room.batches(tables([[3] * 40] * 10))] == [80, 80, 80, 80, 80]
    assert [one.num_rows for one in room.batches(tables([[3] * 25] * 10))] == [100, 100, 50]


def test_texts_in_a_dictionary_count_as_often_as_they_are_there() -> None:
    room = Room(rows=100, per_row=60, texts=0, numbers=8, copies=1)
    names = pa.array(["long" * 250, "word" * 250])
    column = pa.DictionaryArray.from_arrays(pa.array([0, 1, 0, 1, 0, 1, 0, 1], pa.int8()), names)
    assert 8_000 < room.needed(pa.table({"text": column})) < 9_000
    assert room.needed(pa.table({"text": column.slice(0, 2)})) < 2_300


def test_tables_of_other_types_are_not_joined() -> None:
    room = Room(rows=100, per_row=60, texts=40, numbers=8, copies=3)
    other = pa.table({"text": ["x"], "number": [1.5]})
    assert [one.num_rows for one in room.batches([*tables([[3], [3]]), other])] == [2, 1]
