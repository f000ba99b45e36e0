"""Bivariate normal distribution, polychoric and polyserial estimates, their errors, smoothing, one factor, Green-Yang."""

import numpy as np
import oracles_polychoric as twins
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal, norm

from psychometrics.kernels.consistency.green_yang import green_yang
from psychometrics.kernels.polychoric.bivariate_normal import bivariate_normal_cdf, bivariate_normal_density
from psychometrics.kernels.polychoric.cells import cells, grid
from psychometrics.kernels.polychoric.fitting import fit_pairs
from psychometrics.kernels.polychoric.influence import influences, person_influences, standard_errors
from psychometrics.kernels.polychoric.matrix import polychoric_matrices, polychoric_matrix
from psychometrics.kernels.polychoric.one_factor import loadings_adjoint, one_factor_loadings
from psychometrics.kernels.polychoric.pearson import pearson
from psychometrics.kernels.polychoric.polyserial import polyserial
from psychometrics.kernels.polychoric.smoothing import smooth
from psychometrics.kernels.polychoric.tables import (
    PairTables,
    indicators,
    pair_tables,
    tables_of_burt,
    thresholds,
)

QUAD = 1e-14  # both are good to a few units of round-off
SEARCH = 1e-6  # a bounded search of a likelihood finds its top to about the root of round-off


def table_pair(table):
    table = np.asarray(table, float)
    size = max(table.shape)
    counts = np.zeros((1, size, size))
    counts[0, : table.shape[0], : table.shape[1]] = table
    margins = np.array([counts[0].sum(axis=1), counts[0].sum(axis=0)])
    return PairTables(margins=margins, first=np.array([0]), second=np.array([1]), counts=counts)


def ordinal(n=150, k=4, options=4, missing=0.1, seed=1):
    rng = np.random.default_rng(seed)
    latent = 0.9 * rng.normal(size=(n, 1)) + rng.normal(size=(n, k))
    codes = np.clip(np.floor(latent * 1.1 + options / 2), 0, options - 1).astype(int).T
    codes[rng.random(codes.shape) < missing] = -1
    return codes


def weighted_tables(codes, options, weights):
    y = indicators(codes, options)
    k = len(codes)
    return tables_of_burt(((y * weights[:, None]).T @ y).reshape(k, options, k, options))


@pytest.mark.parametrize("rho", [-0.9999999, -0.999, -0.93, -0.5, 0.0, 0.2, 0.8, 0.95, 0.9999, 0.99999999])
def test_bivariate_normal_is_the_integral(rho):
    rng = np.random.default_rng(5)
    h, k = rng.normal(size=(2, 8)) * 1.7
    k[:3] = np.sign(rho or 1) * h[:3] + [0, 1e-6, -1e-3]  # where nearly all of the mass is on a line
    expected = [twins.bivariate(one, other, rho) for one, other in zip(h, k, strict=True)]
    np.testing.assert_allclose(bivariate_normal_cdf(h, k, rho), expected, rtol=0, atol=QUAD)


def test_bivariate_normal_is_that_of_scipy():
    rng = np.random.default_rng(6)
    for h, k, r in zip(*rng.normal(size=(2, 40)), np.tanh(rng.normal(size=40) * 2), strict=True):
        expected = multivariate_normal.cdf([h, k], cov=[[1, r], [r, 1]])
        assert bivariate_normal_cdf(h, k, r) == pytest.approx(expected, abs=1e-10)
        density = multivariate_normal.pdf([h, k], cov=[[1, r], [r, 1]])
        assert bivariate_normal_density(h, k, r) == pytest.approx(density, rel=1e-10)


@pytest.mark.parametrize(
    ("h", "k", "rho", "expected"),
    [
        (0, 0, 0.5, 1 / 3),
        (0, 0, 0, 0.25),
        (np.inf, 0.3, 0.7, norm.cdf(0.3)),
        (-np.inf, 0.3, 0.7, 0.0),
        (np.inf, np.inf, -0.2, 1.0),
        (0.4, 1, 1, norm.cdf(0.4)),
        (0.4, -1, -1, 0.0),
        (1, 1, -1, 2 * norm.cdf(1) - 1),
        (0, -1, 0.2, 0.0986324921889845),
    ],
)
def test_bivariate_normal_at_its_corners(h, k, rho, expected):
    assert bivariate_normal_cdf(h, k, rho) == pytest.approx(expected, abs=1e-15)


