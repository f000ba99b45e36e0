"""The page of people of the simulated sample, part by part."""

from __future__ import annotations

import json
import pickle
import re
from math import isnan
from statistics import NormalDist

import numpy as np
import pytest
from person_pages_for_tests import (
    CASES,
    DAY,
    GOLDEN,
    bases,
    edition,
    flagship,
    flagship_pages,
    golden_contents,
)

import psychometrics as pm
from psychometrics.errors import OutputError, ReportError
from psychometrics.report.person.basis import Basis, Sentence
from psychometrics.report.person.building import person_reports, report_person
from psychometrics.report.person.content import PersonReport, RecommendationView
from psychometrics.report.person.resolving import resolve, unresolved

KEPT = (*(f"{case}.json" for case in CASES), "only_answers.json")


def page(case: str) -> PersonReport:
    return flagship_pages().of(CASES[case])


@pytest.mark.parametrize("name", KEPT)
def test_the_content_is_what_was_kept(name: str) -> None:
    """Rewritten only by ``python tests/person_pages_for_tests.py --update``."""
    assert set(KEPT) == set(golden_contents())
    kept = json.loads((GOLDEN / name).read_text(encoding="utf-8"))
    assert _near(kept, json.loads(golden_contents()[name])) == []


def _near(kept: object, made: object, where: str = "") -> list[str]:
    """Say where two contents differ; numbers may differ in the tenth place, which is the machine's."""
    if isinstance(kept, dict) and isinstance(made, dict):
        keys = [f"{where}: keys"] if kept.keys() != made.keys() else []
        return keys + [
            line
            for key in kept.keys() & made.keys()
            for line in _near(kept[key], made[key], f"{where}.{key}")
        ]
    if isinstance(kept, list) and isinstance(made, list):
        sizes = [f"{where}: length"] if len(kept) != len(made) else []
        return sizes + [
            line
            for i, (a, b) in enumerate(zip(kept, made, strict=False))
            for line in _near(a, b, f"{where}[{i}]")
        ]
    if isinstance(kept, float) and isinstance(made, float):
        return [] if kept == pytest.approx(made, rel=1e-9, abs=1e-9) else [f"{where}: {kept} {made}"]
    return [] if kept == made else [f"{where}: {kept!r} {made!r}"]


def test_every_basis_of_every_page_resolves() -> None:
    for one in flagship_pages():
        assert unresolved(one, flagship_pages().context) == ()


def test_the_summary_says_place_cuts_and_what_to_do() -> None:
    place, cuts, after = page("high").summary
    assert re.search(
        r"higher than about \d+ in 100 people in the SIMULATED norm sample .* n = 1,975", place.text
    )
    assert place.text.startswith(
        "Your score on “Overall, weighted by level” is 63.7 on a scale from 0 to 100."
    )
    assert "with repeated testing we would expect on average between" in place.text
    assert cuts.text.startswith(
        "You reach 2 of 3 score limits (cuts), each answered for itself. Met: “Junior level” (more than"
    )
    assert "Not met: “Senior level” (less than 1 in 100)." in cuts.text
    assert after.text == "A next step could be to go on to “Designing APIs”."
    assert {"norms:skill-rust-backend/simulated-2026", "cut:senior", "score:overall"} <= bases(page("high"))


def test_a_brief_sentence_names_no_norm_sample_and_says_what_is_only_roughly_known() -> None:
    for one in flagship_pages():
        for scale in one.scales:
            assert scale.brief is not None
            assert scale.brief.bases == scale.sentence.bases
            if isnan(scale.score):
                assert scale.brief == scale.sentence
                continue
            brief, wide = scale.brief.text, scale.percentile_upper - scale.percentile_lower > 50
            assert "simulated-2026" not in brief
            assert "simulated-2026" in scale.sentence.text
            assert brief.startswith("Only roughly known: ") == wide
            assert ("only roughly known" in scale.sentence.text) == wide
            assert brief.startswith("Above the middle") == (scale.percentile_lower > 50 and not wide)
            assert brief.startswith("Below the middle") == (scale.percentile_upper < 50 and not wide)


