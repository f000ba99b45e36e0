"""Files in another encoding: refused by name, with the line, wherever the letter stands that says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from instruments_for_tests import simple

import psychometrics as pm
from psychometrics.errors import ResponsesError

INSTRUMENT = pm.parse_instrument(simple())
HEADER = "person_id,größe,q1,q2,q3,q4\n"
ROW = "jörg,ü,1,1,1,1\n"
LATIN = {
    "header": (HEADER + "a,b,1,1,1,1\n", 'line 1: byte 0xf6 after "person_id,gr"'),
    "person": (HEADER.replace("ö", "o").replace("ß", "s") + ROW, 'line 2: byte 0xf6 after "j"'),
    "another column": (
        "person_id,note,q1,q2,q3,q4\na,b,1,1,1,1\nc,é,1,1,1,1\n",
        'line 3: byte 0xe9 after "c,"',
    ),
    "an answer": ("person_id,q1,q2,q3,q4\na,1,ä,1,1\n", 'line 2: byte 0xe4 after "a,1,"'),
    "first": ("äge,person_id,q1,q2,q3,q4\n1,a,1,1,1,1\n", "line 1: byte 0xe4"),
}


@pytest.mark.parametrize(("text", "where"), LATIN.values(), ids=LATIN)
def test_latin_1_is_refused_with_the_line(text: str, where: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ResponsesError) as caught:
        pm.read_responses(path, INSTRUMENT)
    assert str(caught.value).splitlines() == [
        f"{path}: the text is not in UTF-8",
        f"  - {where}",
        "Hint: Save the file as UTF-8.",
    ]


@pytest.mark.parametrize("end", ["\r", "\r\n", "\n\r"], ids=ascii)
def test_lines_are_counted_whatever_ends_them(end: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    text = 'person_id,note,q1,q2,q3,q4\na,"x\ny",1,1,1,1\nc,é,1,1,1,1\n'
    path.write_bytes(text.replace("\n", end).encode("latin-1"))
    with pytest.raises(ResponsesError, match="not in UTF-8") as caught:
        pm.read_responses(path, INSTRUMENT)
    line = 7 if end == "\n\r" else 4  # here each stands for itself
    assert [str(one) for one in caught.value.problems] == [f'line {line}: byte 0xe9 after "c,"']


def test_utf_16_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(HEADER + ROW, encoding="utf-16")
    with pytest.raises(ResponsesError, match="the text is in UTF-16\nHint: Save the file as UTF-8"):
        pm.read_responses(path, INSTRUMENT)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_utf_8_is_read(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(HEADER + ROW, encoding=encoding)
    read = pm.read_responses(path, INSTRUMENT)
    assert read.persons.to_pydict() == {"person_id": ["jörg"], "größe": ["ü"]}


def test_a_file_in_utf_8_that_is_broken_otherwise_says_what_is_broken(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(HEADER + "jörg,ü,1\n", encoding="utf-8")
    with pytest.raises(ResponsesError, match="cannot be read as a table"):
        pm.read_responses(path, INSTRUMENT)
