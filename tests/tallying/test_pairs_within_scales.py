from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from instruments_for_tests import HEAD, item_lines

import psychometrics as pm
from psychometrics.engine.chunks import on_this_thread
from psychometrics.errors import TallyError
from psychometrics.kernels.counting.pairs import pair_counts
from psychometrics.kernels.counting.tables import PairTables
from psychometrics.tallying.counter import ItemCounter
from psychometrics.tallying.counting import counted_so_far, item_counter
from psychometrics.tallying.item_counts import placed


def instrument(overlap: bool) -> pm.Instrument:
    """Two scales of three and four items, one item in none; with ``overlap`` the scales share an item."""
    options = "[option_sets.often]\noptions = [{ code = 0 }, { code = 1 }, { code = 2 }]\n"
    scales = [("a", ["q3", "q1", "q2"]), ("b", [*(["q1"] if overlap else []), "q4", "q5", "q6", "q7"])]
    text = HEAD.format(id="two") + item_lines(8, reversed_items=(2, 5)) + options
    for name, items in scales:
        text += f'[[scales]]\nid = "{name}"\ntitle = "{name}"\nitems = {items}\naggregate = "sum"\n'.replace(
            "'", '"'
        )
    return pm.parse_instrument(text)


TWO = instrument(overlap=False)


def answers(n: int, seed: int, one: pm.Instrument = TWO) -> pm.Responses:
    rng = np.random.default_rng(seed)
    table = {
        "person_id": [f"p{i}" for i in range(n)],
        **{
            f"q{i}": [
                None if gone else int(v)
                for v, gone in zip(rng.integers(0, 3, n), rng.random(n) < 0.2, strict=True)
            ]
            for i in range(1, 9)
        },
    }
    return pm.read_responses(table, one)


@given(
    n=st.integers(0, 60), seed=st.integers(0, 2**32), overlap=st.booleans(), blocks=st.sampled_from([1, 4])
)
@settings(max_examples=25, deadline=None)
def test_pairs_within_scales_are_those_of_all_pairs(n: int, seed: int, overlap: bool, blocks: int) -> None:
    one = instrument(overlap)
    responses = answers(n, seed, one)
    every = pm.tally(one, responses, blocks=blocks)
    some = pm.tally(one, responses, blocks=blocks, pairs="within_scales")
    for scale in ("a", "b"):
        assert some.scale(scale) == every.scale(scale)
    np.testing.assert_array_equal(some.missing, every.missing)
    np.testing.assert_array_equal(some.persons, every.persons)
    np.testing.assert_array_equal(some.counts("q8"), every.counts("q8"))
    half = responses.select(np.arange(n) < n // 2), responses.select(np.arange(n) >= n // 2)
    parts = [pm.tally(one, part, blocks=blocks, pairs="within_scales") for part in half]
    assert parts[0] + parts[1] == some


@given(n=st.integers(0, 80), seed=st.integers(0, 2**32), ends=st.lists(st.integers(0, 80), max_size=4))
@settings(max_examples=15, deadline=None)
def test_a_counter_may_be_fed_in_batches(n: int, seed: int, ends: list[int]) -> None:
    responses = answers(n, seed)
    blocks = (np.arange(n) % 4).astype(np.uint8)
    for pairs in ("all", "within_scales"):
        whole, cut = item_counter(TWO, 4, pairs), item_counter(TWO, 4, pairs)
        whole.add(responses.codes, blocks)
        edges = [0, *sorted(min(end, n) for end in ends), n]
        for a, b in zip(edges, edges[1:], strict=False):
            cut.add(responses.codes[:, a:b], blocks[a:b])
        with on_this_thread():
            assert counted_so_far(TWO, whole, pairs) == counted_so_far(TWO, cut, pairs)


@given(st.data())
@settings(max_examples=25, deadline=None)
def test_tables_count_what_bit_sets_count(data: st.DataObject) -> None:
    widths = data.draw(st.lists(st.integers(1, 6), min_size=1, max_size=7))
    n, n_blocks = data.draw(st.integers(0, 40)), data.draw(st.integers(1, 3))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    codes = np.array([rng.integers(-1, width, n) for width in widths], np.int8)
    answered = rng.random(n) < data.draw(st.sampled_from([0.0, 0.5, 0.8, 1.0]))
    codes[:, answered] = np.maximum(codes[:, answered], 0)  # those who answered all are counted by themselves
    blocks = rng.integers(0, n_blocks, n).astype(np.uint8)
    counter = ItemCounter([range(w) for w in widths], [range(len(widths))], n_blocks, 6, [range(len(widths))])
    counter.add(codes, blocks)
    found = counter.counted()
    np.testing.assert_array_equal(
        found.pairs[0], pair_counts(codes, [range(w) for w in widths], blocks, n_blocks)
    )
    full = (codes >= 0).all(axis=0)
    other = pair_counts(codes[:, full], [range(w) for w in widths], blocks[full], n_blocks)
    keep = np.concatenate([np.arange(w) + sum(widths[:i]) + i for i, w in enumerate(widths)])
    np.testing.assert_array_equal(found.listwise[0], other[:, keep[:, None], keep])
    assert PairTables.fit([6] * 10, 32)
    assert not PairTables.fit([12] * 4, 32)
    assert not PairTables.fit([], 32)


@pytest.mark.parametrize("n_blocks", [1, 15, 16, 60, 256])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.9])
def test_tables_of_any_size_count_what_bit_sets_count(n_blocks: int, share: float) -> None:
    """Places of a table are kept in 16 bits where they fit; 16 blocks of 8**4 places are one too many."""
    rng = np.random.default_rng(n_blocks)
    widths, n = [7, 7, 7, 7, 0, 3][: 4 if n_blocks > 1 else 6], 400
    codes = np.array([rng.integers(0, max(width, 1), n) for width in widths], np.int8)
    codes[:, rng.random(n) < share] = -1
    codes[np.array(widths) == 0] = -1
    blocks = rng.integers(0, n_blocks, n).astype(np.uint8)
    options = [range(width) for width in widths]
    rows = [range(4), *([[4, 5]] if n_blocks == 1 else [])]
    counter = ItemCounter(options, rows, n_blocks, 6, rows)
    counter.add(codes, blocks)
    found, expected = counter.counted(), pair_counts(codes, options, blocks, n_blocks)
    inside = np.zeros(expected.shape[1:], np.bool_)
    inside[:32, :32] = inside[32:, 32:] = True
    joint = placed(found.pairs, found.groups, [width + 1 for width in widths], n_blocks)
    np.testing.assert_array_equal(joint, np.where(inside, expected, 0))


def test_pairs_that_were_not_counted_are_refused() -> None:
    some = pm.tally(TWO, answers(30, 1), pairs="within_scales")
    assert some.table("q1", "q2").sum() > 0
    with pytest.raises(TallyError, match="only pairs of items inside a scale"):
        some.table("q1", "q4")
    with pytest.raises(TallyError, match="only pairs of items inside a scale"):
        some.missing_with("q1")
    with pytest.raises(TallyError, match="do not count the same things"):
        some + pm.tally(TWO, answers(30, 1))
    with pytest.raises(TallyError, match="is not known"):
        pm.tally(TWO, answers(3, 1), pairs="some")
    some.check_pairs(["q1", "q2", "q3"])
    with pytest.raises(TallyError, match="only pairs"):
        some.check_pairs(["q1", "q2", "q5"])
