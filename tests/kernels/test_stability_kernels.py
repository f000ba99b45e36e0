"""The stability kernels against slow twins, and what must not change them."""

import numpy as np
import oracles_stability as slow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from psychometrics.kernels.stability import components as anova
from psychometrics.kernels.stability.attrition import share, standardised_difference
from psychometrics.kernels.stability.change import equivalence_p_value
from psychometrics.kernels.stability.items import compare_columns, compare_profiles
from psychometrics.kernels.stability.limits import tolerance_factor
from psychometrics.kernels.stability.pairs import moments_of, pairs_of
from psychometrics.kernels.stability.retest import METHODS, retest, retest_of_pairs

CLOSED = 1e-10  # a closed formula: only round-off may differ
SEARCHED = 1e-7  # both sides end a search


def sample(n=40, seed=1):
    rng = np.random.default_rng(seed)
    x = np.round(rng.normal(50, 10, n))
    return x, np.round(x + rng.normal(2, 5, n))


def test_concordance_spearman_and_d_av_are_their_twins():
    x, y = sample()
    found = retest(x, y, 0.9)
    for name, twin in (("concordance", slow.concordance), ("spearman_rho", slow.spearman)):
        ours = found[name]
        assert (ours.estimate, ours.ci_lower, ours.ci_upper) == pytest.approx(
            twin(list(x), list(y), 0.9), rel=CLOSED
        )
    d, error = slow.d_av(list(x), list(y))
    assert found["d_av"].estimate == pytest.approx(d, rel=CLOSED)
    assert found["d_av"].ci_upper - d == pytest.approx(stats.norm.ppf(0.95) * error, rel=CLOSED)
    assert found["g_av"].estimate == pytest.approx(d * (1 - 3 / (8 * 40 - 9)), rel=CLOSED)


def test_d_z_has_the_interval_of_the_noncentral_t():
    x, y = sample()
    found = retest(x, y, 0.95)["d_z"]
    t = float(stats.ttest_rel(y, x).statistic)
    ends = [nc / np.sqrt(40) for nc in slow.noncentral_t_limits(t, 39, 0.95)]
    assert (found.ci_lower, found.ci_upper) == pytest.approx(ends, rel=SEARCHED)


def test_errors_of_a_score():
    x, y = sample()
    found, d = retest(x, y, 0.95), y - x
    assert found["sem"].estimate == pytest.approx(d.std(ddof=1) / np.sqrt(2), rel=CLOSED)
    assert found["sem_agreement"].estimate == pytest.approx(np.sqrt((d**2).sum() / 80), rel=CLOSED)
    low, high = np.sqrt(d.var(ddof=1) / 2 * 39 / stats.chi2.ppf([0.975, 0.025], 39))
    assert (found["sem"].ci_lower, found["sem"].ci_upper) == pytest.approx((low, high), rel=CLOSED)
    factor = found["smallest_detectable_change"].estimate / found["sem"].estimate
    assert factor == pytest.approx(stats.norm.ppf(0.975) * np.sqrt(2), rel=CLOSED)
    group = found["smallest_detectable_change_group"].estimate
    assert group == pytest.approx(found["smallest_detectable_change"].estimate / np.sqrt(40), rel=CLOSED)
    cv = retest_of_pairs(pairs_of(x, y), 0.95, true_zero=True)["coefficient_of_variation"]
    assert cv.estimate == pytest.approx(found["sem"].estimate / np.mean([x, y]), rel=CLOSED)


@pytest.mark.parametrize(("n", "probability"), [(2, 0.95), (5, 0.95), (10, 0.975), (60, 0.025)])
def test_tolerance_factors_are_integrated(n, probability):
    assert tolerance_factor(n, probability) == pytest.approx(
        slow.tolerance_factor(n, 0.95, probability), rel=SEARCHED
    )


def test_exact_limits_cover_and_the_pair_holds_the_share():
    """20,000 simulated samples of 15 normal changes: standard error of a share of .95 is .0015."""
    rng = np.random.default_rng(3)
    d = rng.normal(0, 1, (20_000, 15))
    mean, s = d.mean(axis=1), d.std(axis=1, ddof=1)
    one = pairs_of(np.zeros(15), d[0])
    found = retest_of_pairs(one, 0.95)
    near, far = (
        (end - mean[0]) / s[0] for end in (found["limit_upper"].ci_lower, found["limit_upper"].ci_upper)
    )
    covered = (mean + near * s < 1.959964) & (mean + far * s > 1.959964)
    assert covered.mean() == pytest.approx(0.95, abs=0.006)  # 4 standard errors
    outer = (found["limit_upper_as_pair"].ci_upper - mean[0]) / s[0]
    held = stats.norm.cdf(mean + outer * s) - stats.norm.cdf(mean - outer * s)
    assert (held >= 0.95).mean() == pytest.approx(0.975, abs=0.005)


def test_equivalence_is_two_t_tests():
    x, y = sample()
    d = y - x
    p = max(
        stats.ttest_1samp(d, -3, alternative="greater").pvalue,
        stats.ttest_1samp(d, 3, alternative="less").pvalue,
    )
    assert equivalence_p_value(moments_of(pairs_of(x, y)), 3.0) == pytest.approx(p, rel=CLOSED)


