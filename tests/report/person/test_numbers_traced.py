"""Every number of five pages, worked out again from the files: see ``traced_numbers_for_tests``."""

from __future__ import annotations

import re
from html import unescape
from itertools import combinations

import numpy as np
import pytest
from person_pages_for_tests import CASES, DAY, edition, flagship
from traced_numbers_for_tests import (
    CUTS,
    ERROR,
    LEVELS,
    NODES,
    SCALES,
    SURE,
    TABLE,
    WEIGHT,
    Z,
    answered,
    answers_of,
    chance,
    difference,
    expected_signals,
    interval,
    rank,
    raw,
    size,
    strength,
    t,
)

from psychometrics.report.person.building import PersonReports, person_reports
from psychometrics.report.person.content import PersonReport, ScaleView

MARKET = (0.0, 0.2, 1.0)


# ----------------------------------------------------------------------------------------------------------- the pages


@pytest.fixture(scope="module")
def pages() -> PersonReports:
    _, answers, judged, scores = flagship()
    return person_reports(scores, norms=edition(), responses=answers, ratings=judged, today=DAY)


@pytest.fixture(params=sorted(CASES.values()))
def page(request: pytest.FixtureRequest, pages: PersonReports) -> PersonReport:
    return pages.of(request.param)


def scored(page: PersonReport) -> list[ScaleView]:
    return [one for one in page.scales if not np.isnan(one.score)]


def short(value: float, digits: int = 1) -> str:
    """A number as sentences write it."""
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def cells(page: PersonReport, kind: str, name: str) -> str:
    """The text of one part of the page as HTML."""
    html = page.to_html()
    start = html.index(f'id="{kind}--{name}"')
    end = min(html.index(tag, start) for tag in ("</tbody>", "</article>", "</li>") if tag in html[start:])
    return unescape(re.sub(r"<svg.*?</svg>|<sup.*?</sup>|<[^>]+>", "|", html[start:end], flags=re.DOTALL))


def ends(lower: float, upper: float) -> str:
    """An interval of ranks as sentences write it."""
    low, high = f"{lower:.0f}", f"{upper:.0f}"
    if upper >= 98.5:
        return "anything from 1 to 99" if lower < 1.5 else f"{low} or above"
    return f"{high} or below" if lower < 1.5 else f"between {low} and {high}"


def test_scores_and_their_intervals(page: PersonReport) -> None:
    for view in page.scales:
        expected = raw(page.person_id, view.scale_id)
        assert view.score == pytest.approx(expected, abs=1e-9, nan_ok=True)
        if np.isnan(expected):
            assert view.sentence.text.startswith("Not assessed")
            continue
        margin = Z * ERROR[view.scale_id]
        assert view.score_lower == pytest.approx(max(expected - margin, 0))
        assert view.score_upper == pytest.approx(min(expected + margin, 100))
        assert view.sentence.text.startswith(
            f"Your score is {short(expected)} on a scale from 0 to 100. That is"
        )
        assert f"|{expected:.1f}|" in cells(page, "scale", view.scale_id)
        if "items" in SCALES[view.scale_id]:
            assert (view.n_valid, view.n_elements) == (
                len(answered(page.person_id, view.scale_id)),
                size(view.scale_id),
            )


def test_places_in_the_norm_sample(page: PersonReport) -> None:
    for view in scored(page):
        mine, n = rank(page.person_id, view.scale_id), TABLE[view.scale_id]["count"].sum()
        lower, upper = interval(page.person_id, view.scale_id)
        assert view.percentile_rank == pytest.approx(mine, abs=1e-9)
        assert (view.percentile_lower, view.percentile_upper) == pytest.approx((lower, upper), abs=0.1)
        assert view.t == pytest.approx(t(page.person_id, view.scale_id), abs=1e-6)
        assert view.norm_n == n
        shown = (view.percentile_lower, view.percentile_upper)  # at most 0.1 off: the last digit may differ
        assert ends(*shown) in view.sentence.text
        assert f"n = {n:,}); " in view.sentence.text or f"n = {n:,}), but" in view.sentence.text
        assert view.brief is not None
        assert f"on average {ends(*shown)}." in view.brief.text
        if 1.5 <= mine < 98.5:
            assert f"higher than about {mine:.0f} in 100 people" in view.sentence.text
            assert f"igher than about {mine:.0f} in 100 people of the norm sample" in view.brief.text
            row = cells(page, "scale", view.scale_id)
            assert f"|{mine:.0f}|" in row
            assert f"|{view.t:.0f}|" in row