def test_claims_in_use_come_first_and_name_what_uses_them_and_caveats_stand_with_each() -> None:
    claims = flagship_pages().context.claims
    assert claims is not None
    for one in flagship_pages()[:12]:
        advice = flagship_pages().maker.advice
        assert advice.batch is not None
        items = advice.batch.of(flagship_pages().person_ids.index(one.person_id)).items
        used = {claim for item in items for claim in advice.used_by(item)}
        in_order = [bool(view.used_by) for view in one.claims]
        assert in_order == sorted(in_order, reverse=True)
        assert {view.claim_id for view in one.claims if view.used_by} == used
        assert {view.claim_id for view in one.claims if not view.used_by} == set(advice.background) - used
        for view in one.claims:
            for rec in one.recommendations:
                kinds = advice.catalogue.kinds if advice.catalogue is not None else {}
                cites = f'"claim:{view.claim_id}"' in json.dumps(_refs(rec))
                assert (rec.id in view.used_by) == (cites or view.claim_id in kinds[rec.kind].claims)
            claim = claims.claim(view.claim_id)
            assert view.does_not_prove == claim.does_not_prove
            flag = () if claim.flagged is None else (claim.flagged,)
            assert [text.rstrip(".") for text in view.caveats] == [
                t.rstrip(".") for t in (*flag, *claim.caveats)
            ]
            assert view.flagged == (claim.flagged is not None)


def _refs(rec: RecommendationView) -> list[str]:
    said = (rec.sentence, *rec.notes, *(signal.sentence for signal in rec.signals))
    return [str(base) for one in said for base in one.bases]


def test_the_banner_says_what_is_made_up() -> None:
    scores = flagship()[3]
    assert page("high").simulated_parts == ("norms",)
    assert "</strong> The norm sample is made up." in page("high").to_html()
    both = report_person(scores, CASES["high"], norms=edition(), simulated=True, today=DAY)
    assert both.simulated_parts == ("answers", "norms")
    assert "</strong> Both the answers and the norm sample are made up." in both.to_html()
    alone = report_person(scores, CASES["high"], simulated=True, today=DAY)
    assert alone.simulated_parts == ("answers",)
    assert "</strong> The answers are made up." in alone.to_html()


def test_the_numbers_are_those_of_the_parts() -> None:
    _, _, _, scores = flagship()
    asked = flagship_pages().maker.page.asked
    normed = asked.normed
    assert normed is not None
    wide = normed.uncertainty()
    decisions = asked.scores.cuts() if asked.scores is not None else None
    assert decisions is not None
    for row, one in enumerate(flagship_pages()):
        assert [s.score for s in one.scales] == pytest.approx(scores.raw[:, row].tolist(), nan_ok=True)
        assert [s.percentile_rank for s in one.scales] == pytest.approx(
            normed.percentile_rank[:, row].tolist(), nan_ok=True
        )
        assert [s.percentile_lower for s in one.scales] == pytest.approx(
            wide.lower["total"][:, row].tolist(), nan_ok=True
        )
        assert [c.probability for c in one.cuts] == pytest.approx(
            decisions.probability()[:, row].tolist(), nan_ok=True
        )
        for scale in one.scales:
            assert (
                isnan(scale.score)
                or scale.percentile_lower <= scale.percentile_rank <= scale.percentile_upper
            )
            assert isnan(scale.score) or scale.t_lower <= scale.t <= scale.t_upper


def test_each_cut_is_answered_for_itself_with_its_rationale_and_statement() -> None:
    for cut in page("high").cuts:
        assert cut.rationale in str(cut.rationale_sentence)
        (said,) = cut.statements
        ids = [base.ref for base in said.bases if base.kind == "definition"]
        assert ids == [f"statements.{cut.cut_id}_{'met' if cut.met else 'open'}"]
        assert any(str(said).endswith(one.text) for one in flagship()[0].definition.statements)
        assert all(source.url.startswith("https://") for source in cut.sources)
    assert "answered for itself" in str(page("high").cuts_note)


def test_what_is_said_of_the_tasks_rests_on_the_tasks() -> None:
    """A favourable self-report can carry the level over its cut; it cannot change what the answers to tasks show."""
    limits = {"junior": 53, "mid": 59, "senior": 66}
    apart = 0
    for one in flagship_pages():
        scores = {scale.scale_id: scale.score for scale in one.scales}
        for cut in one.cuts:
            tasks = scores[f"{cut.cut_id}_rubric"]
            shown = [str(said) for said in cut.statements if "The answers show most" in str(said)]
            assert bool(shown) == (tasks >= limits[cut.cut_id])
            apart += bool(shown) != bool(cut.met)
    assert apart > 0


def test_an_answer_near_its_cut_is_worded_as_open() -> None:
    found = set()
    for one in flagship_pages():
        for cut in one.cuts:
            is_open = 0.2 <= cut.probability <= 0.8
            assert ("but by so little that the answer is open" in str(cut.answer)) == is_open
            found.add((is_open, cut.met))
    assert {(True, True), (True, False), (False, True)} <= found
    html = page("middle").to_html()
    assert "Cut met, but open" in html
    assert "so the answer is open)" in html


