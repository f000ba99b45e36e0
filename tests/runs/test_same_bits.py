"""Whatever the files, the batches and their order: the same bits as in memory."""

from __future__ import annotations

import pickle
from functools import reduce
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from batches_for_tests import FOUR, RUBRIC, answers, cut, open_batches, ratings, write
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import psychometrics as pm
from psychometrics.runs import BatchPass, Summary, merge, run_batches
from psychometrics.runs.keys import row_digest
from psychometrics.runs.strata import Strata
from psychometrics.tallying.blocks import text_hashes

STRATA = ["gender", "region", "age:18,30,65"]
ABOUT = {"description": "nobody"}
WORKERS = 2


def in_memory(
    table: pa.Table, instrument: pm.Instrument = FOUR, judged: pm.Ratings | None = None
) -> pm.Scores:
    return pm.score(instrument, pm.read_responses(table, instrument), judged)


def written(run: object) -> pa.Table:
    return pa.concat_tables([pq.read_table(path) for path in run.files.values()], promote_options="default")


def same(one: pa.Table, other: pa.Table) -> None:
    assert one.column_names == other.column_names
    for name in one.column_names:
        mine, others = one.column(name), other.column(name)
        if pa.types.is_dictionary(others.type):
            others = others.cast(others.type.value_type)
        if pa.types.is_floating(mine.type):  # bit for bit, also where there is no number
            np.testing.assert_array_equal(
                mine.to_numpy().view(np.int64), others.to_numpy().view(np.int64), err_msg=name
            )
        else:
            assert mine.to_pylist() == others.to_pylist(), name


def labels(table: pa.Table) -> dict[str, pa.Array]:
    return Strata.of(STRATA).labels(table)


