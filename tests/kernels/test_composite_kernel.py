"""The error of a composite: against loops, intraclass correlations, stratified alpha, and leaving persons out."""

import numpy as np
import oracles_composite as slow
import pandas as pd
import pytest

from psychometrics.kernels.components.composite import (
    CompositeDesign,
    composite_bounds,
    composite_variance,
    rater_error,
)
from psychometrics.kernels.components.composite_study import study_error
from psychometrics.kernels.components.composite_sums import Panel

CLOSED = 1e-9  # closed formulas; sums run in another order
NONE = np.empty(0)
NOWHERE = np.empty(0, np.intp)


def ratings_design(n_criteria, *, random_tasks=False, task=None, weight=None):
    task = np.zeros(n_criteria, np.intp) if task is None else np.array(task)
    return CompositeDesign(
        item_weight=NONE,
        criterion_weight=np.ones(n_criteria) if weight is None else np.array(weight, float),
        item_length=NONE,
        criterion_length=np.full(n_criteria, 3.0),
        item_stratum=NOWHERE,
        task=task,
        task_stratum=np.zeros(task.max() + 1, np.intp),
        random_tasks=random_tasks,
    )


def items_design(stratum, weight=None):
    k = len(stratum)
    return CompositeDesign(
        item_weight=np.ones(k) if weight is None else np.array(weight, float),
        criterion_weight=NONE,
        item_length=np.ones(k),
        criterion_length=NONE,
        item_stratum=np.array(stratum),
        task=NOWHERE,
        task_stratum=NOWHERE,
        random_tasks=True,
    )


def unbalanced(n=14, n_raters=5, n_criteria=3, seed=2):
    """Persons with one to three raters, some of whom leave a criterion out."""
    rng = np.random.default_rng(seed)
    sheets = []
    for _ in range(n):
        who = rng.choice(n_raters, size=rng.integers(1, 4), replace=False)
        sheets.append(
            {
                int(r): {c: float(rng.integers(0, 4)) for c in range(n_criteria) if rng.random() < 0.9}
                for r in who
            }
        )
    sheets[0] = {0: dict.fromkeys(range(n_criteria), 1.0), 1: dict.fromkeys(range(n_criteria), 2.0)}
    return sheets


def panel_of(sheets, n_criteria, n_groups=None, items=None):
    rows = [
        (p, r, c, value)
        for p, person in enumerate(sheets)
        for r, sheet in person.items()
        for c, value in sheet.items()
    ]
    person, rater, criterion, level = (np.array(column) for column in zip(*rows, strict=True))
    n = len(sheets)
    items = np.empty((n, 0)) if items is None else items
    return Panel(
        items,
        person,
        rater,
        criterion,
        level,
        n_criteria=n_criteria,
        n_groups=n if n_groups is None else n_groups,
    )


def test_rater_error_is_that_of_the_loops():
    sheets = unbalanced()
    found = rater_error(panel_of(sheets, 3).all()).of_means()
    for c in range(3):
        for d in range(3):
            assert found[c, d] == pytest.approx(slow.rater_error(sheets, c, d), rel=CLOSED)


def test_composite_of_items_and_ratings_is_that_of_the_loops():
    sheets, rng = unbalanced(), np.random.default_rng(5)
    items = rng.integers(0, 5, (len(sheets), 4)).astype(float)
    items[3, 1] = np.nan
    v_items, v_criteria, task = np.array([1.0, 1.0, 2.0, 1.0]), np.array([2.0, 1.0, 1.0]), np.array([0, 0, 1])
    design = CompositeDesign(
        item_weight=v_items,
        criterion_weight=v_criteria,
        item_length=np.full(4, 4.0),
        criterion_length=np.full(3, 3.0),
        item_stratum=np.zeros(4, np.intp),
        task=task,
        task_stratum=np.zeros(2, np.intp),
        random_tasks=True,
    )
    found = composite_variance(panel_of(sheets, 3, items=items).all(), design)
    means = np.array([[slow.mean_of(p, c) for c in range(3)] for p in sheets])
    cov = pd.DataFrame(np.column_stack([items, means])).cov().to_numpy()
    v = np.concatenate([v_items, v_criteria])
    weighted = cov * np.outer(v, v)
    raters = np.array([[slow.rater_error(sheets, c, d) for d in range(3)] for c in range(3)])
    raters = raters * np.outer(v_criteria, v_criteria)
    true = weighted[4:, 4:] - raters
    by_task = np.array([[true[np.ix_(task == s, task == t)].sum() for t in (0, 1)] for s in (0, 1)])
    assert found.total == pytest.approx(weighted.sum(), rel=CLOSED)
    assert found.items[0] == pytest.approx(slow.stratum_error(weighted[:4, :4], v_items * 4), rel=CLOSED)
    assert found.raters == pytest.approx(raters.sum(), rel=CLOSED)
    assert found.tasks[0] == pytest.approx(slow.stratum_error(by_task, np.array([9.0, 3.0])), rel=CLOSED)


def crossed(n=40, k=4, seed=3):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 1)) + 0.7 * rng.normal(size=k) + rng.normal(size=(n, k))


def mean_squares(y):
    n, k = y.shape
    between = k * np.square(y.mean(axis=1) - y.mean()).sum() / (n - 1)
    within = np.square(y - y.mean(axis=1, keepdims=True)).sum() / (n * (k - 1))
    residual = y - y.mean(axis=1, keepdims=True) - y.mean(axis=0) + y.mean()
    return between, within, np.square(residual).sum() / ((n - 1) * (k - 1))


