"""Rater reports, adjudication and machines as raters, beside loops over pairs of raters."""

from __future__ import annotations

from math import isnan

import numpy as np
import oracles_agreement as slow
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from instruments_for_tests import with_rubric

import psychometrics as pm
from psychometrics.errors import EstimationError
from psychometrics.evidence.agreement.adjudication import adjudication_queue
from psychometrics.evidence.agreement.agreement import agreement, agreement_table
from psychometrics.evidence.agreement.machine_rater import machine_rater
from psychometrics.evidence.agreement.rater_report import rater_report
from psychometrics.tallying import tally_ratings


def ratings(seed=0, n=60, r=5, missing=0.4, severity=(0, 0, 0, 0, 0)):
    rng = np.random.default_rng(seed)
    truth = rng.normal(size=n)
    x = np.clip(np.round(3 + truth[:, None] - np.array(severity)[:r] + rng.normal(0, 0.6, (n, r))), 0, 6)
    x[rng.random((n, r)) < missing] = np.nan
    return x


def long_frame(x, **more):
    target, rater = np.nonzero(~np.isnan(x))
    return pd.DataFrame(
        {"person_id": target, "rater_id": [f"r{j}" for j in rater], "level": x[target, rater], **more}
    )


def test_severity_and_kappa_are_those_of_loops_over_pairs():
    x = ratings()
    report = rater_report(x)
    for g in range(5):
        assert report.severity[g] == pytest.approx(slow.severity(x, g), rel=1e-10)
        assert report.weighted_kappa[g] == pytest.approx(slow.weighted_kappa(x, g), rel=1e-10)
        pairs = slow.others_of(x, g)
        weight = sum(w for *_, w, _ in pairs)
        exact = sum(w * (a == b) for a, b, w, _ in pairs) / weight
        near = sum(w * (abs(a - b) <= 1) for a, b, w, _ in pairs) / weight
        assert report.exact_agreement[g] == pytest.approx(exact, rel=1e-10)
        assert report.adjacent_agreement[g] == pytest.approx(near, rel=1e-10)


def test_adjusted_severity_is_least_squares():
    x = ratings(seed=1, severity=(0.8, 0, 0, 0, -0.8))
    np.testing.assert_allclose(rater_report(x).severity_adjusted, slow.adjusted_severity(x), atol=1e-10)


def test_adjusting_finds_severity_that_colleagues_hide():
    """Raters 0 and 1 are equally severe and meet each other only; both meet a lenient one a little."""
    rng = np.random.default_rng(2)
    truth = rng.normal(size=2000)
    x = np.full((2000, 3), np.nan)
    severity = np.array([0.5, 0.5, -1.0])
    for i in range(2000):
        who = [0, 1] if i < 1600 else [i % 2, 2]
        x[i, who] = truth[i] - severity[who] + rng.normal(0, 0.3, 2)
    report = rater_report(x)
    assert abs(report.severity[0]) < 0.4
    np.testing.assert_allclose(report.severity_adjusted, severity, atol=0.1)
    assert np.all(report.severity_adjusted_ci_lower < severity)
    assert np.all(report.severity_adjusted_ci_upper > severity)


def test_halo_is_the_correlation_between_criteria():
    a, b = ratings(seed=3, missing=0), ratings(seed=4, missing=0)
    b[:, 0] = a[:, 0]
    frame = pd.concat([long_frame(a).assign(criterion_id="a"), long_frame(b).assign(criterion_id="b")])
    report = rater_report(frame)
    assert report.halo[0] == pytest.approx(1)
    assert "halo" in report.flags[0]
    for g in range(1, 5):
        assert report.halo[g] == pytest.approx(np.corrcoef(a[:, g], b[:, g])[0, 1], rel=1e-10)
    others = [1, 2, 3, 4]
    moments = [np.mean(v) for v in (a[:, others], b[:, others], a[:, others] ** 2, b[:, others] ** 2)]
    product = np.mean(a[:, others] * b[:, others])
    rest = (product - moments[0] * moments[1]) / np.sqrt(
        (moments[2] - moments[0] ** 2) * (moments[3] - moments[1] ** 2)
    )
    assert report.halo_rest[0] == pytest.approx(rest, rel=1e-10)


