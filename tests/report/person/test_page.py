"""The page as HTML: well formed, alone, readable by everybody, and nothing in it but text of the content."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import math
import re
import shutil
import subprocess
from functools import cache
from html import unescape
from html.parser import HTMLParser
from urllib.parse import unquote

import person_reports_for_tests as made
import pytest
from hypothesis import given
from hypothesis import strategies as st
from person_pages_for_tests import CASES, flagship_pages

from psychometrics.errors import ReportError
from psychometrics.report.person.page import page_bytes, page_html, page_policy
from psychometrics.report.person.page_words import (
    anchor,
    chance,
    digits_apart,
    is_web_address,
    link,
    rank,
    ranks,
)

VOID = {"meta", "link", "input", "br", "hr", "img"}
SVG_VOID = {"line", "rect", "circle", "path", "use"}


class Tree(HTMLParser):
    """Every element with its attributes, and what is wrong with the nesting."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.inside: list[tuple[str, ...]] = []
        self.wrong: list[str] = []
        self.open: list[str] = []
        self.texts: dict[str, str] = {}
        self.feed(page)
        self.close()
        self.wrong += [f"<{tag}> is never closed" for tag in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.wrong.append(f"<{tag}> has an attribute twice")
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        self.inside.append(tuple(self.open))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> closes nothing, line {self.getpos()[0]}")

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts[self.open[-1]] = self.texts.get(self.open[-1], "") + data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def values(self, name: str) -> list[str]:
        return [attributes[name] for _, attributes in self.elements if name in attributes]


@cache
def page(name: str) -> tuple[str, Tree]:
    reports = {
        "made": made.report,
        "empty": made.empty,
        "hostile": lambda: made.replaced(made.report(), made.HOSTILE),
        "not simulated": lambda: made.report(
            simulated=False, source=dataclasses.replace(made.report().source, simulated=False)
        ),
        "flagship": lambda: flagship_pages().of(CASES["open"]),
        "unfinished": lambda: flagship_pages().of(CASES["unfinished"]),
    }
    text = page_html(reports[name]())
    return text, Tree(text)


ALL = ("made", "empty", "hostile", "not simulated", "flagship", "unfinished")
on_every_page = pytest.mark.parametrize("name", ALL)


@on_every_page
def test_every_element_is_closed_and_every_id_is_there_once(name: str) -> None:
    _, tree = page(name)
    ids = tree.values("id")
    assert tree.wrong == []
    assert sorted(ids) == sorted(set(ids))
    assert not [one for one in ids if re.search(r"\s", one) or not one]


@on_every_page
def test_everything_that_is_referred_to_is_there(name: str) -> None:
    _, tree = page(name)
    ids = set(tree.values("id"))
    for attribute in ("aria-labelledby", "aria-describedby", "for", "data-table"):
        for value in tree.values(attribute):
            assert set(value.split()) <= ids, (attribute, value)
    inner = [value[1:] for value in tree.values("href") if value.startswith("#")]
    assert set(inner) <= ids
    assert {"result", "basis"} <= ids
    assert inner[0] == "result"  # the skip link comes first


@on_every_page
def test_nothing_is_asked_of_another_host(name: str) -> None:
    text, tree = page(name)
    assert not tree.values("src") + tree.values("srcset") + tree.values("data") + tree.values("action")
    assert "url(" not in text and "@import" not in text
    for tag, attributes in tree.elements:
        href = attributes.get("href", "")
        if href and not href.startswith("#"):
            assert tag == "a"
            assert href.startswith(("https://", "http://"))
            assert attributes["rel"] == "noopener noreferrer"
    assert not [name for _, attributes in tree.elements for name in attributes if name.startswith("on")]
    assert not tree.values("style")


@on_every_page
def test_the_policy_of_the_page_lets_its_own_style_and_script_run(name: str) -> None:
    _, tree = page(name)
    policy = next(
        one["content"] for one in tree.all("meta") if one.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none'")
    assert policy == page_policy(simulated=bool(tree.texts["title"].startswith("SIMULATED")))
    for part in ("style", "script"):
        if part in tree.texts:
            digest = base64.b64encode(hashlib.sha256(tree.texts[part].encode()).digest()).decode()
            assert f"{part}-src 'sha256-{digest}'" in policy


@on_every_page
def test_headings_are_in_order_and_landmarks_are_there(name: str) -> None:
    _, tree = page(name)
    levels = [int(tag[1]) for tag, _ in tree.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in zip(levels, levels[1:], strict=False))
    assert [len(tree.all(tag)) for tag in ("main", "header", "footer", "html")] == [1] * 4
    assert tree.all("html")[0]["lang"] == "en"
    assert all("aria-labelledby" in one or "aria-label" in one for one in tree.all("section"))


@on_every_page
def test_every_drawing_has_a_name_and_a_table_and_every_table_has_heads(name: str) -> None:
    _, tree = page(name)
    tables = {one["id"] for one in tree.all("table")}
    for svg in tree.all("svg"):
        if svg.get("role") == "img":
            assert svg["data-table"] in tables and len(svg["aria-labelledby"].split()) == 2
        else:
            assert svg.get("aria-hidden") == "true" or svg.get("class") == "spill"
    assert all("scope" in one for one in tree.all("th"))
    captions = sum(tag == "caption" for tag, _ in tree.elements)
    assert captions == len(tables)


@on_every_page
def test_every_sentence_stands_with_its_bases(name: str) -> None:
    reports = {"made": made.report, "empty": made.empty}
    text, tree = page(name)
    marks = len(re.findall(r'<sup class="ref">', text))
    listed = [unquote(one) for value in tree.values("data-basis") for one in value.split()]
    assert marks == len(tree.values("data-basis")) > 0
    if name in reports:
        report = reports[name]()
        wanted = {str(basis) for sentence in report.sentences() for basis in sentence.bases}
        spoken = {unescape(one) for one in re.findall(r'<bdi class="s"[^>]*>(.*?)</bdi>', text)}
        hidden = {str(scale.sentence) for pair in report.methods for scale in (pair.self_report, pair.rubric)}
        assert {str(sentence) for sentence in report.sentences()} - hidden <= spoken
        assert set(listed) == wanted


def test_every_sentence_of_a_real_page_is_on_it() -> None:
    report, (text, tree) = flagship_pages().of(CASES["open"]), page("flagship")
    spoken = {unescape(one) for one in re.findall(r'<bdi class="s"[^>]*>(.*?)</bdi>', text)}
    in_brief = {str(scale.sentence) for scale in report.scales if scale.brief not in (None, scale.sentence)}
    assert {str(sentence) for sentence in report.sentences()} - spoken == in_brief
    listed = {unquote(one) for value in tree.values("data-basis") for one in value.split()}
    assert listed == {str(basis) for sentence in report.sentences() for basis in sentence.bases}


def test_simulated_is_said_at_the_top_at_every_drawing_and_in_print() -> None:
    text, tree = page("made")
    assert tree.texts["title"].startswith("SIMULATED")
    assert text.index('id="simulated"') < text.index("<h1>")
    for part in ("levels", "scales", "methods", "next"):
        section = text[text.index(f'<section id="{part}"') :]
        assert 'class="tag">SIMULATED' in section[: section.index("</section>")]
    assert '@bottom-left { content: "SIMULATED"' in text
    assert "SIMULATED" not in re.sub(r"<[^>]+>", "", page("not simulated")[0].split("<main")[0])


def test_hostile_text_stays_text_everywhere() -> None:
    text, tree = page("hostile")
    assert len(tree.all("script")) == 1
    assert tree.all("img") == []
    assert "\x00" not in text and "�" in text
    ours, _ = page("made")
    assert len(tree.all("svg")) == len(Tree(ours).all("svg"))
    assert not [one for one in tree.values("href") if "alert(" in one]
    body = re.sub(r"<(style|script)>.*?</\1>", "", text, flags=re.DOTALL)
    # the mark that turns the writing round is always inside an isolated element, or the name of a drawing
    for found in re.finditer("\u202e", body):
        before = body[: found.start()]
        tag = re.search(r"<(\w+)[^<>]*>[^<>]*$|=\"[^\"<>]*$", before)
        assert tag and (tag[1] in ("bdi", "title", "desc", "caption", "span", "option", None)), before[-80:]


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//e.org",
        "https://",
        "ftp://e.org",
        " https://e.org",
        "https://e.org/\n",
        "https:\\\\e.org",
        "http://[bad",
        "",
    ],
)
def test_only_addresses_of_the_web_become_links(url: str) -> None:
    assert not is_web_address(url)
    assert "<a" not in link(url, "words")
    assert is_web_address("https://doi.org/10.1126/science.adh2586?a=b#c")


