"""Files of text whose rows have more or fewer cells than the header: all such rows are named, whatever ends a line."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from instruments_for_tests import simple, with_rubric

import psychometrics as pm
from psychometrics.errors import ResponsesError
from psychometrics.responses import tables

INSTRUMENT = pm.parse_instrument(simple())
HEADER = "person_id,q1,q2,q3,q4"


@pytest.fixture(params=[1, 30, 4 << 20], ids=["line", "few", "whole"])
def block(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "BLOCK", request.param)


def rows_with(*odd: tuple[int, str]) -> list[str]:
    """Return twelve rows, some of which are others."""
    return [dict(odd).get(row, f"p{row},1,2,3,4") for row in range(1, 13)]


@pytest.mark.usefixtures("block")
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\n\n\n"], ids=ascii)
@pytest.mark.parametrize("packed", [False, True], ids=["", "gz"])
def test_rows_that_are_short_and_rows_that_are_long_are_all_named(
    packed: bool, end: str, mark: str, tmp_path: Path
) -> None:
    rows = rows_with((3, "p3,1"), (4, "p4,1,2,3,4,5"), (9, "p9"), (11, 'p11,"1\r\n\n2"'), (12, "p12,1"))
    path = tmp_path / f"a.csv{'.gz' * packed}"
    data = (mark + end.join([HEADER, *rows])).encode()
    path.write_bytes(gzip.compress(data) if packed else data)
    with pytest.raises(ResponsesError) as caught:
        pm.read_responses(path, INSTRUMENT)
    assert str(caught.value).splitlines() == [
        f"{path}: cannot be read as a table",
        "  - 1 column (row 9); expected 5, as in the header",
        "  - 2 columns (rows 3, 11-12); expected 5, as in the header",
        "  - 6 columns (row 4); expected 5, as in the header",
        "Hint: Give each row a cell for every column; a delimiter or a line end inside a cell needs quotes around it.",
    ]


def test_ratings_too(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    names = ["person_id", "item_id", "criterion_id", "rater_id", "level"]
    path.write_text(
        "\n".join(["\t".join(names), "a\ttask\tclear\tr\t1", "b\ttask\tright\tr"]), encoding="utf-8"
    )
    with pytest.raises(ResponsesError, match="cannot be read as a table") as caught:
        pm.read_ratings(path, pm.parse_instrument(with_rubric()))
    assert [(one.what, one.rows) for one in caught.value.problems] == [("4 columns", (2,))]


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\n\r\n"], ids=ascii)
def test_the_first_line_says_what_stands_between_cells(end: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = [f"p{row};1;2;3;4;{',' * row}" for row in range(1, 13)]
    path.write_bytes(end.join(["", f"{HEADER},note".replace(",", ";"), *rows, ""]).encode())
    read = pm.read_responses(path, INSTRUMENT)
    assert read.persons.column("note").to_pylist() == ["," * row for row in range(1, 13)]
    assert read.codes.shape == (4, 12)
