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


def test_a_hint_that_all_problems_share_is_said_once() -> None:
    problems = [Problem(where=name, what="odd", hint="Mend it.") for name in ("a", "b")]
    error = PsychometricsError("two things", problems=problems, hint="Run again.")
    assert str(error) == "two things\n  - a: odd\n  - b: odd\nHint: Mend it. Run again."
    assert [one.hint for one in error.problems] == ["Mend it.", "Mend it."]
    other = PsychometricsError("two things", problems=[problems[0], Problem(where="b", what="odd")])
    assert str(other) == "two things\n  - a: odd. Mend it.\n  - b: odd"