@pytest.mark.parametrize("text", ["", "x" * 10_000, "\x00", "\ud800", "مرحبا", "🦀" * 50, "a b", "a--b"])
def test_long_empty_and_strange_texts_make_a_page(text: str) -> None:
    scale = dataclasses.replace(made.SCALES[0], scale_id=text or "x", title=text, band=text)
    report = made.report(person_id=text, title=text, scales=(scale, *made.SCALES[1:]))
    encoded = page_bytes(report)
    tree = Tree(encoded.decode())
    assert tree.wrong == []
    assert sorted(tree.values("id")) == sorted(set(tree.values("id")))
    assert encoded.decode() == page_html(report)


def test_a_language_without_texts_is_refused() -> None:
    with pytest.raises(ReportError, match="xx"):
        page_html(made.report(language="xx"))


def test_the_same_content_gives_the_same_page() -> None:
    assert page_html(made.report()) == page_html(made.report())


# --------------------------------------------------------------------------------------------------- colours

PAIRS = {
    4.5: [
        *((text, ground) for text in ("ink", "soft", "one", "two") for ground in ("paper", "wash")),
        ("ink", "one-wash"),
    ],
    3.0: [
        ("edge", "paper"),
        ("one", "one-wash"),
        ("two", "two-wash"),
        ("focus", "paper"),
        ("focus", "wash"),
        ("edge", "wash"),
        ("one", "wash"),
    ],
}