@given(h=st.floats(-6, 6), k=st.floats(-6, 6), rho=st.floats(-1, 1))
def test_bivariate_normal_keeps_its_laws(h, k, rho):
    both = float(bivariate_normal_cdf(h, k, rho))
    assert both == pytest.approx(float(bivariate_normal_cdf(k, h, rho)), abs=1e-14)
    assert both + float(bivariate_normal_cdf(h, -k, -rho)) == pytest.approx(norm.cdf(h), abs=1e-13)
    assert max(0, norm.cdf(h) + norm.cdf(k) - 1) - 1e-14 <= both <= min(norm.cdf(h), norm.cdf(k)) + 1e-14


def test_derivatives_of_the_cells():
    tables = pair_tables(ordinal(), 4)
    rho, step = np.linspace(-0.9, 0.9, len(tables.first)), 1e-5
    at, up, down = (cells(grid(tables), rho + move) for move in (0, step, -step))
    # central differences: truncation near 1e-9, round-off 1e-16 / 1e-5 over the smallest cells
    slope = (np.log(up.probability) - np.log(down.probability)) / (2 * step)
    np.testing.assert_allclose(at.slope, slope, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(at.curvature, (up.slope - down.slope) / (2 * step), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(at.probability.sum(axis=(1, 2)), 1, rtol=1e-12)


@pytest.mark.parametrize(
    "table",
    [
        [[10, 5], [5, 10]],
        [[30, 2, 1], [8, 20, 9], [0, 4, 40]],
        [[5, 9, 12, 2], [14, 6, 3, 0]],
        [[0, 3, 4], [5, 2, 1]],
        np.random.default_rng(2).poisson(3, (11, 11)) + 9 * np.eye(11, dtype=int),
    ],
)
def test_polychoric_is_the_top_of_the_likelihood(table):
    table = np.asarray(table)
    assert fit_pairs(table_pair(table))[0] == pytest.approx(twins.polychoric(table), abs=SEARCH)


def test_tetrachoric_of_medians_is_known():
    assert fit_pairs(table_pair([[30, 10], [10, 30]]))[0] == pytest.approx(np.sin(np.pi / 4), abs=1e-12)


def test_pairs_with_values_missing_keep_the_thresholds_of_each_item():
    codes = ordinal()
    tables = pair_tables(codes, 4)
    cuts = [twins.cut_points(row) for row in tables.margins]
    for pair, rho in enumerate(fit_pairs(tables)):
        i, j = tables.first[pair], tables.second[pair]
        assert rho == pytest.approx(twins.polychoric(tables.counts[pair], cuts[i], cuts[j]), abs=SEARCH)


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ([[10, 0], [0, 10]], 1),
        ([[0, 10], [10, 0]], -1),
        ([[10, 0], [5, 10]], 1),
        ([[100, 1, 0], [0, 100, 0], [0, 1, 100]], 1),
        ([[1, 0], [0, 1]], 1),
        ([[1, 0, 0], [0, 0, 0], [0, 0, 5]], 1),
        ([[10**6, 1], [0, 10**6]], 1),
        ([[5, 5], [0, 0]], np.nan),
        ([[0, 0], [0, 0]], np.nan),
        ([[7, 0], [0, 0]], np.nan),
    ],
)
def test_bounds_and_tables_without_a_correlation(table, expected):
    tables = table_pair(table)
    rho = fit_pairs(tables)
    np.testing.assert_array_equal(rho, [expected])
    assert np.isnan(standard_errors(tables, influences(tables, rho)))[0]


def test_one_person_against_a_million_is_no_bound():
    rho = fit_pairs(table_pair([[10**6, 0, 0], [0, 10**6, 0], [1, 0, 10**6]]))[0]
    assert 0.999 < rho < 1


def test_an_option_nobody_chose_changes_nothing():
    table = np.array([[30, 2, 1], [8, 20, 9], [0, 4, 40]])
    wide = np.insert(np.insert(table, 1, 0, axis=0), [0, 2, 3], 0, axis=1)
    assert fit_pairs(table_pair(wide))[0] == pytest.approx(fit_pairs(table_pair(table))[0], abs=1e-12)
    tau = thresholds(table_pair(wide).margins)
    assert tau[1, 0] == -np.inf
    assert tau[0, 0] == tau[0, 1]


