"""Items, profiles and bands over two occasions, as a user calls them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from instruments_for_tests import simple
from retests_for_tests import answers, instrument, scored

from psychometrics.errors import EstimationError
from psychometrics.evidence.consistency.alpha import coefficient_alpha
from psychometrics.evidence.stability.bands import band_stability
from psychometrics.evidence.stability.item_stability import item_stability
from psychometrics.instrument import parse_instrument
from psychometrics.responses import read_responses
from psychometrics.tallying.retest_tally import tally_retest

CLOSED = 1e-10  # a closed formula: only round-off may differ


def two(n=40, k=5):
    rng = np.random.default_rng(3)
    base = rng.normal(3, 1, (n, 1)) + rng.normal(0, 0.7, (n, k))
    return [np.clip(np.round(base + rng.normal(0, 0.7, (n, k))), 1, 5) for _ in range(2)]


def test_rows_profiles_alphas_and_components():
    x, y = two()
    found = item_stability(x, y)
    frame = found.to_frame()
    assert frame["correlation"].tolist() == pytest.approx(
        [np.corrcoef(x[:, j], y[:, j])[0, 1] for j in range(5)]
    )
    assert (frame["correlation_ci_lower"] < frame["correlation"]).all()
    assert found.alpha_first.estimate == coefficient_alpha(x).estimate
    assert len(found.profile_columns()["profile_correlation"]) == 40
    assert set(found.components) >= {"person", "occasion", "item", "residual"}
    for one in found.coefficients.values():
        assert one.reason or one.ci_lower < one.estimate < one.ci_upper
    assert (found.n_persons, found.n_complete, found.reason) == (40, 40, "")


def test_gaps_are_counted_and_components_take_complete_persons():
    x, y = two()
    x[:7, 2] = np.nan
    found = item_stability(x, y)
    assert (found.n_persons, found.n_complete) == (40, 33)
    assert found.components == item_stability(x[7:], y[7:]).components
    assert found.items.n.tolist() == [40, 40, 33, 40, 40]


def test_responses_are_reversed_and_paired_by_person():
    what = parse_instrument(simple(reversed_items=(2,)))
    first, second = answers(30, 1), answers(30, 2)
    order = np.random.default_rng(4).permutation(30)[:25]
    shuffled = {name: np.asarray(values)[order] for name, values in second.items()}
    found = item_stability(read_responses(first, what), read_responses(shuffled, what))
    place = {person: row for row, person in enumerate(shuffled["person_id"])}
    mine = [p for p in first["person_id"] if p in place]
    x = np.array([[first[f"q{i}"][int(p[1:])] for i in range(1, 5)] for p in mine], float)
    y = np.array([[shuffled[f"q{i}"][place[p]] for i in range(1, 5)] for p in mine], float)
    x[:, 1], y[:, 1] = 4 - x[:, 1], 4 - y[:, 1]
    plain = item_stability(x, y)
    assert found.person_ids == mine
    assert found.profiles.correlation == pytest.approx(plain.profiles.correlation, nan_ok=True)
    assert found.components == plain.components
    double = {name: np.concatenate([np.asarray(v), np.asarray(v)[:1]]) for name, v in first.items()}
    double["occasion"] = ["a"] * 30 + ["b"]
    doubled, again = read_responses(double, what), read_responses(second, what)
    with pytest.raises(EstimationError, match="stands twice"):
        item_stability(doubled, again)


def test_tables_that_do_not_match_are_refused():
    x, y = two()
    with pytest.raises(EstimationError, match="shape"):
        item_stability(x, y[:-1])
    with pytest.raises(EstimationError, match="columns"):
        item_stability(pd.DataFrame(x, columns=list("abcde")), pd.DataFrame(y, columns=list("abced")))


@settings(max_examples=40, deadline=None)
@given(
    st.tuples(st.integers(1, 6), st.integers(1, 3)).flatmap(
        lambda shape: arrays(np.float64, (2, *shape), elements=st.sampled_from([np.nan, 1.0, 2.0, 3.0]))
    )
)
def test_items_have_numbers_or_a_reason(pair):
    found = item_stability(*pair)
    frame = found.to_frame()
    numbers = ["correlation", "mean_change", "sd_change", "correlation_ci_lower"]
    assert (frame["reason"].ne("") | frame[numbers].notna().all(axis=1)).all()
    assert found.reason or not np.isnan(list(found.components.values())).any()
    for one in found.coefficients.values():
        assert one.reason or not np.isnan(one.ci_lower)


def test_bands_and_cuts_come_from_the_instrument_and_from_counts():
    what = instrument()
    first, second = scored(what, answers(200, 1)), scored(what, answers(200, 2))
    found = band_stability(first, second)
    assert [one.bands_id for one in found.sets] == ["level", "pass"]
    level, passed = found.sets
    assert level.labels == ("low", "mid", "high") and passed.labels == ("below", "pass")
    x, y = (np.digitize(one.of("total"), [6, 11]) for one in (first, second))
    assert level.table.tolist() == pd.crosstab(x, y).to_numpy().tolist()
    assert level.share_same.estimate == (x == y).mean()
    assert level.share_higher.estimate == (y > x).mean()
    counts = band_stability(tally_retest(first, second), instrument=what)
    assert repr(counts.columns()) == repr(found.columns())
    assert len(found.transition_columns()["n_persons"]) == 9 + 4


def test_kappas_are_written_out():
    rng = np.random.default_rng(6)
    x, y = rng.integers(0, 10, (2, 80))
    y = np.where(rng.random(80) < 0.6, x, y)
    one = band_stability(x, y, edges=[0, 3, 6]).sets[0]
    shares = one.table / 80
    gap = np.abs(np.subtract.outer(range(3), range(3)))
    for name, weight in (
        ("kappa", gap == 0),
        ("kappa_linear", 1 - gap / 2),
        ("kappa_quadratic", 1 - gap**2 / 4),
    ):
        agreed = (shares * weight).sum()
        chance = (np.outer(shares.sum(1), shares.sum(0)) * weight).sum()
        found = getattr(one, name)
        assert found.estimate == pytest.approx((agreed - chance) / (1 - chance), rel=CLOSED)
        assert found.ci_lower < found.estimate < found.ci_upper


def test_bands_that_make_no_sense_are_refused_and_one_band_says_why():
    for edges, match in (([3, 1], "rising"), ([], "rising")):
        with pytest.raises(EstimationError, match=match):
            band_stability([1, 2], [1, 2], edges=edges)
    with pytest.raises(EstimationError, match="labels"):
        band_stability([1, 2], [1, 2], edges=[0, 1], labels=["a"])
    with pytest.raises(EstimationError, match="no bands"):
        band_stability([1, 2], [1, 2])
    one = band_stability([1, 2, 3], [1, 2, 3], edges=[0, 5]).sets[0]
    assert "one band" in one.kappa.reason and one.share_same.estimate == 1
    assert one.verdict.rating == "indeterminate"
    nobody = band_stability([np.nan], [1.0], edges=[0, 5]).sets[0]
    assert nobody.n_pairs == 0 and nobody.share_same.reason and nobody.kappa.reason
