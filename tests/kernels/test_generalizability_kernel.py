"""Designs, expected mean squares and coefficients against dense matrices."""

import numpy as np
import oracles_components as slow
import pytest

from psychometrics.errors import EstimationError
from psychometrics.kernels.generalizability.coefficients import error_weights, phi_lambda
from psychometrics.kernels.generalizability.design import parse_design
from psychometrics.kernels.generalizability.mean_squares import anova, group, is_balanced, sizes_seen

CLOSED = 1e-10

EFFECTS = {
    "p x i": ["p", "i", "p x i"],
    "r:p": ["p", "r:p"],
    "p x r:t": ["p", "t", "p x t", "r:t", "p x (r:t)"],
    "(r:p) x t": ["p", "t", "r:p", "p x t", "(r:p) x t"],
    "p × r * t": ["p", "r", "t", "p x r", "p x t", "r x t", "p x r x t"],
    "p x (i:h:o)": ["p", "o", "p x o", "h:o", "p x (h:o)", "i:h:o", "p x (i:h:o)"],
    "r:(p x t)": ["p", "t", "p x t", "r:(p x t)"],
    "(r x t):p": ["p", "r:p", "t:p", "(r x t):p"],
    "(p:c) x i": ["c", "i", "p:c", "c x i", "(p:c) x i"],
}


@pytest.mark.parametrize("text", EFFECTS)
def test_effects_of_a_design(text):
    design = parse_design(text)
    assert [design.label(effect) for effect in design.effects] == EFFECTS[text]


def test_four_crossed_facets_have_fifteen_effects():
    assert len(parse_design("p x r x t x o").effects) == 15


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("p x", "at the end"),
        ("p y i", '"y" is not expected'),
        ("p x (r:t", "bracket"),
        ("p x p", "twice"),
        ("p", "1 facets"),
        ("", "at the end"),
        ("a x b x c x d x e", "5 facets"),
        ("p % i", "% i"),
        (":p", "before"),
        ("p x i)", "not expected"),
    ],
)
def test_what_cannot_be_read_is_said(text, word):
    with pytest.raises(EstimationError, match=word):
        parse_design(text)


DESIGNS = ("p x i", "r:p", "p x (r:t)", "(r:p) x t", "p x r x t", "r:(p x t)", "p x (i:h:o)")


def levels(design, rng, share=1.0):
    sizes = dict(zip(design.facets, (4, 3, 2, 2), strict=False))
    places = np.indices([sizes[facet] for facet in design.facets]).reshape(len(sizes), -1)
    keep = rng.random(places.shape[1]) < share
    return {facet: place[keep] for facet, place in zip(design.facets, places, strict=True)}


@pytest.mark.parametrize("share", [1.0, 0.8])
@pytest.mark.parametrize("text", DESIGNS)
def test_components_are_the_dense_ones(text, share):
    rng, design = np.random.default_rng(4), parse_design(text)
    found = levels(design, rng, share)
    groups = group(design, found)
    y = rng.normal(size=len(groups.cells[0])) + found[design.facets[0]]
    table = anova(design, groups, y)
    assert table.balanced == (share == 1)
    dense = slow.henderson(y, groups.cells, design.effects)
    assert table.components() == pytest.approx(dense, rel=CLOSED, abs=1e-12)


@pytest.mark.parametrize("text", DESIGNS)
def test_balanced_expectations_are_products_of_sizes(text):
    design = parse_design(text)
    groups = group(design, levels(design, np.random.default_rng(1)))
    n, count = len(groups.cells[0]), dict(zip(design.effects, groups.n_levels, strict=True))
    table = anova(design, groups, np.arange(float(n)) % 7)
    for i, effect in enumerate(design.effects):
        expected = [n / count[other] if other >= effect else 0 for other in design.effects]
        assert table.expected[i] / table.df[i] == pytest.approx(expected, abs=1e-10)
    assert table.df.sum() == n - 1


def test_labels_of_a_nested_facet_may_repeat():
    design = parse_design("p x (r:t)")
    p, t, r = (one.ravel() for one in np.indices((3, 2, 2)))
    again = group(design, {"p": p, "t": t, "r": r})
    unique = group(design, {"p": p, "t": t, "r": r + 2 * t})
    assert again.n_levels == unique.n_levels == (3, 2, 6, 4, 12)
    assert is_balanced(design, again)


def test_sizes_of_an_incomplete_design_are_per_object():
    design = parse_design("p x r")
    p = np.repeat(np.arange(10), 2)
    r = np.arange(20) % 7
    groups = group(design, {"p": p, "r": r})
    assert sizes_seen(design, groups, frozenset("p")) == {"p": 10, "r": 2}


def weights_of(study, decision="", fixed=(), **sizes):
    design = parse_design(study)
    found = error_weights(design, parse_design(decision or study), "p", frozenset(fixed), {"p": 10, **sizes})
    labels = [design.label(effect) for effect in design.effects]
    return {
        name: {label: w for label, w in zip(labels, getattr(found, name), strict=True) if w}
        for name in ("universe", "relative", "absolute", "of_mean")
    }


def test_error_weights_of_brennan():
    found = weights_of("p x (r:t)", r=4, t=3)
    assert found["universe"] == {"p": 1}
    assert found["relative"] == pytest.approx({"p x t": 1 / 3, "p x (r:t)": 1 / 12})
    assert found["absolute"] == pytest.approx(
        {"t": 1 / 3, "r:t": 1 / 12, "p x t": 1 / 3, "p x (r:t)": 1 / 12}
    )
    assert found["of_mean"] == pytest.approx(
        {"p": 0.1, "t": 1 / 3, "r:t": 1 / 12, "p x t": 1 / 30, "p x (r:t)": 1 / 120}
    )


def test_a_fixed_facet_adds_to_universe_scores():
    found = weights_of("p x r x t", fixed="t", r=2, t=5)
    assert found["universe"] == pytest.approx({"p": 1, "p x t": 0.2})
    assert found["relative"] == pytest.approx({"p x r": 0.5, "p x r x t": 0.1})
    assert found["absolute"] == pytest.approx({"r": 0.5, "r x t": 0.1, "p x r": 0.5, "p x r x t": 0.1})


def test_nesting_in_the_decision_study_averages_over_more():
    found = weights_of("p x r x t", "p x (r:t)", r=2, t=5)
    assert found["relative"] == pytest.approx({"p x r": 0.1, "p x t": 0.2, "p x r x t": 0.1})
    found = weights_of("p x r", "r:p", r=2)
    assert found["relative"] == found["absolute"] == pytest.approx({"r": 0.5, "p x r": 0.5})


def test_phi_lambda_at_the_mean_is_kr21():
    x = (np.random.default_rng(3).random((60, 12)) < np.random.default_rng(4).random((60, 1))).astype(float)
    design = parse_design("p x i")
    p, i = (one.ravel() for one in np.indices(x.shape))
    groups = group(design, {"p": p, "i": i})
    variances = anova(design, groups, x.ravel()).components()
    w = error_weights(design, design, "p", frozenset(), {"p": 60, "i": 12})
    found = phi_lambda(
        w.universe @ variances, w.absolute @ variances, x.mean(), w.of_mean @ variances, x.mean()
    )
    total, k = x.sum(axis=1), 12
    kr21 = k / (k - 1) * (1 - total.mean() * (k - total.mean()) / (k * total.var()))
    assert found == pytest.approx(kr21, rel=CLOSED)