@settings(deadline=None, max_examples=25)
@given(st.lists(st.lists(st.integers(0, 9), min_size=3, max_size=3), min_size=3, max_size=3))
def test_polychoric_keeps_its_laws(rows):
    table = np.array(rows)
    plain = fit_pairs(table_pair(table))[0]
    np.testing.assert_allclose(fit_pairs(table_pair(table.T))[0], plain, atol=1e-8)
    np.testing.assert_allclose(fit_pairs(table_pair(table[::-1]))[0], -plain, atol=1e-8)
    np.testing.assert_allclose(fit_pairs(table_pair(table * 7))[0], plain, atol=1e-8)


def test_pairs_are_counted_person_by_person():
    codes = ordinal(k=3)
    tables = pair_tables(codes, 4)
    expected = np.zeros((3, 4, 4))
    for pair, (i, j) in enumerate([(0, 1), (0, 2), (1, 2)]):
        for a, b in zip(codes[i], codes[j], strict=True):
            if a >= 0 and b >= 0:
                expected[pair, a, b] += 1
    np.testing.assert_array_equal(tables.counts, expected)
    np.testing.assert_array_equal(tables.margins, [[(row == c).sum() for c in range(4)] for row in codes])


def test_chunks_of_pairs_do_not_matter(monkeypatch):
    tables = pair_tables(ordinal(k=6), 4)
    whole = fit_pairs(tables)
    monkeypatch.setattr("psychometrics.kernels.polychoric.fitting.GRID_POINTS", 50)
    np.testing.assert_array_equal(fit_pairs(pair_tables(ordinal(k=6), 4)), whole)


def test_influences_are_those_of_changed_weights():
    codes = ordinal(k=3, n=60)
    n = codes.shape[1]
    tables = pair_tables(codes, 4)
    rho, step = fit_pairs(tables), 1e-4
    found = influences(tables, rho)
    numeric = np.array(
        [_slope(lambda w: fit_pairs(weighted_tables(codes, 4, w)), n, p, step) for p in range(n)]
    )
    for pair in range(len(rho)):
        ours = person_influences(codes, tables, found, np.eye(len(rho))[pair]) / n
        np.testing.assert_allclose(ours, numeric[:, pair], atol=1e-9)
    n_pair = tables.n
    expected = np.sqrt(np.square(numeric).sum(axis=0) * n_pair / (n_pair - 1))
    np.testing.assert_allclose(standard_errors(tables, found), expected, rtol=1e-6)


def _slope(figure, n, person, step):
    up, down = np.ones(n), np.ones(n)
    up[person], down[person] = 1 + step, 1 - step
    return (figure(up) - figure(down)) / (2 * step)


def test_standard_error_is_the_simulated_one():
    rng = np.random.default_rng(3)
    samples, n = 2000, 400
    cut = [-np.inf, -0.8, 0.3, 1.2, np.inf]
    corner = np.array([[bivariate_normal_cdf(h, k, 0.6) for k in cut] for h in cut])
    mass = np.diff(np.diff(corner, axis=0), axis=1)
    counts = rng.multinomial(n, mass.ravel() / mass.sum(), size=samples).reshape(samples, 4, 4).astype(float)
    margins = np.stack([counts.sum(axis=2), counts.sum(axis=1)], axis=1).reshape(-1, 4)
    first = np.arange(0, 2 * samples, 2)
    tables = PairTables(margins=margins, first=first, second=first + 1, counts=counts)
    rho = fit_pairs(tables)
    # an SD from 2000 samples is known to 1.6%, and at n = 400 the errors run a little low
    assert standard_errors(tables, influences(tables, rho)).mean() == pytest.approx(rho.std(), rel=0.06)
    assert rho.mean() == pytest.approx(0.6, abs=0.005)


@pytest.mark.parametrize("continuous", [True, False])
def test_polyserial_is_the_top_of_the_likelihood(continuous):
    codes = ordinal(missing=0)
    rng = np.random.default_rng(8)
    y = codes.sum(axis=0) + (rng.normal(size=codes.shape[1]) if continuous else 0)
    found = polyserial(codes, y.astype(float))
    expected = [twins.polyserial(row, y) for row in codes]
    np.testing.assert_allclose(found.rho, expected, atol=SEARCH)


def test_polyserial_errors_are_near_leaving_out_each_person():
    codes, rng = ordinal(k=2), np.random.default_rng(9)
    n = codes.shape[1]
    y = codes[0] + rng.normal(size=n)
    y[rng.random(n) < 0.1] = np.nan
    found = polyserial(codes, y)
    without = [polyserial(np.delete(codes, p, 1), np.delete(y, p)).rho for p in range(n)]
    spread = np.sqrt((n - 1) / n * np.square(without - np.mean(without, axis=0)).sum(axis=0))
    # the jackknife is the influence to first order: it differs by terms of order 1 / n
    np.testing.assert_allclose(found.standard_error, spread, rtol=0.05)


