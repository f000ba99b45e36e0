"""Equating kernels against slow twins, their gradients against differences, their properties."""

from __future__ import annotations

import numpy as np
import oracles_equating as slow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from psychometrics.kernels.equating import arcs, curves, lines
from psychometrics.kernels.equating.methods import ByMoments, ByShares, bootstrap
from psychometrics.kernels.equating.samples import Table, moment_covariance, moments
from psychometrics.kernels.smoothing.continuised import GaussianKernel, UniformKernel

SCORES = np.arange(9.0)
ANCHOR = np.arange(5.0)
counts = st.lists(st.integers(0, 30), min_size=9, max_size=9).filter(lambda v: sum(n > 0 for n in v) > 2)
whole = st.lists(st.integers(1, 30), min_size=9, max_size=9)


def uniform(name, scores, shares):
    return UniformKernel(scores=scores, probabilities=shares)


def gaussian(name, scores, shares):
    return GaussianKernel(scores=scores, probabilities=shares, bandwidth=0.6)


def shares(values):
    return (np.array(values, float) / np.sum(values))[None]


def joint(seed):
    rng = np.random.default_rng(seed)
    form, anchor = np.meshgrid(np.linspace(0, 1, len(SCORES)), np.linspace(0, 1, len(ANCHOR)), indexing="ij")
    p = np.exp(-8 * (form - anchor) ** 2 - 2 * (form - 0.5) ** 2) * rng.uniform(0.5, 1.5, form.shape)
    return p / p.sum()


@settings(max_examples=60, deadline=None)
@given(counts, counts)
def test_equipercentile_is_that_of_the_book(x, y):
    found = curves.direct(uniform, (SCORES, SCORES), (shares(x), shares(y)), errors=False).equated[0]
    x_counts, y_counts = (dict(zip(SCORES.tolist(), v, strict=True)) for v in (x, y))
    expected = [slow.equipercentile(score, x_counts, y_counts) for score in SCORES.tolist()]
    assert found == pytest.approx(expected, abs=1e-8)


@settings(max_examples=20, deadline=None)
@given(whole, whole)
def test_kernel_equating_is_that_of_the_book(x, y):
    r, s = shares(x), shares(y)
    found = curves.direct(gaussian, (SCORES, SCORES), (r, s), errors=False).equated[0]
    for score, e in zip(SCORES.tolist()[::4], found[::4], strict=True):
        u = slow.kernel_share(score, SCORES.tolist(), r[0].tolist(), 0.6)
        assert e == pytest.approx(slow.kernel_point(u, SCORES.tolist(), s[0].tolist(), 0.6), abs=1e-8)


@settings(max_examples=40, deadline=None)
@given(whole, whole, st.sampled_from([uniform, gaussian]))
def test_a_form_is_equated_to_itself_and_back(x, y, kernel):
    r, s = shares(x), shares(y)
    same = curves.direct(kernel, (SCORES, SCORES), (r, r), errors=False).equated[0]
    assert same == pytest.approx(SCORES, abs=1e-8)
    first, second = kernel("x", SCORES, r), kernel("y", SCORES, s)
    there = curves.through(first, second, SCORES)
    assert first.inverse(second.cdf(there))[0] == pytest.approx(SCORES, abs=1e-7)
    assert (np.diff(there[0]) > 0).all()


@settings(max_examples=40, deadline=None)
@given(counts, counts)
def test_turning_both_scales_round_turns_the_equating_round(x, y):
    there = curves.direct(uniform, (SCORES, SCORES), (shares(x), shares(y)), errors=False).equated[0]
    back = curves.direct(uniform, (SCORES, SCORES), (shares(x[::-1]), shares(y[::-1])), errors=False)
    assert 8 - back.equated[0][::-1] == pytest.approx(there, abs=1e-8)


