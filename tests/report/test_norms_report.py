"""The report on an edition: every question, every figure with its error, nothing of few people."""

from __future__ import annotations

import re
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

import psychometrics as pm
from psychometrics.errors import NormError, OutputError
from psychometrics.report.norms_report import norms_report

DAY = date(2026, 11, 1)
ALL = {
    "description": "adults of <Anytown> & region | around",
    "country": "Nowhere",
    "sampling": "every tenth household",
    "participation": "59 % of those asked",
    "administration": "on paper, at home",
    "collected": "2026-01 to 2026-03",
    "exclusions": "none",
    "weights": "none",
    "licence": "CC0-1.0",
    "script": "make.py",
    "citation": "Nobody (2026). Norms.",
    "doi": "10.1000/none",
}
EMPTY = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "line", "rect"}


def build(
    provenance: dict[str, str], sizes: tuple[int, int] = (300, 300), *, simulated: bool = False
) -> pm.Norms:
    rng = np.random.default_rng(1)
    table = {"x": rng.binomial(20, 0.4, sum(sizes)).astype(float), "g": ["f"] * sizes[0] + ["m"] * sizes[1]}
    return pm.build_norms(
        table,
        scale="x",
        strata=["g"],
        edition="e",
        provenance=provenance,
        simulated=simulated,
        title="Norms <of x>",
        reliability=[
            {
                "scale": "x",
                "coefficient": "coefficient_alpha",
                "estimate": 0.8123,
                "standard_error_of_measurement": 1.2,
                "n_persons": 600,
            }
        ],
        day=DAY,
    )


class Balanced(HTMLParser):
    """Fails on a tag that is not closed in its place; collects the text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        assert tag in EMPTY

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def text_of(page: str) -> str:
    parser = Balanced()
    parser.feed(page)
    assert parser.open == []
    return parser.text


def test_with_full_provenance_only_the_fingerprint_of_a_plain_table_is_missing() -> None:
    report = norms_report(build(ALL), today=DAY)
    assert [one.ask for one in report.missing] == ["For which version of the instrument?"]
    answers = {one.ask: one.answer for one in report.questions}
    assert answers["How many people are counted?"] == "600"
    assert answers["Into which groups are the norms divided?"] == "g (f, m)"


def test_questions_without_an_answer_say_what_would_answer_them() -> None:
    report = norms_report(
        build({"description": "people", "sampling": "not stated in the source read"}), today=DAY
    )
    asked = {one.ask: one for one in report.missing}
    assert "How were the people found?" in asked
    assert "How many of those asked took part?" in asked
    for page in (report.to_html(), report.to_markdown()):
        assert asked["How many of those asked took part?"].to_answer in page
        assert "not stated in the source read" in page
    assert report.to_frame()["answered"].sum() == len(report.questions) - len(report.missing)


def test_figures_come_with_their_errors() -> None:
    report = norms_report(build(ALL), today=DAY)
    assert [one.stratum for one in report.descriptions] == ["whole sample", "f", "m"]
    mean = next(one for one in report.precision if one.statistic == "mean" and one.stratum == "whole sample")
    whole = report.descriptions[0]
    assert mean.estimate == pytest.approx(whole.mean)
    assert mean.standard_error == pytest.approx(whole.sd / np.sqrt(600), rel=1e-2)
    assert mean.ci_lower < mean.estimate < mean.ci_upper
    text = text_of(report.to_html())
    assert "50th percentile" in text
    assert "0.812" in text
    assert "coefficient alpha" in text


def test_page_is_whole_escaped_and_needs_nothing_from_elsewhere() -> None:
    page = norms_report(build(ALL), today=DAY).to_html()
    text = text_of(page)
    assert "adults of <Anytown> & region | around" in text
    assert "<Anytown>" not in page
    assert not re.search(r"""(src|href)\s*=|url\(|@import|<script""", page)
    assert page.startswith("<!doctype html>\n<html lang=")
    assert 'role="img" aria-label="x: scores from' in page


def test_markdown_tables_are_whole() -> None:
    text = norms_report(build(ALL), today=DAY).to_markdown()
    assert r"adults of \<Anytown\> & region \| around" in text
    tables = [block for block in text.split("\n\n") if block.startswith("| ")]
    assert len(tables) == 4
    for table in tables:
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}) == 1


def test_simulated_is_said_on_every_surface(tmp_path: Path) -> None:
    report = norms_report(build(ALL, simulated=True), today=DAY)
    assert "SIMULATED" in repr(report)
    assert "SIMULATED" in report.citation
    for suffix in (".html", ".md"):
        page = report.write(tmp_path / f"r{suffix}").read_text(encoding="utf-8")
        assert "SIMULATED DATA. No person stands behind these numbers." in page
    assert "<title>SIMULATED" in report.to_html()
    assert report.to_dict()["source"]["simulated"] is True
    assert "SIMULATED" not in norms_report(build(ALL), today=DAY).to_html()


def test_small_groups_are_nowhere_on_the_page() -> None:
    report = norms_report(build(ALL, sizes=(300, 7)), today=DAY)
    assert {one.stratum for one in report.precision} == {"whole sample"}
    assert [np.isnan(one.n) for one in report.descriptions] == [False, True, True]
    assert report.disclosure.reveals
    assert "can be read off" in text_of(report.to_html())
    people = 307
    assert all(bar.share * people >= 10 - 1e-9 for picture in report.pictures for bar in picture.bars)
    assert sum(bar.share for bar in report.pictures[0].bars) == pytest.approx(1)


def test_age_is_judged_on_the_given_day() -> None:
    assert "outdated (more than 15 years)" in norms_report(build(ALL), today=date(2045, 1, 1)).to_markdown()
    assert norms_report(build(ALL), today=DAY).age.verdict == "current"


@pytest.mark.parametrize(
    "name",
    ["gad-7/de-2008", "ipip-neo-120/johnson", "sus/percentile-points", "skill-rust-backend/simulated-2026"],
)
def test_shipped_editions_can_be_reported(name: str) -> None:
    report = norms_report(pm.load_norms(name), today=DAY)
    text_of(report.to_html())
    assert report.to_markdown() == norms_report(pm.load_norms(name), today=DAY).to_markdown()
    assert report.precision or report.no_precision


def test_the_parent_can_be_laid_beside() -> None:
    parent = build(ALL)
    one = pm.build_norms(
        {"x": [8.0], "g": ["f"]}, scale="x", strata=parent.head.strata, edition="o", provenance=ALL, day=DAY
    )
    child = parent.remove(one, edition="c", day=DAY)
    report = norms_report(child, against=[parent], today=DAY)
    assert {finding.rule for finding in report.disclosure.reveals} == {"subtraction"}
    assert "Made from edition e." in report.to_markdown()


def test_bad_calls(tmp_path: Path) -> None:
    with pytest.raises(NormError, match="confidence"):
        norms_report(build(ALL), confidence=1)
    with pytest.raises(OutputError, match="cannot write a report"):
        norms_report(build(ALL)).write(tmp_path / "r.pdf")
