"""Honest pages where much is missing: no norms, old norms, no stratum, only ratings, one scale, nothing at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from math import isnan
from pathlib import Path

import instruments_for_tests as small
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from person_pages_for_tests import DAY, bases, edition, flagship, made_up

import psychometrics as pm
from psychometrics import catalog
from psychometrics.errors import CareersError, ReportError
from psychometrics.instrument import Instrument, parse_instrument
from psychometrics.report.person.building import PersonReports, person_reports, report_person
from psychometrics.report.person.building.asked import take
from psychometrics.report.person.building.meaning import misuse
from psychometrics.report.person.building.page import Page
from psychometrics.report.person.content import PersonReport
from psychometrics.report.person.resolving import unresolved
from psychometrics.report.person.texts import texts

MOST = 12
"""Pages of a batch that are looked at."""
SHIPPED = sorted({entry.id for entry in catalog.entries("instruments")})
KEYED = (
    small.HEAD.format(id="keyed")
    + """
items = [
  { id = "q1", kind = "keyed", topic = "t", options = "abc", key = ["a"] },
  { id = "q2", kind = "keyed", topic = "t", options = "abc", key = ["b"] },
]
[option_sets.abc]
options = [{ code = "a", points = 0 }, { code = "b", points = 0 }, { code = "c", points = 0 }]
[[scales]]
id = "right"
title = "Right answers"
items = ["q1", "q2"]
[[cuts]]
id = "half"
scale = "right"
label = "half of them"
at = 1
basis = "criterion"
rationale = "half of the questions"
[[cuts]]
id = "above_most"
scale = "right"
label = "above most people"
at = 80
metric = "percentile_rank"
basis = "norm"
rationale = "the upper fifth"
"""
)


def honest(pages: PersonReports) -> PersonReports:
    """Look at every page: all bases resolve, no number beside "not assessed", it can be written and tabled."""
    for page in pages[:MOST]:
        assert unresolved(page, pages.context) == ()
        assert page.summary[0].text
        assert "nan" not in " ".join(str(one) for one in page.sentences()).lower().split()
        assert page.to_json() == page.to_json()
        assert len(page.to_frame()) == len(page.scales)
        for scale in page.scales:
            if isnan(scale.score):
                assert isnan(scale.percentile_rank)
                assert scale.sentence.text.startswith("Not assessed")
            else:
                apart = "not compared with other people" in scale.sentence.text
                assert apart == (isnan(scale.percentile_rank) and isnan(scale.t))
    return pages


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("with_norms", [False, True])
def test_every_shipped_instrument_has_an_honest_page(name: str, with_norms: bool) -> None:
    instrument = pm.load_instrument(name)
    answers = made_up(instrument)
    norms = instrument.definition.default_norms if with_norms else None
    pages = honest(person_reports(pm.score(instrument, answers), norms=norms, responses=answers, today=DAY))
    assert len(pages) == 6
    assert all(isnan(scale.score) for scale in pages[5].scales)
    for page in pages:
        assert page.does_not_mean[0].text.startswith("The scores are no diagnosis")
        said = {str(one) for one in page.does_not_mean}
        assert all(any(misuse.rstrip(". ") in one for one in said) for misuse in instrument.definition.misuse)


def one_scale(n: int = 4, extra: str = "") -> Instrument:
    return parse_instrument(small.simple(n, extra=extra), where="test")


def page_of(instrument: Instrument, values: list[int | None], **options: object) -> PersonReport:
    table = {
        "person_id": ["a"],
        **{item: [value] for item, value in zip(instrument.item_ids, values, strict=True)},
    }
    answers = pm.read_responses(table, instrument)
    return honest(person_reports(pm.score(instrument, answers), responses=answers, today=DAY, **options))[0]  # type: ignore[arg-type]


def test_one_scale_without_norms_errors_cuts_or_catalogue_entry() -> None:
    page = page_of(one_scale(), [1, 2, 3, 4])
    assert page.norms_sentence is None
    assert "Your score on “Total” is 10 on a scale from 0 to 16." in page.summary[0].text
    assert page.cuts == page.methods == page.differences == page.recommendations == ()
    assert page.no_differences is None
    assert page.cuts_note is page.scales_note is None
    assert any("no usable norm sample" in str(one) for one in page.not_assessed)
    assert any("no standard errors are known" in str(one) for one in page.not_assessed)
    assert str(page.quality[0]) == "You answered all 4 questions."


def test_nothing_answered() -> None:
    page = page_of(one_scale(), [None] * 4)
    assert page.summary[0].text == "“Total” has no score, because nothing was answered."
    assert "Without an answer: 4 skipped." in [str(one) for one in page.quality]


def test_a_standard_error_without_norms_gives_a_score_interval() -> None:
    instrument = one_scale()
    table = {"person_id": ["a"], "q1": [1], "q2": [2], "q3": [3], "q4": [4]}
    scores = pm.score(instrument, pm.read_responses(table, instrument)).with_standard_errors({"total": 2.0})
    page = honest(person_reports(scores, today=DAY))[0]
    assert (
        "With repeated testing we would expect on average between 6.08 and 13.92 (95% interval)."
        in page.scales[0].sentence.text
    )
    assert "a smaller change than this cannot be told from error (95%): 5.54 points on “Total”." in str(
        page.retest[-1]
    )
    assert (page.scales[0].error, page.scales[0].error_from) == (2.0, "scores")


def test_keyed_items_are_not_called_self_report_and_a_normed_cut_needs_norms() -> None:
    instrument = parse_instrument(KEYED, where="test")
    table = {"person_id": ["a", "b"], "q1": ["a", "c"], "q2": ["b", None]}
    answers = pm.read_responses(table, instrument)
    pages = honest(person_reports(pm.score(instrument, answers), responses=answers, today=DAY))
    assert pages[0].scales[0].method == "keyed"
    half, most = pages[0].cuts
    assert (half.met, most.met) == (True, None)
    assert "there is none here" in most.answer.text
    assert most.metric == "percentile_rank"
    assert pages[1].cuts[0].met is None


def test_only_ratings_leave_the_self_report_unassessed() -> None:
    instrument, _, judged, _ = flagship()
    pages = honest(
        person_reports(pm.score(instrument, ratings=judged), norms=edition(), ratings=judged, today=DAY)
    )
    page = pages.of("P0003")
    found = {scale.scale_id: scale for scale in page.scales}
    assert isnan(found["junior"].score)
    assert not isnan(found["junior_rubric"].score)
    assert "no score for “Junior: self-report”" in page.methods[0].sentence.text
    assert all(cut.met is None for cut in page.cuts)
    assert "Not looked at" not in str(page.quality)
    assert "were not looked at" in str(page.quality[0])


def test_only_answers_leave_the_tasks_unassessed() -> None:
    instrument, answers, _, _ = flagship()
    pages = honest(
        person_reports(pm.score(instrument, answers), norms=edition(), responses=answers, today=DAY)
    )
    page = pages.of("P0003")
    (tasks,) = [str(one) for one in page.not_assessed if str(one).startswith("The tasks ")]
    assert tasks.endswith("s_task1 and s_task2 were not assessed, because nobody has rated them.")
    assert [str(pair.raters) for pair in page.methods] == ["No rater judged these tasks."] * 3
    assert "rating:j_task1" in bases(page)
    assert page.summary[0].text == (
        "“Overall, weighted by level” has no score, because a part of the score is missing."
    )
    assert "Self-report, all levels" in page.summary[1].text


def test_old_norms_are_named_and_not_used() -> None:
    _, answers, _, scores = flagship()
    page = honest(person_reports(scores, norms=edition(), responses=answers, today=date(2050, 1, 1)))[0]
    assert "more than 20 years old and no longer usable" in str(page.norms_sentence)
    assert all(isnan(scale.percentile_rank) for scale in page.scales)
    assert page.source.norms == "skill-rust-backend/simulated-2026"
    aged = honest(person_reports(scores, norms=edition(), responses=answers, today=date(2043, 1, 1)))[0]
    assert "outdated: about 16 years old" in str(aged.norms_sentence)
    assert any(not isnan(scale.percentile_rank) for scale in aged.scales)
    forced = edition().apply(scores, outdated="allow", today=date(2050, 1, 1))
    used = honest(person_reports(scores, norms=forced, responses=answers, today=date(2050, 1, 1)))[0]
    assert "used on demand" in str(used.norms_sentence)


def test_who_is_in_no_stratum_is_told_why() -> None:
    instrument = pm.load_instrument("phq-9")
    answers = made_up(instrument, n=12, seed=3)
    pages = honest(
        person_reports(pm.score(instrument, answers), norms="default", responses=answers, today=DAY)
    )
    other = next(page for page in pages if page.person_id in ("p2", "p5") and not isnan(page.scales[0].score))
    assert "the norm sample has no part that you are known to belong to" in other.scales[0].sentence.text
    assert "not compared with other people" in other.scales[0].sentence.text
    placed = next(page for page in pages if not isnan(page.scales[0].t))
    assert isnan(placed.scales[0].percentile_rank)
    assert "linear: published mean and standard deviation" in placed.scales[0].sentence.text
    assert "not compared" not in placed.scales[0].sentence.text
    assert other.scales[0].norm_group == ""
    assert {page.scales[0].norm_group for page in pages} == {"male", "female", ""}


def test_who_meets_a_cut_without_a_recommendation_hears_what_it_means_and_whom_to_ask() -> None:
    instrument = pm.load_instrument("phq-9")
    table = {"person_id": ["high", "low"], **{item: [2, 0] for item in instrument.item_ids}}
    answers = pm.read_responses(table, instrument)
    high, low = honest(person_reports(pm.score(instrument, answers), responses=answers, today=DAY))
    note = str(high.recommendations_note)
    assert high.cuts[0].met
    assert high.cuts[0].label in note
    assert high.cuts[0].rationale in note
    assert "Bring this page to the person who gave you the questionnaire" in note
    assert {"cut:screen", "definition:cuts.screen"} <= bases(high)
    assert "bring this page" in str(high.summary[-1])
    assert "Bring this page" not in str(low.recommendations_note)
    assert "content" not in str(high.cuts[0].rationale_sentence)


def test_seconds_and_long_runs_are_facts_not_verdicts() -> None:
    instrument = one_scale(8)
    table = {
        "person_id": ["a", "b"],
        **{f"q{i}": [3, i % 5] for i in range(1, 9)},
        **{f"seconds_q{i}": [1.5, 0.0] for i in range(1, 9)},
    }
    answers = pm.read_responses(table, instrument)
    pages = honest(person_reports(pm.score(instrument, answers), responses=answers, today=DAY))
    fast, plain = ([str(one) for one in page.quality] for page in pages)
    assert fast[1].startswith("You took about 1.5 seconds per question (median of 8).")
    assert fast[2].startswith("Your longest run of the same option is 8 of 8 answers.")
    assert "does not show that you answered carelessly" in fast[2]
    assert plain == ["You answered all 8 questions."]


def test_people_without_answers_on_file_are_told_so() -> None:
    _, answers, judged, scores = flagship()
    few = answers.select(np.arange(5))
    pages = person_reports(scores, responses=few, ratings=judged, norms=edition(), today=DAY)
    assert "no answers of yours on file" in str(pages[30].quality[0])
    assert unresolved(pages[30], pages.context) == ()


HOSTILE = "<script>alert(1)</script> javascript:alert(1) \u202emirror\u202c 🦀 {rank} %s \x00 " + "x" * 10_000


def test_hostile_text_stays_text() -> None:
    instrument = one_scale()
    definition = instrument.definition.model_copy(
        update={"title": HOSTILE, "misuse": [HOSTILE], "construct_text": HOSTILE}
    )
    hostile = replace(instrument, definition=definition)
    table = {"person_id": [HOSTILE], "q1": [1], "q2": [2], "q3": [3], "q4": [4]}
    answers = pm.read_responses(table, hostile)
    page = honest(person_reports(pm.score(hostile, answers), responses=answers, today=DAY))[0]
    assert page.person_id == HOSTILE
    assert HOSTILE.strip() in str(page.means[0])
    assert report_person(pm.score(hostile, answers), HOSTILE, today=DAY).person_id == HOSTILE


def test_made_up_answers_without_norms_are_called_simulated_where_it_is_said() -> None:
    instrument, answers, _, _ = flagship()
    scores = pm.score(instrument, answers)
    plain, said = (
        report_person(scores, "P0003", responses=answers, today=DAY, simulated=simulated)
        for simulated in (None, True)
    )
    assert (plain.simulated, said.simulated) == (False, True)
    assert (plain.source.simulated, said.source.simulated) == (False, True)
    assert "SIMULATED" in said.to_html()
    assert {fact.value for fact in said.colophon if fact.name == "Simulated data"} == {"yes: SIMULATED"}
    with pytest.raises(ReportError, match="are SIMULATED, as their sources say"):
        report_person(scores, "P0003", norms="default", simulated=False)


def test_a_misuse_stands_as_a_sentence_or_gets_one() -> None:
    page = Page(asked=take(flagship()[3]), texts=texts("en"))
    assert [
        misuse(page, text) for text in ("Not a diagnosis", "Two items are too few.", "Ranking people.")
    ] == [
        "Not a diagnosis.",
        "Two items are too few.",
        "Not for this: Ranking people.",
    ]


def test_what_does_not_belong_together_is_refused_at_once() -> None:
    instrument, answers, _, scores = flagship()
    other = pm.load_instrument("gad-7")
    theirs = made_up(other)
    with pytest.raises(ReportError, match="do not belong to one result page") as caught:
        person_reports(scores, responses=theirs, reliability=pm.reliability(other, theirs))
    assert [problem.where for problem in caught.value.problems] == ["responses", "reliability"]
    with pytest.raises(ReportError, match="needs scores, not dict"):
        person_reports({})  # type: ignore[arg-type]
    with pytest.raises(ReportError, match="names no default norms"):
        person_reports(pm.score("who-5", made_up(pm.load_instrument("who-5"))), norms="default")
    with pytest.raises(ReportError, match="no texts of the result page"):
        person_reports(scores, language="tlh")
    with pytest.raises(CareersError, match="cannot be used"):
        person_reports(scores, market_weight=2.0)
    normed = edition().apply(pm.score(instrument, answers))
    with pytest.raises(ReportError, match="not of the same people"):
        person_reports(scores, norms=normed)
    with pytest.raises(ReportError, match="placed in norms already"):
        person_reports(normed, norms="default")


def test_scores_without_an_instrument_are_refused(tmp_path: Path) -> None:
    from norms_for_tests import moments

    normed = pm.load_norms(str(moments(tmp_path, 100))).apply({"person_id": ["a"], "x": [50.0]})
    with pytest.raises(ReportError, match="made without an instrument"):
        person_reports(normed)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.2, 0.9]), st.integers(0, 3))
def test_any_person_has_an_honest_page(seed: int, blank: float, most_raters: int) -> None:
    """Random answers, blanks, ratings and numbers of raters: every basis resolves, every interval holds its rank."""
    instrument, rng = flagship()[0], np.random.default_rng(seed)
    table = {
        "person_id": ["a", "b"],
        **{i: [None if rng.random() < blank else int(rng.integers(5)), 0] for i in instrument.item_ids},
    }
    answers = pm.read_responses(table, instrument)
    rows = [
        {
            "person_id": who,
            "item_id": c.item_id,
            "criterion_id": c.criterion_id,
            "rater_id": f"r{r}",
            "level": level,
        }
        for c in instrument.criteria
        for who, n in (("a", int(rng.integers(most_raters + 1))), ("b", 1))
        for r, level in enumerate(rng.integers(4, size=n).tolist())
    ]
    judged = pm.read_ratings({name: [row[name] for row in rows] for name in rows[0]}, instrument)
    pages = honest(
        person_reports(
            pm.score(instrument, answers, judged),
            norms=edition(),
            responses=answers,
            ratings=judged,
            today=DAY,
        )
    )
    for page in pages:
        for scale in page.scales:
            if not isnan(scale.percentile_rank + scale.percentile_lower):
                assert (
                    0
                    <= scale.percentile_lower
                    <= scale.percentile_rank + 1e-9
                    <= scale.percentile_upper + 2e-9
                    <= 100 + 2e-9
                )
                assert 10 <= scale.t_lower <= scale.t_upper <= 90
        for cut in page.cuts:
            assert cut.met is None or cut.met == (cut.score >= cut.at)
            assert (
                isnan(cut.probability)
                or (cut.probability >= 0.5) == cut.met
                or cut.probability == pytest.approx(0.5)
            )
