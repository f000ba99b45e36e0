"""Ids: text letter by letter, whole numbers without decimals whatever type held them; nan is no id."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from instruments_for_tests import simple, with_rubric

import psychometrics as pm
from psychometrics.errors import PsychometricsError, ResponsesError
from psychometrics.responses.tables import as_text, digest_table

INSTRUMENT = pm.parse_instrument(simple())
ANSWERS = {f"q{i}": [0, 1, 2] for i in range(1, 5)}
NAN = float("nan")
UNKNOWN = {
    "mapping": {"person_id": [1001.0, NAN, NAN], **ANSWERS},
    "numpy": {"person_id": np.array([1001.0, NAN, NAN]), **ANSWERS},
    "pandas": pd.DataFrame({"person_id": [1001.0, NAN, NAN], **ANSWERS}),
    "pandas mixed": pd.DataFrame({"person_id": pd.Series(["a", NAN, pd.NA], dtype=object), **ANSWERS}),
    "pandas numbers and text": pd.DataFrame(
        {"person_id": pd.Series([1, "a", pd.NA], dtype=object), **ANSWERS}
    ),
    "polars": pl.DataFrame({"person_id": [1001.0, NAN, NAN], **ANSWERS}),
    "pyarrow": pa.table({"person_id": [1001.5, NAN, NAN], **ANSWERS}),
    "pyarrow float32": pa.table({"person_id": pa.array([1001, NAN, None], pa.float32()), **ANSWERS}),
    "pyarrow dictionary": pa.table({"person_id": pa.array([1001, NAN, NAN]).dictionary_encode(), **ANSWERS}),
}


@pytest.mark.parametrize("source", UNKNOWN.values(), ids=UNKNOWN)
def test_nan_is_no_person_id(source: Any) -> None:
    with pytest.raises(ResponsesError) as caught:
        pm.read_responses(source, INSTRUMENT)
    assert [(one.where, one.what) for one in caught.value.problems] == [("person_id", "no person id")]
    assert caught.value.problems[0].rows[-1] == 3


def test_nan_is_no_person_id_in_files_and_batches(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"person_id": [1.0, NAN, 3.0], **ANSWERS}), path)
    for read in (pm.read_responses, lambda *given: pm.run_batches(pm.open_batches(*given))):
        with pytest.raises(PsychometricsError, match=r"no person id \(row 2\)"):
            read(path, INSTRUMENT)


def test_nan_is_no_person_and_no_rater_of_ratings() -> None:
    instrument = pm.parse_instrument(with_rubric())
    rows: dict[str, Any] = {
        "person_id": [1.0, NAN],
        "item_id": ["task", "task"],
        "criterion_id": ["clear", "right"],
        "rater_id": [NAN, 7.0],
        "level": [0, 0],
    }
    with pytest.raises(ResponsesError) as caught:
        pm.read_ratings(rows, instrument)
    blank = [(one.where, one.rows) for one in caught.value.problems if one.what == "blank"]
    assert blank == [("person_id", (2,)), ("rater_id", (1,))]


WHOLE = {
    "integers": pa.array([1001, 2, 0]),
    "floats": pa.array([1001.0, 2.0, 0.0]),
    "decimals": pa.array([Decimal("1001.00"), Decimal("2.00"), Decimal("0.00")]),
    "long decimals": pa.array([Decimal(1001), Decimal(2), Decimal(0)]).cast(pa.decimal128(30, 10)),
    "text": pa.array(["1001", "2", "0"]),
}


@pytest.mark.parametrize("ids", WHOLE.values(), ids=WHOLE)
def test_a_whole_number_is_written_without_decimals_whatever_type_held_it(ids: pa.Array) -> None:
    read = pm.read_responses(pa.table({"person_id": ids, **ANSWERS}), INSTRUMENT)
    assert read.persons.column("person_id").to_pylist() == ["1001", "2", "0"]


def test_whole_numbers_among_text_are_written_alike() -> None:
    frame = pd.DataFrame({"person_id": pd.Series([1001.0, 2.5, "b"], dtype=object), **ANSWERS})
    assert pm.read_responses(frame, INSTRUMENT).persons.column("person_id").to_pylist() == [
        "1001",
        "2.5",
        "b",
    ]


def test_what_is_not_whole_stays() -> None:
    odd = pa.chunked_array([pa.array([Decimal("2.50"), Decimal("0.00000001")]).cast(pa.decimal128(30, 10))])
    assert as_text(odd).to_pylist() == ["2.5000000000", "1.00E-8"]
    assert as_text(pa.chunked_array([[0.5, NAN, 1e20]])).to_pylist() == ["0.5", None, "1e+20"]


@pytest.mark.parametrize("start", range(4))
def test_empty_texts_of_a_slice_are_null_and_the_others_stay(start: int) -> None:
    texts = ["north", "", "m", "", "x"]
    said = as_text(pa.chunked_array([texts]).slice(start))
    said.validate(full=True)
    assert said.to_pylist() == [text or None for text in texts[start:]]


def test_text_is_kept_letter_by_letter(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("person_id,q1,q2,q3,q4\n007,1,1,1,1\n1001.0,1,1,1,1\nnan,1,1,1,1\n", encoding="utf-8")
    frame = {"person_id": ["007", "1001.0", "nan"], **{name: [1, 1, 1] for name in ANSWERS}}
    for source in (path, frame):
        read = pm.read_responses(source, INSTRUMENT)
        assert read.persons.column("person_id").to_pylist() == ["007", "1001.0", "nan"]


def test_digests_of_text_and_whole_numbers_are_as_ever() -> None:
    assert digest_table(pa.table({"a": ["007", "1.0", None], "b": [1, 2, 3]})).startswith("859619c4ee3959ea")
