"""The manual as data: every figure with its table, every verdict with its threshold, every gap with its filling."""

from __future__ import annotations

import dataclasses
from datetime import date

import manuals_for_tests as made
import numpy as np
import pytest
from instruments_for_tests import simple
from manuals_for_tests import bare, full

import psychometrics as pm
from psychometrics.errors import OutputError, PsychometricsError, ReportError
from psychometrics.report.manual.build import technical_manual
from psychometrics.report.manual.content import FigureRef, Judgements, Missing, Table
from psychometrics.report.manual.judging import judgement_table
from psychometrics.report.manual.manual import TechnicalManual
from psychometrics.report.manual.questions import QUESTIONS


def states(manual: TechnicalManual) -> dict[str, str]:
    return {one.id: one.answered for one in manual.review}


def test_order_of_the_sections():
    assert [section.id for section in full().sections] == [
        "purpose",
        "construct",
        "development",
        "administration",
        "items",
        "scoring",
        "sample",
        "norms",
        "reliability",
        "stability",
        "raters",
        "structure",
        "analysis",
        "validity",
        "fairness",
        "decisions",
        "limits",
        "citing",
        "changes",
        "missing",
        "review",
    ]
    assert [section.number for section in full().sections] == list(range(1, 22))


@pytest.mark.parametrize("manual", [full, bare])
def test_every_section_opens_with_a_finding(manual):
    for section in manual().sections:
        assert section.finding, section.id
        assert all(sentence.endswith((".", ")")) for sentence in section.finding), section.finding


def test_figures_have_words_and_an_equal_table():
    figures = [figure for section in full().sections for figure in section.figures]
    assert len({figure.label for figure in figures}) == len(figures) >= 12
    for figure in figures:
        assert figure.svg.startswith("<svg")
        assert "SIMULATED" in figure.svg
        assert figure.alt
        assert figure.caption.startswith("SIMULATED")
        assert figure.table.rows
        assert all(len(row) == len(figure.table.head) for row in figure.table.rows)


def test_verdicts_name_threshold_and_source():
    judged = [row for section in full().sections for row in section.judgements]
    assert {row.system for row in judged} >= {
        "COSMIN",
        "EFPA",
        "COTAN, important decisions",
        "four-fifths rule",
    }
    for row in judged:
        assert row.verdict
        assert row.value
        assert row.threshold
        assert row.source


def test_thresholds_that_were_not_seen_are_marked():
    for section in full().sections:
        for block in section.blocks:
            if isinstance(block, Judgements):
                _, rules = judgement_table(block)
                assert any("[R]" in rule for rule in rules) == any(not row.confirmed for row in block.rows)
                assert all("Source: " in rule for rule in rules)


def test_every_question_is_dealt_with_once():
    assert [one.id for one in full().review] == [one.id for one in QUESTIONS]
    for manual in (full(), bare()):
        open_ = {one.id for one in manual.review if one.answered == "no"}
        assert {gap.question for _, gap in manual.missing if gap.question} == open_
        assert all(one.fill for one in manual.review if one.answered == "no")


def test_what_is_missing_says_what_would_fill_it():
    for manual in (full(), bare()):
        for _, gap in manual.missing:
            assert gap.what
            assert gap.fill
        listed = [b for b in manual.section("missing").blocks if isinstance(b, Table)]
        assert sum(len(table.rows) for table in listed) == len(manual.missing)


def test_data_answer_what_the_definition_cannot():
    from_data = {
        "sample.size",
        "sample.spread",
        "norms.edition",
        "norms.precision",
        "norms.age",
        "reliability.coefficients",
        "reliability.error",
        "reliability.conditional",
        "reliability.groups",
        "stability.retest",
        "stability.interval",
        "stability.change",
        "raters.agreement",
        "raters.severity",
        "raters.adjudication",
        "structure.dimensions",
        "structure.scales",
        "analysis.items",
        "analysis.keys",
        "validity.criteria",
        "fairness.differences",
        "fairness.impact",
        "decisions.rates",
        "decisions.consistency",
        "limits.review",
        "changes.log",
    }
    assert {name for name in from_data if states(full())[name] != "yes"} == set()
    never_asked = {"fairness.impact"}  # nobody is selected by this instrument, as its definition stands
    assert {name for name in from_data - never_asked if states(bare())[name] != "no"} == set()


