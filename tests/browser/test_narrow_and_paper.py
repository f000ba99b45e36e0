"""Result pages and manuals on a narrow phone and on paper: nothing is cut, and the short form is two sheets."""

from __future__ import annotations

import re

import pytest

NARROW = {"width": 360, "height": 740}
PAGE = re.compile(rb"/Type\s*/Page\b")
CUT = """() => [...document.querySelectorAll("caption:not(.unseen)")].filter(caption => {
  const text = document.createRange();
  text.selectNodeContents(caption);
  const room = (caption.closest(".scroll") ?? document.documentElement).getBoundingClientRect();
  return text.getBoundingClientRect().right > room.right + 1;
}).map(caption => caption.textContent)"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Write a page with everything, pages of persons without a reliability of these data, and a whole manual."""
    import person_reports_for_tests as made
    from manuals_for_tests import full
    from person_pages_for_tests import CASES, DAY, edition, flagship, flagship_pages

    from psychometrics.report.person.building import person_reports
    from psychometrics.report.person.page import page_html

    _, answers, judged, scores = flagship()
    unknown = person_reports(scores, norms=edition(), responses=answers, ratings=judged, today=DAY)
    texts = {
        "manual": full().to_html(),
        "made": page_html(made.report()),
        "high": page_html(flagship_pages().of(CASES["high"])),
        **{person: page_html(unknown.of(person)) for person in ("P0008", "P0011", "P0040")},
    }
    folder = tmp_path_factory.mktemp("pages")
    for name, text in texts.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: (folder / f"{name}.html").as_uri() for name in texts}


@pytest.mark.parametrize("name", ["manual", "made", "high"])
def test_nothing_is_cut_on_a_narrow_phone(browser, pages, name):
    page = browser.new_page(viewport=NARROW)
    page.goto(pages[name])
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    assert page.locator("caption:not(.unseen)").count() > 0
    assert page.evaluate(CUT) == []
    assert page.evaluate("document.documentElement.scrollWidth") == NARROW["width"]
    page.close()


def test_a_caption_stays_where_it_is_while_its_table_is_moved(browser, pages):
    page = browser.new_page(viewport=NARROW)
    page.goto(pages["manual"])
    left = page.evaluate(
        """() => {
          const wide = [...document.querySelectorAll(".scroll")].find(one =>
            one.scrollWidth > one.clientWidth + 40 && one.querySelector("caption"));
          const place = () => wide.querySelector("caption").getBoundingClientRect().left;
          const before = place();
          wide.scrollLeft = 40;
          return [wide.scrollLeft, place() - before];
        }"""
    )
    assert left == [40, 0]
    page.close()


@pytest.mark.parametrize("name", ["made", "high", "P0008", "P0011", "P0040"])
def test_the_short_form_is_two_sheets_whatever_is_known_of_reliability(browser, pages, name):
    page = browser.new_page()
    page.goto(pages[name])
    assert len(PAGE.findall(page.pdf(prefer_css_page_size=True))) == 2
    page.close()
