"""What an error prints, and what it keeps."""

import pytest

from psychometrics.errors import OutputError, Problem, PsychometricsError, ResponsesError


def many(n):
    return [Problem(where=f"item {k}", what="empty", rows=(k,)) for k in range(n)]


@pytest.mark.parametrize("error", [PsychometricsError, ResponsesError, OutputError])
def test_ten_problems_are_printed_and_all_are_kept(error):
    found = error("too much is wrong", problems=many(1447), hint="Look again.")
    lines = str(found).splitlines()
    assert len(lines) == 13
    assert lines[10].startswith("  - item 9:")
    assert lines[11:] == ["  - and 1,437 more (all in .problems)", "Hint: Look again."]
    assert len(found.problems) == len(found.to_frame()) == 1447


def test_up_to_ten_problems_are_all_printed():
    lines = str(PsychometricsError("wrong", problems=many(10))).splitlines()
    assert len(lines) == 11
    assert "more" not in lines[-1]