def test_statements_of_the_authors_are_printed_and_marked():
    assert states(full())["purpose.users"] == "authors"
    said = [b for b in full().section("purpose").blocks if getattr(b, "role", "") == "stated"]
    assert [one.text for one in said] == ["Anybody who can read."]


def test_a_statement_answers_where_data_do_not():
    manual = technical_manual(made.instrument(), statements={"stability.retest": "r = .80 in Nobody (2026)."})
    assert states(manual)["stability.retest"] == "authors"
    assert states(manual)["stability.change"] == "no"


def test_what_does_not_apply_is_not_missing():
    manual = technical_manual(pm.parse_instrument(simple(4)))
    assert states(manual)["raters.agreement"] == "not applicable"
    assert states(manual)["decisions.rates"] == "not applicable"
    assert states(manual)["fairness.impact"] == "not applicable"
    assert states(manual)["structure.scales"] == "not applicable"


def test_numbers_are_those_of_the_library():
    responses, ratings = made.responses(), made.ratings()
    scores = pm.score(made.instrument(), responses, ratings)
    rows = pm.reliability(made.instrument(), responses, ratings, scores=scores, detail="all").read_first()
    table = full().glance.scales
    line = dict(zip(table.head, table.rows[0], strict=True))
    assert line["scale"] == "Said"
    assert line["reliability"] == f"{rows['said'].estimate:.2f}"
    assert line["interval"] == f"{rows['said'].ci_lower:.2f} to {rows['said'].ci_upper:.2f}"
    assert line["mean"] == f"{np.nanmean(scores.of('said')):.2f}"
    again = pm.score(made.instrument(), made.responses(later=True), made.ratings(later=True))
    found = pm.test_retest(scores, again, tests=False).scales["said"].icc_a1
    assert line["retest ICC(A,1)"] == f"{found.estimate:.2f}"


def test_simulated_is_said_at_the_top_and_in_every_data_section():
    manual = full()
    assert manual.banner.startswith("SIMULATED DATA")
    data = [section for section in manual.sections if section.rests_on in ("data", "norms")]
    assert len(data) == 10
    assert all(section.simulated for section in data)
    assert "SIMULATED" in dict(manual.glance.facts)["People behind the figures"]


def test_real_data_with_simulated_norms():
    manual = technical_manual(made.instrument(), made.responses(5), norms=made.norms())
    assert manual.banner.startswith("SIMULATED NORMS")
    assert manual.section("norms").simulated
    assert not manual.section("sample").simulated


def test_a_shipped_sample_is_known_by_its_digest():
    from psychometrics import catalog
    from psychometrics.report.manual.given import is_simulated

    digest = catalog.released_digests("norms")["skill-rust-backend/simulated-2026.responses.csv.gz"]
    own = made.responses(10)
    shipped = dataclasses.replace(own, source=dataclasses.replace(own.source, input_sha256=digest))
    assert is_simulated(shipped, None)
    assert not is_simulated(own, None)


def test_age_of_norms_is_never_judged_by_the_clock():
    section = full().section("norms")
    assert not [one for one in section.judgements if one.system == "COTAN"]
    page = full().to_markdown()
    assert "after 2041-02-28" in page
    assert "after 2046-02-28" in page
    old = technical_manual(made.instrument(), norms=made.norms(), today=date(2050, 1, 1))
    assert [one.verdict for one in old.section("norms").judgements] == ["no longer usable"]


def test_several_occasions_in_one_table():
    table = made.responses().to_frame().drop(columns=["completed_on"])
    again = made.responses(later=True).to_frame().drop(columns=["completed_on"])
    table["occasion"], again["occasion"] = "1", "2"
    import pandas as pd

    both = pm.read_responses(pd.concat([table, again]), made.instrument())
    manual = technical_manual(made.instrument(), both)
    assert states(manual)["stability.retest"] == "yes"
    assert dict(manual.glance.facts)["People behind the figures"].startswith("80 persons answered")