@settings(max_examples=30, deadline=None)
@given(whole, whole, st.floats(0.2, 5), st.floats(-20, 20))
def test_equipercentile_moves_with_a_linear_change_of_y(x, y, slope, shift):
    first = curves.direct(uniform, (SCORES, SCORES), (shares(x), shares(y)), errors=False).equated[0]
    moved = curves.direct(uniform, (SCORES, shift + slope * SCORES), (shares(x), shares(y)), errors=False)
    assert moved.equated[0] == pytest.approx(shift + slope * first, abs=1e-7)


@pytest.mark.parametrize("kernel", [uniform, gaussian])
@pytest.mark.parametrize("way", ["random", "single", "frequency", "chained", "braun"])
def test_gradients_are_those_of_differences(kernel, way):
    p, q = joint(1), joint(2)
    three = (SCORES, SCORES, ANCHOR)
    makers = {
        "random": lambda a, b, e: curves.direct(kernel, three[:2], (a.sum(axis=2), b.sum(axis=2)), errors=e),
        "frequency": lambda a, b, e: curves.frequency_estimation(kernel, three[:2], (a, b), 0.3, errors=e),
        "chained": lambda a, b, e: curves.chained(kernel, three, (a, b), errors=e),
        "braun": lambda a, b, e: curves.braun_holland(three[:2], (a, b), 0.3, errors=e),
        "single": lambda a, b, e: curves.single_group(kernel, (SCORES, ANCHOR), a, errors=e),
    }
    make = makers[way]
    curve = make(p[None], q[None], True)
    if way == "random":
        own = tuple(t.sum(axis=1) for t in (p, q))
        numeric = [
            slow.numeric_gradient(
                lambda v, i=i: curves.direct(
                    kernel, three[:2], tuple((v if j == i else own[j])[None] for j in (0, 1)), errors=False
                ).equated[0],
                own[i],
            )
            for i in (0, 1)
        ]
    else:
        numeric = [
            slow.numeric_gradient(lambda v: make(v[None], q[None], False).equated[0], p),
            slow.numeric_gradient(lambda v: make(p[None], v[None], False).equated[0], q),
        ][: len(curve.gradients)]
    for found, expected in zip(curve.gradients, numeric, strict=True):
        # shares sum to 1, so gradients matter but for a constant over the cells
        centred = [g - g.mean(axis=1, keepdims=True) for g in (found, expected)]
        assert centred[0] == pytest.approx(centred[1], abs=2e-4)


def test_frequency_estimation_is_that_of_the_book():
    p, q = (np.round(500 * joint(seed)) for seed in (3, 4))
    cells = [{(x, a): table[x, a] for x in range(9) for a in range(5) if table[x, a]} for table in (p, q)]
    r, s = curves.synthetic_shares((p / p.sum())[None], (q / q.sum())[None], 0.35)
    expected = slow.frequency_estimation(*cells, 0.35)
    for found, own in zip((r, s), expected, strict=True):
        assert found[0] == pytest.approx([own.get(x, 0) for x in range(9)], abs=1e-12)


def anchored(seed, n=80):
    rng = np.random.default_rng(seed)
    t = rng.normal(seed / 10, 1, n)
    form = np.clip(np.rint(4 + 1.7 * t + rng.normal(size=n)), 0, 8)
    return form, np.clip(np.rint(2 + t + 0.5 * rng.normal(size=n)), 0, 4)


def table_of(form, anchor):
    cells = np.zeros((9, 5))
    np.add.at(cells, (form.astype(int), anchor.astype(int)), 1)
    return Table(scores=(SCORES, ANCHOR), counts=cells, probabilities=cells / cells.sum())


@pytest.mark.parametrize("internal", [True, False])
@pytest.mark.parametrize("method", ["tucker", "levine"])
def test_the_synthetic_population_is_that_of_the_book(method, internal):
    x, y = anchored(1), anchored(2)
    m = [moments(t, t.counts.reshape(1, -1))[:, 0] for t in (table_of(*x), table_of(*y))]
    g = lines.slopes(*m, method, internal=internal)
    first, second = lines.synthetic(*m, g, 0.4)
    expected = slow.synthetic(*(v.tolist() for v in (*x, *y)), method, 0.4, internal=internal)
    assert [*first, *second] == pytest.approx(expected, rel=1e-11)