def test_a_statement_near_its_limit_says_so() -> None:
    entries = {f"statements.{one.id}": one for one in flagship()[0].definition.statements}
    warned = set()
    for one in flagship_pages():
        scales = {scale.scale_id: scale for scale in one.scales}
        for said in (said for cut in one.cuts for said in cut.statements):
            entry = entries[said.bases[0].ref]
            scale, limit = scales[entry.scale], entry.below if entry.at_least is None else entry.at_least
            assert limit is not None
            close = 0.2 <= NormalDist(scale.score, scale.error).cdf(float(limit)) <= 0.8
            assert str(said).startswith("Taken by the score") == close
            warned.add(close)
    assert warned == {True, False}


def test_a_difference_is_shown_only_beyond_its_standard_error() -> None:
    for one in flagship_pages():
        assert all(abs(d.difference) > d.standard_error for d in one.differences)
        assert (one.no_differences is not None) == (not one.differences)
        for pair in one.methods:
            shown = re.search(r"by ([\d.]+) T points", pair.sentence.text)
            assert (shown is not None) == (pair.exceeds_error is True)
    assert page("middle").no_differences is not None


def test_methods_stand_side_by_side_with_the_agreement_of_raters() -> None:
    first = page("high").methods[0]
    assert (first.composite_id, first.self_report.method, first.rubric.method) == (
        "junior",
        "self_report",
        "rubric",
    )
    assert "ICC(A,1)" in first.agreement.text
    assert "2 raters judged this." in str(first.raters)


def test_nothing_is_filled_in_where_nothing_was_assessed() -> None:
    one = page("unfinished")
    gone = [scale for scale in one.scales if isnan(scale.score)]
    assert gone
    for scale in gone:
        assert isnan(scale.percentile_rank)
        assert scale.band == ""
        assert scale.sentence.text.startswith("Not assessed: ")
        said = [str(sentence) for sentence in one.not_assessed]
        assert any(f"“{scale.title}”" in text and "not assessed, because" in text for text in said)


def test_the_colophon_names_everything_that_makes_the_page_again() -> None:
    facts = {fact.name: fact.value for fact in page("high").colophon}
    instrument = flagship()[0]
    assert facts["Instrument"] == instrument.name
    assert facts["Fingerprint of the instrument"] == instrument.fingerprint
    assert facts["Table of the norms"].startswith("sha256:bab274f6")
    assert facts["Simulated data"] == "yes: SIMULATED"
    assert facts["Day of this page"] == DAY.isoformat()
    assert facts["psychometrics"]


def test_recommendations_and_claims_come_with_weights_and_sources() -> None:
    one = page("high")
    assert [r.rank for r in one.recommendations] == list(range(1, len(one.recommendations) + 1))
    for recommendation in one.recommendations:
        weights = sum(signal.weight for signal in recommendation.signals)
        shares = sum(signal.share for signal in recommendation.signals)
        assert recommendation.strength == pytest.approx(shares / weights)
    assert all(claim.url.startswith("https://") and claim.does_not_prove for claim in one.claims)
    assert len({claim.claim_id for claim in one.claims}) == len(one.claims)


def test_the_weight_of_the_market_can_be_moved_and_catalogue_left_out() -> None:
    _, answers, judged, scores = flagship()
    full = report_person(scores, CASES["high"], norms="default", responses=answers, market_weight=1.0)
    assert full.market_weight == 1.0
    assert [r.rank_with_full_market for r in full.recommendations] == [r.rank for r in full.recommendations]
    bare = report_person(scores, CASES["high"], ratings=judged, catalogue=None)
    assert bare.recommendations == ()
    assert bare.claims == ()
    assert "the catalogue was left out" in str(bare.recommendations_note)


def test_one_page_is_the_page_of_the_batch() -> None:
    _, answers, judged, scores = flagship()
    evidence = flagship_pages().maker.page.asked.reliability
    alone = report_person(
        scores,
        CASES["low"],
        norms=edition(),
        responses=answers,
        ratings=judged,
        reliability=evidence,
        today=DAY,
    )
    assert alone.to_json() == page("low").to_json()


def test_normed_scores_give_the_same_page_where_the_answers_come_along() -> None:
    _, answers, judged, scores = flagship()
    normed = edition().apply(scores)
    one = person_reports(normed, responses=answers, ratings=judged, today=DAY).of(CASES["high"])
    other = person_reports(scores, norms=normed, responses=answers, ratings=judged, today=DAY).of(
        CASES["high"]
    )
    assert one.summary == other.summary
    assert one.scales == other.scales
    without = person_reports(normed, today=DAY).of(CASES["high"])
    assert [s.percentile_rank for s in without.scales] == [s.percentile_rank for s in one.scales]
    assert {s.n_valid for s in without.scales} == {-1}
    assert without.recommendations == ()
    assert unresolved(without, person_reports(normed, today=DAY).context) == ()


