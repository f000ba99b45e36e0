"""Evidence for a whole instrument: rows per scale, raters per task, retest, keys."""

from __future__ import annotations

import numpy as np
import pytest
from instruments_for_tests import simple, with_rubric

import psychometrics as pm
from psychometrics.errors import EstimationError


def sample(n: int = 400, seed: int = 3, *, flip: int | None = None) -> dict[str, object]:
    """Return simulated answers to q1..q4 that hang together; ``flip`` turns one item round."""
    rng = np.random.default_rng(seed)
    trait = rng.normal(size=n)
    columns = {
        f"q{i}": np.clip(np.round(2 + trait + rng.normal(size=n)), 0, 4).astype(int) for i in range(1, 5)
    }
    if flip is not None:
        columns[f"q{flip}"] = 4 - columns[f"q{flip}"]
    return {"person_id": [f"p{i}" for i in range(n)], **columns}


def test_first_row_and_standard_error_follow_the_metric_of_the_scale() -> None:
    table = sample()
    rows = {}
    for aggregate, factor in (("sum", 1.0), ("mean", 1 / 4), ("percent", 100 / 16)):
        instrument = pm.parse_instrument(simple(aggregate=aggregate))
        responses = pm.read_responses(table, instrument)
        without = pm.reliability(instrument, responses).rows[0]
        given = pm.reliability(instrument, responses, scores=pm.score(instrument, responses)).rows[0]
        assert without.standard_error_of_measurement == pytest.approx(
            given.standard_error_of_measurement, rel=1e-12
        )
        rows[aggregate] = without.standard_error_of_measurement / factor
        x = np.array([table[f"q{i}"] for i in range(1, 5)]).T
        assert without.estimate == pm.coefficient_omega(x).estimate
    assert max(rows.values()) == pytest.approx(min(rows.values()), rel=1e-12)


def test_retest_pairs_persons_by_id_and_counts_days() -> None:
    instrument = pm.parse_instrument(
        simple(extra="").replace('wording = "topics"', 'wording = "topics"\nretest_days = [7, 21]')
    )
    dates = np.array(["2026-01-01"] * 400, "datetime64[D]")
    first = pm.score(instrument, pm.read_responses({**sample(), "completed_on": dates}, instrument))
    order = np.random.default_rng(1).permutation(400)[:300]
    later = dates + np.where(np.arange(400) % 2, 14, 28)
    again = {name: np.asarray(values)[order] for name, values in {**sample(), "completed_on": later}.items()}
    second = pm.score(instrument, pm.read_responses(again, instrument))
    found = pm.test_retest(first, second)
    assert found.scales["total"].n_pairs == 300
    assert found.scales["total"].icc_a1.estimate == pytest.approx(1.0, abs=1e-12)
    assert found.scales["total"].mean_change.estimate == 0.0
    assert "14 to 28 days" in found.notes[0]
    assert "outside the retest window of 7 to 21 days" in found.notes[1]


def test_retest_of_arrays_is_the_same_table() -> None:
    rng = np.random.default_rng(2)
    first = rng.normal(size=50)
    frame = pm.test_retest(first, first + rng.normal(size=50)).to_frame()
    assert frame["scale_id"].unique().tolist() == [""]
    assert {"icc_a1", "icc_c1", "pearson_r", "mean_change"} <= set(frame["statistic"])


def test_retest_without_shared_persons_is_an_error() -> None:
    instrument = pm.parse_instrument(simple())
    first = pm.score(instrument, pm.read_responses(sample(), instrument))
    other = {**sample(), "person_id": [f"x{i}" for i in range(400)]}
    with pytest.raises(EstimationError, match="nobody is on both"):
        pm.test_retest(first, pm.score(instrument, pm.read_responses(other, instrument)))


