"""Files of text as people write them: every row is there, once, or the file is refused by name."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from psychometrics.engine import delimited
from psychometrics.engine.sources import open_source
from psychometrics.errors import RunError

HEADER = "person_id,note,q1"
ROWS = [f"p{i},x,{i % 4}" for i in range(9)]


def ids(path: Path) -> list[str]:
    opened = open_source(path)
    tables = [table for one in opened.partitions for table in one.batches(["person_id", "note", "q1"], 4)]
    found = [who for table in tables for who in table.column("person_id").to_pylist()]
    assert opened.n_rows == len(found)
    return found


@pytest.mark.parametrize("size", [7, 64, 4 << 20])
@pytest.mark.parametrize(
    "text",
    [
        HEADER + "\r" + "\r".join(ROWS) + "\r",
        HEADER + "\n" + "\r".join(ROWS),
        HEADER + "\r\n" + "\r\n".join(ROWS) + "\r\n\r\n\r\n",
        HEADER + "\n\n\n" + "\n\n\n\n".join(ROWS) + "\n\n",
        "\n\n" + HEADER + "\n" + "\n".join(ROWS),
        "\ufeff" + HEADER + "\n" + "\n".join(ROWS),
        'person_id,"a\nnote",q1\n' + "\n".join(ROWS),
        HEADER + "\n" + "\n".join(row.replace("x", '5" pipe') for row in ROWS),
        HEADER + "\n" + "\n".join(row.replace("x", '"a\n\n""b"",\r\nc"') for row in ROWS),
        HEADER.replace(",", ";") + "\n" + "\n".join(ROWS).replace(",", ";"),
    ],
    ids=[
        "cr",
        "mixed",
        "crlf blank",
        "blank",
        "blank first",
        "bom",
        "header",
        "stray",
        "quoted",
        "semicolon",
    ],
)
def test_every_row_is_there_whatever_the_line_ends_and_quotes(
    text: str, size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delimited, "RANGE", size)
    monkeypatch.setattr(delimited, "PARTITION", 4 * size)
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8", newline="")
    assert ids(path) == [f"p{i}" for i in range(9)]


def test_a_cell_longer_than_a_block_of_the_reader(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    long = "y" * 3_000_000
    path.write_text("\n".join([HEADER, ROWS[0], f'p1,"{long}",2', ROWS[2]]), encoding="utf-8")
    assert ids(path) == ["p0", "p1", "p2"]


def test_a_quote_that_is_never_closed_is_found_before_the_file_is_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delimited, "RANGE", 64)
    monkeypatch.setattr(delimited, "LONGEST", 300)
    path = tmp_path / "a.csv"
    path.write_text("\n".join([HEADER, *ROWS[:3], 'p3,"x,2', *ROWS * 100]), encoding="utf-8")
    with pytest.raises(RunError) as caught:
        open_source(path)
    assert "the line after row 3 does not end" in str(caught.value)
    path.write_bytes(b"x" * 1000)
    with pytest.raises(RunError, match="cannot be read"):
        open_source(path)


def test_other_encodings_are_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("\n".join([HEADER, *ROWS]), encoding="utf-16")
    with pytest.raises(RunError, match="UTF-16") as caught:
        open_source(path)
    assert "UTF-8" in caught.value.problems[0].hint
    path.write_text("\n".join([HEADER, *ROWS]).replace("p3", "pé"), encoding="latin-1")
    with pytest.raises(RunError, match="Save the file as UTF-8"):
        ids(path)
    path.write_text("\n".join([f"{HEADER},größe", *(f"{row},1" for row in ROWS)]), encoding="latin-1")
    with pytest.raises(RunError, match="the header is not in UTF-8") as caught:
        open_source(path)
    assert "UTF-8" in caught.value.problems[0].hint


def test_a_packed_file_damaged_inside(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    whole = bytearray(gzip.compress("\n".join([HEADER, *ROWS * 500]).encode()))
    whole[len(whole) // 2] ^= 0xFF
    path.write_bytes(whole)
    with pytest.raises(RunError, match="a damaged gzip file"):
        ids(path)
