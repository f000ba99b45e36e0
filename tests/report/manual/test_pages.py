"""The manual as a page and as Markdown: whole, linked, escaped, the same bytes every time."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import manuals_for_tests as made
import pytest
from manuals_for_tests import bare, full

import psychometrics as pm
from psychometrics.report.manual.build import technical_manual

GOLDEN = Path(__file__).parents[2] / "golden" / "manual"
VOID = {"meta", "br", "hr", "img", "input", "link", "path", "use", "line", "rect", "circle"}


class Page(HTMLParser):
    """What a page holds, and whether its elements are closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.headings: list[int] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append((tag, found))
        if "id" in found and "svg" not in self.open:
            self.ids.append(str(found["id"]))
        if tag == "a":
            self.links.append(str(found.get("href")))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in VOID or "svg" in self.open:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID and "svg" not in self.open:
            return
        assert self.open, tag
        assert self.open.pop() == tag


@pytest.mark.parametrize("manual", [full, bare])
def test_page_is_whole(manual):
    page = Page(manual().to_html())
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))
    assert page.headings[0] == 1
    assert page.headings.count(1) == 1
    assert all(b - a <= 1 for a, b in zip(page.headings, page.headings[1:], strict=False))
    assert ("html", {"lang": "en"}) in page.tags


def test_contents_lead_to_every_section():
    page = Page(full().to_html())
    assert {link for link in page.links if link.startswith("#")} <= {f"#{one}" for one in page.ids}
    assert {f"#{section.id}" for section in full().sections} <= set(page.links)
    text = full().to_markdown()
    for section in full().sections:
        assert f"](#{section.id})" in text
        assert f'<a id="{section.id}"></a>' in text
        assert f"## {section.number} " in text


def test_page_asks_nobody():
    page = Page(full().to_html())
    for _, found in page.tags:
        for name in ("src", "href", "xlink:href"):
            assert str(found.get(name) or "#").startswith("#"), found
    styles = re.findall(r"url\(([^)]*)\)", full().to_html())
    assert all(one.strip("'\"").startswith("#") for one in styles)


def test_tables_have_heads_and_can_be_reached_by_keyboard():
    page = Page(full().to_html())
    heads = [found for tag, found in page.tags if tag == "th"]
    assert heads
    assert all(found.get("scope") in ("col", "row") for found in heads)
    regions = [found for _, found in page.tags if found.get("role") == "region"]
    assert regions
    assert all(found.get("tabindex") == "0" and found.get("aria-label") for found in regions)


def test_task_texts_lose_the_line_breaks_of_the_file_and_keep_their_code():
    manual = technical_manual("skill-rust-backend", norms=None)
    text = manual.to_markdown()
    assert (
        "\n```\nfn longest(" in text
        and "\nAnswer in a few sentences and a few lines of code. You have two minutes.\n" in text
    )
    page = manual.to_html()
    assert '<pre class="code">fn longest(' in page
    assert "<p>Answer in a few sentences and a few lines of code. You have two minutes.</p>" in page
    begins = [line[:3] for line in text.splitlines() if re.match(r"\d\. [^\[]", line)]
    assert begins.count("1. ") == page.count('<ol start="1">') > 0


def test_what_looks_like_a_list_begins_none():
    from psychometrics.report.manual.markdown import _text

    assert [_text(one) for one in ("1. a", "12) b", "- c", "+ d", "1.5 e", "-5 f", "g - h")] == [
        *("1\\. a", "12\\) b", "\\- c", "\\+ d", "1.5 e", "-5 f", "g - h")
    ]


def test_simulated_is_said_on_both():
    for text in (full().to_html(), full().to_markdown()):
        assert text.count("SIMULATED DATA") > 15
    assert full().to_html().index('class="simulated"') < full().to_html().index("<h1>")
    assert "SIMULATED" not in bare().to_html()


SCRIPT = """
import sys, hashlib
sys.path.insert(0, sys.argv[1])
from manuals_for_tests import instrument, ratings, responses
from psychometrics.report.manual.build import technical_manual
made = technical_manual(instrument(), responses(30), ratings(30), norms=None)
print(hashlib.sha256((made.to_html() + made.to_markdown()).encode()).hexdigest())
"""


def test_same_bytes_in_another_process():
    here = technical_manual(made.instrument(), made.responses(30), made.ratings(30), norms=None)
    digest = hashlib.sha256((here.to_html() + here.to_markdown()).encode()).hexdigest()
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(Path(__file__).parents[2])],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "4711"},
    )
    assert run.stdout.strip() == digest


def test_golden(pytestconfig):
    """What the made-up manual says; written anew with UPDATE_GOLDEN=1, reviewed as a diff."""
    text = full().to_markdown("figures")
    where = GOLDEN / "tidy-desk.md"
    if os.environ.get("UPDATE_GOLDEN"):
        where.write_text(text, encoding="utf-8")
    assert where.read_text(encoding="utf-8") == text


HOSTILE = '<script>alert(1)</script>"onload="x\u202e\x00javascript:alert(2) \u05d0\u05d1 \U0001f600 ]( | `'


def hostile() -> pm.Instrument:
    # control characters cannot stand in TOML; they come with data
    text = HOSTILE.replace("\x00", "").replace("\\", "").replace('"', "''")
    definition = made.DEFINITION
    for old in (
        "Tidy Desk Inventory",
        "Any decision about a person",
        "My papers lie in one pile.",
        "Said",
        "Nothing has a place.",
        "never",
        "Half of the points.",
        "tidy enough",
        "Nobody (2026). Nothing about desks.",
    ):
        definition = definition.replace(f'"{old}"', f'"{text}{old}"')
    return pm.parse_instrument(definition)


def test_hostile_text_stays_text():
    what = hostile()
    table = made.responses(40).to_frame()
    table["wing"] = [HOSTILE + "east" if k % 2 else "\x00" + "w" * 10_000 for k in range(40)]
    data = pm.read_responses(table, what)
    manual = technical_manual(
        what,
        data,
        groups="wing",
        norms=None,
        statements={"purpose.users": HOSTILE, "limits.review": HOSTILE},
        changelog=[(HOSTILE, HOSTILE)],
        reviewed=HOSTILE,
    )
    page = manual.to_html()
    assert "<script" not in page
    assert Page(page).open == []
    assert not any(name.startswith("on") for _, found in Page(page).tags for name in found)
    for text in (page, manual.to_markdown()):
        assert "\x00" not in text
        assert "\u202e" not in text
        assert "\ufffd" in text
    markdown = manual.to_markdown()
    assert "<script" not in markdown.replace("\\<script", "")
    assert not re.search(r"(?<!\\)\]\((?!#|figures/)", markdown)


def test_code_in_a_task_stays_code():
    assert '<pre class="code">no filters</pre>' in full().to_html()
    assert "```\nno filters\n```" in full().to_markdown()
