from __future__ import annotations

from dataclasses import replace

import numpy as np
import oracles_tally
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from instruments_for_tests import simple

import psychometrics as pm
from psychometrics.errors import EstimationError, OutputError, PsychometricsError, TallyError
from psychometrics.evidence.sample import as_sample
from psychometrics.kernels.covariance import Moments, moments
from psychometrics.tallying import ItemTally, load_tally
from psychometrics.tallying.blocks import person_blocks, text_hashes
from psychometrics.tallying.counting import tally

FOUR = pm.parse_instrument(simple(4, reversed_items=(2,)))
TWO_SCALES = pm.parse_instrument(
    simple(4, extra='[[scales]]\nid = "part"\ntitle = "Part"\nitems = ["q1", "q3"]\naggregate = "sum"\n')
)


def answers(n: int, seed: int = 0, gaps: float = 0.15, instrument: pm.Instrument = FOUR) -> pm.Responses:
    rng = np.random.default_rng(seed)
    table = {
        "person_id": [f"p{i}" for i in range(n)],
        **{f"q{i}": rng.integers(0, 5, n) for i in range(1, 5)},
    }
    found = pm.read_responses(table, instrument)
    codes = np.where(
        rng.random(found.codes.shape) < gaps, rng.integers(-6, 0, found.codes.shape), found.codes
    )
    return replace(found, codes=codes.astype(np.int8))


def same_moments(one: Moments, other: Moments) -> None:
    for name in ("means", "covariance", "n_pairs"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), strict=True)
    assert (one.n_persons, one.missing) == (other.n_persons, other.missing)


@given(n=st.integers(0, 60), cut=st.integers(0, 60), seed=st.integers(0, 2**32))
@settings(max_examples=30, deadline=None)
def test_parts_add_up_in_any_order_and_come_off_again(n: int, cut: int, seed: int) -> None:
    responses = answers(n, seed)
    order = np.random.default_rng(seed).permutation(n)
    a, b = (tally(FOUR, responses.select(rows)) for rows in (order[:cut], order[cut:]))
    whole = tally(FOUR, responses)
    assert a + b == whole == b + a
    assert whole - a == b
    assert (a + b) - b == a
    assert (a == whole) is (n <= cut)


@given(n=st.integers(0, 60), gaps=st.sampled_from([0.0, 0.1, 0.6, 1.0]), seed=st.integers(0, 2**32))
@settings(max_examples=30, deadline=None)
def test_counts_are_those_of_loops(n: int, gaps: float, seed: int) -> None:
    responses = answers(n, seed, gaps, TWO_SCALES)
    counts = tally(TWO_SCALES, responses, blocks=3)
    own = [range(5)] * 4
    blocks = person_blocks(responses.persons.column("person_id"), 3)
    np.testing.assert_array_equal(counts.joint, oracles_tally.joint(responses.codes, own, blocks, 3))
    for scale, items in (("total", (0, 1, 2, 3)), ("part", (0, 2))):
        expected = oracles_tally.listwise(responses.codes, own, items)
        np.testing.assert_array_equal(counts.option_counts(scale, "listwise").sum(axis=0), expected)
    for item, row in enumerate(responses.codes):
        for reason in pm.MissingReason:
            place = counts.reasons.index(reason.name.lower())
            assert counts.missing[:, item, place].sum() == np.count_nonzero(row == reason)


@given(
    n=st.integers(0, 50),
    gaps=st.sampled_from([0.0, 0.2, 0.7]),
    missing=st.sampled_from(["pairwise", "listwise"]),
    seed=st.integers(0, 2**32),
)
@settings(max_examples=40, deadline=None)
def test_moments_are_the_same_bits_as_from_persons(n: int, gaps: float, missing: str, seed: int) -> None:
    responses = answers(n, seed, gaps)
    from_persons, from_counts = (as_sample(x, missing=missing) for x in (responses, tally(FOUR, responses)))
    same_moments(from_persons.moments, from_counts.moments)
    assert from_counts.item_ids == from_persons.item_ids