@given(data=st.data(), n=st.integers(1, 60), seed=st.integers(0, 2**32))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_partitions_of_any_kind_give_what_memory_gives(
    data: st.DataObject, n: int, seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    table = answers(n, seed)
    ends = data.draw(st.lists(st.integers(0, n), max_size=4))
    kind = data.draw(st.sampled_from(["parquet", "csv", "feather", "stream", "tables"]))
    group = data.draw(st.integers(1, 20))
    parts = cut(table, ends)
    order = data.draw(st.permutations(range(len(parts))))
    shuffled = [parts[i] for i in order]
    folder = tmp_path_factory.mktemp("run")
    source: object
    if kind in ("parquet", "csv", "feather"):
        source = write(shuffled, folder / "in", kind, group)
    elif kind == "tables":
        source = iter(shuffled)
    else:
        source = pa.RecordBatchReader.from_batches(
            table.schema, [batch for part in shuffled for batch in part.to_batches(max_chunksize=group)]
        )
    layout = data.draw(st.sampled_from(["long", "wide"]))
    pairs = data.draw(st.sampled_from(["all", "within_scales"]))
    batches = open_batches(source, FOUR, workers=WORKERS)
    rows = data.draw(st.integers(1, 70))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("psychometrics.engine.memory.MOST_ROWS", rows)
        run = run_batches(batches, folder / "out", norms_strata=STRATA, layout=layout, pairs=pairs)

    whole = pa.concat_tables(shuffled)
    scores = in_memory(whole)
    responses = pm.read_responses(whole, FOUR)
    assert run.n_rows == n
    assert run.item_tally == pm.tally(FOUR, responses, pairs=pairs)
    assert run.score_tally == pm.tally_scores(
        scores, strata=dict(zip(["gender", "region", "age_band"], labels(whole).values(), strict=True))
    )
    same(
        written(run).select(["person_id", "total"]), scores.wide().select(["person_id", "total"])
    ) if layout == "wide" else same(written(run), scores.to_arrow())
    if len(run.score_tally.counts):
        norms = run.build_norms(edition="x", provenance=ABOUT, day=DAY)
        others = pm.build_norms(scores, edition="x", provenance=ABOUT, strata=STRATA, day=DAY)
        assert norms.head == others.head
        same(norms.to_arrow(), others.to_arrow())


DAY = __import__("datetime").date(2026, 1, 2)


@given(
    n=st.integers(0, 50),
    seed=st.integers(0, 2**32),
    ends=st.lists(st.integers(0, 50), max_size=5),
    turn=st.randoms(),
)
@settings(max_examples=15, deadline=None)
def test_summaries_are_pure_picklable_and_merge_in_any_order(
    n: int, seed: int, ends: list[int], turn: object
) -> None:
    table = answers(n, seed)
    work = BatchPass(reading=open_batches(answers(1), FOUR).with_strata(Strata.of(STRATA)).reading)
    work = pickle.loads(pickle.dumps(work))
    parts = cut(table, ends)
    whole = work.summarise(table)
    found = [Summary.unpack(pickle.loads(pickle.dumps(work.summarise(part))).pack()) for part in parts]
    turn.shuffle(found)
    for order in (found, found[::-1]):
        total = reduce(merge, order, Summary())
        assert total.pack() == whole.pack()
        assert total.sha256() == whole.sha256()
    tables = [work.map(part) for part in parts]
    assert {one.schema for one in tables} == {work.map(table).schema}
    same(pa.concat_tables(tables), in_memory(table).to_arrow())


def test_the_digest_tells_rows_apart_and_not_their_order() -> None:
    table = answers(30)
    work = BatchPass(reading=open_batches(table, FOUR).with_strata(Strata.of(STRATA)).reading)
    digest = work.summarise(table).sha256()
    order = np.random.default_rng(1).permutation(30)
    assert work.summarise(table.take(order)).sha256() == digest
    other = table.set_column(5, "q2", table.column("q2").take(pa.array([1, 0, *range(2, 30)])))
    assert work.summarise(other).sha256() != digest
    other = table.set_column(0, "person_id", pa.array([*range(101, 130), 100]))
    assert work.summarise(other).sha256() != digest


def _stirred(value: int) -> int:
    value = (value + 0x9E3779B97F4A7C15) % 2**64
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    value = (value ^ (value >> 27)) * 0x94D049BB133111EB % 2**64
    return value ^ (value >> 31)


@given(st.integers(0, 19), st.integers(0, 6), st.booleans(), st.integers(0, 2**32))
@settings(deadline=None, max_examples=60)
def test_the_digest_is_that_of_a_loop_over_persons(n_items: int, n: int, labelled: bool, seed: int) -> None:
    rng = np.random.default_rng(seed)
    codes = rng.integers(-6, 5, (n_items, n)).astype(np.int8)
    row = rng.integers(0, 2**63, n).astype(np.uint64)
    own = [("f", "m", None)[i] for i in rng.integers(0, 3, n)] if labelled else []
    labels = {"gender": pa.array(own, pa.string()).dictionary_encode()} if labelled else {}
    words = -(-n_items // 8)
    sums = [0, 0]
    for person in range(n):
        total = int(row[person])
        for word in range(words):
            eight = codes[8 * word : 8 * word + 8, person].tobytes().ljust(8, b"\0")
            total += int.from_bytes(eight, "little") * _stirred(word + 1)
        if labelled and own[person] is not None:
            name = int(text_hashes(pa.array([own[person]]))[0])
            total += name * _stirred(words + 1)
        once = _stirred(total % 2**64)
        sums = [sums[0] + once, sums[1] + _stirred(once)]
    assert row_digest(codes, row, labels) == (sums[0] % 2**64, sums[1] % 2**64)


@pytest.mark.parametrize("rows", [11, 10**6])
def test_scores_in_norms_are_placed_the_same(
    tmp_path: Path, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("psychometrics.engine.memory.MOST_ROWS", rows)
    table = answers(300, 5)
    scores = in_memory(table)
    norms = pm.build_norms(scores, edition="x", provenance=ABOUT, strata=["gender", "age:18,30,65"])
    folder = write(cut(table, [10, 200, 200]), tmp_path / "in")
    run = run_batches(open_batches(folder, FOUR), tmp_path / "out", norms=norms)
    same(written(run), norms.apply(scores).to_arrow())
    wide = run_batches(
        open_batches(folder, FOUR, columns=["age"]), tmp_path / "wide", norms=norms, layout="wide"
    )
    normed = norms.apply(scores)
    np.testing.assert_array_equal(
        written(wide).column("total.percentile_rank").to_numpy(), normed.percentile_rank[0]
    )
    assert written(wide).column("age").to_pylist() == table.column("age").to_pylist()


def test_reliability_from_batches_is_that_of_the_counts_in_memory(tmp_path: Path) -> None:
    table = answers(500, 3)
    folder = write(cut(table, [100, 333]), tmp_path / "in")
    run = run_batches(open_batches(folder, FOUR))
    responses = pm.read_responses(table, FOUR)
    other = pm.reliability(FOUR, pm.tally(FOUR, responses), scores=in_memory(table))
    same(run.reliability().to_arrow(), other.to_arrow())
    inside = run_batches(open_batches(folder, FOUR), pairs="within_scales")
    same(inside.reliability().to_arrow(), other.to_arrow())
    everything = pm.reliability(FOUR, pm.tally(FOUR, responses), scores=in_memory(table), detail="all")
    same(run.reliability(detail="all").to_arrow(), everything.to_arrow())


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("layout", ["long", "wide"])
def test_ratings_join_their_persons_in_memory_and_in_buckets(
    tmp_path: Path, many: bool, layout: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if many:
        monkeypatch.setattr("psychometrics.runs.ratings.SPREAD", 10**9)
    rng = np.random.default_rng(0)
    table = pa.table(
        {"person_id": [str(i) for i in range(100, 160)], **{q: rng.integers(0, 5, 60) for q in ("q1", "q2")}}
    )
    long = ratings(70, 4)
    judged = pm.read_ratings(long, RUBRIC)
    folder = write_plain(cut(table, [20, 21]), tmp_path / "in")
    raters = write_plain(cut(long, [40]), tmp_path / "raters")
    run = run_batches(open_batches(folder, RUBRIC, ratings=raters), tmp_path / "out", layout=layout)
    scores = pm.score(RUBRIC, pm.read_responses(table, RUBRIC), judged)
    mine = written(run)
    other = scores.to_arrow() if layout == "long" else scores.wide()
    if many:  # the persons come bucket by bucket
        keys = [("person_id", "ascending")] + ([("scale_id", "ascending")] if layout == "long" else [])
        mine = mine.sort_by(keys)
        other = other.cast(
            pa.schema(
                [
                    (f.name, f.type.value_type if pa.types.is_dictionary(f.type) else f.type)
                    for f in other.schema
                ]
            )
        ).sort_by(keys)
    same(mine.select(other.column_names) if layout == "wide" else mine, other)
    assert run.item_tally == pm.tally(RUBRIC, pm.read_responses(table, RUBRIC))
    assert run.score_tally == pm.tally_scores(scores)
    assert run.rating_tally == pm.tally_ratings(judged)
    assert run.n_rows == scores.n_rows
    if not many:
        same(
            run.reliability().to_arrow(),
            pm.reliability(
                RUBRIC, pm.tally(RUBRIC, pm.read_responses(table, RUBRIC)), judged, scores=scores
            ).to_arrow(),
        )


def write_plain(parts: list[pa.Table], folder: Path) -> Path:
    folder.mkdir()
    for number, part in enumerate(parts):
        pq.write_table(part, folder / f"{number}.parquet")
    return folder


def test_only_ratings_and_ratings_of_nobody(tmp_path: Path) -> None:
    long = ratings(20)
    run = run_batches(open_batches(None, RUBRIC, ratings=long), tmp_path / "out")
    scores = pm.score(RUBRIC, None, pm.read_ratings(long, RUBRIC))
    same(written(run), scores.to_arrow())
    table = {"person_id": ["x", "y"], "q1": [1, 2], "q2": [0, 3]}
    with pytest.raises(pm.RunError, match="nobody who answered was rated"):
        run_batches(open_batches(table, RUBRIC, ratings=long))


@pytest.mark.parametrize("layout", ["long", "wide"])
@pytest.mark.parametrize("budget", [1, 1 << 30])
def test_two_occasions_are_joined_by_person(
    tmp_path: Path, layout: str, budget: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("psychometrics.runs.retest.MOST_BUCKETS", 7 if budget == 1 else 1)
    table = answers(200, 9, occasions=2)
    table = table.filter(np.random.default_rng(0).random(200) < 0.8)
    folder = write(cut(table, [3, 90]), tmp_path / "in")
    run = run_batches(open_batches(folder, FOUR), tmp_path / "out", retest=("t1", "t2"), layout=layout)
    responses = pm.read_responses(table, FOUR)
    when = np.array(responses.persons.column("occasion").to_pylist())
    first, second = (pm.score(FOUR, responses.select(when == name)) for name in ("t1", "t2"))
    assert run.retest_tally == pm.tally_retest(first, second)
    one, two = (
        write([table.filter(pa.array(when == name)).drop_columns(["occasion"])], tmp_path / name)
        for name in ("t1", "t2")
    )
    again = run_batches(open_batches(one, FOUR), retest=open_batches(two, FOUR))
    assert again.retest_tally == run.retest_tally
    assert any(row.evidence == "retest" for row in again.reliability().rows)
    norms = run.build_norms(edition="x", provenance=ABOUT, day=DAY)
    assert (
        norms.head == pm.build_norms(pm.score(FOUR, responses), edition="x", provenance=ABOUT, day=DAY).head
    )


def test_numbers_as_ids_and_persons_without_a_column(tmp_path: Path) -> None:
    table = answers(40).drop_columns(["person_id"])
    folder = write(cut(table, [13]), tmp_path / "in")
    run = run_batches(open_batches(folder, FOUR), tmp_path / "out")
    same(written(run), in_memory(table).to_arrow())


def test_folders_name_columns_and_text_files_read_as_a_whole(tmp_path: Path) -> None:
    table = answers(60, 2)
    year = pa.array(["2024"] * 30 + ["2025"] * 30)
    for name in ("2024", "2025"):
        write([table.filter(pa.compute.equal(year, name))], tmp_path / "in" / f"year={name}")
    run = run_batches(open_batches(tmp_path / "in", FOUR), norms_strata=["year"])
    assert run.score_tally == pm.tally_scores(in_memory(table.append_column("year", year)), strata=["year"])
    lines = ["person_id,level,age,q1,q2,q3,q4"] + [f"{i:03d},{i % 3}.0,{20 + i},1,2,,3" for i in range(40)]
    lines[35] = lines[35].replace(",1.0,", ",1.5,").replace(",0.0,", ",1.5,").replace(",2.0,", ",1.5,")
    path = tmp_path / "one.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    run = run_batches(open_batches(str(path), FOUR), tmp_path / "out", norms_strata=["level", "age:18,30,99"])
    whole = pm.read_responses(path, FOUR)
    same(written(run), pm.score(FOUR, whole).to_arrow())
    norms = run.build_norms(edition="x", provenance=ABOUT, day=DAY)
    assert (
        norms.head
        == pm.build_norms(
            pm.score(FOUR, whole), edition="x", provenance=ABOUT, strata=["level", "age:18,30,99"], day=DAY
        ).head
    )
