"""equate and the conversion of norms: what goes in, what comes out, what is refused."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from instruments_for_tests import simple

import psychometrics as pm
from psychometrics.errors import EstimationError, NormError, NormMismatchError
from psychometrics.norming.equating import equate
from psychometrics.tallying.score_tally import tally_scores

DAY = date(2026, 11, 1)
OLD = pm.parse_instrument(simple(4))
NEW = pm.parse_instrument(simple(5).replace('version = "1.0.0"', 'version = "2.0.0"'))
counts = st.lists(st.integers(0, 20), min_size=7, max_size=7).filter(lambda v: sum(n > 0 for n in v) > 3)
SEVEN = range(7)
METHODS = ("identity", "mean", "linear", "circle_arc", "equipercentile", "kernel")


def people(n_items, n, seed, shift=0.0):
    rng = np.random.default_rng(seed)
    person = rng.normal(size=(n, 1))
    codes = np.clip(np.rint(2 + person + rng.normal(size=(n, n_items)) + shift), 0, 4).astype(int)
    answers = {f"q{i + 1}": codes[:, i].tolist() for i in range(n_items)}
    return {"person_id": [f"p{i}" for i in range(n)], "group": ["a", "b"] * (n // 2), **answers}


def scored(instrument, *arguments, **options):
    n_items = 4 if instrument is OLD else 5
    return pm.score(instrument, pm.read_responses(people(n_items, *arguments, **options), instrument))


@pytest.fixture(scope="module")
def old():
    return scored(OLD, 400, 1)


@pytest.fixture(scope="module")
def new():
    return scored(NEW, 300, 2, shift=0.2)


@pytest.fixture(scope="module")
def norms(old):
    return pm.build_norms(
        old,
        edition="first",
        strata=["group"],
        provenance={"description": "made-up people"},
        day=DAY,
        simulated=True,
    )


@pytest.fixture(scope="module")
def conversion(new, old):
    return equate(new, old, presmoothing="log_linear")


@pytest.fixture(scope="module")
def converted(norms, conversion):
    return norms.convert(conversion, to=NEW, edition="second", why="an item was added", who="us", day=DAY)


def as_counts(values):
    return {float(score): n for score, n in enumerate(values) if n}


@settings(max_examples=25, deadline=None)
@given(counts, st.sampled_from(METHODS))
def test_a_form_is_equated_to_itself(values, method):
    own = as_counts(values)
    found = equate(own, own, method=method, x_scores=SEVEN, y_scores=SEVEN)
    seen = (np.cumsum(values) > 0) & (np.cumsum(values[::-1])[::-1] > 0)
    if method == "equipercentile":
        seen &= np.array(values) > 0  # where no one scored, a range of scores fits and its middle is taken
    assert found.equated[seen] == pytest.approx(np.arange(7.0)[seen], abs=1e-6)


@settings(max_examples=25, deadline=None)
@given(counts, counts)
def test_roles_turned_round_turn_a_line_round(x, y):
    for method in ("mean", "linear"):
        there, back = (
            equate(as_counts(a), as_counts(b), method=method, x_scores=SEVEN, y_scores=SEVEN)
            for a, b in ((x, y), (y, x))
        )
        assert back.intercept + back.slope * there.equated == pytest.approx(np.arange(7.0), abs=1e-9)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("standard_error", ["delta", "bootstrap"])
def test_every_result_is_whole(method, standard_error):
    rng = np.random.default_rng(5)
    x, y = rng.binomial(12, 0.5, 150), rng.binomial(12, 0.6, 120)
    smooth = {"presmoothing": "log_linear"} if method in ("equipercentile", "kernel") else {}
    found = equate(
        x,
        y,
        method=method,
        standard_error=standard_error,
        x_scores=range(13),
        y_scores=range(13),
        replications=60,
        **smooth,
    )
    frame = found.to_frame()
    assert len(frame) == 13
    assert frame["reason"].eq("").all()
    assert (frame["ci_lower"] <= frame["ci_upper"]).all()
    assert found.n_x == 150
    assert method.replace("_", " ") in repr(found)
    again = equate(
        x,
        y,
        method=method,
        standard_error=standard_error,
        x_scores=range(13),
        y_scores=range(13),
        replications=60,
        **smooth,
    )
    assert again.to_frame().equals(frame)


def test_scores_tallies_arrays_and_counts_give_the_same(new, old, conversion):
    x, y = new.of("total"), old.of("total")
    options = {"presmoothing": "log_linear", "x_scores": range(21), "y_scores": range(17)}
    for one, other in (
        (x, y),
        (x.tolist(), [*y.tolist(), None]),
        (tally_scores(new), tally_scores(old)),
        tuple({s: int((v == s).sum()) for s in np.unique(v).tolist()} for v in (x, y)),
    ):
        assert (equate(one, other, **options).equated == conversion.equated).all()
    assert "1 of 401 persons" in equate(x, [*y.tolist(), None], **options).notes[0]
    assert conversion.scores[-1] == 20
    assert conversion.source.fingerprint == NEW.fingerprint


def test_a_single_group_is_matched_by_person(old):
    again = scored(OLD, 390, 1)
    found = equate(old, again, design="single_group", method="linear")
    assert found.n_x == found.n_y == 390
    assert "10 persons took one form only" in found.notes[0]
    pairs = list(zip(old.of("total").tolist()[:390], again.of("total").tolist(), strict=True))
    counted = {pair: pairs.count(pair) for pair in pairs}
    same = equate(counted, design="single_group", method="linear", x_scores=range(17), y_scores=range(17))
    assert found.equated == pytest.approx(same.equated, abs=1e-12)
    assert found.standard_error == pytest.approx(same.standard_error, abs=1e-12)


def test_the_same_persons_leave_less_error_than_two_groups():
    rng = np.random.default_rng(3)
    t = rng.binomial(20, 0.5, 400)
    x, y = t + rng.binomial(4, 0.5, 400), t + rng.binomial(4, 0.7, 400)
    for method in ("mean", "linear", "equipercentile"):
        one = equate(x, y, design="single_group", method=method)
        two = equate(x, y, method=method)
        inside = slice(8, -8)
        assert (one.standard_error[inside] < two.standard_error[inside]).all()


def test_an_anchor_inside_the_form_must_fit_in():
    x, a = np.array([3, 5, 6, 2, 4]), np.array([1, 2, 3, 1, 2])
    options = {"design": "anchor", "method": "linear", "anchor_method": "levine"}
    scales = {"x_scores": range(9), "y_scores": range(9), "anchor_scores": range(4)}
    inside = equate(x, x, anchor=(a, a), internal=True, **options, **scales)
    outside = equate(x, x, anchor=(a, a), internal=False, **options, **scales)
    assert inside.equated == pytest.approx(outside.equated, abs=1e-12)  # the same persons: a form to itself
    assert "correlates" in " ".join(inside.notes)
    with pytest.raises(EstimationError, match="cannot be part of their score"):
        equate(
            x,
            x,
            anchor=(a[::-1] + x.max(), a),
            internal=True,
            x_scores=range(20),
            y_scores=range(20),
            **options,
        )


def test_an_anchor_may_be_a_scale():
    extra = '[[scales]]\nid = "anchor"\ntitle = "Anchor"\nitems = ["q1", "q2"]\naggregate = "sum"\n'
    instrument = pm.parse_instrument(simple(4, extra=extra))
    x, y = (
        pm.score(instrument, pm.read_responses(people(4, n, seed), instrument))
        for n, seed in ((200, 1), (180, 2))
    )
    options = {"design": "anchor", "method": "linear", "anchor_method": "chained"}
    by_name = equate(x, y, scale="total", anchor="anchor", **options)
    arrays = [(s.of("total"), s.of("anchor")) for s in (x, y)]
    by_hand = equate(
        arrays[0][0], arrays[1][0], anchor=(arrays[0][1], arrays[1][1]), x_scores=range(17), y_scores=range(17),
        anchor_scores=range(9), **options,
    )  # fmt: skip
    assert by_name.equated == pytest.approx(by_hand.equated, abs=1e-12)
    with pytest.raises(EstimationError, match="which of its 2 scales"):
        equate(x, y)
    with pytest.raises(EstimationError, match="anchor of x"):
        equate(x, y, scale="total", anchor="ancor", **options)


def test_a_table_too_large_for_the_delta_method_says_so():
    rng = np.random.default_rng(1)
    pairs = np.rint(rng.normal(500, 100, (300, 2)))
    options = {"design": "single_group", "x_scores": range(1001), "y_scores": range(1001)}
    with pytest.raises(EstimationError, match="too many for the delta method"):
        equate(*pairs.T, **options)
    assert np.isfinite(equate(*pairs.T, method="linear", **options).standard_error).all()


def test_smoothing_gives_nothing_to_cells_that_cannot_be():
    rng = np.random.default_rng(9)
    a = rng.binomial(6, 0.5, 300)
    x = a + rng.binomial(8, 0.5, 300)
    found = equate(
        x, x, design="anchor", anchor=(a, a), anchor_method="chained", internal=True, presmoothing="log_linear",
        x_scores=range(15), y_scores=range(15), anchor_scores=range(7), degree=3, cross=1,
    )  # fmt: skip
    assert found.equated == pytest.approx(np.arange(15.0), abs=1e-8)
    assert "cross products to 1" in found.presmoothing


ONE = {3.0: 20}
SPREAD = {1.0: 5, 2.0: 9, 3.0: 12, 4.0: 6, 5.0: 2}


@pytest.mark.parametrize("method", ["linear", "equipercentile", "kernel"])
def test_one_score_only_gives_nan_with_a_reason(method):
    for x, y in ((ONE, SPREAD), (SPREAD, ONE)):
        found = equate(x, y, method=method, x_scores=SEVEN, y_scores=SEVEN)
        assert np.isnan(found.equated).all()
        assert "same score" in found.reasons[0]
    with pytest.raises(EstimationError, match="presmoothing of X"):
        equate(ONE, SPREAD, presmoothing="log_linear", x_scores=SEVEN, y_scores=SEVEN)


def test_one_person_gives_nan_with_a_reason():
    found = equate({3: 1}, SPREAD, method="mean", x_scores=SEVEN, y_scores=SEVEN)
    assert np.isnan(found.equated).all()
    assert found.reasons[0] == "a sample of one person"
    assert equate({3: 1}, SPREAD, method="identity", x_scores=SEVEN, y_scores=SEVEN).equated[6] == 6


def test_an_anchor_that_says_nothing():
    x = {(s, a): 3 for s in (1, 2, 3) for a in (0, 1, 2)}
    flat = {(s, 1): 3 for s in (1, 2, 3)}
    options = {
        "design": "anchor",
        "method": "linear",
        "internal": False,
        "x_scores": SEVEN,
        "y_scores": SEVEN,
    }
    levine = equate(x, x, anchor_method="levine", **options)
    assert "does not correlate" in levine.reasons[0]
    assert np.isnan(levine.equated).all()
    tucker = equate(x, x, anchor_method="tucker", **options)
    assert tucker.equated == pytest.approx(np.arange(7.0))
    assert "0.00 with X" in " ".join(tucker.notes)
    gone = equate(flat, x, anchor_method="tucker", anchor_scores=range(3), **options)
    assert "same score on the anchor beside X" in gone.reasons[0]


def test_anchor_scores_of_one_sample_only():
    x = {(1, 0): 5, (2, 1): 5, (3, 2): 5, (2, 2): 2}
    y = {(1, 1): 5, (2, 2): 5, (3, 3): 5, (2, 3): 2}
    found = equate(
        x, y, design="anchor", anchor_method="frequency_estimation", x_scores=SEVEN, y_scores=SEVEN
    )
    assert "one sample only has (0, 3)" in found.reasons[0]
    chained = equate(x, y, design="anchor", anchor_method="chained", x_scores=SEVEN, y_scores=SEVEN)
    assert np.isfinite(chained.equated).all()


def test_scales_of_different_length():
    rng = np.random.default_rng(2)
    x, y = rng.binomial(40, 0.5, 900), rng.binomial(10, 0.5, 900)
    found = equate(x, y, x_scores=range(41), y_scores=range(11), presmoothing="log_linear")
    assert found.equated[[0, 20, 40]] == pytest.approx([0, 5, 10], abs=0.6)
    halves = equate(x / 2, y, x_scores=np.arange(41) / 2, y_scores=range(11), presmoothing="log_linear")
    assert halves.equated == pytest.approx(found.equated, abs=1e-9)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"method": "median"}, "method"),
        ({"design": "twins"}, "design"),
        ({"anchor_method": "tucker"}, "design"),
        ({"design": "anchor"}, "anchor_method"),
        ({"design": "anchor", "method": "linear", "anchor_method": "levine"}, "internal"),
        ({"design": "anchor", "method": "linear", "anchor_method": "frequency_estimation"}, "for linear one of"),
        ({"method": "linear", "presmoothing": "log_linear"}, "presmoothing"),
        ({"presmoothing": "spline"}, "presmoothing"),
        ({"criterion": "dic"}, "criterion"),
        ({"confidence": 95}, "confidence"),
        ({"standard_error": "jackknife"}, "standard_error"),
        ({"x_scores": [1, 2, 3]}, "scores that cannot be"),
        ({"x_scores": [3, 2, 1]}, "rising"),
    ],
)  # fmt: skip
def test_words_that_do_not_go_together(options, words):
    with pytest.raises(EstimationError, match=words):
        equate(SPREAD, SPREAD, **options)


def test_samples_that_cannot_be_read():
    for x, y, words in (
        ([1.5, 2.0], [1, 2], "not whole numbers"),
        (["a"], [1], "one number per person"),
        ([np.nan], [1, 2], "no person has a score"),
        ({1: 2.5, 2: 1}, SPREAD, "not whole numbers of persons"),
        ({(1, 2): 3}, SPREAD, "one score per person"),
        (SPREAD, None, "y is missing"),
    ):
        with pytest.raises(EstimationError, match=words):
            equate(x, y)
    with pytest.raises(EstimationError, match="who has which score on both"):
        equate(SPREAD, SPREAD, design="single_group")
    with pytest.raises(EstimationError, match="in the same order"):
        equate([1, 2, 3], [1, 2], design="single_group")


def test_converted_norms_place_scores_of_the_new_version(converted, new, norms):
    normed = converted.apply(new)
    assert abs(normed.percentile_rank.mean() - 50) < 1.5
    frame = normed.to_frame()
    assert frame["note"].str.contains("stored conversion").all()
    assert frame["norms"].eq("simple/second").all()
    assert ("conversion of total", converted.head.conversion[0].how) in normed.source.options
    order = np.argsort(new.of("total"))
    inside = normed.stratum[order] == 0
    assert (np.diff(normed.percentile_rank[0][order][inside]) >= 0).all()
    assert converted.head.history[-1].action == "converted"
    assert converted.head.parent == "first"
    assert converted.head.simulated
    assert converted.columns()["n"] == norms.columns()["n"]


def test_without_the_conversion_the_new_version_stays_refused(norms, new):
    with pytest.raises(NormMismatchError, match="another fingerprint"):
        norms.apply(new)


def test_a_converted_edition_comes_back_from_its_files(converted, new, tmp_path):
    path = converted.save(tmp_path)
    again = pm.load_norms(path)
    assert again.head.conversion == converted.head.conversion
    assert again.apply(new).to_frame().equals(converted.apply(new).to_frame())
    assert path.read_text(encoding="utf-8").count("[[conversion]]") == 1
    broken = path.read_text(encoding="utf-8").replace("equated = [", "equated = [99.0, ")
    path.write_text(broken, encoding="utf-8")
    with pytest.raises(NormError, match="of one length"):
        pm.load_norms(path)


def test_the_rank_is_that_of_the_equated_score(converted, conversion, old, norms):
    """By hand: people of the earlier version spread evenly over their scores, in the whole sample."""
    score = 11.0
    e = conversion.equated[11]
    y = old.of("total")
    share = np.mean(np.clip(e - (y - 0.5), 0, 1))
    found = converted.apply({"total": [score]}, strata=[])
    assert found.percentile_rank[0, 0] == pytest.approx(100 * share, abs=1e-9)
    below, above = (
        converted.apply({"total": [score]}, strata=[], method=m).percentile_rank[0, 0]
        for m in ("below", "at_or_below")
    )
    half = (conversion.equated[10] + e) / 2
    assert below == pytest.approx(100 * np.mean(np.clip(half - (y - 0.5), 0, 1)), abs=1e-9)
    assert below < found.percentile_rank[0, 0] < above


def test_a_version_that_changes_no_score_keeps_every_rank(norms, old):
    renamed = pm.parse_instrument(simple(4).replace('id = "q4"', 'id = "q4b"').replace('"q4"', '"q4b"'))
    same = equate(old, old, method="identity")
    carried = norms.convert({"total": same_for(same)}, to=renamed, edition="same", day=DAY)
    values = {"total": [0, 3, 8, 16], "group": ["a"] * 4}
    for method in ("mid", "below", "at_or_below"):
        one, other = (n.apply(values, method=method) for n in (norms, carried))
        assert other.percentile_rank == pytest.approx(one.percentile_rank, abs=1e-9)
        if method == "mid":
            assert other.percentile_lower == pytest.approx(one.percentile_lower, abs=1e-9)
            assert other.z == pytest.approx(one.z, abs=1e-9, nan_ok=True)


def same_for(equating):
    """Forget where the new scores came from: the renamed version has no data of its own here."""
    from dataclasses import replace

    return replace(equating, source=pm.Source())


def test_the_error_of_the_conversion_widens_the_interval(norms, new, old):
    from dataclasses import replace

    sure = equate(new, old, presmoothing="log_linear")
    known = replace(sure, standard_error=np.zeros_like(sure.standard_error))
    narrow, wide = (
        norms.convert(c, to=NEW, edition="e", day=DAY).apply({"total": [10.0]}, strata=[])
        for c in (known, sure)
    )
    z, e, se = 1.959964, sure.equated[10], sure.standard_error[10]
    y = old.of("total")
    density = 100 * (np.mean(np.clip(e + 1 - y, 0, 1)) - np.mean(np.clip(e - y, 0, 1)))
    for side in ("percentile_lower", "percentile_upper"):
        own, whole = (getattr(n, side)[0, 0] - n.percentile_rank[0, 0] for n in (narrow, wide))
        assert abs(whole) == pytest.approx(np.hypot(own, z * density * se), rel=1e-5)


def test_scores_beyond_the_conversion_have_no_rank(converted):
    frame = converted.apply({"total": [20.0, 21.0], "group": ["a", "a"]}).to_frame()
    assert frame["percentile_rank"].isna().tolist() == [False, True]
    assert frame["reason"][1] == "outside the scores that the stored conversion reaches"


def test_no_error_no_interval(norms, new, old):
    rough = equate({**as_counts([0, 0, 5]), 10: 9, 15: 4}, old, x_scores=range(21))
    assert np.isnan(rough.standard_error[0])
    frame = norms.convert(rough, to=NEW, edition="e", day=DAY).apply({"total": [0.0]}, strata=[]).to_frame()
    assert np.isfinite(frame["percentile_rank"][0])
    assert np.isnan(frame["percentile_lower"][0])
    assert "not known" in frame["note"][0]
    saved = norms.convert(rough, to=NEW, edition="e", day=DAY)
    assert np.isnan(saved.head.conversion[0].standard_error[0])


def test_conversions_that_are_refused(norms, converted, conversion, new, old):
    for equating, to, words in (
        (conversion, OLD, "this very version"),
        (equate(old, new, presmoothing="log_linear"), NEW, "x: simple@1.0.0; expected simple@2.0.0"),
        ({"other": conversion}, NEW, "no such scale"),
        (equate({5: 4, 9: 8, 12: 3}, old), NEW, "expected 0 to 20"),
        (equate(new.of("total"), {3: 5, 5: 6}, method="linear"), NEW, "norms at scores the equating does not know"),
    ):  # fmt: skip
        with pytest.raises(NormMismatchError, match=words):
            norms.convert(equating, to=to, edition="e")
    with pytest.raises(NormMismatchError, match="converted before"):
        converted.convert(conversion, to=OLD, edition="e")
    with pytest.raises(NormMismatchError, match="through a conversion"):
        converted.merge(converted, edition="e")
    published = pm.load_norms("gad-7/de-2008")
    with pytest.raises(NormMismatchError, match="kind: moments"):
        published.convert({"total": conversion}, to=NEW, edition="e")


def test_a_score_far_from_all_others_is_no_endless_scale() -> None:
    with pytest.raises(EstimationError, match="steps of 1 apart"):
        pm.equate([1e9, 1], [1, 2])
