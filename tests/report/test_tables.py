"""Tables for people: they fit, no word is broken, and what is left out is named."""

from __future__ import annotations

import io

import numpy as np
import pyarrow as pa
import pytest
from rich.console import Console

import psychometrics as pm
from psychometrics.report.tables import print_table, rows_table
from psychometrics.result import format_number, text_table

NAMES = ["scale", "statistic", "mean of the rest", "flags", "method"]
ROWS = [
    ["openness", "omega_total_one_factor", "1.25", "a flag that says what is wrong with this item", "adf"],
    ["honesty", "coefficient_alpha", "2.50", "", "grouped jackknife"],
]


def printed(table: object, width: int) -> str:
    out = io.StringIO()
    Console(file=out, width=width).print(table)
    return out.getvalue()


@pytest.mark.parametrize("width", range(40, 130, 7))
def test_no_word_is_broken_at_any_width(width: int) -> None:
    text = printed(rows_table(NAMES, ROWS, important=["statistic", "scale"]), width)
    lines = text.splitlines()
    assert max(map(len, lines)) <= width
    assert "omega_total_one_factor" in text
    known = {word for row in [NAMES, *ROWS] for cell in row for word in cell.split()}
    table = [line for line in lines[: lines.index("") if "" in lines else None] if "─" not in line]
    cut = {word for line in table for word in line.split() if word.endswith("…")}
    shown = {word for line in table[:6] for word in line.split()} - cut
    assert shown <= known | {"left", "out", "at", "this", "width:"}


def test_the_least_important_columns_go_first_and_are_named() -> None:
    wide, narrow = (printed(rows_table(NAMES, ROWS, important=["statistic", "scale"]), w) for w in (160, 50))
    assert "left out" not in wide
    assert "a flag that says what is wrong with this item" in wide
    assert "method" in narrow.split("left out at this width:")[1]
    assert "grouped jackknife" not in narrow


def test_rows_that_are_not_shown_are_counted() -> None:
    out = io.StringIO()
    print_table(pa.table({"n": range(12)}), Console(file=out, width=80), limit=8)
    assert "… 4 more rows" in out.getvalue()


def test_a_result_prints_its_line_and_its_table_rounded() -> None:
    x = np.random.default_rng(1).normal(size=(50, 1)) + np.random.default_rng(2).normal(size=(50, 4))
    found = pm.coefficient_alpha(x)
    first, *lines = str(found).splitlines()
    assert first == repr(found)
    assert f"estimate                       {found.estimate:.3f}" in lines
    many = str(pm.guttman_lambdas(x)).splitlines()
    assert many[1].split()[:4] == ["coefficient", "estimate", "ci_lower", "ci_upper"]
    assert len(many) == 3 + len(pm.guttman_lambdas(x).rows)
    assert many[-1] == "in all rows: confidence 0.95, missing pairwise, n_persons 50, n_items 4"


def test_a_nan_in_the_one_line_form_has_its_reason() -> None:
    found = pm.coefficient_alpha(np.ones((4, 1)))
    assert "nan" in repr(found)
    assert found.reason in repr(found)
    assert "\n" not in repr(found)


def test_simulated_data_say_so_and_long_tables_say_how_long() -> None:
    text = text_table(pa.table({"a": list(range(30)), "b": [None] * 30}))
    assert text.splitlines()[0].split() == ["a"]
    assert text.splitlines()[-1] == "… 10 more rows"


def test_no_minus_before_a_zero() -> None:
    assert format_number(-0.001) == "0.00"
    assert format_number(-0.006) == "-0.01"


def test_rulers_are_whole_or_left_out() -> None:
    rows = [["a", "+" * 45, "1"]]
    make = {"whole": ["0   50   100"], "important": ["level", "0   50   100"]}
    text = printed(rows_table(["level", "0   50   100", "a long name of a column"], rows, **make), 64)
    assert "+" * 45 in text
    assert "0   50   100" in text
