"""A run over the objects of an S3 server gives the bits of the same files on disk, and writes down no secret."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from batches_for_tests import FOUR, RUBRIC, answers, cut, open_batches, ratings, write
from instruments_for_tests import simple
from s3_for_tests import CHANGED, Store, s3

import psychometrics as pm
from psychometrics.errors import RunError
from psychometrics.runs import run_batches

TWO = pm.parse_instrument(simple(2))
SECRET = "s3cr3t"


@pytest.fixture
def store() -> Iterator[Store]:
    with s3() as running:
        yield running


def copied(store: Store, folder: Path) -> str:
    """Put the files of a folder into the bucket; return their address, with all that it takes to open it."""
    for path in sorted(folder.rglob("*.*")):
        store.put(f"in/{path.relative_to(folder)}", path.read_bytes())
    return f"s3://key:{SECRET}@bucket/in{{}}{store.options}"


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_the_same_bits_as_the_files_on_disk(store: Store, tmp_path: Path, kind: str) -> None:
    local = write(cut(answers(90), [40, 60]), tmp_path / "in", kind)
    address = copied(store, local)
    here = run_batches(open_batches(local, FOUR), tmp_path / "here", norms_strata=["gender"])
    there = run_batches(open_batches(address.format(""), FOUR), tmp_path / "there", norms_strata=["gender"])
    assert list(there.files) == list(here.files)
    assert all(pq.read_table(there.files[one]).equals(pq.read_table(here.files[one])) for one in here.files)
    assert there.item_tally == here.item_tally
    assert there.source == here.source
    assert all("Credential=key/" in one for one in store.asked)
    glob = open_batches(address.format(f"/part00[01].{kind}"), FOUR)
    assert glob.partitions == tuple(list(here.files)[:2])


def test_what_is_finished_is_not_done_again_and_what_changed_is(store: Store, tmp_path: Path) -> None:
    parts = cut(answers(90), [40])
    address = copied(store, write(parts, tmp_path / "in")).format("")
    assert run_batches(open_batches(address, FOUR), tmp_path / "out").n_new == 90
    assert run_batches(open_batches(address, FOUR), tmp_path / "out").n_new == 0
    data, _ = store.objects["in/part001.parquet"]
    store.put("in/part001.parquet", data, CHANGED + timedelta(seconds=1))
    assert run_batches(open_batches(address, FOUR), tmp_path / "out").n_new == 50


def test_ratings_and_a_second_occasion_may_be_objects_too(store: Store, tmp_path: Path) -> None:
    local = write([answers(40).drop_columns(["q3", "q4"])], tmp_path / "in")
    pq.write_table(ratings(40), tmp_path / "ratings.parquet")
    address = copied(store, local).format("")
    store.put("ratings.parquet", (tmp_path / "ratings.parquet").read_bytes())
    judged = address.replace("/in?", "/ratings.parquet?")
    here = run_batches(open_batches(local, RUBRIC, ratings=tmp_path / "ratings.parquet"), tmp_path / "here")
    there = run_batches(open_batches(address, RUBRIC, ratings=judged), tmp_path / "there")
    assert all(pq.read_table(there.files[one]).equals(pq.read_table(here.files[one])) for one in here.files)
    twice = run_batches(open_batches(local, TWO), retest=open_batches(address, TWO))
    assert (
        twice.retest_tally
        == run_batches(open_batches(local, TWO), retest=open_batches(local, TWO)).retest_tally
    )


def test_a_listing_whose_times_cannot_be_read(store: Store, tmp_path: Path) -> None:
    address = copied(store, write(cut(answers(90), [40]), tmp_path / "in")).format("")
    data, _ = store.objects["in/part001.parquet"]
    store.put("in/part001.parquet", data, CHANGED.replace(microsecond=580_000))  # .58: two digits
    assert run_batches(open_batches(address, FOUR), tmp_path / "out").n_new == 90
    assert run_batches(open_batches(address, FOUR), tmp_path / "out").n_new == 0


def test_no_file_of_a_run_holds_the_secret(store: Store, tmp_path: Path) -> None:
    address = copied(store, write(cut(answers(90), [40]), tmp_path / "in")).format("")
    batches = open_batches(address, FOUR)
    run = run_batches(batches, tmp_path / "out")
    assert SECRET not in repr(batches) + repr(run) + batches.source.where + str(run.source.to_dict())
    written = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert len(written) >= 5
    assert [path for path in written if SECRET.encode() in path.read_bytes()] == []


def test_objects_that_change_are_damaged_or_go_name_the_part(store: Store, tmp_path: Path) -> None:
    address = copied(store, write(cut(answers(90), [30, 60]), tmp_path / "in")).format("")
    batches = open_batches(address, FOUR)
    whole, _ = store.objects["in/part000.parquet"]
    store.put("in/part000.parquet", whole, CHANGED + timedelta(seconds=1))
    store.put("in/part001.parquet", b"PAR1 half a file")
    del store.objects["in/part002.parquet"]
    with pytest.raises(RunError, match="s3://bucket/in: 3 partitions could not be done") as caught:
        run_batches(batches, tmp_path / "out")
    said = {one.where: one.what for one in caught.value.problems}
    assert said["part000.parquet"] == "changed while it was read"
    assert "magic bytes" in said["part001.parquet"]
    assert "does not exist" in said["part002.parquet"]
    assert SECRET not in str(caught.value)