def test_drift_is_found():
    x = ratings(seed=5, n=400, r=3, missing=0)
    day = np.repeat(np.arange(400) * 0.5, 3)
    frame = long_frame(x, day=day)
    frame.loc[frame.rater_id == "r1", "level"] += np.round(frame.loc[frame.rater_id == "r1", "day"] / 60)
    report = rater_report(frame, dates="day")
    assert report.drift[1] == pytest.approx(-0.5, abs=0.12)
    assert "drifts" in report.flags[1]
    dated = frame.assign(day=pd.Timestamp("2026-01-01") + pd.to_timedelta(frame["day"], unit="D"))
    np.testing.assert_allclose(rater_report(dated, dates="day").drift, report.drift, rtol=1e-8)


def test_flags_follow_their_rules():
    x = ratings(seed=6, n=300, missing=0, severity=(1.5, 0, 0, 0, -1.5))
    x[:, 2] = np.clip(x[:, 2], 2, 4)
    report = rater_report(x)
    assert "severe" in report.flags[0] and "lenient" in report.flags[4] and "narrow" in report.flags[2]
    assert {flag for text in report.flags for flag in text.split(", ") if flag} <= {
        rule.name for rule in report.rules
    }
    few = rater_report(x[:20])
    assert set(few.flags) == {"few"}


def test_a_rater_alone_has_reasons_and_no_numbers():
    x = ratings(seed=7, r=3, missing=0)
    x = np.column_stack([x, np.full(len(x), np.nan)])
    x = np.vstack([x, [[np.nan, np.nan, np.nan, 2.0]]])
    report = rater_report(x)
    assert isnan(report.severity[3]) and isnan(report.severity_adjusted[3])
    assert "no target shared" in report.reasons[3] and report.subset[3] == -1
    assert report.to_frame().shape[0] == 4


@pytest.mark.parametrize("x", [np.ones((5, 3)), [[1.0], [2.0]], np.full((2, 2), np.nan), [[1.0, 2.0]]])
def test_degenerate_tables_give_reasons(x):
    report = rater_report(x)
    assert len(report.reasons) == len(report.rater_ids)
    report.to_dict()


def test_no_ratings_at_all():
    nobody = long_frame(np.full((2, 2), np.nan))
    assert rater_report(nobody).rater_ids == ()
    assert adjudication_queue(nobody, gap=1).gaps == ()
    assert agreement(nobody).reason == "no unit was rated by two raters"


def test_raters_of_separate_pools_are_not_compared():
    x = np.full((40, 4), np.nan)
    x[:20, :2] = np.random.default_rng(0).integers(1, 5, (20, 2))
    x[20:, 2:] = np.random.default_rng(1).integers(1, 5, (20, 2))
    report = rater_report(x)
    assert report.subset.tolist() == [0, 0, 1, 1]
    assert report.severity_adjusted[:2].sum() == pytest.approx(0, abs=1e-12)


@settings(max_examples=15, deadline=None)
@given(st.permutations(range(60)), st.permutations(range(5)))
def test_order_does_not_matter(rows, columns):
    x = ratings()
    one, other = rater_report(x), rater_report(x[rows][:, columns])
    for name in (
        "severity",
        "severity_adjusted_ci_lower",
        "weighted_kappa_ci_upper",
        "spread_ratio_ci_lower",
    ):
        np.testing.assert_allclose(getattr(other, name), getattr(one, name)[columns], rtol=1e-8, atol=1e-10)


def test_intervals_of_severity_cover():
    hits = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(30, 1)) - np.array([0.3, 0.0, -0.3]) + rng.normal(0, 0.5, (30, 3))
        report = rater_report(np.round(x, 2))
        hits += report.severity_adjusted_ci_lower[0] <= 0.3 <= report.severity_adjusted_ci_upper[0]
    assert 180 <= hits <= 199


@pytest.fixture(scope="module")
def rated():
    instrument = pm.parse_instrument(with_rubric())
    levels = instrument.criteria[0].codes
    rng = np.random.default_rng(9)
    rows = [
        {
            "person_id": f"p{p}",
            "item_id": criterion.item_id,
            "criterion_id": criterion.criterion_id,
            "rater_id": rater,
            "level": str(levels[int(rng.integers(len(levels)))]),
        }
        for p in range(40)
        for criterion in instrument.criteria
        for rater in rng.choice(["anna", "ben", "cleo"], 2, replace=False)
    ]
    return pm.read_ratings(pd.DataFrame(rows), instrument)


