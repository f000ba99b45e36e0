"""Norm editions: exact counts, honest intervals, nothing silent."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from instruments_for_tests import simple
from oracles_scoring import slow_percentile_rank

import psychometrics as pm
from psychometrics.errors import NormError, NormMismatchError, OutputError, UnknownNormsError
from psychometrics.kernels.percentiles import rank_table, wilson
from psychometrics.kernels.standard_scores import stanine, sten
from psychometrics.norming.editions.log import LOG

WHO = {"description": "made-up people"}
DAY = date(2026, 11, 1)


def build(values: list[float], **more: object) -> pm.Norms:
    table = {"x": values, **{name: column for name, column in more.items() if name in ("gender", "age")}}
    options = {name: value for name, value in more.items() if name not in ("gender", "age")}
    return pm.build_norms(table, scale="x", edition="e", provenance=WHO, day=DAY, **options)  # type: ignore[arg-type]


scores = st.integers(0, 12).map(float)


@settings(max_examples=60, deadline=None)
@given(st.lists(scores, min_size=1, max_size=60), st.lists(scores, min_size=1, max_size=20))
def test_percentile_rank_agrees_with_counting_and_rises(sample: list[float], asked: list[float]) -> None:
    normed = build(sample).apply({"x": asked})
    assert normed.percentile_rank[0] == pytest.approx(
        [slow_percentile_rank(sample, s) for s in asked], abs=1e-10
    )
    order = np.argsort(asked)
    for ranks in (normed.percentile_rank[0], normed.percentile_lower[0], normed.percentile_upper[0]):
        assert (np.diff(ranks[order]) >= -1e-9).all()
        assert ((ranks >= 0) & (ranks <= 100)).all()
    assert (normed.percentile_lower <= normed.percentile_rank).all()
    assert (normed.percentile_upper >= normed.percentile_rank).all()


@settings(max_examples=40, deadline=None)
@given(st.lists(scores, min_size=1, max_size=40), st.lists(scores, min_size=1, max_size=40))
def test_counts_add_and_subtract(first: list[float], second: list[float]) -> None:
    both = build(first + second)
    merged = build(first).merge(build(second), edition="m", day=DAY)
    assert_same_counts(merged, both)
    assert_same_counts(merged.remove(build(second), edition="r", day=DAY), build(first))
    assert merged.head.population.n == len(first) + len(second)
    assert merged.head.parent == "e"


def assert_same_counts(one: pm.Norms, other: pm.Norms) -> None:
    assert one.cells.keys() == other.cells.keys()
    for place, cell in one.cells.items():
        assert cell.scores.tolist() == other.cells[place].scores.tolist()  # type: ignore[union-attr]
        assert cell.counts.tolist() == other.cells[place].counts.tolist()  # type: ignore[union-attr]


def test_what_was_never_added_cannot_be_removed() -> None:
    with pytest.raises(NormError, match="never in this edition"):
        build([1.0, 2.0]).remove(build([3.0]), edition="r")


def test_saved_and_loaded_is_the_same_and_never_overwritten(tmp_path: Path) -> None:
    norms = build(
        [0.1, 1 / 3, 2, 2],
        gender=["f", "m", "f", "f"],
        age=[20, 40, 30, 29],
        strata=["gender", "age:18,30,65"],
    )
    path = norms.save(tmp_path)
    again = pm.load_norms(path)
    assert_same_counts(norms, again)
    assert again.head.population == norms.head.population
    assert [p.name for p in sorted(tmp_path.iterdir())] == ["e.csv", "e.toml", "editions.log.jsonl"]
    with pytest.raises(OutputError, match="never overwritten"):
        norms.save(tmp_path)


def test_an_edited_table_is_refused(tmp_path: Path) -> None:
    path = build([1.0, 2.0]).save(tmp_path)
    (tmp_path / "e.csv").write_text("scale_id,score,count\nx,1,100\n", encoding="utf-8")
    with pytest.raises(NormError, match="not the one the edition was released with"):
        pm.load_norms(path)


def test_strata_are_used_and_what_falls_out_is_said() -> None:
    norms = build([1, 2, 3, 4, 5, 6], gender=["f", "f", "f", "m", "m", None], strata=["gender"])
    assert "1 of 6 people were in no stratum and are left out" in norms.head.notes
    frame = norms.apply({"x": [2, 4, 4, 4], "gender": ["f", "m", "x", None]}).to_frame()
    assert frame["percentile_rank"].tolist()[:2] == [50.0, 25.0]
    assert frame["percentile_rank"].isna().tolist() == [False, False, True, True]
    assert frame["reason"].tolist()[2] == "gender is blank or in no stratum of the norms"
    assert frame["stratum"].tolist()[:2] == ["f", "m"]
    assert "fewer than 100 people" in frame["note"][0]
    whole = norms.apply({"x": [2.0]}, strata=[]).to_frame()
    assert whole["percentile_rank"][0] == 30.0
    assert whole["norm_n"][0] == 5


def test_age_outside_every_band_and_blank_age() -> None:
    norms = build([1, 2, 3, 4], age=[20, 29, 30, 64], strata=["age:18,30,65"])
    frame = norms.apply({"x": [2, 2, 2], "age": [29, 65, None]}).to_frame()
    assert frame["stratum"].tolist()[0] == "18-29"
    assert frame["reason"].isna().tolist() == [True, False, False]


def test_missing_stratum_column_is_an_error_that_names_it() -> None:
    norms = build([1, 2], gender=["f", "m"], strata=["gender"])
    with pytest.raises(NormError, match="gender: no such column"):
        norms.apply({"x": [1.0]})


def test_scores_outside_the_sample_are_said() -> None:
    frame = build([2, 3, 4]).apply({"x": [1, 5]}).to_frame()
    assert frame["percentile_rank"].tolist() == [0.0, 100.0]
    assert frame["z"].isna().all()
    assert (frame["percentile_upper"][0] > 0) and (frame["percentile_lower"][1] < 100)
    assert frame["note"].str.contains("outside every score").all()


def test_definitions_of_percentile_rank() -> None:
    norms = build([1, 2, 2, 3])
    ranks = {
        m: norms.apply({"x": [2.0]}, method=m).percentile_rank[0, 0] for m in ("below", "mid", "at_or_below")
    }
    assert ranks == {"below": 25.0, "mid": 50.0, "at_or_below": 75.0}
    with pytest.raises(NormError, match="not known"):
        norms.apply({"x": [2.0]}, method="upper")


def test_standard_scores() -> None:
    norms = build([1, 2, 3, 4, 5])
    linear = norms.apply({"x": [3, 5]}, standard="linear").to_frame()
    assert linear["t"].tolist() == pytest.approx([50, 50 + 10 * 2 / np.sqrt(2.5)], rel=1e-12)
    frame = norms.apply({"x": [3]}).to_frame()
    assert frame[["z", "t", "iq", "stanine", "sten"]].to_numpy().tolist() == [[0.0, 50.0, 100.0, 5.0, 6.0]]


def test_stanines_and_stens_hold_their_shares() -> None:
    """4, 7, 12, 17, 20, 17, 12, 7, 4 per cent by the usual table, which rounds the normal curve."""
    from scipy.stats import norm

    z = norm.ppf((np.arange(100_000) + 0.5) / 100_000)
    assert np.round(np.bincount(stanine(z).astype(int))[1:] / 1000).tolist() == [
        4,
        7,
        12,
        17,
        20,
        17,
        12,
        7,
        4,
    ]
    assert np.round(np.bincount(sten(z).astype(int))[1:] / 1000).tolist() == [
        2,
        4,
        9,
        15,
        19,
        19,
        15,
        9,
        4,
        2,
    ]


def test_wilson_is_the_published_interval() -> None:
    """Newcombe (1998, doi 10.1002/(SICI)1097-0258(19980430)17:8<857), table I: 81/263 and 15/148, to 4 decimals."""
    for count, n, expected in [
        (81, 263, (0.2553, 0.3662)),
        (15, 148, (0.0624, 0.1605)),
        (0, 20, (0.0, 0.1611)),
    ]:
        share = np.array([count / n])
        lower, upper = wilson(share, share * (1 - share), n, 0.95)
        assert (round(lower[0], 4), round(upper[0], 4)) == expected


@pytest.mark.parametrize("n", [50, 300])
def test_interval_covers_the_true_rank(n: int) -> None:
    """Nominal 95%: the share of 2,000 samples whose interval holds the true mid rank, at each of 10 scores.

    Monte Carlo error of each share is below .01; at least .93 on average and .91 at every score is asked.
    """
    rng = np.random.default_rng(5)
    p = np.array([0.02, 0.05, 0.1, 0.15, 0.2, 0.18, 0.13, 0.09, 0.05, 0.03])
    truth = 100 * (np.cumsum(p) - p / 2)
    hits = np.zeros(10)
    for counts in rng.multinomial(n, p, 2000):
        there = counts > 0
        table = rank_table(np.flatnonzero(there).astype(float), counts[there])
        at = 2 * np.searchsorted(table.scores, np.arange(10.0)) + there
        hits += (table.lower[at] <= truth) & (truth <= table.upper[at])
    coverage = hits / 2000
    assert coverage.mean() > 0.93
    assert coverage.min() > 0.91
    assert coverage.mean() < 0.98


def test_norms_of_another_fingerprint_are_refused() -> None:
    plain, turned = pm.parse_instrument(simple()), pm.parse_instrument(simple(reversed_items=(1,)))
    table = {"person_id": ["a", "b"], **{f"q{i}": [1, 2] for i in range(1, 5)}}
    made = pm.score(plain, pm.read_responses(table, plain))
    norms = pm.build_norms(made, edition="e", provenance=WHO)
    assert norms.apply(made).percentile_rank.tolist() == [[25.0, 75.0]]
    with pytest.raises(NormMismatchError, match="another fingerprint"):
        norms.apply(pm.score(turned, pm.read_responses(table, turned)))


def test_simulated_is_said_on_every_surface(tmp_path: Path) -> None:
    norms = build([1, 2, 3], simulated=True)
    normed = norms.apply({"x": [2]})
    assert "SIMULATED" in repr(norms)
    assert "SIMULATED" in repr(normed)
    assert "SIMULATED" in normed._repr_html_()
    assert normed.to_frame()["simulated"].all()
    assert normed.to_dict()["source"]["simulated"] is True
    assert "simulated = true" in norms.save(tmp_path).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("provenance", "match"),
    [({}, "description: missing"), ({"description": "x", "colour": "red"}, "colour: unknown key")],
)
def test_provenance_is_needed(provenance: dict[str, str], match: str) -> None:
    with pytest.raises(NormError, match=match):
        pm.build_norms({"x": [1]}, scale="x", edition="e", provenance=provenance)


def test_degenerate_samples() -> None:
    one = build([3.0]).apply({"x": [2, 3, 4, None]})
    assert np.array_equal(one.percentile_rank[0], [0, 50, 100, np.nan], equal_nan=True)
    assert one.to_frame()["reason"].tolist()[3] == "no raw score"
    same = build([3.0] * 10).apply({"x": [3]}, standard="linear")
    assert np.isnan(same.z).all()
    with pytest.raises(NormError, match="no score falls into any stratum"):
        build([float("nan")])
    with pytest.raises(NormError, match="holds string"):
        pm.build_norms({"x": ["a"]}, scale="x", edition="e", provenance=WHO)


def test_unknown_norms() -> None:
    with pytest.raises(UnknownNormsError, match="Did you mean"):
        pm.load_norms("phq-9/de-2014")


def test_published_means_of_a_skewed_scale_give_z_but_no_rank() -> None:
    table = {"person_id": ["a"], "gender": ["female"], **{f"q{i}": [1] for i in range(1, 10)}, "q10": [0]}
    scores = pm.score("phq-9", pm.read_responses(table, "phq-9"))
    normed = pm.load_norms("phq-9/de-2013").apply(scores, today=DAY)
    assert normed.z[0, 0] == pytest.approx((9 - 3.1) / 3.5, rel=1e-12)
    assert np.isnan(normed.percentile_rank).all()
    assert "no percentile rank" in normed.to_frame()["note"][0]


def test_percentile_points_are_interpolated_and_not_extrapolated() -> None:
    norms = pm.load_norms("sus/percentile-points")
    frame = norms.apply({"total": [68, 71, 40]}).to_frame()
    assert frame["percentile_rank"].tolist()[:2] == [50.0, 60.0]
    assert frame["reason"].tolist()[2] == "outside the published percentile points"


def test_an_edition_less_itself_is_nobody() -> None:
    norms = build([1.0, 2.0, 2.0])
    with pytest.raises(NormError, match="nobody would be left"):
        norms.remove(norms, edition="r", day=DAY)


def test_who_was_left_out_of_the_added_people_is_said() -> None:
    first = build([1.0, 2.0], age=[20, 30], strata=["age:18,40"])
    more = build([1.0, 2.0, 3.0], age=[20, 30, 70], strata=["age:18,40"])
    merged = first.merge(more, edition="m", day=DAY)
    assert merged.head.notes == [
        "of those added: 1 of 3 people were in no stratum and are left out",
    ]
    assert merged.remove(more, edition="r", day=DAY).head.notes == merged.head.notes


def test_scales_that_an_edition_lacks_are_not_added() -> None:
    wide = pm.build_norms(
        {"x": [1.0, 2.0], "y": [3.0, 4.0]}, scale=["x", "y"], edition="w", provenance=WHO, day=DAY
    )
    with pytest.raises(NormMismatchError, match="cannot be put together") as caught:
        build([1.0, 2.0]).merge(wide, edition="m", day=DAY)
    assert caught.value.problems[0].what == "y not in table/e"
    assert wide.merge(build([1.0]), edition="m", day=DAY).head.population.n == 3


def test_a_column_called_instrument_is_a_column() -> None:
    frame = pd.DataFrame({"x": [1.0, 2.0], "instrument": ["a", "b"], "scale_ids": ["p", "q"]})
    norms = build([1.0, 2.0, 2.0])
    assert norms.apply(frame).percentile_rank[0] == pytest.approx([100 / 6, 200 / 3])
    assert pm.norm_drift(norms, frame).rows[0].n_new == 2


@pytest.mark.parametrize("score", [1e300, -1e16, 2**60])
def test_scores_no_number_can_tell_apart_are_refused(score: float) -> None:
    norms = build([1.0, 2.0])
    with pytest.raises(NormError, match="or beyond"):
        build([1, score])
    with pytest.raises(NormError, match="or beyond"):
        norms.apply({"x": [score]})


@pytest.mark.parametrize(
    ("row", "what"),
    [
        (b"7,1,9\n", "more fields than columns"),
        (b"7,1e300\n", "more people than can be counted exactly"),
        (b"7,inf\n", "not a whole number above 0"),
        (b"7,nan\n", "not a whole number above 0"),
        (b"\xff\xfe\n", "not UTF-8 text"),
    ],
)
def test_a_damaged_table_is_an_error_that_says_where(tmp_path: Path, row: bytes, what: str) -> None:
    path = build([1.0, 2.0]).save(tmp_path)
    (tmp_path / LOG).unlink()
    table = path.with_suffix(".csv")
    old = table.read_bytes()
    new = old + b"x," + row
    table.write_bytes(new)
    digests = (hashlib.sha256(data).hexdigest() for data in (old, new))
    path.write_text(path.read_text().replace(*digests))
    with pytest.raises(NormError) as caught:
        pm.load_norms(path)
    assert what in str(caught.value)


def test_people_who_are_in_the_sample_twice_are_said() -> None:
    table = {"person_id": ["a", "b", "a", None, None], "x": [1.0, 2.0, 3.0, 4.0, 5.0]}
    norms = pm.build_norms(table, scale="x", edition="e", provenance=WHO, day=DAY)
    assert norms.head.population.n == 5
    assert norms.head.notes == ["1 rows are of people who are in the sample already; every row is counted"]


def test_a_comparison_prints_in_one_short_line() -> None:
    assert repr(pm.compare_norms(build([1.0, 2.0]), build([1.0]))) == "<NormComparison: 1 rows>"


@pytest.mark.parametrize("column", ["score", "count", "n", "weight", "job title", "年齢", "_x"])
def test_any_column_can_divide_a_sample_and_comes_back(column: str, tmp_path: Path) -> None:
    sample = {"total": [3, 5, 5, 8], column: ["f", "m", "f", "m"]}
    built = pm.build_norms(
        sample,
        scale="total",
        strata=[column],
        edition="x",
        provenance={"description": "four"},
        simulated=True,
    )
    path = built.save(tmp_path)
    again = pm.load_norms(path).apply({"total": [5], column: ["f"]})
    assert (
        again.percentile_rank[0, 0] == built.apply({"total": [5], column: ["f"]}).percentile_rank[0, 0] == 75
    )
    assert list(built.to_frame()["n"]) == [2.0, 2.0]


@pytest.mark.parametrize("strata", [["g", "g"], ["age:nan,5,10"], ["age:5,nan"]])
def test_strata_that_make_no_sense_are_refused(strata: list[str]) -> None:
    sample = {"total": [3, 5], "g": ["f", "m"], "age": [4, 7]}
    with pytest.raises(NormError):
        pm.build_norms(sample, scale="total", strata=strata, edition="x", provenance={"description": "two"})


def test_a_new_edition_with_an_impossible_name_is_refused_in_words() -> None:
    one = pm.build_norms({"total": [3, 5]}, scale="total", edition="x", provenance=WHO)
    with pytest.raises(NormError, match="cannot be written down"):
        one.merge(one, edition="../e")