def test_raters_of_all_persons_cancel_and_raters_of_their_own_do_not():
    y = crossed()
    between, within, residual = mean_squares(y)
    together = [{r: {0: value} for r, value in enumerate(row)} for row in y.tolist()]
    apart = [{4 * p + r: {0: value} for r, value in enumerate(row)} for p, row in enumerate(y.tolist())]
    design = ratings_design(1)
    found = composite_variance(panel_of(together, 1).all(), design).reliability
    assert found == pytest.approx(1 - residual / between, rel=CLOSED)  # ICC(C,k)
    found = composite_variance(panel_of(apart, 1).all(), design).reliability
    assert found == pytest.approx(1 - within / between, rel=CLOSED)  # ICC(1,k)


def test_severity_is_the_variance_component_of_raters():
    y = crossed()
    n, k = y.shape
    _, _, residual = mean_squares(y)
    raters = n * np.square(y.mean(axis=0) - y.mean()).sum() / (k - 1)
    together = [{r: {0: value} for r, value in enumerate(row)} for row in y.tolist()]
    found = composite_variance(panel_of(together, 1).all(), ratings_design(1))
    assert found.severity == pytest.approx((raters - residual) / n / k, rel=CLOSED)


@pytest.mark.parametrize("stratum", [[0] * 6, [0, 0, 0, 1, 1, 1], [0, 1, 0, 1, 1, 2]])
def test_items_alone_are_stratified_alpha(stratum):
    rng = np.random.default_rng(8)
    x = rng.normal(size=(80, 1)) + rng.normal(size=(80, 6))
    panel = Panel(x, NOWHERE, NOWHERE, NOWHERE, NONE, n_criteria=0, n_groups=80)
    found = composite_variance(panel.all(), items_design(stratum))
    if min(np.bincount(stratum)) < 2:
        assert np.isnan(found.reliability)
    else:
        assert found.reliability == pytest.approx(slow.stratified_alpha(x, np.array(stratum)), rel=CLOSED)


def test_leaving_persons_out_is_having_never_had_them():
    sheets = unbalanced(n=30, n_raters=6)
    design = ratings_design(3)
    panel = panel_of(sheets, 3)
    total = panel.all()
    order = np.random.default_rng(20_250_101).permutation(30)
    for number in (0, 7, 29):
        kept = [sheet for p, sheet in enumerate(sheets) if p != order[number]]
        without = composite_variance(total - panel.group(number), design)
        again = composite_variance(panel_of(kept, 3).all(), design)
        assert without.reliability == pytest.approx(again.reliability, rel=CLOSED)
        assert without.raters == pytest.approx(again.raters, rel=CLOSED)


def test_groups_make_no_difference_to_the_estimate_and_little_to_the_interval():
    y = crossed(n=400)
    sheets = [{r: {0: value} for r, value in enumerate(row)} for row in y.tolist()]
    design = ratings_design(1)
    one, some = panel_of(sheets, 1), panel_of(sheets, 1, n_groups=80)
    assert composite_variance(one.all(), design).reliability == pytest.approx(
        composite_variance(some.all(), design).reliability, rel=CLOSED
    )
    a = composite_bounds(one, design, one.all(), 0.95, one_by_one=True)
    b = composite_bounds(some, design, some.all(), 0.95, one_by_one=False)
    # two estimates of one width; each varies by about 1/sqrt(2 * 80) of it
    assert b.upper - b.lower == pytest.approx(a.upper - a.lower, rel=0.3)


def test_order_of_persons_and_names_of_raters_change_nothing():
    sheets = unbalanced(n=30, n_raters=6)
    design = ratings_design(3, task=[0, 0, 1], random_tasks=True)
    before = composite_variance(panel_of(sheets, 3).all(), design)
    mixed = [{5 - r: sheet for r, sheet in person.items()} for person in reversed(sheets)]
    after = composite_variance(panel_of(mixed, 3).all(), design)
    assert after.error == pytest.approx(before.error, rel=CLOSED)
    assert after.total == pytest.approx(before.total, rel=CLOSED)


def test_change_of_scale_changes_no_reliability():
    sheets = unbalanced(n=30, n_raters=6)
    moved = [
        {r: {c: 5 - 2 * v for c, v in sheet.items()} for r, sheet in person.items()} for person in sheets
    ]
    design = ratings_design(3)
    before, after = (composite_variance(panel_of(s, 3).all(), design) for s in (sheets, moved))
    assert after.error == pytest.approx(4 * before.error, rel=CLOSED)
    assert after.reliability == pytest.approx(before.reliability, rel=CLOSED)


def test_without_double_ratings_the_rater_error_is_unknown():
    sheets = [{p % 3: {0: float(p % 4), 1: float(p % 3)}} for p in range(20)]
    found = composite_variance(panel_of(sheets, 2).all(), ratings_design(2))
    assert np.isnan(found.raters)
    assert np.isnan(found.reliability)


def test_study_of_the_design_as_it_is_gives_the_error_as_it_is():
    y = crossed()
    sheets = [{r: {0: value} for r, value in enumerate(row)} for row in y.tolist()]
    design = ratings_design(1)
    found = composite_variance(panel_of(sheets, 1).all(), design)
    assert study_error(found, design, 4, 1, 1) == pytest.approx(found.error, rel=CLOSED)
    assert study_error(found, design, 8, 1, 1) == pytest.approx(
        found.error / 2, rel=CLOSED
    )  # all severity cancels