@given(
    x=st.lists(
        st.lists(st.sampled_from([-2.5, 0.0, 0.25, 7.0, 1000.5, float("nan")]), min_size=3, max_size=3),
        max_size=40,
    ),
    missing=st.sampled_from(["pairwise", "listwise"]),
)
@settings(max_examples=40, deadline=None)
def test_moments_of_halves_and_quarters_are_exact(x: list[list[float]], missing: str) -> None:
    table = np.array(x).reshape(-1, 3)
    same_moments(moments(table, missing), as_sample(ItemTally.from_points(table), missing=missing).moments)


def test_leaving_a_block_out_is_leaving_its_persons_out() -> None:
    responses = answers(200)
    counts = tally(FOUR, responses, blocks=5)
    blocks = person_blocks(responses.persons.column("person_id"), 5)
    for missing in ("pairwise", "listwise"):
        parts = as_sample(counts, missing=missing).block_moments
        assert len(parts) == 5
        for block, part in enumerate(parts):
            rest = responses.select(blocks != block)
            same_moments(part, as_sample(rest, missing=missing).moments)
            assert counts.without_block(block) == tally(FOUR, rest, blocks=5)
    assert as_sample(tally(FOUR, responses, blocks=1)).block_moments == []
    assert as_sample(responses).block_moments == []


def test_several_tallies_are_blocks() -> None:
    responses = answers(90)
    months = [tally(FOUR, responses.select(np.arange(start, start + 30))) for start in (0, 30, 60)]
    sample = as_sample(months)
    same_moments(sample.moments, as_sample(responses).moments)
    assert len(sample.block_moments) == 3
    same_moments(sample.block_moments[0], as_sample(responses.select(np.arange(30, 90))).moments)
    with pytest.raises(TallyError, match="cannot be put together"):
        as_sample([months[0], ItemTally.from_points([[1, 2]])])


def test_views() -> None:
    responses = answers(120, instrument=TWO_SCALES)
    counts = tally(TWO_SCALES, responses)
    a, b = responses.codes[0], responses.codes[2]
    assert counts.table("q1", "q3")[1, 4] == np.count_nonzero((a == 1) & (b == 4))
    assert counts.counts("q1").tolist() == [*np.bincount(a[a >= 0], minlength=5), np.count_nonzero(a < 0)]
    assert counts.missing_with("q1")[12 + 3] == np.count_nonzero((a < 0) & (b == 3))
    part = counts.scale("part")
    assert part.item_ids == ("q1", "q3") and part.n_persons == 120 and part.n_options == (5, 5)
    same_moments(part.moments("part"), as_sample(responses, scale="part").moments)
    assert counts.to_frame().groupby("item_id")["n_persons"].sum().tolist() == [120] * 4
    assert FOUR.items[1].reversed and tally(FOUR, answers(3)).points[1] == (4.0, 3.0, 2.0, 1.0, 0.0)
    with pytest.raises(TallyError, match='no scale "parts"'):
        as_sample(counts, scale="parts")
    with pytest.raises(TallyError, match="2 scales"):
        as_sample(counts)
    with pytest.raises(TallyError, match='no item "q9"'):
        counts.table("q1", "q9")
    with pytest.raises(EstimationError, match="needs the persons"):
        as_sample(counts, scale="part", missing="em")
    with pytest.raises(TypeError, match="unhashable"):
        hash(counts)
    with pytest.raises(ValueError, match="read-only"):
        counts.joint[0] = 1


def test_what_does_not_fit_together_is_refused_and_named() -> None:
    responses = answers(20)
    counts = tally(FOUR, responses)
    with pytest.raises(TallyError, match="blocks: 32 and 8"):
        _ = counts + tally(FOUR, responses, blocks=8)
    other = pm.parse_instrument(simple(4))
    with pytest.raises(TallyError, match=r"fingerprint.*\n.*points: number 2"):
        _ = counts + tally(other, pm.read_responses(pa.table({f"q{i}": [1] for i in range(1, 5)}), other))
    with pytest.raises(TypeError):
        _ = counts + 1
    with pytest.raises(TallyError, match=r"were given to simple@1\.0\.0, not to"):
        tally(other, responses)
    with pytest.raises(TallyError, match="blocks=0"):
        tally(FOUR, responses, blocks=0)
    one = tally(FOUR, responses.select(np.arange(10)))
    more = tally(FOUR, responses.select(np.arange(11)))
    with pytest.raises(TallyError, match=r"never added\n(.*\n)*.*item q1: 1 more"):
        _ = one - more
    wrong = replace(responses, codes=np.where(responses.codes == 4, 9, responses.codes).astype(np.int8))
    with pytest.raises(TallyError, match="codes that no option has"):
        tally(FOUR, wrong)