def test_chances_at_the_cuts(page: PersonReport) -> None:
    for view in page.cuts:
        if view.met is None:
            assert np.isnan(raw(page.person_id, view.cut_id))
            continue
        p, score = chance(page.person_id, view.cut_id), raw(page.person_id, view.cut_id)
        assert view.probability == pytest.approx(p, abs=1e-9)
        assert view.met == (score >= CUTS[view.cut_id])
        in_words = "less than 1" if p < 0.01 else "more than 99" if p > 0.99 else f"about {100 * p:.0f}"
        in_figures = "<1%" if p < 0.01 else ">99%" if p > 0.99 else f"{100 * p:.0f}%"
        assert f"The chance that your true score reaches it is {in_words} in 100." in view.answer.text
        assert f"|{in_figures}|" in cells(page, "cut", view.cut_id)
        assert re.search(rf"\({in_words} in 100[,)]", page.summary[-2].text)
        assert f"of {short(score)} " in view.answer.text
        assert f"the cut of {CUTS[view.cut_id]} " in view.answer.text
    known = [view.met for view in page.cuts if view.met is not None]
    if known:
        assert page.summary[-2].text.startswith(f"You reach {sum(known)} of 3 score limits (cuts)")


def test_differences_and_their_errors(page: PersonReport) -> None:
    """Levels, tasks and self-reports of the levels, and both methods over all levels are compared."""
    levels = ("junior", "mid", "senior")
    families = [levels, *([f"{one}_{m}" for one in levels] for m in ("self_report", "rubric"))]
    pairs = [pair for one in families for pair in combinations(one, 2)] + [("self_report", "rubric")]
    there = {one.scale_id for one in scored(page)}
    known = {pair: difference(page.person_id, *pair) for pair in pairs if set(pair) <= there}
    beyond = {frozenset(pair) for pair, (d, error) in known.items() if abs(d) > error}
    assert {frozenset((one.first_id, one.second_id)) for one in page.differences} == beyond
    if beyond:
        assert f"{len(beyond)} of {len(known)} pairs" in str(page.differences_note)
    for one in page.differences:
        d, error = difference(page.person_id, one.first_id, one.second_id)
        assert (one.difference, one.standard_error) == pytest.approx((d, error), abs=1e-6)
        assert one.reliable == (abs(d) > Z * error)
        assert (
            f"lies {abs(d):.0f} T points" in one.sentence.text
            or f"{abs(d):.1f} T points" in one.sentence.text
        )
        assert ("chance could still" in one.sentence.text) == (not one.reliable)
    for pair in page.methods:
        if pair.exceeds_error is None:
            continue
        d, error = difference(page.person_id, pair.self_report.scale_id, pair.rubric.scale_id)
        assert pair.exceeds_error == (abs(d) > error)
        assert f"{abs(d) if pair.exceeds_error else error:.0f} T points" in pair.sentence.text
        assert ("Chance could still" in pair.sentence.text) == (error < abs(d) <= Z * error)


def test_recommendations_with_inputs_weights_and_ranks(page: PersonReport) -> None:
    expected = {}
    for one in page.recommendations:
        kind, _, about = one.id.partition(":")
        signals = expected[one.id] = expected_signals(page.person_id, kind, about)
        there = {name: value for name, value in signals.items() if value is not None}
        assert {s.signal: s.value for s in one.signals} == pytest.approx(there, abs=1e-9)
        assert {s.signal: s.weight for s in one.signals} == {name: WEIGHT[name] for name in there}
        assert all(s.share == pytest.approx(s.value * s.weight) for s in one.signals)
        assert one.strength == pytest.approx(strength(signals, 0.2), abs=1e-9)
        shown = cells(page, "next", one.id) if re.fullmatch(r"[\w.:-]+", one.id) else ""
        assert f"{one.strength:.2f}" in shown
    for at, name in zip(MARKET, ("rank_without_market", "rank", "rank_with_full_market"), strict=True):
        order = sorted(page.recommendations, key=lambda one: getattr(one, name))
        strengths = [round(strength(expected[one.id], at), 9) for one in order]
        assert strengths == sorted(strengths, reverse=True)


