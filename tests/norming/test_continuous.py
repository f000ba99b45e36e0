"""Continuous editions: built, applied at exact ages, saved and loaded, compared, drawn; degenerate samples refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from instruments_for_tests import simple

import psychometrics as pm
from psychometrics.errors import NormError, NormMismatchError
from psychometrics.norming.cells.cell import NoRank, Note
from psychometrics.norming.cells.continuous import ContinuousCell
from psychometrics.norming.continuous.compare import compare_models
from psychometrics.norming.continuous.figures import percentile_curves, qq_plot, residuals, worm_plot
from psychometrics.norming.continuous.settings import ContinuousNorming
from psychometrics.norming.weighting.weighting import given_weights

METHODS = ("taylor", "beta_binomial", "shash", "box_cox_t", "normal")
ALONG = ContinuousNorming(column="age", score_range=(0, 20))


def people(n: int = 500, seed: int = 3, **more: object) -> dict[str, object]:
    """Simulated: right answers of 20, which grow with age."""
    rng = np.random.default_rng(seed)
    age = np.round(rng.uniform(6, 12, n), 2)
    share = 1 / (1 + np.exp(-(0.4 * (age - 9) + rng.normal(0, 0.8, n))))
    return {"x": rng.binomial(20, share).astype(float), "age": age, **more}


def build(sample: dict[str, object], continuous: object = ALONG, **options: object) -> pm.Norms:
    return pm.build_norms(
        sample,
        scale="x",
        edition="e",
        provenance={"description": "made-up people"},
        simulated=True,
        continuous=continuous,
        day=date(2026, 11, 1),
        **options,  # type: ignore[arg-type]
    )


@pytest.fixture(scope="module")
def norms() -> pm.Norms:
    return build(people(), method="taylor")


@pytest.mark.parametrize("method", METHODS)
def test_an_edition_is_the_same_after_saving_and_loading(method: str, tmp_path: Path) -> None:
    made = build(people(), method=method)
    path = made.save(tmp_path)
    again = pm.load_norms(path)
    asked = people(300, 9)
    one, other = made.apply(asked), again.apply(asked)
    for name in ("percentile_rank", "percentile_lower", "percentile_upper", "z"):
        assert np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True)
    assert again.head.continuous == made.head.continuous
    assert (
        again.save(tmp_path / "again").with_suffix(".csv").read_bytes()
        == path.with_suffix(".csv").read_bytes()
    )
    assert np.isfinite(one.percentile_rank).all()
    assert (one.percentile_lower <= one.percentile_rank).all()
    assert (one.percentile_rank <= one.percentile_upper).all()


@pytest.mark.parametrize("method", METHODS)
def test_ranks_are_near_the_true_ones(method: str) -> None:
    rng = np.random.default_rng(77)
    at_nine = rng.binomial(20, 1 / (1 + np.exp(-rng.normal(0, 0.8, 200_000))))
    placed = build(people(900), method=method).apply({"x": np.arange(21.0), "age": np.full(21, 9.0)})
    true = [100 * ((at_nine < s).mean() + (at_nine == s).mean() / 2) for s in range(21)]
    assert placed.percentile_rank[0] == pytest.approx(true, abs=6)


def test_the_place_does_not_depend_on_who_else_is_placed(norms: pm.Norms) -> None:
    asked = people(200, 5)
    all_ = norms.apply(asked).percentile_rank[0]
    for i in (0, 17, 199):
        alone = norms.apply({"x": [asked["x"][i]], "age": [asked["age"][i]]})  # type: ignore[index]
        assert alone.percentile_rank[0, 0] == all_[i]


def test_reading_off_the_table_is_within_a_thousandth_of_a_t_score(norms: pm.Norms) -> None:
    cell = norms.cell((), "x")
    assert isinstance(cell, ContinuousCell)
    ages = np.random.default_rng(1).uniform(*cell.model.age_range, 50)
    from psychometrics.kernels.continuous.standing import standing

    exact = standing(cell.model, ages).z
    for score in (3.0, 10.0, 17.0):
        placed = norms.apply({"x": np.full(50, score), "age": ages})
        assert placed.t[0] == pytest.approx(50 + 10 * exact[:, int(score)], abs=1e-3)


def test_ages_outside_get_no_rank_and_a_reason(norms: pm.Norms) -> None:
    low, high = norms.head.continuous.lower, norms.head.continuous.upper  # type: ignore[union-attr]
    placed = norms.apply({"x": [10.0] * 5, "age": [low, high, low - 0.01, high + 5, np.nan]})
    assert placed.reason[0].tolist() == [0, 0, NoRank.OUTSIDE_AGES, NoRank.OUTSIDE_AGES, NoRank.NO_AGE]
    assert np.isnan(placed.percentile_rank[0, 2:]).all()
    assert np.isfinite(placed.percentile_rank[0, :2]).all()
    words = placed.to_frame()["reason"].tolist()
    assert "outside the ages" in words[2]
    assert "no age" in words[4]


def test_scores_between_and_beyond_the_possible_ones(norms: pm.Norms) -> None:
    placed = norms.apply({"x": [9.0, 9.5, 10.0, 25.0, np.nan], "age": [9.0] * 5})
    rank = placed.percentile_rank[0]
    assert rank[0] < rank[1] < rank[2]
    assert placed.note[0, 3] & Note.OUTSIDE
    assert placed.reason[0, 4] == NoRank.NO_SCORE


def test_floors_ceilings_and_the_limit_are_said() -> None:
    sample = people(600)
    easy = {**sample, "x": np.minimum(np.asarray(sample["x"]) + 6, 20)}
    placed = build(easy, method="taylor").apply({"x": [20.0, 0.0], "age": [11.5, 11.5]})
    assert placed.note[0, 0] & Note.CEILING
    assert placed.note[0, 1] & Note.EXTREME
    assert placed.percentile_rank[0, 1] == pytest.approx(0.135, abs=0.001)


@pytest.mark.parametrize("method", ["mid", "below", "at_or_below"])
@pytest.mark.parametrize("standard", ["normalised", "linear"])
def test_definitions_of_the_rank_and_of_standard_scores(norms: pm.Norms, method: str, standard: str) -> None:
    asked = {"x": np.arange(21.0), "age": np.full(21, 8.0)}
    placed = norms.apply(asked, method=method, standard=standard)
    for one in (
        placed.percentile_rank[0],
        placed.percentile_lower[0],
        placed.percentile_upper[0],
        placed.z[0],
    ):
        assert (np.diff(one) >= 0).all()
    ends = placed.percentile_rank[0, [0, -1]]
    assert (ends[0] == 0) == (method == "below")
    assert (ends[1] == 100) == (method == "at_or_below")


def test_plotting_positions_belong_to_building(norms: pm.Norms) -> None:
    with pytest.raises(NormError, match="blom"):
        norms.apply({"x": [3.0], "age": [8.0]}, method="blom")
    blom = build(
        people(), ContinuousNorming(column="age", score_range=(0, 20), position="blom"), method="taylor"
    )
    assert blom.apply({"x": [3.0], "age": [8.0]}).z[0, 0] != norms.apply({"x": [3.0], "age": [8.0]}).z[0, 0]


def test_strata_each_have_their_model() -> None:
    sample = people(800, gender=["f", "m"] * 400)
    made = build(sample, method="normal", strata=["gender"])
    assert set(made.cells) == {(("f",), "x"), (("m",), "x")}
    assert [row.stratum for row in made.head.continuous.models] == ["f", "m"]  # type: ignore[union-attr]
    with pytest.raises(NormError, match="cannot be put together"):
        made.apply(sample, strata=[])


def test_auto_takes_the_best_criterion() -> None:
    made = build(people(300))
    rows = made.head.continuous.models  # type: ignore[union-attr]
    assert {row.method for row in rows} == set(METHODS)
    (chosen,) = [row for row in rows if row.chosen]
    assert chosen.bic == min(row.bic for row in rows if row.converged)


def test_weights_count_as_persons_would() -> None:
    sample = people(400, w=np.tile([1.0, 3.0], 200))
    rows = np.repeat(np.arange(400), np.tile([1, 3], 200))
    doubled = {name: np.asarray(sample[name])[rows] for name in ("x", "age")}
    weighted = build(sample, method="normal", weights=given_weights(sample, "w"))
    repeated = build(doubled, method="normal")
    asked = people(50, 8)
    assert weighted.apply(asked).percentile_rank[0] == pytest.approx(
        repeated.apply(asked).percentile_rank[0], abs=0.6
    )
    width = [
        np.mean(one.percentile_upper - one.percentile_lower)
        for one in (weighted.apply(asked), repeated.apply(asked))
    ]
    assert width[0] > 1.2 * width[1]  # 400 persons with uneven weights are not 800


def test_continuous_scores_need_no_lattice() -> None:
    rng = np.random.default_rng(4)
    age = rng.uniform(6, 12, 500)
    sample = {"x": 3 * age + rng.normal(0, 2, 500), "age": age}
    for method in ("taylor", "normal"):
        made = build(sample, "age", method=method)
        placed = made.apply({"x": [27.0, 29.0, 31.0], "age": [9.0] * 3})
        assert placed.percentile_rank[0] == pytest.approx([50, 84.1, 97.7], abs=4)
    assert "range of possible scores" in made.head.notes[0]
    with pytest.raises(NormError, match="equal steps"):
        build(sample, "age", method="beta_binomial")


def test_cuts_come_back_as_the_lowest_score_at_each_age(norms: pm.Norms) -> None:
    cell = norms.cell((), "x")
    assert isinstance(cell, ContinuousCell)
    from psychometrics.norming.cells.cell import Placing

    ages = np.array([7.0, 9.0, 11.0, 9.0])
    cuts = cell.raw_cuts("t", 60, Placing(), ages)
    assert cuts[1] == cuts[3]
    assert (np.diff(cuts[:3]) >= 0).all()
    for cut, age in zip(cuts, ages, strict=True):
        t = norms.apply({"x": [cut - 1, cut], "age": [age, age]}).t[0]
        assert t[0] < 60 <= t[1]
    assert np.isnan(cell.raw_cuts("t", 95, Placing(), ages)).all()
    with pytest.raises(NormError, match="at an age"):
        cell.place(np.array([3.0]), Placing())
    with pytest.raises(NormError, match="every age"):
        cell.raw_cut("t", 60, Placing())


@pytest.mark.parametrize(
    ("change", "options", "words"),
    [
        ({"x": np.full(500, 7.0)}, {}, "the same score"),
        ({"age": np.full(500, 7.0)}, {}, "everybody is 7"),
        ({"age": np.full(500, np.nan)}, {}, "nobody has a score and age"),
        ({"x": np.full(500, 21.0)}, {}, "scores from 21 to 21"),
        ({}, {"method": "best"}, "method: best"),
        ({}, {"method": "auto", "continuous": ContinuousNorming(column="age", powers=(1, 1))}, "one method"),
        ({}, {"continuous": "grade"}, "no such column"),
        ({"age": ["x"] * 500}, {}, "must hold numbers"),
        ({}, {"smoothing": "log_linear"}, "smooth already"),
        ({}, {"strata": ["gender=f,m,d"], "method": "normal"}, "x, d: x: nobody"),
        (
            {},
            {"continuous": ContinuousNorming(column="age", z_limit=9, width=-1, criterion="r2")},
            "z_limit: 9",
        ),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_fitted_is_refused(change: dict, options: dict, words: str) -> None:  # type: ignore[type-arg]
    sample = {**people(gender=["f", "m"] * 250), **change}
    with pytest.raises(NormError, match=words):
        build(sample, **{"continuous": ALONG, **options})


def test_fewer_persons_than_terms() -> None:
    few = {name: np.asarray(column)[:4] for name, column in people().items()}
    with pytest.raises(NormError, match="do not determine"):
        build(few, ContinuousNorming(column="age", score_range=(0, 20), powers=(3, 3)), method="taylor")
    with pytest.raises(NormError, match="do not determine"):
        build(few, ContinuousNorming(column="age", score_range=(0, 20), powers=(3, 2)), method="normal")


def test_all_weight_on_one_person() -> None:
    sample = people(50, w=[1.0] + [0.0] * 49)
    with pytest.raises(NormError, match=r"same score|everybody is"):
        build(sample, method="normal", weights=given_weights(sample, "w"))
    heavy = people(50, w=[1e9] + [1.0] * 49)
    with pytest.raises(NormError, match=r"effective 1\.0"):
        build(heavy, method="normal", weights=given_weights(heavy, "w"))


def test_continuous_editions_are_not_added_up(norms: pm.Norms) -> None:
    with pytest.raises(NormMismatchError):
        norms.merge(norms, edition="m")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("age_range,0,0,6", "age_range,0,0,26", "ages do not rise"),
        ("beta_binomial,0,0,", "gamma,0,0,", "unknown quantities: gamma"),
        ("beta_binomial,1,0,", "beta_binomial,0,0,", "gaps or doubles"),
        ("z_limit,0,0,3.0", "z_limit,0,0,nan", "not a number"),
        ("x,n,0,0,500\n", "", '"n" has 0 values'),
        ("covariance,1,1,", "covariance,5,5,", "gaps or doubles"),
    ],
)
def test_a_broken_table_is_refused(old: str, new: str, words: str, tmp_path: Path) -> None:
    import hashlib

    path = build(people(), method="beta_binomial").save(tmp_path)
    table = path.with_suffix(".csv")
    text = table.read_text(encoding="utf-8")
    assert old in text
    head = path.read_text(encoding="utf-8")
    before = hashlib.sha256(text.encode()).hexdigest()
    changed = text.replace(old, new, 1)
    table.write_text(changed, encoding="utf-8")
    path.write_text(head.replace(before, hashlib.sha256(changed.encode()).hexdigest()), encoding="utf-8")
    (tmp_path / "editions.log.jsonl").unlink()
    with pytest.raises(NormError, match=words):
        pm.load_norms(path)


def test_models_side_by_side() -> None:
    found = compare_models(people(250), ALONG, scale="x", folds=2).to_frame()
    assert set(found["method"]) == set(METHODS)
    assert found["chosen"].sum() == 1
    assert found["monotone"].all()
    assert found["converged"].all()
    assert found["bic"].is_monotonic_increasing
    assert found["log_score"].between(-4, -2).all()
    assert found["error_t"].between(0.5, 8).all()
    with pytest.raises(NormError, match="folds"):
        compare_models(people(), ALONG, scale="x", folds=1)


def test_a_model_that_fits_has_normal_residuals(norms: pm.Norms) -> None:
    found, ages = residuals(norms, people(2000, 21))
    assert len(ages) == 2000
    known = found[np.isfinite(found)]
    assert known.mean() == pytest.approx(0, abs=0.15)
    assert known.std() == pytest.approx(1, abs=0.1)


def test_figures_show_what_they_should(norms: pm.Norms) -> None:
    sample = people()
    curves = percentile_curves(norms, sample, ranks=(10, 50, 90)).axes[0]
    heights = [line.get_ydata()[100] for line in curves.lines[1:]]
    assert heights == sorted(heights)
    assert {text.get_text() for text in curves.texts} == {"10", "50", "90"}
    assert "SIMULATED" in curves.get_title(loc="left")
    (dots,) = qq_plot(norms, sample).axes[0].lines[1:]
    assert len(dots.get_xdata()) == 500
    assert len(worm_plot(norms, sample, panels=3).axes) == 4
    counts = pm.build_norms(sample, scale="x", edition="c", provenance={"description": "counts"})
    with pytest.raises(NormError, match="no continuous norms"):
        percentile_curves(counts)


def test_an_instrument_knows_its_score_range(tmp_path: Path) -> None:
    (tmp_path / "i.toml").write_text(simple(), encoding="utf-8")
    instrument = pm.load_instrument(tmp_path / "i.toml")
    rng = np.random.default_rng(2)
    ability = rng.normal(size=200)
    table = {"person_id": [str(i) for i in range(200)], "age": rng.uniform(20, 60, 200)}
    items = {
        f"q{i}": np.clip(np.round(2 + ability + rng.normal(0, 0.7, 200)), 1, 3).astype(int)
        for i in range(1, 5)
    }
    scores = pm.score(instrument, pm.read_responses({**table, **items}, instrument))
    made = pm.build_norms(
        scores,
        edition="i",
        provenance={"description": "made up"},
        simulated=True,
        continuous="age",
        method="normal",
    )
    cell = made.cell((), "total")
    assert isinstance(cell, ContinuousCell)
    assert (cell.model.lattice.least, cell.model.lattice.most) == (0, 16)
    assert not made.head.notes
    assert np.isfinite(made.apply(scores).percentile_rank).all()


def test_a_comparison_says_why_there_is_no_figure() -> None:
    few = {name: np.asarray(column)[:12] for name, column in people().items()}
    found = compare_models(few, ALONG, scale="x", methods=["normal", "taylor"], folds=10).to_frame()
    assert found["log_score"].isna().all()
    assert (found["reason"] == "too few people to cross-validate").all()
    whole = compare_models(
        {"x": np.random.default_rng(1).normal(size=60), "age": np.arange(60.0)},
        "age",
        scale="x",
        methods=["beta_binomial", "normal"],
        folds=0,
    ).to_frame()
    assert whole["reason"].tolist() == ["not cross-validated", "needs scores in equal steps"]


@pytest.mark.parametrize("method", ["taylor", "normal"])
def test_the_order_of_persons_changes_no_byte(method: str) -> None:
    from psychometrics.norming.files import table_bytes

    sample = people(300)
    order = np.random.default_rng(1).permutation(300)
    shuffled = {name: np.asarray(column)[order] for name, column in sample.items()}
    assert table_bytes(build(sample, method=method)) == table_bytes(build(shuffled, method=method))


def test_a_linear_change_of_the_score_changes_no_rank() -> None:
    sample = people(300)
    doubled = {"x": 2 * np.asarray(sample["x"]) + 5, "age": sample["age"]}
    along = ContinuousNorming(column="age", score_range=(5, 45))
    for method in ("taylor", "normal", "shash"):
        one = build(sample, method=method).apply(people(40, 8))
        asked = people(40, 8)
        other = build(doubled, along, method=method).apply(
            {"x": 2 * np.asarray(asked["x"]) + 5, "age": asked["age"]}
        )
        assert other.percentile_rank[0] == pytest.approx(one.percentile_rank[0], abs=1e-3)
