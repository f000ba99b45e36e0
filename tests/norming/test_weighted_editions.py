"""Editions of weighted counts: exact counts, honest intervals, adding and subtracting, files."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from norm_samples_for_tests import DAY, MARGINS, norms_of, part, sample

import psychometrics as pm
from psychometrics.errors import NormError, NormMismatchError
from psychometrics.norming.cells.weighted import WeightedCell
from psychometrics.norming.drift.drift import counted_as
from psychometrics.norming.weighting.weighting import given_weights, rake

ASKED = {"x": np.arange(-1.0, 14)}
COLUMNS = ["percentile_rank", "percentile_lower", "percentile_upper", "z", "reason", "note"]


def same(one: pm.Norms, other: pm.Norms) -> None:
    assert one.cells.keys() == other.cells.keys()
    for place, cell in one.cells.items():
        assert cell.scores.tolist() == other.cells[place].scores.tolist()
        assert cell.counts.tolist() == other.cells[place].counts.tolist()
        assert cell.frame.weights.tolist() == other.cells[place].frame.weights.tolist()
        assert cell.frame.sizes.tolist() == other.cells[place].frame.sizes.tolist()


def test_ranks_mean_and_sd_are_weighted_sums_over_people():
    table = sample()
    weighting = rake(table, MARGINS)
    norms, w, x = norms_of(table, weights=weighting), weighting.of(table), table["x"]
    cell = norms.cells[(), "x"]
    mean = (w @ x) / w.sum()
    assert cell.mean == pytest.approx(mean)
    assert cell.sd == pytest.approx(np.sqrt(w @ (x - mean) ** 2 / w.sum() * 200 / 199))
    ranks = norms.apply({"x": [6.0]}).percentile_rank[0]
    assert ranks[0] == pytest.approx(100 * (w @ ((x < 6) + 0.5 * (x == 6))) / w.sum())
    assert cell.n == 200
    assert "raked to sex, age_band" in norms.head.population.weights


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 8).map(float), min_size=1, max_size=30), st.sampled_from([1.0, 2.5, 0.1]))
def test_one_weight_for_all_is_no_weight_bit_for_bit(scores, weight):
    table = {"x": scores, "w": [weight] * len(scores)}
    plain, weighted = norms_of(table), norms_of(table, weights=given_weights(table, "w"))
    for options in ({}, {"standard": "linear"}, {"method": "blom"}):
        ours, theirs = (n.apply(ASKED, **options).to_frame()[COLUMNS] for n in (weighted, plain))
        assert ours.equals(theirs)


def test_weights_that_come_out_as_one_leave_ranks_alone_and_narrow_intervals():
    table = {"x": np.tile([1.0, 2, 3, 5], 25), "sex": np.tile(["f", "f", "m", "m"], 25)}
    found = norms_of(table, weights=rake(table, {"sex": {"f": 0.5, "m": 0.5}})).apply(ASKED)
    plain = norms_of(table).apply(ASKED)
    assert found.percentile_rank.tolist() == plain.percentile_rank.tolist()
    width = found.percentile_upper - found.percentile_lower
    assert width[0, 4] < 0.7 * (plain.percentile_upper - plain.percentile_lower)[0, 4]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.01, 100))
def test_scaling_weights_changes_nothing_and_ranks_rise(seed, factor):
    rng = np.random.default_rng(seed)
    table = {"x": rng.integers(0, 9, 40).astype(float), "w": rng.choice([0.0, 0.5, 1.0, 4.0], 40)}
    table["w"][0] = 1.0
    ours = norms_of(table, weights=given_weights(table, "w")).apply(ASKED)
    scaled = {**table, "w": factor * table["w"]}
    theirs = norms_of(scaled, weights=given_weights(scaled, "w")).apply(ASKED)
    for name in ("percentile_rank", "percentile_lower", "percentile_upper"):
        assert getattr(ours, name) == pytest.approx(getattr(theirs, name), rel=1e-9, abs=1e-9)
        values = getattr(ours, name)[0]
        assert (np.diff(values) >= -1e-9).all()
        assert ((values >= 0) & (values <= 100)).all()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(60, 140))
def test_parts_put_together_are_the_whole_and_can_be_taken_away(seed, cut):
    table = sample(200, seed)
    parts = [part(table, slice(0, cut)), part(table, slice(cut, None))]
    first, second = (norms_of(p, weights=rake(p, MARGINS), strata=["sex=f,m"]) for p in parts)
    whole = norms_of(table, weights=rake(table, MARGINS), strata=["sex=f,m"])
    both = first.merge(second, edition="both", day=DAY)
    same(both, whole)
    assert both.head.population.n == 200
    same(both.remove(second, edition="back", day=DAY), first)


def test_given_weights_are_kept_when_parts_are_put_together():
    table = {"x": np.arange(6.0), "w": np.array([1.0, 2, 2, 3, 1, 3])}
    parts = [part(table, slice(0, 3)), part(table, slice(3, None))]
    first, second = (norms_of(p, weights=given_weights(p, "w")) for p in parts)
    same(first.merge(second, edition="both", day=DAY), norms_of(table, weights=given_weights(table, "w")))


def test_a_few_people_are_added_by_the_rules_of_the_edition_and_taken_away_again():
    table = sample(200, 3)
    few, many = part(table, slice(0, 3)), part(table, slice(3, None))
    first = norms_of(many, weights=rake(many, MARGINS), strata=["sex=f,m"])
    added = counted_as(first, few, weighted=True)
    both = first.merge(added, edition="both", day=DAY)
    whole = norms_of(table, weights=rake(table, MARGINS), strata=["sex=f,m"])
    same(both, whole)
    assert both.head.population.weights == whole.head.population.weights
    same(both.remove(added, edition="back", day=DAY), first)


def test_words_of_our_own_about_weights_stay():
    table = sample()
    one = norms_of(table, weights=rake(table, MARGINS))
    head = one.head.model_copy(
        update={"population": one.head.population.model_copy(update={"weights": "to the census"})}
    )
    assert replace(one, head=head).merge(one, edition="b").head.population.weights == "to the census"


def test_a_weighted_edition_less_itself_is_nobody():
    one = norms_of(sample(), weights=rake(sample(), MARGINS))
    with pytest.raises(NormError, match="nobody"):
        one.remove(one, edition="b")


def test_different_rules_cannot_be_put_together():
    table = sample()
    one = norms_of(table, weights=rake(table, MARGINS))
    with pytest.raises(NormError, match="weighted by different rules"):
        one.merge(norms_of(table, weights=rake(table, MARGINS, cap=5)), edition="b")
    with pytest.raises(NormMismatchError, match="weighted counts in both"):
        one.merge(norms_of(table), edition="b")


def test_who_was_never_in_it_cannot_be_removed():
    table = sample()
    norms = norms_of(part(table, slice(0, 100)), weights=rake(part(table, slice(0, 100)), MARGINS))
    with pytest.raises(NormError, match="never in this edition"):
        norms.remove(norms_of(table, weights=rake(table, MARGINS)), edition="r")


def test_saved_and_loaded_is_the_same(tmp_path: Path):
    table = {**sample(), "w": np.where(np.arange(200) % 2, 3.0, 1.1)}
    norms = norms_of(table, weights=rake(table, MARGINS, base="w", cap=4), strata=["sex"])
    again = pm.load_norms(norms.save(tmp_path))
    same(norms, again)
    assert again.head.weighting == norms.head.weighting
    ours, theirs = (n.apply({**ASKED, "sex": ["f"] * 15}).to_frame()[COLUMNS] for n in (norms, again))
    assert ours.equals(theirs)
    text = (tmp_path / "e.csv").read_text(encoding="utf-8").splitlines()
    assert text[0] == "sex,scale_id,weight_cell,weight,score,count"


def test_a_table_that_does_not_fit_its_weights_is_refused(tmp_path: Path):
    table = sample()
    path = norms_of(table, weights=rake(table, MARGINS)).save(tmp_path)
    (tmp_path / "editions.log.jsonl").unlink(missing_ok=True)
    rows = (tmp_path / "e.csv").read_text(encoding="utf-8").splitlines()
    cells = rows[1].split(",")
    for column, value, words in (
        (2, "2.5", "two weights in one weight cell"),
        (4, "5000", "more people"),
        (1, "0", "numbers of weight cells"),
    ):
        broken = (
            "\n".join(
                [rows[0], ",".join(value if i == column else c for i, c in enumerate(cells)), *rows[2:]]
            )
            + "\n"
        )
        old = hashlib.sha256((tmp_path / "e.csv").read_bytes()).hexdigest()
        (tmp_path / "e.csv").write_text(broken, encoding="utf-8", newline="")
        new = hashlib.sha256(broken.encode()).hexdigest()
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
        with pytest.raises(NormError, match=words):
            pm.load_norms(path)


def test_weights_of_another_sample_are_refused():
    with pytest.raises(NormError, match="made for another sample"):
        norms_of(sample(seed=2), weights=rake(sample(), MARGINS))


def test_strata_can_be_put_together():
    table = sample()
    weighting = rake(table, MARGINS)
    same(norms_of(table, weights=weighting, strata=["sex"]).over([]), norms_of(table, weights=weighting))


def test_all_weight_on_one_person_says_next_to_nothing():
    table = {"x": np.arange(100.0), "w": np.array([0.0] * 99 + [1.0])}
    found = norms_of(table, weights=given_weights(table, "w")).apply({"x": [10.0, 99.0]}).to_frame()
    assert found["percentile_rank"].tolist() == [0, 50]
    assert (found["percentile_upper"] > 99).all()
    assert "fewer than 100 people" in found["note"][0]


def test_a_stratum_without_weight_and_one_person():
    table = {"x": [1.0, 2.0, 3.0], "g": ["a", "a", "b"], "w": [1.0, 1.0, 0.0]}
    norms = norms_of(table, weights=given_weights(table, "w"), strata=["g"])
    frame = norms.apply({"x": [3.0], "g": ["b"]}).to_frame()
    assert np.isnan(frame["percentile_rank"][0])
    assert frame["reason"][0] == "everybody in this part of the norm sample has weight 0"
    one = {"x": [4.0], "sex": ["f"]}
    frame = norms_of(one, weights=rake(one, {"sex": {"f": 1}})).apply({"x": [4.0]}).to_frame()
    assert frame["percentile_rank"][0] == 50


def test_people_without_a_score_count_for_the_margins_only():
    table = sample()
    table["x"][:20] = np.nan
    norms = norms_of(table, weights=rake(table, MARGINS))
    cell = norms.cells[(), "x"]
    assert cell.n == 180
    assert cell.frame.sizes.sum() == 200


def test_floors_and_ceilings_are_said():
    norms = norms_of({"x": [0.0] * 20 + [1.0] * 60 + [2.0] * 20})
    notes = norms.apply({"x": [0.0, 1.0, 2.0]}).to_frame()["note"].tolist()
    assert "this lowest score" in notes[0]
    assert "this highest score" in notes[2]
    assert isinstance(notes[1], float)


def test_weights_that_are_not_those_of_the_head_are_said():
    table = {"x": [1.0, 2.0], "w": [1.0, 2.0]}
    cell = norms_of(table, weights=given_weights(table, "w")).cells[(), "x"]
    rows = [dict(zip(cell.table_columns, map(float, row), strict=True)) for row in cell.rows()]
    rows[0]["weight"] = 5.0
    assert WeightedCell.of_rows(rows, normal=False).in_frame(cell.frame) == [
        "weights that are not those of the head"
    ]
    rows[0]["weight_cell"], rows[1]["weight_cell"] = 2, 3
    assert "weight cell 3" in WeightedCell.of_rows(rows, normal=False).in_frame(cell.frame)[0]
