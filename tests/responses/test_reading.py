"""Reading: every kind of source gives the same block; everything wrong is listed at once."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from instruments_for_tests import simple, with_rubric

import psychometrics as pm
from psychometrics.errors import ResponsesError

INSTRUMENT = pm.parse_instrument(simple())
COLUMNS = {
    "person_id": ["007", "b", "c"],
    "q1": [0, 1, None],
    "q2": [4, 3, 2],
    "q3": [1, 1, 1],
    "q4": [0, 0, 4],
    "age": [20, 30, 40],
}
CODES = [[0, 1, -1], [4, 3, 2], [1, 1, 1], [0, 0, 4]]


def sources(folder: Path) -> dict[str, Any]:
    frame = pd.DataFrame(COLUMNS)
    csv, tsv, gz, parquet, feather = (
        folder / name for name in ("a.csv", "a.tsv", "a.csv.gz", "a.parquet", "a.feather")
    )
    frame.to_csv(csv, index=False)
    frame.to_csv(tsv, index=False, sep="\t")
    gz.write_bytes(gzip.compress(csv.read_bytes()))
    frame.to_parquet(parquet)
    frame.to_feather(feather)
    return {
        "pandas": frame,
        "pandas nullable": frame.astype({"q1": "Int64"}),
        "pandas object": frame.astype({"q1": object}),
        "pandas with index": frame.set_index(pd.Index([5, 6, 7])),
        "polars": pl.DataFrame(COLUMNS),
        "pyarrow": pa.table(COLUMNS),
        "mapping": COLUMNS,
        **{path.suffix + str(i): path for i, path in enumerate((csv, tsv, gz, parquet, feather))},
        "text path": str(csv),
    }


def test_every_source_gives_the_same_block(tmp_path: Path) -> None:
    for name, source in sources(tmp_path).items():
        responses = pm.read_responses(source, INSTRUMENT)
        assert responses.codes.tolist() == CODES, name
        assert responses.codes.dtype == np.int8
        assert responses.codes.flags.c_contiguous
        assert responses.persons.column("person_id").to_pylist() == ["007", "b", "c"], name
        assert responses.persons.column_names == ["person_id", "age"], name


def test_spss_user_missing_values_count_as_declared(tmp_path: Path) -> None:
    import pyreadstat

    frame = pd.DataFrame({**COLUMNS, "q1": [0.0, 1.0, 99.0]})
    pyreadstat.write_sav(frame, str(tmp_path / "a.sav"), missing_ranges={"q1": [{"lo": 90, "hi": 99}]})
    assert pm.read_responses(tmp_path / "a.sav", INSTRUMENT).codes.tolist() == CODES


def test_an_address_is_no_file_and_its_secret_is_not_shown() -> None:
    with pytest.raises(pm.ResponsesError, match=r"s3://bucket/a\.csv: an address") as caught:
        pm.read_responses("s3://key:secret@bucket/a.csv?region=x", INSTRUMENT)
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_frames_of_all_libraries_have_one_digest() -> None:
    frames = [pd.DataFrame(COLUMNS), pl.DataFrame(COLUMNS), pa.table(COLUMNS)]
    digests = {pm.read_responses(frame, INSTRUMENT).source.input_sha256 for frame in frames}
    assert len(digests) == 1
    assert len(digests.pop()) == 64


def test_all_problems_come_at_once_with_rows() -> None:
    table = {
        "person_id": ["a", "a", None],
        "q1": [9, 0, 9],
        "q2": ["x", "1", "2"],
        "q3": [1.5, 1.0, 2.0],
        "q5": [1, 1, 1],
    }
    with pytest.raises(ResponsesError) as caught:
        pm.read_responses(table, INSTRUMENT)
    found = {problem.where: problem for problem in caught.value.problems}
    assert found["q1"].rows == (1, 3)
    assert found["q2"].rows == (1,)
    assert found["q3"].rows == (1,)
    assert found["q4"].what == "no column for this item"
    assert "looks like an item" in found["q5"].what
    assert found["person_id"].rows == (3,)
    assert found['person "a"'].rows == (1, 2)
    assert "0..4" in str(caught.value)
    assert len(caught.value.to_frame()) == 9


def test_invalid_as_missing_is_counted() -> None:
    responses = pm.read_responses({**COLUMNS, "q1": [9, 0, 7]}, INSTRUMENT, invalid="missing")
    assert responses.n_invalid == 2
    assert responses.codes[0].tolist() == [-6, 0, -6]
    assert any("2 cells" in note for note in responses.notes)


def test_missing_codes_have_reasons_and_may_not_be_options() -> None:
    table = {**COLUMNS, "q1": [-9, 8, 0]}
    assert pm.read_responses(table, INSTRUMENT, missing_codes={-9: "skipped", 8: "dont_know"}).codes[
        0
    ].tolist() == [-1, -2, 0]
    with pytest.raises(ResponsesError, match="missing code 0: is also an option"):
        pm.read_responses(table, INSTRUMENT, missing_codes=[0, -9, 8])
    with pytest.raises(ResponsesError, match="unknown reason"):
        pm.read_responses(table, INSTRUMENT, missing_codes={-9: "bored"})


def test_text_missing_codes_in_csv(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("person_id,q1,q2,q3,q4\na,NA,1,1,1\nb,2,1,1,1\n", encoding="utf-8")
    with pytest.raises(ResponsesError, match="NA"):
        pm.read_responses(path, INSTRUMENT)
    assert pm.read_responses(path, INSTRUMENT, missing_codes=["NA"]).codes[0].tolist() == [-1, 2]


def test_occasions_make_persons_distinct() -> None:
    table = {**COLUMNS, "person_id": ["a", "a", "b"], "occasion": ["1", "2", "1"]}
    assert pm.read_responses(table, INSTRUMENT).n_rows == 3
    with pytest.raises(ResponsesError, match="name their column: occasion"):
        pm.read_responses({**COLUMNS, "person_id": ["a", "a", "b"]}, INSTRUMENT)


def test_without_person_column_rows_are_numbered_and_said() -> None:
    responses = pm.read_responses(
        {name: values for name, values in COLUMNS.items() if name != "person_id"}, INSTRUMENT
    )
    assert responses.persons.column("person_id").to_pylist() == ["1", "2", "3"]
    assert 'no column "person_id": persons are numbered by row' in responses.notes


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("a.csv", b"", "the file is empty"),
        ("a.csv", b"person_id,q1\n", "a header and no rows"),
        ("a.csv", b"person_id,q1\na,1,2\n", "cannot be read as a table"),
        ("a.csv", b"person_id,q1,q1\na,1,2\n", "column names must differ"),
        ("a.parquet", b"PAR1nonsense", "cannot be read as a table"),
        ("a.csv.gz", b"nonsense", "damaged gzip"),
        ("a.xyz", b"1", "what kind of file"),
        ("a.csv", b"name,age\na,1\n", "none of the 4 items has a column"),
    ],
)
def test_broken_files(tmp_path: Path, name: str, content: bytes, match: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ResponsesError, match=match):
        pm.read_responses(tmp_path / name, INSTRUMENT)


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(ResponsesError, match="No such file"):
        pm.read_responses("nowhere.csv", INSTRUMENT)


def test_one_person_and_all_missing() -> None:
    table = {"person_id": ["a"], **{f"q{i}": pa.nulls(1) for i in range(1, 5)}}
    responses = pm.read_responses(pa.table(table), INSTRUMENT)
    assert responses.codes.tolist() == [[-1]] * 4


def test_decoding_gives_back_what_came_in() -> None:
    assert pm.read_responses(COLUMNS, INSTRUMENT).to_arrow().column("q1").to_pylist() == [0, 1, None]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.one_of(st.integers(-200, 200), st.none()), min_size=1, max_size=30))
def test_integers_floats_and_texts_are_coded_alike(cells: list[int | None]) -> None:
    base = {
        "person_id": [str(i) for i in range(len(cells))],
        **{f"q{i}": [0] * len(cells) for i in (2, 3, 4)},
    }
    variants = [
        pa.array(cells, pa.int64()),
        pa.array([None if c is None else float(c) for c in cells], pa.float64()),
        pa.array([None if c is None else str(c) for c in cells], pa.string()),
        pa.array([None if c is None else str(c) for c in cells], pa.string()).dictionary_encode(),
    ]
    coded = [
        pm.read_responses({**base, "q1": v}, INSTRUMENT, invalid="missing").codes[0].tolist()
        for v in variants
    ]
    expected = [-1 if c is None else (c if 0 <= c <= 4 else -6) for c in cells]
    assert coded == [expected] * 4


RATINGS = {
    "person_id": ["a"] * 4,
    "item_id": ["task"] * 4,
    "criterion_id": ["clear", "right"] * 2,
    "rater_id": ["x", "x", "y", "y"],
    "level": [0, 1, 2, 3],
}


def test_ratings_are_read() -> None:
    ratings = pm.read_ratings(RATINGS, pm.parse_instrument(with_rubric()))
    assert ratings.levels.tolist() == [0, 1, 2, 3]
    assert ratings.rater_ids == ("x", "y")
    assert ratings.to_frame()["level"].tolist() == ["0", "1", "2", "3"]


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"criterion_id": ["clear", "rihgt", "clear", "right"]}, 'Did you mean "task.right"'),
        ({"level": [0, 1, 2, 7]}, "expected 0..3"),
        ({"rater_id": ["x", "x", "x", "y"]}, "2 ratings"),
        ({"criterion_id": ["clear"] * 4, "rater_id": list("abcd")}, "nobody rated this criterion"),
        ({"rater_id": ["x", None, "y", "y"]}, "expected a name in every row"),
    ],
)
def test_bad_ratings(change: dict[str, Any], match: str) -> None:
    with pytest.raises(ResponsesError, match=match):
        pm.read_ratings({**RATINGS, **change}, pm.parse_instrument(with_rubric()))


def test_ratings_without_a_column() -> None:
    with pytest.raises(ResponsesError, match="rater_id: no such column"):
        pm.read_ratings(
            {name: v for name, v in RATINGS.items() if name != "rater_id"}, pm.parse_instrument(with_rubric())
        )


def refused(columns: dict[str, Any]) -> ResponsesError:
    with pytest.raises(ResponsesError) as caught:
        pm.read_responses(columns, INSTRUMENT)
    return caught.value


def test_codes_that_count_from_another_number_are_named_as_such() -> None:
    above = {**COLUMNS, **{f"q{i}": [1, 5, 3] for i in range(1, 5)}}
    assert "run from 1 to 5 where the options are 0..4: exactly one above" in str(refused(above))
    below = {**COLUMNS, **{f"q{i}": [-1.0, 3, np.nan] for i in range(1, 5)}}
    assert "run from -1 to 3 where the options are 0..4: exactly one below" in str(refused(below))
    mixed = {**COLUMNS, "q1": [0, 5, 2], "q2": [1, 5, 3]}
    assert "exactly one" not in str(refused(mixed))


def test_decimal_commas_are_named_as_such() -> None:
    found = refused({**COLUMNS, "q1": ["1,0", "2,0", "3,0"]})
    assert "decimal commas" in str(found)
    assert "missing_codes" not in str(found)


def test_whole_numbers_are_shown_whole_though_blanks_made_them_floats() -> None:
    found = refused({**COLUMNS, "q1": [-9.0, np.nan, 2.0]})
    assert "that no option has: -9 (row 1)" in str(found)