def test_moments_and_their_covariance_are_those_of_the_persons():
    form, anchor = anchored(3)
    table = table_of(form, anchor)
    found = moments(table, table.counts.reshape(1, -1))[:, 0]
    c = np.cov(form, anchor)
    assert found == pytest.approx([form.mean(), c[0, 0], anchor.mean(), c[1, 1], c[0, 1]], rel=1e-12)
    dx, da = form - form.mean(), anchor - anchor.mean()
    influence = np.column_stack([dx, dx**2, da, da**2, dx * da])
    expected = np.cov(influence.T, ddof=0) / len(form)
    assert moment_covariance(table) == pytest.approx(expected, abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.floats(2, 7), st.floats(2, 7))
def test_the_arc_goes_through_its_three_points(mx, my):
    scores = np.array([0.0, mx, 8.0])
    found = arcs.circle_arc(scores, (0, 0), (8, 10), mx, my)
    rise = my - 10 / 8 * mx
    if (mx - 4) ** 2 + rise**2 > 16:  # beyond half a circle
        assert np.isnan(found[1])
    else:
        assert found == pytest.approx([0, my, 10], abs=1e-7)


def test_a_flat_arc_is_the_line_and_has_a_slope():
    assert arcs.circle_arc(SCORES, (0, 0), (8, 8), 4.0, 4.0) == pytest.approx(SCORES, abs=1e-12)
    near = arcs.circle_arc(SCORES, (0, 0), (8, 8), 4.0, 4.0 + 1e-6)
    flat = lines.gradient(
        lambda x, y: arcs.circle_arc(SCORES, (0, 0), (8, 8), x[0], y[0]), np.array([4.0]), np.array([4.0])
    )
    assert flat[1][:, 0] == pytest.approx((near - SCORES) / 1e-6, abs=1e-4)


def test_delta_and_bootstrap_errors_agree():
    rng = np.random.default_rng(11)
    p = rng.multinomial(4000, joint(5).ravel()).reshape(9, 5).astype(float)
    q = rng.multinomial(4000, joint(6).ravel()).reshape(9, 5).astype(float)
    tables = [Table(scores=(SCORES, ANCHOR), counts=t, probabilities=t / t.sum()) for t in (p, q)]

    def line(x, y):
        first, second = lines.synthetic(x, y, lines.slopes(x, y, "tucker", internal=False), 0.5)
        intercept, slope = lines.linear_line(first, second)
        return np.asarray(intercept)[..., None] + np.asarray(slope)[..., None] * SCORES

    def chain(kernel, shares, errors):
        return curves.chained(kernel, (SCORES, SCORES, ANCHOR), shares, errors=errors)

    for method in (ByMoments(figure=line), ByShares(curve=chain, kernel=gaussian)):
        delta = np.sqrt(method.estimate(tables).variance)
        draws = bootstrap(method, tables, 400, seed=1)
        assert draws.std(axis=0) == pytest.approx(delta, rel=0.16)
        assert (bootstrap(method, tables, 400, seed=1) == draws).all()


def test_lords_error_is_that_of_the_book():
    x, y = [3, 8, 15, 20, 24, 18, 9, 5, 2], [2, 6, 11, 19, 25, 22, 14, 8, 4]
    tables = [Table(scores=(SCORES,), counts=np.array(v, float), probabilities=shares(v)[0]) for v in (x, y)]
    method = ByShares(
        curve=lambda kernel, s, errors: curves.direct(kernel, (SCORES, SCORES), s, errors=errors),
        kernel=uniform,
        ties_in_full=True,
    )
    counted = [dict(zip(SCORES.tolist(), v, strict=True)) for v in (x, y)]
    expected = [slow.lord_standard_error(s, *counted) for s in SCORES.tolist()]
    assert np.sqrt(method.estimate(tables).variance) == pytest.approx(expected, rel=1e-10)