def test_order_of_items_of_the_file_is_kept_and_reordering_permutes_the_counts() -> None:
    rng = np.random.default_rng(3)
    x = rng.integers(1, 5, (50, 3)).astype(float)
    a, b = ItemTally.from_points(x), ItemTally.from_points(x[:, ::-1])
    np.testing.assert_array_equal(a.table("column 1", "column 3"), b.table("column 3", "column 1"))


@pytest.mark.parametrize("n", [0, 1])
def test_nobody_and_one_person(n: int) -> None:
    for blocks in (1, 32):
        counts = tally(FOUR, answers(n, gaps=0), blocks=blocks)
        assert counts.n_persons == n == counts.joint[:, 0:6, 0:6].sum()
        assert as_sample(counts).block_moments == []
        assert np.isnan(as_sample(counts).moments.covariance).all()


def test_an_item_that_nobody_answered() -> None:
    responses = answers(30, gaps=0)
    codes = responses.codes.copy()
    codes[1] = -2
    responses = replace(responses, codes=codes)
    counts = tally(FOUR, responses)
    for missing in ("pairwise", "listwise"):
        same_moments(
            as_sample(counts, missing=missing).moments, as_sample(responses, missing=missing).moments
        )
    assert counts.complete.sum() == 0 and counts.answered.sum() == 30


def test_points_when_not_asked_are_an_option() -> None:
    audit = pm.load_instrument("audit")
    item = next(item for item in audit.items if item.points_when_not_asked is not None)
    rng = np.random.default_rng(4)
    table = {one.id: [one.codes[i] for i in rng.integers(0, len(one.codes), 60)] for one in audit.items}
    responses = pm.read_responses(table, audit)
    codes = responses.codes.copy()
    codes[audit.item_ids.index(item.id), ::3] = pm.MissingReason.NOT_APPLICABLE
    responses = replace(responses, codes=codes)
    counts = tally(audit, responses)
    assert counts.options[audit.item_ids.index(item.id)][-1] == "not_applicable"
    scale = next(scale.id for scale in audit.scales if item.id in scale.items)
    same_moments(as_sample(counts, scale=scale).moments, as_sample(responses, scale=scale).moments)


def test_tables_of_points() -> None:
    x = [[1, 2.5], [2, float("nan")], [2, 2.5]]
    counts = ItemTally.from_points(x)
    assert counts.points == ((1.0, 2.0), (2.5,)) and counts.missing.sum() == 1
    frame = pd.DataFrame(x, columns=["a", "b"])
    for table in (frame, pl.from_pandas(frame, nan_to_null=True), pa.Table.from_pandas(frame)):
        named = ItemTally.from_points(table)
        assert named.item_ids == ("a", "b")
        np.testing.assert_array_equal(named.joint, counts.joint)
    fixed = ItemTally.from_points([[1, 1]], options=[1, 2, 3])
    assert (fixed + ItemTally.from_points([[3, 2]], options=[1, 2, 3])).n_persons == 2
    assert ItemTally.from_points(np.full((4, 2), np.nan)).n_options == (0, 0)
    dealt = ItemTally.from_points(np.ones((10, 2)), blocks=4)
    assert dealt.persons.tolist() == [3, 3, 2, 2]
    with pytest.raises(TallyError, match=r"column 1: 65 distinct values"):
        ItemTally.from_points(np.arange(130.0).reshape(65, 2))
    with pytest.raises(TallyError, match=r"not among the options \(row 2\)"):
        ItemTally.from_points([[1.0], [4.0]], options=[1, 2])
    with pytest.raises(TallyError, match="1 dimension"):
        ItemTally.from_points([1.0, 2.0])
    with pytest.raises(TallyError, match="not numbers"):
        ItemTally.from_points(pd.DataFrame({"a": ["x"]}))
    with pytest.raises(TallyError, match="not numbers"):
        ItemTally.from_points([["x"]])


