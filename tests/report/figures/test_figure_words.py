"""Names instead of ids, one and many, and what lies beyond an axis."""

from __future__ import annotations

import re
import warnings
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from psychometrics.evidence.agreement.rater_report import rater_report
from psychometrics.evidence.fairness.differences import group_differences
from psychometrics.evidence.items.statistics import item_statistics
from psychometrics.report import figures

ONE = re.compile(r"(?<![\d.,])1 (persons|items|raters|coefficients|differences|scores|days|points|groups)\b")


def texts(svg: str) -> str:
    return " ".join(e.text or "" for e in ET.fromstring(svg).iter() if e.tag.endswith("text"))


def forest(*estimates: float) -> figures.Figure:
    at = np.array(estimates)
    table = {"scale_id": [f"s{i}" for i in range(len(at))], "estimate": at, "ci_lower": at - 0.2}
    return figures.reliability_forest(pd.DataFrame({**table, "ci_upper": at + 0.1}))


@pytest.mark.parametrize("far", [-1.05, -3.0, -400.0])
def test_a_coefficient_far_below_0_is_drawn_without_a_warning_as_an_arrow(far):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        one = forest(0.8, far)
    root = ET.fromstring(one.svg)
    width = float(root.attrib["viewBox"].split()[2])
    uses = [float(e.attrib["x"]) for e in root.iter() if e.tag.endswith("use") and "x" in e.attrib]
    assert uses and all(0 <= x <= width for x in uses)
    assert "An arrow: beyond the axis" in one.caption
    assert "An arrow" not in forest(0.8, -0.5).caption


def test_items_are_called_by_their_names_and_the_scale_by_its_title():
    items = item_statistics(np.random.default_rng(1).integers(0, 5, (80, 3)), lower=0, upper=4)
    names = {item: f"{item}  topic of {item}" for item in items.item_id}
    for draw in (figures.item_means, figures.item_rest):
        one = draw(items, title="Calm", names=names)
        drawn = texts(one.svg)
        assert all(f"topic of {item}" in drawn for item in items.item_id)
        assert drawn.count("Calm: item") == 1 and "of Calm" in one.alt


def test_groups_are_headed_by_the_title():
    frame = pd.DataFrame({"calm": np.tile([1.0, 2, 3, 5], 20), "g": ["a", "b"] * 40})
    found = group_differences(frame, "g")
    one = figures.group_differences(found, "calm", title="Calm at work")
    assert "Calm at work: differences between groups" in texts(one.svg)
    assert "on Calm at work" in one.alt
    assert "b against a" in texts(one.svg) or "a against b" in texts(one.svg)


def test_one_is_not_many():
    one_item = item_statistics(np.arange(40).reshape(40, 1) % 5, lower=0, upper=4)
    frame = pd.DataFrame({"calm": np.tile([1.0, 2, 3, 5], 20), "g": ["a", "b"] * 40})
    drawn = [
        forest(0.5),
        figures.item_means(one_item),
        figures.group_differences(group_differences(frame, "g"), "calm"),
        figures.score_distribution([1.0]),
        figures.score_distribution([1.0, np.nan, 2, 3, 4], smallest=1),
        figures.retest_plot([1.0], [2.0]),
        figures.rater_severity(rater_report([[1, 2], [2, 2], [3, 4]])),
    ]
    for one in drawn:
        said = f"{one.alt} {one.caption} {one.reason} {texts(one.svg) if one.svg else ''}"
        assert not ONE.search(said), said


def test_no_dot_of_two_occasions_is_one_person():
    rng = np.random.default_rng(4)
    first = rng.normal(50, 10, 400)
    second = first + rng.normal(0, 5, 400)
    for draw in (figures.retest_plot, figures.bland_altman):
        shown = draw(first, second, smallest=10)
        assert min(shown.table["n"]) >= 10
        assert sum(shown.table["n"]) >= 300
        assert "Each dot is the middle of a cell of 10 persons or more" in shown.caption
        assert min(draw(first, second).table["n"]) == 1
        few = draw(first[:12], second[:12], smallest=10)
        assert few.svg == "" and "too far apart" in few.reason