def test_polyserial_of_counts_is_polyserial_of_persons():
    codes = ordinal(n=4000)
    total = np.where(codes < 0, 0, codes).sum(axis=0).astype(float)
    counted = polyserial(codes, total)
    one_by_one = polyserial(codes, total + 1e-9 * np.arange(4000))
    np.testing.assert_allclose(counted.rho, one_by_one.rho, atol=1e-6)
    np.testing.assert_allclose(counted.standard_error, one_by_one.standard_error, atol=1e-6)
    rest = polyserial(codes, np.broadcast_to(total, codes.shape).copy())
    np.testing.assert_allclose(rest.rho, counted.rho, rtol=1e-10)


def test_polyserial_without_spread_or_beyond():
    codes = np.array([[0, 0, 1, 1], [0, 0, 0, 0], [1, 1, 0, 0], [-1, -1, -1, -1]])
    found = polyserial(codes, np.array([1.0, 2, 3, 4]))
    np.testing.assert_array_equal(found.rho, [1, np.nan, -1, np.nan])
    assert np.isnan(found.standard_error).all()
    assert np.isnan(polyserial(codes, np.full(4, 2.0)).rho).all()
    assert np.isnan(polyserial(codes, np.full(4, np.nan)).rho).all()


def test_pearson_is_numpy_and_its_error_the_jackknife():
    rng = np.random.default_rng(4)
    x = rng.normal(size=(200, 3)) + rng.normal(size=(200, 1))
    x[rng.random(x.shape) < 0.1] = np.nan
    found = pearson(x[:, 0], x[:, 1:])
    for column in (1, 2):
        both = x[~np.isnan(x[:, [0, column]]).any(axis=1)][:, [0, column]]
        assert found.r[column - 1] == pytest.approx(np.corrcoef(both.T)[0, 1], rel=1e-12)
        without = [np.corrcoef(np.delete(both, p, 0).T)[0, 1] for p in range(len(both))]
        spread = np.sqrt((len(both) - 1) * np.var(without))
        assert found.standard_error[column - 1] == pytest.approx(spread, rel=0.03)  # to first order


@pytest.mark.parametrize("smoothing", ["eigenvalue", "nearest"])
def test_smoothing_gives_a_correlation_matrix(smoothing):
    rng = np.random.default_rng(1)
    bad = np.clip(rng.uniform(-1, 1, (8, 8)), -1, 1)
    bad = np.triu(bad, 1) + np.triu(bad, 1).T + np.eye(8)
    mended = smooth(bad, smoothing)
    assert np.linalg.eigvalsh(mended)[0] > 0
    np.testing.assert_array_equal(np.diagonal(mended), 1)
    np.testing.assert_array_equal(mended, mended.T)
    good = np.eye(3) * 0.5 + 0.5
    np.testing.assert_allclose(smooth(good, smoothing), good, atol=1e-12)


def test_nearest_is_nearer_than_raising_eigenvalues():
    bad = np.array([[1, 0.9, 0.2], [0.9, 1, 0.9], [0.2, 0.9, 1]])
    away = [np.square(smooth(bad, one) - bad).sum() for one in ("nearest", "eigenvalue")]
    assert away[0] < away[1]


def test_one_factor_is_recovered_and_its_slopes_are_numerical():
    truth = np.array([0.8, 0.7, 0.6, -0.5, 0.4])
    r = np.outer(truth, truth)
    np.fill_diagonal(r, 1)
    np.testing.assert_allclose(one_factor_loadings(r), truth, atol=1e-10)
    rng = np.random.default_rng(2)
    noise = np.triu(rng.normal(size=r.shape) * 0.05, 1)
    r = r + noise + noise.T
    weights = rng.uniform(0.5, 2, r.shape)
    weights = (weights + weights.T) / 2
    slopes = loadings_adjoint(r, weights, one_factor_loadings(r, weights), np.array([1.0, 0, 0, 0, 0]))
    for i, j in ((0, 1), (1, 3), (2, 4)):
        up, down = r.copy(), r.copy()
        up[i, j] = up[j, i] = r[i, j] + 1e-5
        down[i, j] = down[j, i] = r[i, j] - 1e-5
        numeric = (one_factor_loadings(up, weights)[0] - one_factor_loadings(down, weights)[0]) / 2e-5
        assert slopes[i, j] == pytest.approx(numeric, abs=1e-8)