def test_share_and_difference_of_leavers():
    ours = share(37, 50, 0.95)
    theirs = stats.binomtest(37, 50).proportion_ci(method="wilson")
    assert (ours.ci_lower, ours.ci_upper) == pytest.approx((theirs.low, theirs.high), rel=CLOSED)
    assert (share(0, 9, 0.95).ci_lower, share(9, 9, 0.95).ci_upper) == (0, 1)
    assert "nobody" in share(0, 0, 0.95).reason
    x, y = sample(15)[0], sample(22, 5)[0]
    found = standardised_difference(x, y, 0.95)
    t = stats.ttest_ind(x, y).statistic
    root, shrink = np.sqrt(15 * 22 / 37), 1 - 3 / (4 * 37 - 9)
    assert found.estimate == pytest.approx(shrink * t / root, rel=CLOSED)
    low, high = slow.noncentral_t_limits(float(t), 35, 0.95)
    assert (found.ci_lower, found.ci_upper) == pytest.approx(
        (shrink * low / root, shrink * high / root), rel=SEARCHED
    )


small = st.integers(3, 25).flatmap(lambda n: arrays(np.int64, (2, n), elements=st.integers(0, 6)))


@settings(max_examples=25, deadline=None)
@given(small, st.randoms(use_true_random=False))
def test_counts_and_the_order_of_persons_change_no_bit(pair, random):
    x, y = pair.astype(float)
    order = list(range(len(x)))
    random.shuffle(order)
    keys, count = np.unique(np.column_stack([x, y]), axis=0, return_counts=True)
    plain = retest(x, y, 0.95)
    assert repr(plain) == repr(retest(x[order], y[order], 0.95))
    assert repr(plain) == repr(retest_of_pairs(pairs_of(keys[:, 0], keys[:, 1], count), 0.95))


@settings(max_examples=25, deadline=None)
@given(small, st.sampled_from([-3.0, 0.1, 40.0]), st.sampled_from([0.5, 7.0]))
def test_shift_and_scale_leave_coefficients_alone(pair, shift, factor):
    x, y = pair.astype(float)
    plain, moved = retest(x, y, 0.95), retest(shift + factor * x, shift + factor * y, 0.95)
    for name in METHODS:
        one, other = plain[name], moved[name]
        assert np.isnan(one.estimate) == np.isnan(other.estimate)
        points = name.startswith(("sem", "limit", "smallest", "mean"))
        assert other.estimate == pytest.approx(
            one.estimate * (factor if points else 1), rel=1e-6, abs=1e-7, nan_ok=True
        )


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 7).flatmap(lambda n: arrays(np.int64, (2, n), elements=st.integers(0, 2))))
def test_a_number_or_a_reason(pair):
    for name, one in retest(*pair.astype(float), 0.95).items():
        numbers = one.estimate, one.ci_lower, one.ci_upper
        assert one.reason or not np.isnan(numbers).any(), name
        assert np.isnan(numbers).any() or one.ci_lower - 1e-9 <= one.estimate <= one.ci_upper + 1e-9, name


def test_components_are_their_twin_and_jackknife_sums_add_up():
    rng = np.random.default_rng(7)
    x = rng.normal(size=(3, 61, 4)) + rng.normal(size=(1, 61, 1)) + rng.normal(size=(3, 1, 4))
    assert anova.components(anova.mean_squares(x)).tolist() == pytest.approx(slow.components(x), rel=CLOSED)
    groups = min(anova.GROUPS, 61)
    for group, sums in enumerate(anova._without_each_group(x)):
        kept = np.arange(61) % groups != group
        assert sums.mean_squares == pytest.approx(anova.mean_squares(x[:, kept]).mean_squares, rel=1e-9)


def test_components_come_back_from_simulated_data():
    """Variances 1, .25, .5, .36, .3, .1 and .8; 400 persons, 8 items, 5 occasions; one draw, wide tolerance."""
    rng = np.random.default_rng(11)
    t, n, k = 5, 400, 8
    x = rng.normal(0, 1, (1, n, 1)) + rng.normal(0, 0.6, (t, n, 1)) + rng.normal(0, 0.3**0.5, (1, n, k))
    x = x + rng.normal(0, 0.8**0.5, (t, n, k))
    found = anova.components(anova.mean_squares(x))
    assert found[[0, 3, 4, 6]] == pytest.approx([1, 0.36, 0.3, 0.8], rel=0.15)
    assert found[[1, 2, 5]] == pytest.approx([0, 0, 0], abs=0.02)


def test_items_and_profiles_are_correlations_of_the_pairs_there_are():
    rng = np.random.default_rng(5)
    x, y = rng.integers(1, 6, (2, 30, 5)).astype(float)
    x[rng.random(x.shape) < 0.1] = np.nan
    items, profiles = compare_columns(x, y), compare_profiles(x, y)
    for j in range(5):
        both = ~np.isnan(x[:, j])
        assert items.correlation[j] == pytest.approx(np.corrcoef(x[both, j], y[both, j])[0, 1], rel=CLOSED)
        assert items.sd_change[j] == pytest.approx((y - x)[both, j].std(ddof=1), rel=CLOSED)
        assert items.same[j] == (x[both, j] == y[both, j]).mean()
    for i in range(30):
        both = ~np.isnan(x[i])
        a, b = x[i, both], y[i, both]
        assert profiles.n_items[i] == both.sum()
        assert profiles.distance[i] == pytest.approx(((a - b) ** 2).mean(), rel=CLOSED)
        if len(a) > 1 and np.ptp(a) > 0 and np.ptp(b) > 0:
            assert profiles.correlation[i] == pytest.approx(np.corrcoef(a, b)[0, 1], rel=1e-9, abs=1e-12)
        else:
            assert np.isnan(profiles.correlation[i])