@given(texts=st.lists(st.text(max_size=20), max_size=30), start=st.integers(0, 3))
@settings(max_examples=25, deadline=None)
def test_the_hash_is_that_of_one_text_after_the_other(texts: list[str], start: int) -> None:
    array = pa.array(texts, pa.string())[start:]
    assert text_hashes(array).tolist() == [oracles_tally.text_hash(text) for text in texts[start:]]


def test_blocks_do_not_depend_on_how_the_ids_are_stored() -> None:
    ids = [f"person-{i}" for i in range(2_000)]
    whole = person_blocks(pa.array(ids), 32)
    parts = pa.chunked_array([pa.array(ids[:7]), pa.array(ids[7:])])
    np.testing.assert_array_equal(person_blocks(parts, 32), whole)
    np.testing.assert_array_equal(person_blocks(pa.array(ids, pa.large_string()), 32), whole)
    sizes = np.bincount(whole, minlength=32)
    assert sizes.min() > 30 and sizes.max() < 100


def test_saved_and_loaded_is_the_same(tmp_path) -> None:
    counts = tally(FOUR, answers(50))
    path = counts.save(tmp_path / "one.tally.npz")
    assert load_tally(path) == counts
    assert load_tally(path).source == counts.source
    first = path.read_bytes()
    with pytest.raises(OutputError, match=r"exists already\n.*replace=True"):
        counts.save(path)
    counts.save(path, replace=True)
    assert path.read_bytes() == first
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_a_damaged_or_foreign_file_is_refused(tmp_path) -> None:
    path = tally(FOUR, answers(50)).save(tmp_path / "one.npz")
    data = path.read_bytes()
    for broken in (data[:100], data[:-30], b"", b"PK\x03\x04 nothing", b"a,b\n1,2\n"):
        path.write_bytes(broken)
        with pytest.raises(TallyError, match="not a tally, or damaged"):
            load_tally(path)
    middle = len(data) // 2
    path.write_bytes(data[:middle] + bytes([data[middle] ^ 255]) + data[middle + 1 :])
    with pytest.raises(TallyError, match="damaged"):
        load_tally(path)
    np.savez(path, head=np.frombuffer(b'{"format": 99, "tally": "ItemTally"}', np.uint8))
    with pytest.raises(TallyError, match="format 99"):
        load_tally(path)
    np.savez(path, x=np.ones(3))
    with pytest.raises(TallyError, match="not a tally"):
        load_tally(path)
    with pytest.raises(TallyError, match="cannot be read"):
        load_tally(tmp_path / "none.npz")


def test_a_table_of_points_takes_numbers_only_and_knows_what_is_masked() -> None:
    points = np.array([[0, 1, 2], [1, 2, 2], [2, 0, 1], [2, 2, 0]])
    for wrong in (
        points.astype(str),
        points + 0j,
        points.astype("M8[D]"),
        points.astype(object).astype(str).astype(object),
    ):
        with pytest.raises(TallyError, match="not numbers"):
            ItemTally.from_points(wrong)
    with pytest.raises(TallyError, match="infinite"):
        ItemTally.from_points(np.where(points == 2, np.inf, points))
    masked = np.ma.masked_array(points, mask=points == 2)
    assert ItemTally.from_points(masked) == ItemTally.from_points(np.where(points == 2, np.nan, points))
    for blocks in (1.5, "a"):
        with pytest.raises(TallyError, match="whole number"):
            ItemTally.from_points(points, blocks=blocks)


def test_a_table_with_two_columns_of_one_name_is_refused() -> None:
    with pytest.raises(PsychometricsError, match="must differ"):
        ItemTally.from_points(pd.DataFrame(np.eye(3), columns=list("aab")))
