"""The bytes of a table are Arrow's own while it is read."""

from __future__ import annotations

import sys

from psychometrics.responses.tables import _in_arrow


def test_no_thread_of_arrow_can_hold_a_python_object() -> None:
    data = b"person_id,q1\np1,3\n" * 100
    before = sys.getrefcount(data)
    reader = _in_arrow(data)
    assert sys.getrefcount(data) == before
    assert reader.read() == data
