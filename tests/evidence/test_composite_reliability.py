"""Reliability of composites of items and ratings as a user calls it, on the simulated flagship sample and small data."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from instruments_for_tests import simple, with_rubric

import psychometrics as pm
from psychometrics.errors import EstimationError
from psychometrics.evidence.consistency.alpha import coefficient_alpha
from psychometrics.evidence.error.composite import composite_score_reliability
from psychometrics.evidence.points import item_points
from psychometrics.kernels.components.composite import composite_variance
from psychometrics.kernels.components.composite_study import study_error

ROOT = Path(__file__).resolve().parents[2]
FLAGSHIP = "skill-rust-backend"


@pytest.fixture(scope="module")
def study():
    path = ROOT / "tests" / "benchmarks" / "coverage_composite.py"
    spec = importlib.util.spec_from_file_location("coverage_composite", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def flagship():
    instrument = pm.load_instrument(FLAGSHIP)
    folder = ROOT / "norms" / FLAGSHIP
    return (
        instrument,
        pm.read_responses(folder / "simulated-2026.responses.csv.gz", instrument),
        pm.read_ratings(folder / "simulated-2026.ratings.csv.gz", instrument),
    )


@pytest.mark.parametrize("tasks", ["random", "fixed"])
def test_flagship_is_near_the_truth_of_its_simulation(flagship, study, tasks):
    found = composite_score_reliability(*flagship, scale="junior", tasks=tasks)
    truth = study.truth({0: 1.0}, random_tasks=tasks == "random", n=8000, forms=3)
    # the sample's own items and tasks are one draw; persons add a standard error of about 0.01
    assert found.estimate == pytest.approx(truth, abs=0.03)
    assert found.ci_lower < found.estimate < found.ci_upper


@pytest.mark.parametrize("random_tasks", [True, False])
def test_estimate_is_the_correlation_of_parallel_composites(study, random_tasks):
    rng = np.random.default_rng(11)
    design, items, criteria = study.design_of({0: 1.0, 1: 2.0}, random_tasks=random_tasks)
    persons, ease = study.draw_persons(8000, rng), study.new_tasks_easiness(rng)
    forms = [
        study.draw_form(
            persons,
            rng,
            new_tasks=random_tasks and again,
            easiness=ease,
            severity=study.severities(),
        )
        for again in (False, True)
    ]
    estimate = composite_variance(forms[0].panel(items, criteria, 100).all(), design).reliability
    correlation = np.corrcoef(*[form.composite(design, items, criteria) for form in forms])[0, 1]
    # standard error of the correlation, (1 - r^2) / sqrt(n), about 0.004, and as much again for the estimate
    assert estimate == pytest.approx(correlation, abs=0.02)


def test_design_study_foretells_what_one_rater_would_give(study):
    rng = np.random.default_rng(12)
    design, items, criteria = study.design_of({0: 1.0, 1: 2.0}, random_tasks=False)
    persons, ease = study.draw_persons(8000, rng), study.new_tasks_easiness(rng)
    forms = [
        study.draw_form(persons, rng, new_tasks=False, easiness=ease, severity=study.severities())
        for _ in range(2)
    ]
    found = composite_variance(forms[0].panel(items, criteria, 100).all(), design)
    true = found.total - found.error
    foretold = true / (true + study_error(found, design, 1, 1, 1))
    single = [replace(form, ratings=form.ratings[:, :, :1]) for form in forms]
    correlation = np.corrcoef(*[form.composite(design, items, criteria) for form in single])[0, 1]
    # as above: a correlation and an estimate from 8000 persons each
    assert foretold == pytest.approx(correlation, abs=0.02)


def test_components_add_up_and_are_on_the_metric_of_the_scale(flagship):
    found = composite_score_reliability(*flagship, scale="overall")
    frame = found.components().to_frame()
    assert frame["variance"][:-1].sum() == pytest.approx(frame["variance"].iloc[-1], rel=1e-12)
    scores = pm.score(*flagship).of("overall")
    # 1.4% of the answers are missing: pairwise covariances and available means are not quite the same
    assert found.standard_deviation == pytest.approx(np.nanstd(scores, ddof=1), rel=0.01)
    assert found.standard_error_of_measurement == pytest.approx(
        found.standard_deviation * np.sqrt(1 - found.estimate), rel=1e-10
    )
    assert frame["component"].tolist()[:2] == ["true score", "items"]
    assert "tasks are random" in found.notes[0]


def test_scale_of_items_is_alpha(flagship):
    instrument, responses, ratings = flagship
    found = composite_score_reliability(instrument, responses, ratings, scale="junior_self_report")
    points = item_points(responses, instrument.scale("junior_self_report").items)
    expected = coefficient_alpha(points)
    assert found.estimate == pytest.approx(expected.estimate, rel=1e-10)
    # both jackknives: theirs leaves out every person, ours groups of ten
    assert found.ci_lower == pytest.approx(expected.ci_lower, abs=0.01)


def test_design_study_rises_with_raters_and_holds_the_present_design(flagship):
    found = composite_score_reliability(*flagship, scale="mid")
    study = found.design_study(task_factors=(1, 2), item_factors=(1, 2), target=0.85, cost_per_item=0.1)
    frame = study.to_frame()
    now = frame[(frame["n_raters"] == 2) & (frame["n_tasks"] == 2) & (frame["n_items"] == 6)]
    assert now["reliability"].item() == pytest.approx(found.estimate, rel=1e-10)
    for _, rows in frame.groupby(["n_tasks", "n_items"]):
        assert rows["reliability"].is_monotonic_increasing
    best = study.cheapest()
    good = frame[frame["reliability"] >= 0.85]
    assert best.cost == good["cost"].min()
    assert found.design_study(n_raters=(1,), target=0.99).cheapest() is None


def rated(n=60, raters=("a", "b"), seed=1, double=1.0):
    """Return answers and ratings of the small instrument; a share of persons has two raters."""
    rng = np.random.default_rng(seed)
    skill = rng.normal(size=n)
    table = {"person_id": [f"p{i}" for i in range(n)]}
    table |= {f"q{i}": np.clip(np.rint(2 + skill + rng.normal(size=n)), 0, 4).astype(int) for i in (1, 2)}
    rows = {name: [] for name in ("person_id", "item_id", "criterion_id", "rater_id", "level")}
    for p in range(n):
        for rater in raters if p < double * n else raters[:1]:
            for criterion in ("clear", "right"):
                level = int(np.clip(np.rint(1.5 + skill[p] + 0.7 * rng.normal()), 0, 3))
                for name, value in zip(rows, (f"p{p}", "task", criterion, rater, level), strict=True):
                    rows[name].append(value)
    instrument = pm.parse_instrument(with_rubric())
    return instrument, pm.read_responses(table, instrument), pm.read_ratings(rows, instrument)


def test_single_ratings_say_that_rater_error_is_unknown():
    found = composite_score_reliability(*rated(double=0), scale="both", tasks="fixed")
    assert np.isnan(found.estimate)
    assert np.isnan(found.ci_lower)
    assert "no person has two raters" in found.reason


def test_a_few_double_ratings_identify_rater_error():
    found = composite_score_reliability(*rated(double=0.3), scale="both", tasks="fixed")
    assert 0 < found.estimate < 1
    assert "18 persons with two raters" in " ".join(found.notes)


def test_a_single_task_cannot_be_a_sample_of_tasks():
    found = composite_score_reliability(*rated(), scale="both", tasks="random")
    assert np.isnan(found.estimate)
    assert 'tasks="fixed"' in found.reason
    assert 0 < composite_score_reliability(*rated(), scale="both", tasks="fixed").estimate < 1


def test_a_single_item_and_a_single_person_say_why():
    instrument = pm.parse_instrument(simple(n=1))
    one = pm.read_responses({"person_id": ["a", "b", "c"], "q1": [1, 2, 3]}, instrument)
    assert "single item" in composite_score_reliability(instrument, one, scale="total").reason
    instrument, responses, ratings = rated(n=1)
    assert "fewer than 2" in composite_score_reliability(instrument, responses, ratings, scale="both").reason


def test_no_variance_says_so():
    instrument = pm.parse_instrument(simple())
    same = pm.read_responses(
        {"person_id": list("abc"), **{f"q{i}": [2, 2, 2] for i in range(1, 5)}}, instrument
    )
    found = composite_score_reliability(instrument, same, scale="total")
    assert np.isnan(found.estimate)
    assert "does not vary" in found.reason


def test_wrong_data_are_refused(flagship):
    instrument, responses, ratings = flagship
    with pytest.raises(EstimationError, match="junior"):
        composite_score_reliability(instrument, responses, ratings, scale="junor")
    with pytest.raises(EstimationError, match="cannot be estimated") as caught:
        composite_score_reliability(instrument, responses, scale="junior")
    assert caught.value.problems[0].where == "ratings"
    with pytest.raises(EstimationError, match="tasks="):
        composite_score_reliability(instrument, responses, ratings, scale="junior", tasks="mixed")
    other = pm.parse_instrument(simple())
    with pytest.raises(EstimationError) as caught:
        composite_score_reliability(other, responses, scale="total")
    assert "another instrument" in caught.value.problems[0].what


def test_several_occasions_are_refused():
    instrument = pm.parse_instrument(simple())
    table = {
        "person_id": ["a", "a", "b", "b"],
        "occasion": ["1", "2", "1", "2"],
        **{f"q{i}": [1, 2, 3, 4] for i in range(1, 5)},
    }
    with pytest.raises(EstimationError) as caught:
        composite_score_reliability(instrument, pm.read_responses(table, instrument), scale="total")
    assert "occasions" in caught.value.problems[0].what


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"n_raters": (0,)}, "n_raters"),
        ({"task_factors": (0,)}, "above 0"),
        ({"target": 1.5}, "target"),
        ({"task_factors": (2,)}, "fixed"),
        ({"task_factors": 2}, "fixed"),
        ({"n_raters": "3"}, "n_raters='3'"),
        ({"n_raters": None}, "n_raters=None"),
        ({"n_raters": ()}, "at least one"),
    ],
)
def test_designs_without_meaning_are_refused(options, words):
    found = composite_score_reliability(*rated(), scale="both", tasks="fixed")
    with pytest.raises(EstimationError, match=words):
        found.design_study(**options)


def test_one_number_is_a_list_of_one():
    found = composite_score_reliability(*rated(), scale="both", tasks="fixed")
    one, other = (
        found.design_study(n_raters=4, item_factors=2),
        found.design_study(n_raters=[4], item_factors=[2]),
    )
    assert one.rows == other.rows
    assert one.rows[0].n_raters == 4
