"""How scores are put into ranges, and what is said of few persons."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import psychometrics as pm
from psychometrics.report.figures import score_distribution


def test_every_bar_is_as_wide_as_it_has_scores():
    values = np.repeat(np.arange(10, 51), 100)  # 41 scores, as many persons at each
    table = score_distribution(values).table
    widths = np.array(table["upper"]) - np.array(table["lower"]) + 1
    assert np.allclose(np.array(table["n"]) / widths, 100)
    assert (table["lower"][0], table["upper"][-1]) == (10, 50)


def test_a_scale_of_half_points_has_a_bar_for_each_score():
    values = np.repeat(np.arange(0, 4.5, 0.5), 30)
    table = score_distribution(values).table
    assert table["lower"] == table["upper"] == tuple(np.arange(0, 4.5, 0.5))
    assert set(table["n"]) == {30}


def test_a_few_prorated_scores_do_not_make_a_comb():
    values = [*np.repeat(np.arange(0, 13), 20).tolist(), 4 / 3, 7.5, 20 / 3]
    table = score_distribution(np.array(values), smallest=1).table
    assert table["lower"] == tuple(range(13))
    assert sum(table["n"]) == len(values)


@pytest.mark.parametrize(("smallest", "said"), [(1, False), (5, True)])
def test_what_single_persons_are_is_not_said_of_ranges(smallest, said):
    one = score_distribution([1, 2, 3, 4] * 20, smallest=smallest)
    assert ("Neighbouring ranges" in one.caption) is said
    assert "1 persons" not in one.caption + one.alt


def test_few_at_an_end_of_the_scale_are_not_counted():
    instrument = pm.load_instrument("swls")
    items = {item.id: [1] * 2 + [3, 4, 5, 4] * 20 for item in instrument.items}
    scores = pm.score(instrument, pm.read_responses(pd.DataFrame(items), instrument))
    assert "fewer than 5 persons have the lowest possible score" in score_distribution(scores).alt
    assert "nobody has the highest possible score" in score_distribution(scores).alt
    assert "2.4% have the lowest possible score" in score_distribution(scores, smallest=1).alt
