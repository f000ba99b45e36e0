"""The pages that are handed out as files: the result page of a person, and the technical manual."""

from __future__ import annotations

import re

import pytest
from browser_steps import DESKTOP, NAME, PHONE, handed_in, rated

VIEWPORTS = pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])


def open_result(page, site, person):
    page.goto(f"{site.url}/t/{site.store.invite(person, NAME).token}")
    page.wait_for_url("**/done")
    assert page.goto(f"{site.url}/result").status == 200


@VIEWPORTS
def test_the_result_page_is_accessible_before_and_after_the_tasks_are_rated(
    site, open_page, check, print_page, viewport
):
    width = viewport["width"]
    handed_in(site, f"waiting-{width}")
    page = open_page(viewport)
    open_result(page, site, f"waiting-{width}")
    assert "not assessed" in page.inner_text("main").lower()
    if viewport is PHONE:
        check(page, "result-1-not-rated", schemes=("dark",), touch=False)
    rated(site, "rater", lambda item, _: 3 if item.startswith("j") else 1)
    page.reload()
    assert "SIMULATED" in page.inner_text("body")
    check(page, "result-2-rated", touch=False)
    print_page(page, f"result-2-rated-{width}")


def test_moving_the_weight_of_the_market_ranks_anew_at_once(site, open_page):
    handed_in(site, "market", place=2)
    rated(site, "rater", lambda item, criterion: (len(item) + len(criterion)) % 4)
    page = open_page(DESKTOP)
    open_result(page, site, "market")
    titles = page.locator("#market-ranks tbody th a").all_inner_texts()
    cells = [row.split("\t") for row in page.locator("#market-ranks tbody tr").all_inner_texts()]
    weight = page.locator("#market-weight")
    for value, column in (("0", 1), ("1", 3)):
        weight.fill(value)
        weight.dispatch_event("change")
        wanted = [
            title
            for _, title in sorted(
                (int(row[column]), title) for row, title in zip(cells, titles, strict=True)
            )
        ]
        shown = [
            re.sub(r"^\s*(Rank\s*)?\d+\s*", "", text)
            for text in page.locator("#recommendations h3").all_inner_texts()
        ]
        assert shown == wanted
        assert float(page.locator("#market-weight-value").inner_text()) == float(value)
    assert len({row[1] for row in cells}) == len(cells)


def test_without_javascript_the_result_page_says_the_same_without_the_control(site, open_page):
    handed_in(site, "still")
    page = open_page(java_script_enabled=False)
    open_result_plain(page, site, "still")
    assert not page.locator("#market-control").is_visible()
    assert page.locator("#recommendations").is_visible()


def open_result_plain(page, site, person):
    page.goto(f"{site.url}/t/{site.store.invite(person, NAME).token}")
    page.get_by_role("link", name="See the result page").click()


@pytest.fixture(scope="module")
def manual(tmp_path_factory):
    from psychometrics.report.manual.build import technical_manual

    file = tmp_path_factory.mktemp("manual") / "manual.html"
    file.write_text(technical_manual(NAME).to_html(), encoding="utf-8")
    return file.as_uri()


@VIEWPORTS
def test_the_manual_is_accessible(site, open_page, check, manual, viewport):
    page = open_page(viewport)
    site.hosts.clear()
    page.goto(manual)
    check(page, "manual", touch=False)
    assert not site.hosts, "the manual asks nobody for anything"
