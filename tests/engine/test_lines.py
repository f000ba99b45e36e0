"""Lines of delimited text are found as a reader that goes byte by byte finds them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from psychometrics.engine.lines import Lines, cells_of_rows, delimiter_of, whole_lines
from psychometrics.engine.text_faults import line_ends


def byte_by_byte(data: bytes, delimiter: str) -> Lines:
    """Return the same with a state machine, straight from the rules."""
    state, ends, quoted = "begin", [], False
    for place, byte in enumerate(data):
        char = chr(byte)
        if state == "inside":
            state = "closed" if char == '"' else state
        elif char == '"' and state in ("begin", "closed"):
            state, quoted = "inside", True
        elif char in "\r\n":
            ends.append(place)
            state = "begin"
        else:
            state = "begin" if char == delimiter else "cell"
    full = [end for end, before in zip(ends, [-1, *ends], strict=False) if end - before > 1]
    first = full[0] + 1 + (data[full[0] : full[0] + 2] == b"\r\n") if full else 0
    end = ends[-1] + 1 if ends else 0
    return Lines(first=first, end=end, n_rows=len(full), quoted=quoted, open=state == "inside")


def cells_byte_by_byte(data: bytes, delimiter: str) -> list[int]:
    """Return how many cells the lines have, with the same state machine; a quote that stays open has no end to count to."""
    state, cells, n, some = "begin", [], 1, False
    for char in data.decode() + "\n":
        if state == "inside":
            state = "closed" if char == '"' else state
        elif char == '"' and state in ("begin", "closed"):
            state = "inside"
        elif char in "\r\n":
            cells += [n] * some
            state, n, some = "begin", 1, False
            continue
        else:
            n += char == delimiter
            state = "begin" if char == delimiter else "cell"
        some = True
    return cells


@given(st.lists(st.sampled_from(["a", ",", ";", '"', '""', '",', ',"', "\n", "\r\n", "\r"]), max_size=14))
@settings(max_examples=400, deadline=None)
def test_lines_are_those_of_a_reader_that_goes_byte_by_byte(parts: list[str]) -> None:
    data = "".join(parts).encode()
    for delimiter in ",;":
        assert whole_lines(data, delimiter) == byte_by_byte(data, delimiter)


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a,b\nx;y;z\n", ","),
        ("\r\n\na;b\rx,y,z,w", ";"),
        ("\ufeff\na\tb,c\td\n1,2,3,4", "\t"),
        ("a\x0b\x0cb;c", ";"),
        ("alone", ","),
        ("\ufeff", ","),
        ("", ","),
    ],
)
def test_the_first_line_that_holds_something_says_the_delimiter(text: str, delimiter: str) -> None:
    assert delimiter_of(text.encode()) == delimiter


def test_a_quote_inside_a_cell_opens_nothing() -> None:
    found = whole_lines(b'5" pipe,1\nx,2\n5" pipe,3\n', ",")
    assert (found.n_rows, found.quoted, found.open) == (3, False, False)


@given(st.lists(st.sampled_from(["a", ",", ";", '"', '""', '",', ',"', "\n", "\r\n", "\r"]), max_size=14))
@settings(max_examples=400, deadline=None)
def test_cells_are_those_of_a_reader_that_goes_byte_by_byte(parts: list[str]) -> None:
    data = "".join(parts).encode()
    for delimiter in ",;":
        assert cells_of_rows(data, delimiter).tolist() == cells_byte_by_byte(data, delimiter)


@given(st.lists(st.sampled_from(["a", "\n", "\r\n", "\r", "é"]), max_size=14), st.integers(1, 4))
@settings(max_examples=200, deadline=None)
def test_lines_are_counted_as_an_editor_does_wherever_blocks_end(parts: list[str], size: int) -> None:
    text = "".join(parts)
    data = text.encode()
    blocks = (data[start : start + size] for start in range(0, len(data), size))
    assert line_ends(blocks) == text.replace("\r\n", "\n").replace("\r", "\n").count("\n")