def test_pages_can_be_pickled_counted_and_sliced() -> None:
    again = pickle.loads(pickle.dumps(flagship_pages()))
    assert len(again) == len(flagship_pages()) == 60
    assert again[-1].to_json() == flagship_pages()[59].to_json()
    assert [one.person_id for one in flagship_pages()[2:4]] == list(flagship_pages().person_ids[2:4])
    assert "SIMULATED 60 pages" in repr(flagship_pages())
    with pytest.raises(IndexError):
        flagship_pages()[60]


def test_the_standard_error_says_where_it_comes_from() -> None:
    _, _, _, scores = flagship()
    assert {s.error_from for s in page("high").scales} == {"reliability"}
    own = scores.with_standard_errors({"junior": 5.0})
    mixed = report_person(own, CASES["high"], norms=edition())
    assert {s.scale_id: s.error_from for s in mixed.scales}["junior"] == "scores"
    assert {s.scale_id: s.error_from for s in mixed.scales}["mid"] == "norms"
    assert any(
        "came with the score" in str(note)
        for note in next(s for s in mixed.scales if s.scale_id == "junior").notes
    )


def test_people_and_occasions_are_found_or_refused_in_words() -> None:
    with pytest.raises(ReportError, match='nobody called "P9999"'):
        flagship_pages().of("P9999")
    with pytest.raises(ReportError, match='has no occasion "7"'):
        flagship_pages().of("P0003", "7")
    with pytest.raises(ReportError, match="there are 60 rows"):
        report_person(flagship()[3])
    assert flagship_pages().of("P0003", "1").occasion == "1"


def test_files_are_written_by_suffix(tmp_path: object) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path))
    page("high").write(folder / "page.json")
    data = json.loads((folder / "page.json").read_text(encoding="utf-8"))
    assert data["format"] == "psychometrics person report 1"
    assert data["summary"][0]["bases"][0] == "score:overall"
    with pytest.raises(OutputError, match=r"must end in \.html or \.json"):
        page("high").write(folder / "page.pdf")


def test_tables_of_the_page_keep_working() -> None:
    one = page("open")
    frame = one.to_frame()
    assert list(frame["scale_id"]) == list(flagship()[0].scale_ids)
    assert one.to_dict()["source"]["norms"] == "skill-rust-backend/simulated-2026"
    assert "SIMULATED" in str(one)


def test_a_basis_that_leads_nowhere_is_found() -> None:
    one, context = page("high"), flagship_pages().context
    good = [
        "score:junior", "cut:mid", "response:j1", "response:junior", "response:all", "rating:j_task1",
        "rating:j_task1.clone_cost", "rating:junior", "rating:all", "reliability:j_task1", "claim:noy-zhang-2023",
        "catalogue:rust", "catalogue:rust-junior->rust-mid", "definition:misuse.0", "definition:construct",
        "definition:statements.junior_met", "definition:items.j_task1.criteria.clone_cost", "definition:retest_days",
        "definition:published", "definition:option_sets.frequency", "norms:skill-rust-backend/simulated-2026",
    ]  # fmt: skip
    bad = [
        "score:nothing", "cut:nothing", "response:j_task1", "response:junior_rubric", "rating:j1", "reliability:mars",
        "claim:mars", "catalogue:mars", "catalogue:rust->mars", "definition:misuse.99", "definition:mars",
        "definition:scales.mars", "definition:title.deep", "norms:gad-7/de-2008",
    ]  # fmt: skip
    for text in good:
        kind, _, ref = text.partition(":")
        assert resolve(Basis(kind=kind, ref=ref), one, context) is not None
    for text in bad:
        kind, _, ref = text.partition(":")
        with pytest.raises(ReportError, match="leads nowhere"):
            resolve(Basis(kind=kind, ref=ref), one, context)


def test_an_invented_sentence_is_named_with_its_basis() -> None:
    from dataclasses import replace

    invented = Sentence(text="You are from Mars.", bases=(Basis(kind="claim", ref="mars"),))
    problems = unresolved(replace(page("high"), means=(invented,)), flagship_pages().context)
    assert [problem.where for problem in problems] == ["claim:mars"]
    assert "You are from Mars." in problems[0].what


def test_the_order_of_people_changes_no_page() -> None:
    instrument, answers, judged, _ = flagship()
    order = np.arange(60)[::-1]
    turned = answers.select(order)
    pages = person_reports(
        pm.score(instrument, turned, judged), norms=edition(), responses=turned, ratings=judged, today=DAY
    )
    plain = person_reports(flagship()[3], norms=edition(), responses=answers, ratings=judged, today=DAY)
    one, other = pages.of(CASES["high"]), plain.of(CASES["high"])
    assert (one.summary, one.scales, one.cuts, one.recommendations) == (
        other.summary,
        other.scales,
        other.cuts,
        other.recommendations,
    )
