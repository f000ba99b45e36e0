"""Pictures of the manual: their numbers in words and as a table, the same bytes, SVG that can stand in a page."""

from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from psychometrics.errors import ReportError
from psychometrics.evidence.agreement.rater_report import rater_report
from psychometrics.evidence.consistency.alpha import coefficient_alpha
from psychometrics.evidence.error.conditional import conditional_standard_errors
from psychometrics.evidence.fairness.differences import group_differences
from psychometrics.evidence.items.statistics import item_statistics
from psychometrics.norming import build_norms
from psychometrics.report import figures
from psychometrics.report.figures.canvas import ACCENT, INK, MID, NIGHT, QUIET
from psychometrics.report.figures.words import plain_text, slug

HOSTILE = (
    "<script>alert('$x^2$')</script> \u202eabc\u202c \x00 \U0001f9e0 \u05e9\u05dc\u05d5\u05dd & \" "
    + "y" * 10_000
)


def points(n: int = 300, k: int = 6, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.clip(np.rint(2 + rng.normal(size=(n, 1)) + rng.normal(size=(n, k))), 0, 4)


@cache
def every_figure() -> dict[str, figures.Figure]:
    x = points()
    total, again = x.sum(axis=1), points(seed=2).sum(axis=1) * 0.5 + x.sum(axis=1) * 0.5
    rng = np.random.default_rng(5)
    ratings = np.clip(np.rint(rng.normal(3, 1, (60, 1)) + rng.normal([0, 0.5, -0.5], 0.6, (60, 3))), 1, 5)
    items = item_statistics(x, lower=0, upper=4)
    age = rng.uniform(6, 12, 900)
    young = pd.DataFrame({"raw": np.clip(np.rint(rng.normal(5 + 2 * age, 3)), 0, 40).astype(int), "age": age})
    about = {"edition": "x", "provenance": {"description": "simulated"}, "simulated": True}
    return {
        "score_distribution": figures.score_distribution(total, simulated=True),
        "item_means": figures.item_means(items, simulated=True),
        "item_rest": figures.item_rest(items, simulated=True),
        "conditional_error": figures.conditional_error(conditional_standard_errors(x), simulated=True),
        "retest_plot": figures.retest_plot(total, again, simulated=True),
        "bland_altman": figures.bland_altman(total, again, simulated=True),
        "rater_severity": figures.rater_severity(rater_report(ratings), simulated=True),
        "group_differences": figures.group_differences(
            group_differences(total, ["a", "b", "c"] * 100), simulated=True
        ),
        "reliability_forest": figures.reliability_forest(
            [coefficient_alpha(x), coefficient_alpha(x[:, :3])], simulated=True
        ),
        "percentile_curves": figures.percentile_curves(
            build_norms(pd.DataFrame({"raw": total}), scale="raw", **about)
        ),
        "percentile_curves_over_age": figures.percentile_curves(
            build_norms(young, scale="raw", continuous="age", **about)
        ),
    }


NAMES = [*sorted(set(figures.__all__) - {"Figure"}), "percentile_curves_over_age"]


@pytest.mark.parametrize("name", NAMES)
def test_every_picture_says_its_numbers_and_that_they_are_simulated(name):
    one = every_figure()[name]
    root = ET.fromstring(one.svg)
    assert root.attrib["role"] == "img" and root.attrib["aria-label"] == one.alt
    assert one.alt.startswith("SIMULATED DATA. ") and one.caption.startswith("SIMULATED DATA. ")
    drawn = " ".join(element.text or "" for element in root.iter() if element.tag.endswith("text"))
    assert "SIMULATED DATA" in drawn
    assert len(re.findall(r"\d", one.alt)) >= 4
    sizes = {len(cells) for cells in one.table.values()}
    assert len(sizes) == 1 and len(one.to_frame()) == sizes.pop()


@pytest.mark.parametrize("name", NAMES)
def test_every_picture_can_stand_in_a_page(name):
    svg = every_figure()[name].svg
    assert svg.startswith("<svg ") and "<?xml" not in svg and "<metadata" not in svg and "DejaVu" not in svg
    ids = re.findall(r'\bid="([^"]+)"', svg)
    assert len(ids) == len(set(ids))
    prefix = every_figure()[name].name
    assert all(one == prefix or one.startswith(f"{prefix}-") for one in ids)
    asked = set(re.findall(r'href="#([^"]+)"', svg)) | set(re.findall(r"url\(#([^)]+)\)", svg))
    assert asked <= set(ids)
    hosts = set(re.findall(r'https?://[^"\s]+', svg))
    assert hosts <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert len(svg) < 80_000


def test_the_same_bytes_in_another_process_whatever_the_settings_there():
    code = (
        "import matplotlib; matplotlib.rcParams['font.size'] = 30; matplotlib.rcParams['svg.fonttype'] = 'path'\n"
        "from psychometrics.report import figures\n"
        "import sys; sys.stdout.buffer.write(figures.score_distribution([1, 2, 2, 3, 3, 3, 4, 4, 5], smallest=1).svg.encode())"
    )
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout.decode()
    assert other == figures.score_distribution([1, 2, 2, 3, 3, 3, 4, 4, 5], smallest=1).svg


def test_settings_of_the_caller_stay():
    import matplotlib

    before = dict(matplotlib.rcParams)
    figures.score_distribution([1, 2, 3] * 10)
    assert dict(matplotlib.rcParams) == before


def test_pictures_load_matplotlib_only_when_drawn():
    code = "import psychometrics.report.figures, sys; sys.exit('matplotlib' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_colours_are_told_from_the_page_by_day_and_by_night():
    for colour in (INK, ACCENT, QUIET):
        assert contrast(colour, "#ffffff") >= 4.5
        assert contrast(NIGHT[colour], "#16181d") >= 4.5
    assert contrast(NIGHT[MID], "#16181d") >= 3
    assert contrast(MID, "#ffffff") >= 3


@given(st.lists(st.integers(0, 30), min_size=5, max_size=200), st.integers(1, 12))
@settings(max_examples=25, deadline=None)
def test_no_range_of_scores_holds_few_persons_and_none_is_lost(values, smallest):
    one = figures.score_distribution(values, smallest=smallest)
    if not one.svg:
        assert len(values) < max(smallest, 2) and one.reason
        return
    n = one.table["n"]
    assert sum(n) == len(values)
    assert all(count == 0 or count >= smallest for count in n)
    assert one.table["lower"][1:] == tuple(upper + 1 for upper in one.table["upper"][:-1])
    assert one.table["lower"][0] <= min(values) and max(values) <= one.table["upper"][-1]


@pytest.mark.parametrize("values", [[], [1.0], [np.nan] * 20])
def test_too_few_scores_are_a_reason_instead_of_a_picture(values):
    one = figures.score_distribution(np.array(values))
    assert one.svg == "" and "too few" in one.reason and one.reason in one._repr_html_()
    assert figures.retest_plot(np.array(values), np.array(values)).reason


@pytest.mark.parametrize(
    "values", [[3.0] * 30, [1e-9, 2e-9] * 20, [-1e6, 1e6] * 20, [0.1 * i for i in range(50)]]
)
def test_odd_scores_are_drawn(values):
    assert figures.score_distribution(np.array(values)).svg


def test_no_variance_no_ratings_no_groups():
    equal = np.ones((30, 3))
    assert figures.item_rest(item_statistics(equal, lower=0, upper=4)).reason
    assert (
        figures.item_means(item_statistics(equal, lower=0, upper=4)).svg
        or figures.item_means(item_statistics(equal, lower=0, upper=4)).reason
    )
    assert figures.rater_severity(rater_report([[1, np.nan], [np.nan, 2]])).reason
    assert figures.group_differences(group_differences([1.0] * 30, ["a"] * 30)).reason
    assert figures.retest_plot([2.0] * 10, [2.0] * 10).svg
    assert figures.bland_altman([2.0] * 10, [2.0] * 10).svg
    nothing = pd.DataFrame({"estimate": [None], "ci_lower": [None], "ci_upper": [None]})
    assert figures.reliability_forest(nothing).reason == "no coefficient is known"


def test_many_persons_make_a_small_picture():
    rng = np.random.default_rng(3)
    x = rng.normal(size=50_000)
    one = figures.retest_plot(x, x + rng.normal(size=50_000))
    assert len(one.svg) < 250_000 and sum(one.table["n"]) == 50_000


def test_hostile_names_stay_text():
    frame = pd.DataFrame({HOSTILE: [1.0, 2, 3, 4] * 10})
    one = figures.score_distribution(frame)
    root = ET.fromstring(one.svg)
    assert not [element for element in root.iter() if element.tag.endswith("script")]
    assert "\x00" not in one.svg and "<script>" not in one._repr_html_()
    assert re.fullmatch(r"[a-z0-9-]{1,80}", one.name)
    x = pd.DataFrame(points(60, 3), columns=[HOSTILE, "a$b$", "\U0001f9e0"])
    assert ET.fromstring(figures.item_rest(item_statistics(x, lower=0, upper=4)).svg) is not None


def test_wrong_names_are_refused():
    frame = pd.DataFrame({"a": [1.0, 2, 3], "b": [1.0, 2, 3]})
    with pytest.raises(ReportError, match="several scales"):
        figures.score_distribution(frame)
    with pytest.raises(ReportError, match='no scale "c"'):
        figures.score_distribution(frame, "c")
    with pytest.raises(ReportError, match="no intervals"):
        figures.reliability_forest(frame)
    with pytest.raises(ReportError, match="names for"):
        figures.reliability_forest(coefficient_alpha(points()), names=["a", "b"])


def test_words():
    assert plain_text("a\x00b\n c", None) == "a b c" and len(plain_text("x" * 500)) == 76
    assert slug("Ünï <b>") == "n-b" and slug("\u05e9") == "figure"
