from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import oracles_tally
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from instruments_for_tests import simple, with_rubric

import psychometrics as pm
from psychometrics.errors import TallyError
from psychometrics.tallying import load_tally, tally_ratings, tally_retest, tally_scores

FOUR = pm.parse_instrument(simple(4))
RUBRIC = pm.parse_instrument(with_rubric())


def scores(n: int, seed: int = 0, **columns: object) -> pm.Scores:
    rng = np.random.default_rng(seed)
    table = {
        "person_id": [f"p{i}" for i in range(n)],
        "gender": rng.choice(["f", "m", "x"], n).tolist(),
        **{f"q{i}": rng.integers(0, 3, n) for i in range(1, 5)},
        **columns,
    }
    found = pm.score(FOUR, pm.read_responses(table, FOUR))
    raw = np.where(rng.random(found.raw.shape) < 0.1, np.nan, found.raw)
    return replace(found, raw=raw)


def some(one: pm.Scores, rows: np.ndarray) -> pm.Scores:
    return replace(one, raw=one.raw[:, rows], persons=one.persons.take(rows))


@given(n=st.integers(0, 50), cut=st.integers(0, 50), seed=st.integers(0, 2**32))
@settings(max_examples=25, deadline=None)
def test_score_tallies_add_and_subtract(n: int, cut: int, seed: int) -> None:
    whole = scores(n, seed)
    order = np.random.default_rng(seed).permutation(n)
    for strata in ([], ["gender"]):
        a, b = (tally_scores(some(whole, rows), strata=strata) for rows in (order[:cut], order[cut:]))
        total = tally_scores(whole, strata=strata)
        assert a + b == total == b + a
        assert total - b == a
    labels = whole.persons.column("gender").to_pylist()
    found = {
        (s[0], int(k[1]), k[2]): c
        for k, c in zip(total.scores, total.counts, strict=True)
        for s in [total.strata[int(k[0])]]
    }
    assert found == oracles_tally.score_counts(whole.raw, labels)


def test_strata_of_one_s_own_blank_ones_and_scores_that_are_not_whole() -> None:
    one = scores(4)
    one = replace(one, raw=np.array([[0.5, 0.5, 1 / 3, 2.0]]))
    counts = tally_scores(one, strata={"age": ["young", None, "old", "young"]})
    assert counts.strata == (("old",), ("young",))
    assert [x.tolist() for x in counts.distribution("total", ("young",))] == [[0.5, 2.0], [1, 1]]
    assert [x.tolist() for x in counts.distribution("total")] == [[1 / 3, 0.5, 2.0], [1, 1, 1]]
    assert counts.distribution("total", ("nobody",))[0].size == 0
    assert counts.to_frame()["age"].tolist() == ["old", "young", "young"]
    with pytest.raises(TallyError, match="no such column"):
        tally_scores(one, strata=["sex"])
    with pytest.raises(TallyError, match="3 labels"):
        tally_scores(one, strata={"age": ["a", "b", "c"]})
    with pytest.raises(TallyError, match="strata: number 1"):
        _ = tally_scores(one, strata=["gender"]) + counts
    with pytest.raises(TallyError, match='no scale "x"'):
        counts.distribution("x")
    with pytest.raises(TallyError, match=r"scale total, score 2: 1 more"):
        _ = counts - counts - tally_scores(some(one, np.array([3])), strata={"age": ["young"]})