def test_ratings_and_their_tally_are_one(rated):
    tally = tally_ratings(rated)
    for one, other in zip(
        agreement_table(rated, weights="linear").coefficients,
        agreement_table(tally, weights="linear").coefficients,
        strict=True,
    ):
        assert one.criterion_id == other.criterion_id
        assert other.estimate == pytest.approx(one.estimate, rel=1e-10)
        assert other.standard_error == pytest.approx(one.standard_error, rel=1e-10)
    with pytest.raises(EstimationError, match="2 criteria"):
        agreement(rated)
    assert agreement(rated, criterion="clear").criterion_id == "task.clear"


def test_levels_of_a_rubric_are_weighted_by_themselves(rated):
    tally = tally_ratings(rated)
    for x in (rated, tally):
        table = agreement_table(x)
        wanted = agreement_table(x, weights="quadratic", level="ordinal")
        assert [one.estimate for one in table.coefficients] == [one.estimate for one in wanted.coefficients]
        names = {one.coefficient: one.weights for one in table.coefficients}
        assert names.pop("krippendorff") == "ordinal metric"
        assert set(names.values()) == {"quadratic"}
        assert agreement(x, criterion="clear").weights == "quadratic"
        kept = agreement_table(x, weights="identity")
        assert {one.weights for one in kept.coefficients} == {"identity"}
        assert kept.coefficients[-1].estimate == pytest.approx(
            agreement_table(x, level="nominal").coefficients[-1].estimate
        )


def test_a_bare_table_stays_unweighted_and_weights_alone_are_krippendorffs_too():
    x = ratings(seed=5)
    bare = {one.coefficient: one.weights for one in agreement_table(x).coefficients}
    assert bare.pop("krippendorff") == "nominal metric"
    assert set(bare.values()) == {"identity"}
    alone = agreement_table(x, weights="quadratic").coefficients[-1]
    assert (alone.coefficient, alone.weights) == ("krippendorff", "quadratic")
    assert alone.estimate == pytest.approx(
        agreement(x, coefficient="krippendorff", level="interval").estimate, rel=1e-10
    )
    said = agreement_table(x, weights="quadratic", level="nominal").coefficients[-1]
    assert said.weights == "nominal metric"


def test_a_table_of_one_criterion(rated):
    for x in (rated, tally_ratings(rated)):
        for name in ("clear", "task.clear"):
            table = agreement_table(x, criterion=name)
            assert {one.criterion_id for one in table.coefficients} == {"task.clear"}
            assert table.coefficients[0].estimate == agreement_table(x).coefficients[0].estimate
        with pytest.raises(EstimationError, match="no criterion"):
            agreement_table(x, criterion="clever")


def test_all_ratings_given_twice_are_kept_among_the_problems():
    frame = long_frame(ratings(missing=0))
    with pytest.raises(EstimationError) as caught:
        agreement(pd.concat([frame, frame]))
    assert len(caught.value.problems) == 300
    assert len(str(caught.value).splitlines()) == 13


def test_the_queue_is_what_scoring_flags(rated):
    queue = adjudication_queue(rated)
    scores = pm.score(rated.instrument, ratings=rated).to_frame()
    flagged = set(scores.loc[scores["adjudicate"].astype(bool), "person_id"])
    assert set(queue.target_ids) == flagged
    assert list(queue.gaps) == sorted(queue.gaps, reverse=True)
    assert min(queue.gaps) >= 2


def test_the_queue_of_a_table():
    queue = adjudication_queue([[1, 4], [2, 2], [5, 3], [1, 2]], gap=2)
    assert queue.to_frame()[["priority", "target_id", "gap", "levels"]].to_numpy().tolist() == [
        [1, "1", 3.0, "1, 4"],
        [2, "3", 2.0, "3, 5"],
    ]
    assert queue.n_compared == 4
    with pytest.raises(EstimationError, match="from which gap on"):
        adjudication_queue([[1, 4]])
    with pytest.raises(EstimationError, match="above 0"):
        adjudication_queue([[1, 4]], gap=0)
    assert adjudication_queue(np.full((2, 2), np.nan), gap=1).gaps == ()


def machine_data(seed=0, n=300):
    rng = np.random.default_rng(seed)
    truth = rng.normal(3, 1, n)
    human = np.clip(np.round(truth[:, None] + rng.normal(0, 0.6, (n, 2))), 0, 6)
    human[rng.random(n) < 0.5, 1] = np.nan
    return human, np.clip(0.9 * truth + 0.3 + rng.normal(0, 0.3, n), 0, 6)


