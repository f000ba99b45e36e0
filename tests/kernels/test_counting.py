from __future__ import annotations

import numpy as np
import oracles_tally
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from psychometrics.engine import chunks
from psychometrics.kernels.counting.pairs import pair_counts

OPTIONS = [(0, 1, 2), (0,), (0, 1, 2, 3, 4), (0, 1, -3)]


@given(
    n=st.integers(0, 90),
    n_blocks=st.sampled_from([1, 2, 32]),
    gaps=st.sampled_from([0.0, 0.2, 1.0]),
    seed=st.integers(0, 2**32),
)
@settings(max_examples=40, deadline=None)
def test_counts_are_those_of_a_loop_over_persons(n: int, n_blocks: int, gaps: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    codes = np.array([rng.choice(own, n) for own in OPTIONS], np.int8).reshape(len(OPTIONS), n)
    codes[rng.random(codes.shape) < gaps] = rng.choice([-1, -4, -6])
    blocks = rng.integers(0, n_blocks, n).astype(np.uint8)
    expected = oracles_tally.joint(codes, OPTIONS, blocks, n_blocks)
    np.testing.assert_array_equal(pair_counts(codes, OPTIONS, blocks, n_blocks), expected)


def test_an_item_without_options_is_missing_for_all() -> None:
    codes = np.array([[-1, -1, -1], [0, 1, 1]], np.int8)
    counts = pair_counts(codes, [(), (0, 1)], np.zeros(3, np.uint8), 1)
    np.testing.assert_array_equal(counts[0], [[3, 1, 2, 0], [1, 1, 0, 0], [2, 0, 2, 0], [0, 0, 0, 0]])


def test_no_items() -> None:
    assert pair_counts(np.empty((0, 5), np.int8), [], np.zeros(5, np.uint8), 2).shape == (2, 0, 0)


@pytest.mark.parametrize("n_blocks", [1, 3])
def test_many_persons_and_120_options(n_blocks: int, monkeypatch: pytest.MonkeyPatch) -> None:
    n = 70_001
    rng = np.random.default_rng(1)
    codes = np.array([rng.integers(-1, 120, n), rng.integers(0, 3, n)], np.int8)
    blocks = rng.integers(0, n_blocks, n).astype(np.uint8)
    found = pair_counts(codes, [range(120), range(3)], blocks, n_blocks)
    expected = np.zeros((n_blocks, 121, 4), np.int64)
    np.add.at(expected, (blocks, np.where(codes[0] < 0, 120, codes[0]), codes[1]), 1)
    np.testing.assert_array_equal(found[:, :121, 121:], expected)
    monkeypatch.setattr(chunks.os, "cpu_count", lambda: 1)
    monkeypatch.setattr(chunks.os, "process_cpu_count", lambda: 1, raising=False)
    np.testing.assert_array_equal(pair_counts(codes, [range(120), range(3)], blocks, n_blocks), found)


def test_parts_of_the_persons_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    from psychometrics.kernels.counting import bits, pairs

    rng = np.random.default_rng(2)
    codes = rng.integers(-1, 3, (4, 5_000)).astype(np.int8)
    blocks = rng.integers(0, 4, 5_000).astype(np.uint8)
    whole = pair_counts(codes, [range(3)] * 4, blocks, 4)
    monkeypatch.setattr(pairs, "MOST_PERSONS", 1_111)
    monkeypatch.setattr(bits, "PART", 100)
    np.testing.assert_array_equal(pair_counts(codes, [range(3)] * 4, blocks, 4), whole)


def test_a_block_that_everybody_chose_fills_its_lanes() -> None:
    n = 300_000
    codes = np.ones((2, n), np.int8)
    counts = pair_counts(codes, [range(2)] * 2, np.zeros(n, np.uint8), 1)[0]
    assert counts[1, 4] == n and counts.sum() == 4 * n