@given(n=st.integers(0, 40), cut=st.integers(0, 40), seed=st.integers(0, 2**32))
@settings(max_examples=25, deadline=None)
def test_retest_tallies_pair_persons_and_add(n: int, cut: int, seed: int) -> None:
    first, second = scores(n, seed), scores(n, seed + 1)
    rng = np.random.default_rng(seed)
    order, shuffled = rng.permutation(n), rng.permutation(n)
    second = some(second, shuffled[: n - n // 5])
    counts = tally_retest(first, second)
    later = dict(zip(second.persons.column("person_id").to_pylist(), second.raw[0], strict=True))
    expected = Counter(
        (float(score), float(later[person]))
        for person, score in zip(first.persons.column("person_id").to_pylist(), first.raw[0], strict=True)
        if person in later and not np.isnan(score) and not np.isnan(later[person])
    )
    assert {(a, b): c for a, b, c in zip(*counts.pairs("total"), strict=True)} == expected
    assert (counts.n_first, counts.n_second, counts.n_both) == (n, n - n // 5, n - n // 5)
    people = np.array([f"p{i}" for i in order])
    parts = []
    for group in (people[:cut], people[cut:]):
        rows = [
            np.flatnonzero(np.isin(s.persons.column("person_id").to_numpy(), group)) for s in (first, second)
        ]
        parts.append(tally_retest(some(first, rows[0]), some(second, rows[1])))
    assert parts[0] + parts[1] == counts and counts - parts[0] == parts[1]


def test_retest_refuses_a_person_twice_other_instruments_and_other_scales() -> None:
    one = scores(3)
    twice = some(one, np.array([0, 0]))
    with pytest.raises(TallyError, match="stands twice on the second"):
        tally_retest(one, twice)
    other = pm.parse_instrument(simple(4, aggregate="mean"))
    with pytest.raises(TallyError, match="not the same instrument"):
        tally_retest(one, replace(one, instrument=other))
    with pytest.raises(TallyError, match='no scale "x"'):
        tally_retest(one, one).pairs("x")


def ratings(design: list[tuple[str, str, str, int]]) -> pm.Ratings:
    """Person, criterion, rater, level; the second criterion is rated by its own rater so that none is bare."""
    rows = [*design, ("anchor", "clear", "Z", 0), ("anchor", "right", "Z", 0)]
    table = {
        "person_id": [r[0] for r in rows],
        "item_id": ["task"] * len(rows),
        "criterion_id": [r[1] for r in rows],
        "rater_id": [r[2] for r in rows],
        "level": [r[3] for r in rows],
    }
    return pm.read_ratings(table, RUBRIC)


def test_patterns_of_ratings() -> None:
    design = [
        ("a", "clear", "R1", 1),
        ("a", "clear", "R2", 3),
        ("b", "clear", "R2", 3),
        ("b", "clear", "R1", 1),
    ]
    counts = tally_ratings(ratings([*design, ("c", "clear", "R2", 0), ("c", "right", "R1", 2)]))
    unit, rater, category, unit_count = counts.units("task.clear")
    long = {
        (int(u), counts.rater_ids[r], int(c), int(n))
        for u, r, c, n in zip(unit, rater, category, unit_count, strict=True)
    }
    pair = next(u for u, r, c, n in long if r == "R1")
    assert {(r, c, n) for u, r, c, n in long if u == pair} == {("R1", 1, 2), ("R2", 3, 2)}
    assert {(r, c, n) for u, r, c, n in long if u != pair} == {("R2", 0, 1), ("Z", 0, 1)}
    assert counts.n_levels == (4, 4) and counts.points[0] == (0.0, 1.0, 2.0, 3.0)
    assert len(counts.to_frame()) == 6
    with pytest.raises(TallyError, match='no criterion "clear"'):
        counts.units("clear")


@given(
    design=st.lists(
        st.tuples(
            st.integers(0, 12), st.sampled_from(["clear", "right"]), st.integers(0, 4), st.integers(0, 3)
        ),
        max_size=60,
        unique_by=lambda r: r[:3],
    ),
    cut=st.integers(0, 12),
)
@settings(max_examples=40, deadline=None)
def test_rating_tallies_add_and_subtract_with_different_raters(
    design: list[tuple[int, str, int, int]], cut: int
) -> None:
    rows = [(f"p{p}", c, f"R{r}", level) for p, c, r, level in design]
    low = [row for row, own in zip(rows, design, strict=True) if own[0] < cut]
    high = [row for row, own in zip(rows, design, strict=True) if own[0] >= cut]
    anchor = tally_ratings(ratings([]))
    a, b, whole = (tally_ratings(ratings(part)) for part in (low, high, rows))
    assert a + b == whole + anchor == b + a
    assert (a + b) - b == a
    assert (whole - anchor).rater_ids == tuple(sorted({row[2] for row in rows}))
    units = Counter()
    for person, criterion in {(row[0], row[1]) for row in rows}:
        units[criterion, tuple(sorted((r[2], r[3]) for r in rows if r[:2] == (person, criterion)))] += 1
    found = Counter()
    without = whole - anchor
    for criterion in ("clear", "right"):
        unit, rater, category, count = without.units(f"task.{criterion}")
        for u in np.unique(unit):
            mine = unit == u
            pattern = sorted(
                (without.rater_ids[r], int(c)) for r, c in zip(rater[mine], category[mine], strict=True)
            )
            found[criterion, tuple(pattern)] += int(count[mine][0])
    assert found == units


def test_all_are_saved_and_loaded_and_refuse_each_other(tmp_path) -> None:
    one = scores(30)
    tallies = [
        tally_scores(one, strata=["gender"]),
        tally_retest(one, scores(30, 1)),
        tally_ratings(ratings([])),
    ]
    for place, counts in enumerate(tallies):
        assert load_tally(counts.save(tmp_path / f"{place}.npz")) == counts
        assert counts.to_frame().shape[0] == len(counts.columns()["n_units" if place == 2 else "n_persons"])
        assert repr(counts).startswith(f"<{type(counts).__name__} of")
        empty = counts - counts
        assert empty + counts == counts and empty != counts
        assert sum([counts, empty]) == counts
        assert load_tally(empty.save(tmp_path / f"empty{place}.npz")) == empty
        with pytest.raises(TypeError):
            _ = counts + tallies[place - 1]
        assert counts != tallies[place - 1]
