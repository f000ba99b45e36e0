"""One look for every page: colours, typefaces and tables come from one style sheet, and pictures have the same colours."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from manuals_for_tests import bare, full, norms

import psychometrics.report
from psychometrics.report.figures import canvas
from psychometrics.report.look import look
from psychometrics.report.norms_report import norms_report
from psychometrics.report.person import page

FOLDER = Path(psychometrics.report.__file__).parent
OWN = (
    FOLDER / "manual/templates/manual.css.jinja",
    FOLDER / "person/templates/page.css.jinja",
    FOLDER / "norms_report_html.py",
)


def pages() -> dict[str, str]:
    return {
        "manual": full().to_html(),
        "bare manual": bare().to_html(),
        "norms": norms_report(norms()).to_html(),
        "person": f"<style>{page._static(True)['style']}</style>",
    }


@pytest.mark.parametrize("name", ["manual", "bare manual", "norms", "person"])
def test_every_page_begins_with_the_shared_style(name):
    style = re.search(r"<style>(.*?)</style>", pages()[name], re.DOTALL)
    assert style is not None
    assert style[1].strip().startswith(look())


def test_no_page_has_colours_or_typefaces_of_its_own():
    for where in OWN:
        text = where.read_text(encoding="utf-8")
        outside_margin_boxes = re.sub(r"@bottom-\w+ \{[^}]*\}", "", text)
        assert not re.findall(r"#[0-9a-f]{3,6}\b(?=[;\" ])", outside_margin_boxes), where
        assert "Segoe" not in text and "--sans:" not in text, where


def test_pictures_have_the_colours_of_the_pages_by_day_and_by_night():
    day, night, *_ = re.findall(r":root \{(.*?)\}", look(), re.DOTALL)
    for own in (canvas.INK, canvas.PALE, canvas.ACCENT, canvas.QUIET):
        name = re.search(rf"(--[\w-]+): {own}", day)
        assert name is not None, own
        assert f"{name[1]}: {canvas.NIGHT[own]}" in night
    assert canvas.FONT.replace("'", '"') in day


def test_the_shared_style_asks_no_other_host():
    assert "url(" not in look() and "@import" not in look() and "http" not in look()
