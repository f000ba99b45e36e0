"""Whole pages held against kept ones; written anew with UPDATE_GOLDEN=1, reviewed as a diff."""

from __future__ import annotations

import os
import re
from functools import cache

import person_reports_for_tests as made
import pytest
from person_pages_for_tests import CASES, DAY, GOLDEN, flagship, flagship_pages

import psychometrics as pm
from psychometrics.report.person.building import person_reports
from psychometrics.report.person.page import page_html

KEPT = ("open.html", "high.html", "only_answers.html", "nothing.html")


@cache
def pages() -> dict[str, str]:
    """The pages that are kept; style and script, which have files of their own, are left out."""
    instrument, answers, _, _ = flagship()
    only = person_reports(pm.score(instrument, answers), responses=answers, today=DAY).of(CASES["middle"])
    reports = {case: flagship_pages().of(CASES[case]) for case in ("open", "high")}
    reports |= {"only_answers": only, "nothing": made.empty()}
    return {f"{name}.html": _without_files(page_html(report)) for name, report in reports.items()}


def _without_files(page: str) -> str:
    page = re.sub(r"<style>.*?</style>", "<style></style>", page, flags=re.DOTALL)
    page = re.sub(r"<script>.*?</script>", "<script></script>", page, flags=re.DOTALL)
    return re.sub(r"(&#39;)sha256-.*?\1", r"\1sha256-\1", page)


@pytest.mark.parametrize("name", KEPT)
def test_the_page_is_what_was_kept(name: str) -> None:
    assert set(pages()) == set(KEPT)
    if os.environ.get("UPDATE_GOLDEN"):
        (GOLDEN / name).write_text(pages()[name], encoding="utf-8")
    assert pages()[name].splitlines() == (GOLDEN / name).read_text(encoding="utf-8").splitlines()