def test_all_that_is_wrong_is_said_at_once():
    other = pm.read_responses(
        {"person_id": ["a"], **{f"q{i}": [1] for i in range(1, 5)}}, pm.parse_instrument(simple(4))
    )
    with pytest.raises(ReportError) as caught:
        technical_manual(
            made.instrument(),
            other,
            groups=["wings"],
            criteria="bos",
            statements={"purpose.user": "x"},
            confidence=2,
        )
    assert [one.where for one in caught.value.problems] == [
        "responses",
        "groups",
        "criteria",
        "statements",
        "confidence",
    ]
    assert 'Did you mean "purpose.users"?' in str(caught.value)


def test_norms_of_another_instrument_are_refused():
    with pytest.raises(ReportError, match="cannot use these norms: they are of phq-9"):
        technical_manual(made.instrument(), norms="phq-9/de-2013")


def test_a_fault_of_the_program_is_not_swallowed(monkeypatch):
    from psychometrics.report.manual import material

    def broken(*_args: object, **_kwargs: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(material, "score", broken)
    with pytest.raises(ZeroDivisionError):
        technical_manual(made.instrument(), made.responses())


def test_an_estimate_that_is_refused_becomes_a_gap(monkeypatch):
    from psychometrics.report.manual.sections import analysis

    def refuses(*_args: object, **_kwargs: object) -> None:
        raise PsychometricsError("not today")

    monkeypatch.setattr(analysis, "check_keys", refuses)
    manual = technical_manual(made.instrument(), made.responses())
    gaps = [gap for _, gap in manual.missing if gap.question == "analysis.keys"]
    assert [gap.why for gap in gaps] == ["not today"]


@pytest.mark.parametrize("n", [1, 5])
def test_few_persons(n):
    manual = technical_manual(
        made.instrument(), made.responses(n), made.ratings(n), groups="wing", criteria="boss", norms=None
    )
    assert "not to be published" in manual.to_markdown(None)
    assert states(manual)["sample.size"] == "yes"


@pytest.mark.parametrize("n_items", [1, 2])
def test_few_items(n_items):
    what = pm.parse_instrument(simple(n_items))
    rng = np.random.default_rng(1)
    table = {f"q{i}": rng.integers(0, 5, 60).tolist() for i in range(1, n_items + 1)}
    manual = technical_manual(what, pm.read_responses(table, what))
    assert any(gap.question == "structure.dimensions" for _, gap in manual.missing)


def test_nothing_varies_or_nothing_is_there():
    what = pm.parse_instrument(simple(4))
    for value in (2, None):
        table = {"person_id": [str(k) for k in range(30)], **{f"q{i}": [value] * 30 for i in range(1, 5)}}
        manual = technical_manual(what, pm.read_responses(table, what))
        assert states(manual)["reliability.coefficients"] == "no"


def test_ratings_alone():
    manual = technical_manual(made.instrument(), None, made.ratings(), norms=None)
    assert states(manual)["raters.agreement"] == "yes"
    assert states(manual)["analysis.items"] == "no"


def test_written_by_suffix(tmp_path):
    manual = bare()
    manual.write(tmp_path / "m.html")
    assert (tmp_path / "m.html").read_text(encoding="utf-8") == manual.to_html()
    full().write(tmp_path / "n.md")
    text = (tmp_path / "n.md").read_text(encoding="utf-8")
    files = sorted(path.name for path in (tmp_path / "n-figures").iterdir())
    assert files
    assert all(f"](n-figures/{name})" in text for name in files)
    with pytest.raises(OutputError, match=r"\.html or \.md"):
        manual.write(tmp_path / "m.pdf")


def test_gaps_and_figures_are_blocks_of_their_sections():
    kinds = {type(block) for section in full().sections for block in section.blocks}
    assert {FigureRef, Missing, Judgements, Table} <= kinds


def test_table_of_the_result_is_the_review():
    frame = full().to_frame()
    assert len(frame) == len(QUESTIONS)
    assert set(frame["answered"]) == {"yes", "authors", "no"}


def test_what_does_not_apply_is_not_counted_as_asked():
    manual = technical_manual("swls")
    asked = [one for one in manual.review if one.answered != "not applicable"]
    assert len(asked) < len(QUESTIONS)
    assert f" of {len(asked)} questions open" in repr(manual)