def test_raters_of_a_task_whose_pairs_change() -> None:
    """500 people, two of 6 raters each: variance 1 between people, 0.5 within: ICC(1 rater) about .6 with coarse levels."""
    rng = np.random.default_rng(4)
    instrument = pm.parse_instrument(with_rubric())
    rows: dict[str, list[object]] = {
        name: [] for name in ("person_id", "item_id", "criterion_id", "rater_id", "level")
    }
    for person in range(500):
        quality = rng.normal(size=1)
        for rater in rng.choice(6, 2, replace=False):
            for criterion in ("clear", "right"):
                level = int(np.clip(np.round(1.5 + quality[0] + 0.7 * rng.normal()), 0, 3))
                for name, value in zip(
                    rows, (f"p{person}", "task", criterion, f"r{rater}", level), strict=True
                ):
                    rows[name].append(value)
    ratings = pm.read_ratings(rows, instrument)
    found = {row.statistic: row for row in pm.reliability(instrument, None, ratings).rows}
    one, average = found["icc(A,1)"], found["icc(A,k)"]
    assert one.n_persons == 500
    assert one.n_parts == 6
    assert 0.6 < one.estimate < 0.85
    assert average.estimate == pytest.approx(
        2 * one.estimate / (1 + one.estimate), abs=0.02
    )  # Spearman-Brown, 2 raters
    assert one.ci_lower < one.estimate < one.ci_upper


def test_keys_that_are_right_raise_nothing() -> None:
    instrument = pm.parse_instrument(simple())
    for seed in range(20):
        assert pm.check_keys(instrument, pm.read_responses(sample(seed=seed), instrument)).findings == ()


def test_wrong_keys_doubled_columns_and_shifted_codes_are_found() -> None:
    instrument = pm.parse_instrument(simple())

    def findings(table: dict[str, object]) -> list[tuple[str, str]]:
        found = pm.check_keys(instrument, pm.read_responses(table, instrument)).findings
        return [(one.item_id, one.finding.split(":")[0].split("?")[0]) for one in found]

    assert ("q2", "runs against its scale") in findings(sample(flip=2))
    doubled = sample()
    doubled["q4"] = doubled["q1"]
    assert ("q4", "doubled column") in findings(doubled)
    shifted = {
        name: values if name == "person_id" else np.maximum(values, 1) for name, values in sample().items()
    }
    assert ("", "lowest option never used") in findings(shifted)


def test_item_table_has_a_row_per_scale_and_item() -> None:
    instrument = pm.parse_instrument(simple(reversed_items=(2,)))
    frame = pm.item_analysis(instrument, pm.read_responses(sample(flip=2), instrument)).to_frame()
    assert frame["item_id"].tolist() == ["q1", "q2", "q3", "q4"]
    assert (frame["item_rest_correlation"] > 0.4).all()
    assert (frame["n"] == 400).all()


def test_nothing_to_work_on_and_other_instruments_are_refused() -> None:
    instrument = pm.parse_instrument(simple())
    with pytest.raises(EstimationError, match="nothing to work on"):
        pm.reliability(instrument)
    other = pm.parse_instrument(simple(reversed_items=(1,)))
    with pytest.raises(EstimationError, match="another instrument"):
        pm.reliability(other, pm.read_responses(sample(), instrument))


def test_flagship_sample_is_what_its_page_says() -> None:
    """The simulated sample: 2,000 people, 12 raters, two per task, a retest of 300 after 28 days."""
    from psychometrics import catalog

    folder = catalog.root("norms") / "skill-rust-backend"
    name = "skill-rust-backend"
    responses = pm.read_responses(str(folder / "simulated-2026.responses.csv.gz"), name)
    ratings = pm.read_ratings(str(folder / "simulated-2026.ratings.csv.gz"), name)
    assert responses.n_rows == 2000
    assert len(ratings.rater_ids) == 12
    scores = pm.score(name, responses, ratings)
    assert set(np.unique(scores.n_raters[scores.scale_ids.index("junior_rubric")])) == {2}
    norms = pm.load_norms("skill-rust-backend/simulated-2026")
    rebuilt = pm.build_norms(scores, edition="x", provenance={"description": "again"}, simulated=True)
    for place, cell in norms.cells.items():
        assert cell.counts.tolist() == rebuilt.cells[place].counts.tolist()
    again = pm.score(
        name,
        pm.read_responses(str(folder / "simulated-2026.retest.responses.csv.gz"), name),
        pm.read_ratings(str(folder / "simulated-2026.retest.ratings.csv.gz"), name),
    )
    stability = pm.test_retest(scores, again)
    assert stability.n_second == 300
    assert stability.notes[0] == "28 days lie between the occasions (column completed_on)"
