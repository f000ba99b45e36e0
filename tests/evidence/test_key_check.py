"""The key check finds faults, and stays silent on clean data: a small version of tests/benchmarks/power_of_key_check.py."""

from __future__ import annotations

import numpy as np
import oracles_items
import power_of_key_check as study
import pytest
from hypothesis import given
from hypothesis import strategies as st
from instruments_for_tests import simple

import psychometrics as pm
from psychometrics.errors import EstimationError
from psychometrics.kernels.items.blanks import _fisher
from psychometrics.kernels.items.ranges import expected_at_end

N = 2000


@pytest.fixture(scope="module")
def instrument():
    return pm.parse_instrument(study.definition())


@pytest.mark.parametrize("name", study.FAULTS)
def test_every_kind_of_fault_is_found(name, instrument):
    fault, rules = study.FAULTS[name]
    rng = np.random.default_rng(7)
    assert rules & study.rules_raised(instrument, fault(study.clean(rng, N), rng))


@pytest.mark.parametrize("skewed", [False, True])
def test_clean_data_raise_nothing(skewed, instrument):
    """Six rules on three scales at 1 in 1,000 each: 20 data sets without an alarm, with probability .7 or more."""
    rng = np.random.default_rng(11)
    alarms = [study.rules_raised(instrument, study.clean(rng, 500, skewed=skewed)) for _ in range(20)]
    assert sum(map(bool, alarms)) <= 1


def test_a_published_alpha_that_is_missed_is_said(instrument):
    text = study.definition() + (
        '[[published]]\nscale = "a"\nstatistic = "alpha"\nvalue = 0.95\nn = 1000\npopulation = "simulated"\nsource = "own"\n'
        '[[sources]]\nid = "own"\ncitation = "This simulation."\n'
    )
    codes = study.clean(np.random.default_rng(1), N)
    assert study.rules_raised(pm.parse_instrument(text), codes) == {"published"}
    assert study.rules_raised(pm.parse_instrument(text.replace("0.95", "0.79")), codes) == set()


def test_rows_of_zeros_on_items_keyed_both_ways(instrument):
    codes = study.clean(np.random.default_rng(2), N)
    codes[:60] = 0
    assert "blanks" in study.rules_raised(instrument, codes)


def test_group_columns_are_found_or_named(instrument):
    rng = np.random.default_rng(3)
    codes = study.polarity_by_group(study.clean(rng, N), rng)
    table = {
        "person_id": [str(i) for i in range(N)],
        "age": np.arange(N),
        "site": np.repeat(["a", "b"], N // 2),
    }
    responses = pm.read_responses({**table, **dict(zip(study.NAMES, codes.T, strict=True))}, instrument)
    found = pm.check_keys(instrument, responses)
    assert found.groups == ("site",)
    assert {one.item_id for one in found.findings if one.rule == "group polarity"} == {"a4", "a7"}
    assert "site a" in next(one.detail for one in found.findings if one.rule == "group polarity")
    with pytest.raises(EstimationError, match="no person column"):
        pm.check_keys(instrument, responses, groups=["sitee"])


def test_few_answers_and_one_item_say_nothing():
    small = pm.parse_instrument(simple(1))
    assert pm.check_keys(small, pm.read_responses({"person_id": ["a"], "q1": [1]}, small)).findings == ()


@given(st.lists(st.integers(0, 40), min_size=4, max_size=4))
def test_fishers_test_is_the_sum_of_its_probabilities(cells):
    a, b, c, d = cells
    exact = oracles_items.fisher_exact(a, b, c, d)
    assert _fisher(np.array([[a, b], [c, d]])) == pytest.approx(exact, rel=1e-9)  # logarithms of factorials


def test_an_end_is_expected_only_where_the_others_say_so():
    assert expected_at_end(np.array([0, 500, 1000, 1500, 1000])) > 12
    assert expected_at_end(np.array([0, 1, 20, 300, 500])) < 2
    assert expected_at_end(np.array([0, 0, 0, 300, 500])) == 0
    assert expected_at_end(np.array([0, 5])) == 0


def test_a_wrong_key_does_not_hide_a_wrong_column(instrument):
    """Two items of scale a are turned, a third holds something else."""
    rng = np.random.default_rng(5)
    codes = study.clean(rng, N)
    codes[:, [1, 2]] = 4 - codes[:, [1, 2]]
    codes = study.wrong_column(codes, rng)
    table = {"person_id": [str(i) for i in range(N)], **dict(zip(study.NAMES, codes.T, strict=True))}
    found = pm.check_keys(instrument, pm.read_responses(table, instrument)).findings
    assert {(one.rule, one.item_id) for one in found} == {
        ("polarity", "a2"),
        ("polarity", "a3"),
        ("misplaced", "a4"),
    }


def test_an_item_of_two_scales_is_named_once():
    text = (
        study.definition()
        + f'[[scales]]\nid = "whole"\ntitle = "W"\nitems = {study.NAMES[:16]}\naggregate = "sum"\n'
    )
    two = pm.parse_instrument(text)
    rng = np.random.default_rng(6)
    codes = study.one_reversed(study.clean(rng, N), rng)
    table = {"person_id": [str(i) for i in range(N)], **dict(zip(study.NAMES, codes.T, strict=True))}
    found = pm.check_keys(two, pm.read_responses(table, two)).findings
    assert [(one.rule, one.item_id) for one in found] == [("polarity", "a1")]


def test_a_tally_is_refused_in_words(instrument):
    table = {"person_id": ["p"], **{name: [1] for name in study.NAMES}}
    counts = pm.tally(instrument, pm.read_responses(table, instrument))
    with pytest.raises(EstimationError, match="works on Responses, not on ItemTally"):
        pm.check_keys(instrument, counts)