def test_prmse_is_that_of_the_formulas():
    human, machine = machine_data()
    rows = machine_rater(human, machine).to_frame().set_index("statistic")
    assert rows.estimate["prmse"] == pytest.approx(slow.prmse(human, machine), rel=1e-10)
    assert rows.ci_lower["prmse"] < rows.estimate["prmse"] < rows.ci_upper["prmse"]


def test_prmse_does_not_depend_on_who_makes_the_errors():
    """The true PRMSE of machine = truth + noise of variance .09 is .91, whatever the human error."""
    found = []
    for error in (0.2, 0.8):
        rng = np.random.default_rng(1)
        truth = rng.normal(0, 1, 20_000)
        human = truth[:, None] + rng.normal(0, error, (20_000, 2))
        human = np.round(human, 1)
        machine = truth + rng.normal(0, 0.3, 20_000)
        found.append(machine_rater(human, machine).rows[0].estimate)
    assert found == pytest.approx([0.91, 0.91], abs=0.015)


def test_human_and_machine_in_one_frame():
    human, machine = machine_data()
    machine = np.round(machine)
    frame = long_frame(np.column_stack([human, machine]))
    frame["rater_id"] = frame["rater_id"].replace("r2", "robot")
    one, other = machine_rater(frame, "robot"), machine_rater(human, machine)
    for mine, theirs in zip(one.rows, other.rows, strict=True):
        assert (mine.statistic, mine.n_double_rated) == (theirs.statistic, theirs.n_double_rated)
        assert mine.estimate == pytest.approx(theirs.estimate, rel=1e-10)
    rows = one.to_frame().set_index("statistic").estimate
    pairs = np.column_stack([machine, human[:, 0]])[np.isnan(human[:, 1])]
    only = machine_rater(pairs[:, 1:], pairs[:, 0]).to_frame().set_index("statistic").estimate
    kappa = agreement(pairs, coefficient="cohen", weights="quadratic", categories=range(7)).estimate
    assert only["quadratic_weighted_kappa"] == pytest.approx(kappa, rel=1e-10)
    assert only["correlation"] == pytest.approx(np.corrcoef(pairs.T)[0, 1], rel=1e-10)
    assert rows["degradation"] == pytest.approx(
        rows["human_quadratic_weighted_kappa"] - rows["quadratic_weighted_kappa"]
    )


def test_bias_by_group_is_found():
    human, machine = machine_data(n=1500)
    group = np.where(np.arange(1500) % 3 == 0, "north", "south")
    machine = machine + 0.4 * (group == "north")
    for groups in (group, dict(enumerate(group, start=1))):
        frame = machine_rater(human, machine, groups=groups).to_frame().set_index(["group", "statistic"])
        bias = frame.loc[("north", "difference_of_standardized_means")]
        assert bias.ci_lower > 0.1
        assert frame.loc[("north", "standardized_mean_difference"), "meets"] == "no"
        assert frame.loc[("south", "difference_of_standardized_means"), "estimate"] < 0


def test_no_script_rated_twice_is_a_row_not_an_error():
    human, machine = machine_data()
    rows = machine_rater(human[:, :1], machine).to_frame().set_index("statistic")
    assert isnan(rows.estimate["prmse"]) and "N = 0" in rows.reason["prmse"]
    assert isnan(rows.estimate["degradation"])
    assert not isnan(rows.estimate["quadratic_weighted_kappa"])
    given_error = machine_rater(human[:, :1], machine, human_error_variance=0.4).rows[0]
    assert 0.5 < given_error.estimate < 1


def test_degenerate_machines():
    human, machine = machine_data(n=30)
    flat = machine_rater(human, np.full(30, 3.0)).to_frame().set_index("statistic")
    assert isnan(flat.estimate["correlation"]) and flat.reason["correlation"]
    nothing = machine_rater(human, np.full(30, np.nan))
    assert nothing.n_left_out == 30 and all(isnan(row.estimate) for row in nothing.rows)
    with pytest.raises(EstimationError, match="30 scripts"):
        machine_rater(human, machine[:5])
    with pytest.raises(EstimationError, match='no rater "robt"'):
        machine_rater(long_frame(human), "robt")
    with pytest.raises(EstimationError, match="entries"):
        machine_rater(human, machine, groups=["a"])