def test_what_is_recommended_is_what_the_rules_say(page: PersonReport) -> None:
    found = {one.id for one in page.recommendations}
    for cut, node in LEVELS.items():
        p = chance(page.person_id, cut)
        assert (f"practise:{node}" in found) == (p <= SURE)
        assert (f"measure_again:{cut}" in found) == (1 - SURE <= p <= SURE)
    wanted = set()
    starts = {node: [cut] for cut, node in LEVELS.items()} | {"rust": list(LEVELS)}
    for node, cuts in starts.items():
        if any(chance(page.person_id, cut) > SURE for cut in cuts):
            wanted |= {k["to"] for k in NODES[node]["links"] if k["kind"] in ("learned_next", "recurs_with")}
    assert {one.node for one in page.recommendations if one.kind == "go_on"} == wanted - set(starts)


def test_changes_that_are_more_than_error_and_counts_of_answers(page: PersonReport) -> None:
    scales = [cut for cut in CUTS if not np.isnan(raw(page.person_id, cut))]
    for cut in scales:
        change = short(Z * np.sqrt(2) * ERROR[cut])
        assert f"{change} points on “{SCALES[cut]['title']}”" in page.retest[-1].text
    n = answers_of(page.person_id)
    said = "You answered all 18 questions." if n == 18 else f"You answered {n} of 18 questions"
    assert page.quality[0].text.startswith(said)


CONSTANT = {"0", "1", "100", "95", "2026", "11", "01", "2,000", "30", "40", "60", "70", "3", "10"}
"""Ends of scales, level of the intervals, release and size of the edition, edges of T levels, "1 in 3 pairs"."""


def test_no_number_of_a_sentence_is_left_over(page: PersonReport) -> None:
    """Every number in what is said of this person is one of those above; what definition and claims say is theirs."""
    person, known = page.person_id, set(CONSTANT)
    for view in scored(page):
        name = view.scale_id
        known |= {short(raw(person, name)), f"{rank(person, name):.0f}", f"{TABLE[name]['count'].sum():,}"}
        known |= {f"{end:.0f}" for end in (view.percentile_lower, view.percentile_upper)}
        known |= {str(len(answered(person, name))) if "items" in SCALES[name] else "0"}
        known |= {str(view.n_elements), str(view.n_valid), str(view.n_raters)}
    for cut, at in CUTS.items():
        known |= {str(at), short(Z * np.sqrt(2) * ERROR[cut])}
        if not np.isnan(raw(person, cut)):
            known |= {f"{100 * chance(person, cut):.0f}", "99"}
    for one in page.differences:
        for value in difference(person, one.first_id, one.second_id):
            known |= {f"{abs(value):.0f}", f"{abs(value):.1f}"}
    for pair in page.methods:
        if pair.exceeds_error is not None:
            two = difference(person, pair.self_report.scale_id, pair.rubric.scale_id)
            known |= {f"{abs(value):.0f}" for value in two}
    n = answers_of(person)
    known |= {str(len(page.differences)), str(sum(cut.met is True for cut in page.cuts)), "14", "180"}
    known |= {"18", str(n), str(18 - n), f"{100 * n / 18:.0f}"}
    said = [*page.summary, *(cut.answer for cut in page.cuts), *page.retest, *page.quality]
    said += [
        one for view in page.scales for one in (view.sentence, view.brief, *view.notes) if one is not None
    ]
    said += [one.sentence for one in (*page.methods, *page.differences)]
    said += [one for one in (page.differences_note, page.no_differences, page.scales_note) if one is not None]
    for sentence in said:
        if all(base.kind in ("definition", "claim", "catalogue") for base in sentence.bases):
            continue
        found = re.findall(r"(?<![\w.])\d+(?:,\d{3})*(?:\.\d+)?", sentence.text.replace("simulated-2026", ""))
        assert set(found) <= known, sentence.text