def contrast(one: str, other: str) -> float:
    """Contrast of WCAG 2.2: (L1 + 0.05) / (L2 + 0.05), L the relative luminance."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_formula() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def schemes() -> list[dict[str, str]]:
    style = page("made")[1].texts["style"]
    blocks = re.findall(r":root\s*\{([^}]*)\}", style)
    found = [dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{3,6})", block)) for block in blocks]
    full = [
        {
            name: value if len(value) == 7 else "#" + "".join(2 * c for c in value[1:])
            for name, value in one.items()
        }
        for one in found
    ]
    assert len(full) == 3  # light, dark, print
    return [full[0], full[1], full[0] | full[2]]


@pytest.mark.parametrize("scheme", [0, 1, 2])
def test_colours_can_be_read(scheme: int) -> None:
    colours = schemes()[scheme]
    low = [
        (one, other, round(contrast(colours[one], colours[other]), 2))
        for least, pairs in PAIRS.items()
        for one, other in pairs
        if contrast(colours[one], colours[other]) < least
    ]
    assert low == []


def test_no_colour_of_the_page_is_red_or_green() -> None:
    for colours in schemes():
        for name, value in colours.items():
            red, green, blue = (int(value[i : i + 2], 16) for i in (1, 3, 5))
            assert not (red > 150 and green < 80 and blue < 80), name
            assert not (green > red + 30 and green > blue + 30), name


# ------------------------------------------------------------------------------------------- moving the weight


@pytest.mark.skipif(
    shutil.which("node") is None, reason="node is not there: the script of the page is not run"
)
@pytest.mark.parametrize("weight", [0.0, 0.25, 0.4, 1.0])
def test_the_script_ranks_as_the_content_does(weight: float) -> None:
    """The ranks that the content gives for 0, the default and 1, and strengths by the formula in between."""
    report = flagship_pages().of(CASES["open"])
    _, tree = page("flagship")
    cards = [one for one in tree.all("li") if "data-signals" in one]
    stub = """
    const make = (card) => ({ dataset: card, querySelector: (s) => s === "h3 bdi" ? { textContent: card.id } : null,
      querySelectorAll: () => [], set rankText(v) {} });
    const cards = CARDS.map((card) => { const one = make(card); const spans = { ".rank": { textContent: "" } };
      one.querySelector = (s) => s === "h3 bdi" ? { textContent: card.id } : spans[s] || null; return one; });
    const list = { children: cards, insertBefore(one, before) { const from = cards.indexOf(one); cards.splice(from, 1);
      cards.splice(cards.indexOf(before), 0, one); } };
    const listeners = {};
    const range = { value: "0", dataset: { default: "0" }, addEventListener: (name, f) => { listeners[name] = f; } };
    const status = { dataset: { moved: "{order}", same: "{order}" }, textContent: "" };
    const parts = { "market-weight": range, recommendations: list, "market-status": status,
      "market-weight-value": {}, "market-reset": { addEventListener() {} }, "market-control": {} };
    globalThis.document = { getElementById: (id) => parts[id] };
    """
    data = json.dumps(
        [{"id": one["id"], "signals": one["data-signals"], "ranks": one["data-ranks"]} for one in cards]
    )
    run = f'{stub.replace("CARDS", data)}\n{tree.texts["script"]}\nrange.value = "{weight}"; listeners.change(); console.log(status.textContent);'
    done = subprocess.run(["node", "-e", run], capture_output=True, text=True, check=True)
    order = [one.split(" ", 1)[1] for one in done.stdout.strip().split(", ")]
    assert order == [anchor("next", one) for one in expected_order(report.recommendations, weight)]
    wanted = {0.0: "rank_without_market", 1.0: "rank_with_full_market", report.market_weight: "rank"}
    if weight in wanted:
        ranked = sorted(report.recommendations, key=lambda one: getattr(one, wanted[weight]))
        assert order == [anchor("next", one.id) for one in ranked]


def expected_order(views: tuple, weight: float) -> list[str]:  # type: ignore[type-arg]
    def strength(view) -> float:  # type: ignore[no-untyped-def]
        used = [
            (one.value, weight if one.signal == "market" else one.weight)
            for one in view.signals
            if not math.isnan(one.value)
        ]
        return sum(v * w for v, w in used) / sum(w for _, w in used) if sum(w for _, w in used) else 0.0

    tied = {0.0: "rank_without_market", 1.0: "rank_with_full_market"}.get(weight, "rank")
    return [
        view.id for view in sorted(views, key=lambda view: (-round(strength(view), 9), getattr(view, tied)))
    ]


# ------------------------------------------------------------------------------------------------------- words


def test_numbers_in_words() -> None:
    shares = (0, 0.009, 0.01, 0.5, 0.984, 0.99, 0.9916, 1, math.nan)
    assert [chance(share) for share in shares] == [
        "<1%",
        "<1%",
        "1%",
        "50%",
        "98%",
        "99%",
        ">99%",
        ">99%",
        "–",
    ]
    assert [rank(value) for value in (0.2, 1.4, 62.4, 99.9, math.nan)] == ["≤1", "≤1", "62", "≥99", "–"]
    assert ranks(math.nan, 3) == "–"


@given(score=st.floats(0, 100), at=st.floats(0, 100).map(lambda x: round(x, 2)))
def test_a_written_score_is_on_its_side_of_the_cut(score: float, at: float) -> None:
    digits = digits_apart(score, at, 1)
    if digits < 6:
        assert (round(score, digits) >= round(at, digits)) == (score >= at)


@given(st.text(min_size=1), st.text(min_size=1))
def test_two_names_never_share_an_anchor(one: str, other: str) -> None:
    if one != other:
        assert anchor("x", one) != anchor("x", other)
    assert re.fullmatch(r"[A-Za-z0-9_.:-]+", anchor("x", one))