def test_a_heywood_case_is_held_at_the_limit():
    r = np.array([[1, 0.9, 0.9], [0.9, 1, 0.5], [0.9, 0.5, 1]])  # loadings sqrt(.9 .9 / .5) > 1
    assert one_factor_loadings(r).max() > 1
    held = one_factor_loadings(r, limit=0.99)
    assert held[0] == 0.99
    assert held[1] == pytest.approx((0.9 * 0.99 + 0.5 * held[2]) / (0.99**2 + held[2] ** 2), rel=1e-8)


@pytest.mark.parametrize("points", [[0, 1, 2, 3], [1, 2, 4, 5], [0, 0.5, 1.5, 4]])
def test_green_yang_is_the_sum_over_joint_probabilities(points):
    rng = np.random.default_rng(1)
    counts = rng.integers(5, 40, (3, 4)).astype(float)
    loadings = np.array([0.8, 0.6, -0.4])
    r = np.outer(loadings, loadings) + 0.05
    table = np.tile(np.array(points, float), (3, 1))
    found = green_yang(counts, table, r, loadings)
    true, total = twins.green_yang(counts, table, r, loadings)
    assert found.true_variance == pytest.approx(
        true, abs=1e-10
    )  # the twin integrates to about 1e-13 per corner
    assert found.total_variance == pytest.approx(total, abs=1e-10)
    assert found.reliability == pytest.approx(true / total, abs=1e-10)


def test_green_yang_of_simulated_scores():
    rng = np.random.default_rng(0)
    n, loadings = 400_000, np.array([0.5, 0.6, 0.7, 0.8])
    cuts = norm.ppf([0.2, 0.6, 0.9])
    theta = rng.normal(size=(n, 1))
    first, second = (
        np.searchsorted(cuts, theta * loadings + rng.normal(size=(n, 4)) * np.sqrt(1 - loadings**2)).sum(
            axis=1
        )
        for _ in range(2)
    )
    margins = np.tile([0.2, 0.4, 0.3, 0.1], (4, 1))
    points = np.tile(np.arange(4.0), (4, 1))
    found = green_yang(margins, points, np.outer(loadings, loadings), loadings).reliability
    # parallel sums correlate by the reliability; standard error (1 - r^2) / sqrt(n) = 0.0008
    assert found == pytest.approx(np.corrcoef(first, second)[0, 1], abs=0.0032)


@pytest.mark.parametrize("total", ["polychoric", "model"])
def test_influence_on_green_yang_is_that_of_changed_weights(total):
    codes, step = ordinal(), 1e-4
    k, n = codes.shape
    points = np.tile([0.0, 1, 2.5, 3], (k, 1))

    def omega(tables):
        fitted = polychoric_matrix(tables)
        loadings = one_factor_loadings(fitted.correlation)
        return fitted, loadings, green_yang(tables.margins, points, fitted.correlation, loadings, total)

    tables = pair_tables(codes, 4)
    fitted, loadings, found = omega(tables)
    by_r = found.by_correlation + loadings_adjoint(
        fitted.correlation, np.ones((k, k)), loadings, found.by_loadings
    )
    shares = found.by_share
    own = influences(tables, fitted.rho)
    ours = person_influences(codes, tables, own, by_r[tables.first, tables.second], shares) / n
    for person in range(0, n, 10):
        numeric = _slope(lambda w: omega(weighted_tables(codes, 4, w))[2].reliability, n, person, step)
        assert ours[person] == pytest.approx(numeric, abs=1e-9)


@pytest.mark.parametrize("together", [1, 100, 4_096])
def test_samples_side_by_side_are_fitted_as_in_turn(monkeypatch, together):
    monkeypatch.setattr("psychometrics.kernels.polychoric.matrix.PAIRS_TOGETHER", together)
    codes = ordinal()
    codes[0, :5] = -1
    samples = [pair_tables(codes[:, start::3], 4) for start in range(3)]
    samples.append(pair_tables(codes[:, :6], 4))  # with empty cells
    for one, tables in zip(polychoric_matrices(samples, 0.5), samples, strict=True):
        alone = polychoric_matrix(tables, 0.5)
        np.testing.assert_allclose(one.correlation, alone.correlation, rtol=0, atol=1e-13)
        np.testing.assert_array_equal(one.corrected, alone.corrected)
        np.testing.assert_array_equal(one.tables.counts, alone.tables.counts)
    assert list(polychoric_matrices([])) == []
