"""What every result can do, tried on a result made here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from psychometrics.result import Result, Source


@dataclass(frozen=True, slots=True, repr=False)
class Table(Result):
    source: Source
    kept: Mapping[str, Any]

    def columns(self) -> Mapping[str, Any]:
        return self.kept


@pytest.mark.parametrize(
    "values",
    [
        ["low", None],
        [None, None],
        [True, None],
        np.array(["low", None], dtype=object),
        np.array([1.0, np.nan]),
    ],
    ids=["text", "nothing", "yes or no", "array", "number"],
)
def test_what_is_missing_is_nan_in_the_frame_and_blank_in_html(values: Any) -> None:
    result = Table(Source(), {"n": [1, 2], "reason": values})
    last = result.to_frame()["reason"].tolist()[-1]
    assert isinstance(last, float)
    assert math.isnan(last)
    assert result.to_dict()["rows"][-1]["reason"] is None
    html = result._repr_html_()
    assert "None" not in html
    assert "nan" not in html.lower()


def test_making_the_frame_changes_nothing_in_the_result() -> None:
    values = np.array(["low", None], dtype=object)
    Table(Source(), {"reason": values}).to_frame()
    assert values.tolist() == ["low", None]
