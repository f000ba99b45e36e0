"""Designs, expected mean squares and coefficients against dense matrices."""

import numpy as np
import oracles_components as slow
import pytest

from psychometrics.errors import EstimationError
from psychometrics.kernels.generalizability.coefficients import error_weights, phi_lambda
from psychometrics.kernels.generalizability.design import parse_design
from psychometrics.kernels.generalizability.mean_squares import anova, group, is_balanced, sizes_seen
from psychometrics.kernels.generalizability.own_cells import own_cells

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


def correlation_with_universe(present, sd, fixed, rng, draws=600):
    """Squared correlation of persons' own means with their universe scores, simulated; 0 is p, 1 r, 2 c."""
    n_p, n_r, n_c = present.shape
    weight = present / present.sum(axis=(1, 2), keepdims=True)
    products = np.zeros(3)
    for _ in range(draws):
        p, pr = sd["p"] * rng.normal(size=(n_p, 1, 1)), sd["pr"] * rng.normal(size=(n_p, n_r, 1))
        pc, prc = sd["pc"] * rng.normal(size=(n_p, 1, n_c)), sd["prc"] * rng.normal(size=present.shape)
        universe = (p + pc.mean(axis=2, keepdims=True) if fixed else p)[:, 0, 0]
        mean = ((p + pr + pc + prc) * weight).sum(axis=(1, 2))
        products += [universe @ universe, mean @ mean, universe @ mean]
    return products[2] ** 2 / (products[0] * products[1])


@pytest.mark.parametrize("fixed", [(), ("c",)])
@pytest.mark.parametrize("gaps", [0.2, 0.4, 0.6])
def test_coefficient_of_a_design_with_gaps_is_that_of_the_means_persons_have(gaps, fixed):
    rng, design = np.random.default_rng(8), parse_design("p x r x c")
    present = rng.random((200, 4, 5)) >= gaps
    present[:, 0, 0] |= ~present.any(axis=(1, 2))
    groups = group(design, dict(zip("prc", np.nonzero(present), strict=True)))
    variances = {"p": 1.0, "pr": 0.2, "pc": 0.3, "prc": 1.0}
    labels = ["".join(sorted(effect, key="prc".index)) for effect in design.effects]
    v = np.array([variances.get(label, 0.0) for label in labels])
    sizes = sizes_seen(design, groups, frozenset("p"), frozenset(fixed))
    own = own_cells(design, groups, frozenset("p"))
    w, by_products = (
        error_weights(design, design, "p", frozenset(fixed), sizes, cells) for cells in (own, None)
    )
    found, old = (one.universe @ v / (one.universe @ v + one.relative @ v) for one in (w, by_products))
    sd = {name: value**0.5 for name, value in variances.items()}
    truth = correlation_with_universe(present, sd, bool(fixed), rng)
    assert found == pytest.approx(truth, abs=0.003)
    assert old - truth > 0.008


def test_own_cells_are_shares_of_persons():
    design = parse_design("p x r x c")
    p, r, c = (
        np.array([0, 0, 0, 1, 1, 1, 1]),
        np.array([0, 0, 1, 0, 0, 1, 1]),
        np.array([0, 1, 0, 0, 1, 0, 1]),
    )
    own = own_cells(design, group(design, {"p": p, "r": r, "c": c}), frozenset("p"))
    assert own.squares == pytest.approx(
        {
            frozenset(): 1,
            frozenset("r"): (5 / 9 + 1 / 2) / 2,
            frozenset("c"): (5 / 9 + 1 / 2) / 2,
            frozenset("rc"): (1 / 3 + 1 / 4) / 2,
        }
    )
    assert own.uneven(frozenset("c")) == pytest.approx(1 / 36)
    assert own.of_mean[frozenset("p")] == pytest.approx((9 + 16) / 49)
    w = error_weights(design, design, "p", frozenset("c"), {}, own)
    row = {design.label(effect): k for k, effect in enumerate(design.effects)}
    assert w.universe[row["p x c"]] == pytest.approx(1 / 2)
    assert w.relative[row["p x c"]] == w.absolute[row["c"]] == pytest.approx(1 / 36)
    assert w.relative[row["c"]] == w.relative[row["r"]] == 0


@pytest.mark.parametrize("text", [*DESIGNS, "(r x t):p", "(p:c) x i"])
@pytest.mark.parametrize("fixed", [0, 1])
def test_without_gaps_own_cells_are_products_of_sizes(text, fixed):
    design = parse_design(text)
    groups = group(design, levels(design, np.random.default_rng(1)))
    objects = design.closure(frozenset("p"))
    others = [facet for facet in design.facets if facet not in objects]
    held = frozenset(others[:fixed])
    sizes = sizes_seen(design, groups, objects, held)
    own = own_cells(design, groups, objects)
    one, other = (error_weights(design, design, "p", held, sizes, cells) for cells in (own, None))
    for name in ("universe", "relative", "absolute", "of_mean"):
        assert getattr(one, name) == pytest.approx(getattr(other, name), rel=CLOSED)


def test_a_nesting_decision_reads_the_own_cells_of_its_closures():
    design, nested = parse_design("p x r x t"), parse_design("(r:p) x t")
    groups = group(design, levels(design, np.random.default_rng(3), 0.7))
    own = own_cells(design, groups, frozenset("p"))
    w = error_weights(design, nested, "p", frozenset(), {}, own)
    place = design.effects.index(frozenset("r"))
    assert w.relative[place] == w.absolute[place] == own.squares[frozenset("r")]


def test_a_fixed_facet_keeps_all_its_levels():
    design = parse_design("p x c")
    groups = group(design, {"p": np.array([0, 0, 1, 1, 2]), "c": np.array([0, 1, 1, 2, 0])})
    assert sizes_seen(design, groups, frozenset("p"), frozenset("c")) == {"p": 3, "c": 3}
