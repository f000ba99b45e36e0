"""Published instruments: ranges and worked cases from their sources."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

import psychometrics as pm

RANGES = {
    "phq-9": {"total": (0, 27)},
    "gad-7": {"total": (0, 21)},
    "dass-21": {"depression": (0, 42), "anxiety": (0, 42), "stress": (0, 42)},
    "who-5": {"total": (0, 100)},
    "rand-36": {"physical_functioning": (0, 100), "pain": (0, 100), "general_health": (0, 100)},
    "rosenberg": {"total": (10, 40)},
    "ipip-50": {"extraversion": (10, 50), "openness": (10, 50)},
    "ipip-neo-120": {"neuroticism": (24, 120), "anxiety": (4, 20)},
    "tipi": {"extraversion": (1, 7)},
    "bfi-2": {"extraversion": (1, 5)},
    "sus": {"total": (0, 100)},
    "pss-10": {"total": (0, 40)},
    "k10": {"total": (10, 50)},
    "audit": {"total": (0, 40)},
    "swls": {"total": (5, 35)},
    "maas": {"total": (1, 6)},
    "uwes-9": {"total": (0, 6)},
}


def score_one(name: str, answers: dict[str, object]) -> pm.Scores:
    instrument = pm.load_instrument(name)
    table = {"person_id": ["a"], **{item_id: [answers.get(item_id)] for item_id in instrument.item_ids}}
    return pm.score(instrument, pm.read_responses(table, instrument))


@pytest.mark.parametrize("name", RANGES)
def test_ranges_are_the_published_ones(name: str) -> None:
    instrument = pm.load_instrument(name)
    for scale_id, ends in RANGES[name].items():
        scale = instrument.scale(scale_id)
        assert (scale.minimum, scale.maximum) == ends


@pytest.mark.parametrize("name", RANGES)
def test_all_lowest_and_all_highest_points_reach_the_ends(name: str) -> None:
    instrument = pm.load_instrument(name)
    for which, end in ((min, "minimum"), (max, "maximum")):
        answers = {item.id: item.codes[item.points.index(which(item.points))] for item in instrument.items}
        scores = score_one(name, answers)
        expected = [getattr(scale, end) for scale in instrument.scales]
        assert scores.raw[:, 0].tolist() == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("name", RANGES)
def test_no_item_carries_a_text(name: str) -> None:
    """The texts belong to their owners: a topic of our own words stands instead."""
    definition = pm.load_instrument(name).definition
    assert definition.wording == "topics"
    assert all(getattr(item, "text", None) is None for item in definition.items)
    assert all(source.doi or source.url or source.citation for source in definition.sources)


def test_audit_counts_skipped_items_as_complete() -> None:
    assert score_one("audit", {"q1": 0, "q9": 0, "q10": 2}).of("total").tolist() == [2.0]
    assert score_one("audit", {"q1": 2, "q2": 0, "q3": 0, "q9": 2, "q10": 4}).of("total").tolist() == [8.0]
    assert np.isnan(score_one("audit", {"q1": 2, "q2": 1, "q3": 0, "q9": 2, "q10": 4}).of("total")).all()


def test_dass_sums_are_doubled_and_banded_after_that() -> None:
    depressed = {f"q{i}": 1 if i in (3, 5, 10, 13, 16, 17, 21) else 0 for i in range(1, 22)}
    frame = score_one("dass-21", depressed).to_frame().set_index("scale_id")
    assert frame.loc["depression", "raw_score"] == 14
    assert frame.loc["depression", "band"] == "moderate"
    assert frame.loc["anxiety", "raw_score"] == 0


def test_sus_worked_case() -> None:
    """All odd items 5 and all even items 1 give 100; all 3 gives 50."""
    assert score_one("sus", {f"q{i}": 5 if i % 2 else 1 for i in range(1, 11)}).of("total").tolist() == [
        100.0
    ]
    assert score_one("sus", {f"q{i}": 3 for i in range(1, 11)}).of("total").tolist() == [50.0]


def test_rand_36_takes_the_mean_of_what_was_answered() -> None:
    """Pain is the mean of items 21 (100 - 20 (x - 1)) and 22 (100 - 25 (x - 1))."""
    assert score_one("rand-36", {"q21": 2, "q22": 3}).of("pain").tolist() == [65.0]
    assert score_one("rand-36", {"q21": 2}).of("pain").tolist() == [80.0]


def test_phq_item_10_is_kept_and_not_scored() -> None:
    answers = {f"q{i}": 1 for i in range(1, 10)}
    first = pm.load_instrument("phq-9").item("q10").codes[-1]
    assert score_one("phq-9", {**answers, "q10": first}).of("total").tolist() == [9.0]
    assert score_one("phq-9", answers).of("total").tolist() == [9.0]


def test_johnson_norms_by_sex_and_age() -> None:
    """Men 21-40: conscientiousness 85.50 (14.27), from the published table."""
    norms = pm.load_norms("ipip-neo-120/johnson")
    instrument = pm.load_instrument("ipip-neo-120")
    table = {
        "person_id": ["a", "b"],
        "gender": ["male", "male"],
        "age": [40, 41],
        **{i: [4, 4] for i in instrument.item_ids},
    }
    scores = pm.score(instrument, pm.read_responses(table, instrument))
    normed = norms.apply(scores, today=date(2026, 11, 1))
    row = scores.scale_ids.index("conscientiousness")
    raw = scores.of("conscientiousness")[0]
    assert normed.z[row].tolist() == pytest.approx([(raw - 85.50) / 14.27, (raw - 91.27) / 13.35], rel=1e-12)
    assert np.isnan(normed.percentile_lower).all()
    assert "no interval" in normed.to_frame()["note"][0]
