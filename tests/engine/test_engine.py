"""Memory, manifest, lock, pool: the parts that know no psychometrics."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from psychometrics.engine.arrays import pack, unpack
from psychometrics.engine.chunks import for_each_chunk, on_this_thread
from psychometrics.engine.files import part_file, settle, sha256_of, sweep, whole_file
from psychometrics.engine.lock import locked
from psychometrics.engine.manifest import Finished, Manifest
from psychometrics.engine.memory import parse_memory, plan_rows, resident, total_memory
from psychometrics.engine.partitions import TablePartition
from psychometrics.engine.pool import StoppedError, Watch, work_through
from psychometrics.engine.progress import Meter, Progress
from psychometrics.errors import OutputError, RunError

PARTS = [TablePartition(name=f"p{i}", table=pa.table({"x": [i]})) for i in range(8)]


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1GiB", 2**30),
        ("1 gib", 2**30),
        ("800MB", 800_000_000),
        ("1.5KiB", 1536),
        ("7", 7),
        (12, 12),
        ("3B", 3),
    ],
)
def test_sizes(text: str | int, size: int) -> None:
    assert parse_memory(text) == size


@pytest.mark.parametrize("wrong", ["", "GiB", "-1", 0, -3, True, "1e3MB", "0MB"])
def test_what_is_no_size(wrong: object) -> None:
    with pytest.raises(RunError, match="is no size"):
        parse_memory(wrong)  # type: ignore[arg-type]


def test_rows_fit_all_workers_together() -> None:
    own = resident()
    ceiling = int((own + 2 * (10**8 + 500_000 * 1_000)) / 0.85)
    plan = plan_rows(ceiling, workers=2, per_row=1_000, fixed=10**8)
    assert 480_000 < plan.batch_rows < 520_000
    assert plan_rows("1TiB", workers=1, per_row=1, fixed=0).batch_rows == 1_048_576
    with pytest.raises(RunError, match="too little for 3 workers"):
        plan_rows(own, workers=3, per_row=1, fixed=0)
    assert total_memory() > own


@given(
    hnp.arrays(np.int64, hnp.array_shapes(min_dims=0, max_dims=3), elements=st.integers(-(2**62), 2**62)),
    hnp.arrays(np.int64, st.integers(0, 5), elements=st.integers(0, 300)),
    hnp.arrays(np.float64, st.integers(0, 5)),
)
def test_arrays_come_back_as_they_were(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> None:
    data = pack({"name": "ä"}, {"a": a, "b": b, "c": c})
    head, found = unpack(data)
    assert head == {"name": "ä"}
    for name, own in (("a", a), ("b", b), ("c", c)):
        assert found[name].dtype == own.dtype
        np.testing.assert_array_equal(found[name], own)
    assert pack({"name": "ä"}, {"a": a, "b": b, "c": c}) == data
    for damaged in (data[:-1], data[:-1] + bytes([data[-1] ^ 1]), b"", b"nothing"):
        with pytest.raises(RunError, match="damaged"):
            unpack(damaged)


def test_files_appear_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "x.bin"
    with whole_file(path) as file:
        file.write(b"abc")
        assert not path.exists()
    assert path.read_bytes() == b"abc"
    assert file.sha256() == sha256_of(path)
    with pytest.raises(TypeError), whole_file(path) as file:
        file.write("no bytes")  # type: ignore[arg-type]
    assert path.read_bytes() == b"abc"
    (path.parent / ".y.bin.part").write_bytes(b"left behind")
    sweep(path.parent)
    assert [one.name for one in path.parent.iterdir()] == ["x.bin"]
    assert sha256_of(tmp_path / "none") == ""
    (tmp_path / "flat").write_text("", encoding="utf-8")
    with pytest.raises(OutputError, match="cannot be written"), whole_file(tmp_path / "flat" / "x"):
        pass


def test_a_file_that_was_written_takes_its_name_when_it_is_settled(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "x.bin"
    with part_file(path) as file:
        file.write(b"abc")
    assert not path.exists()
    settle(path)
    assert path.read_bytes() == b"abc"
    with pytest.raises(TypeError), part_file(path) as file:
        file.write("no bytes")  # type: ignore[arg-type]
    with pytest.raises(OutputError, match="cannot be written"):
        settle(path)
    assert [one.name for one in path.parent.iterdir()] == ["x.bin"]
    assert path.read_bytes() == b"abc"


def test_a_manifest_knows_what_is_done(tmp_path: Path) -> None:
    (tmp_path / "a.out").write_bytes(b"a")
    manifest = Manifest(tmp_path, {"layout": "long"})
    manifest.start(resume=True)
    one = Finished(
        partition="a", identity={"size": 1}, n_rows=3, files={"a.out": sha256_of(tmp_path / "a.out")}
    )
    manifest.add(one)
    again = Manifest(tmp_path, {"layout": "long"})
    again.start(resume=True)
    assert again.done("a", {"size": 1}) == one
    assert again.done("a", {"size": 2}) is None
    assert again.done("b", {"size": 1}) is None
    (tmp_path / "a.out").write_bytes(b"b")
    assert again.done("a", {"size": 1}) is None
    with pytest.raises(RunError, match="other settings") as caught:
        Manifest(tmp_path, {"layout": "wide"}).start(resume=True)
    assert "'long' before, 'wide' now" in str(caught.value)
    fresh = Manifest(tmp_path, {"layout": "wide"})
    fresh.start(resume=False)
    assert not fresh.finished
    assert json.loads(fresh.path.read_text(encoding="utf-8"))["settings"] == {"layout": "wide"}


def test_a_lock_is_let_go_of_when_its_process_dies(tmp_path: Path) -> None:
    code = f"import os, sys; sys.path[:0] = ['.']\nfrom psychometrics.engine.lock import locked\nfrom pathlib import Path\nwith locked(Path({str(tmp_path)!r})): os.kill(os.getpid(), 9)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, cwd=Path(__file__).parents[2])
    assert done.returncode == -9
    assert json.loads((tmp_path / ".run.lock").read_text(encoding="utf-8"))["pid"]
    with locked(tmp_path) as alive:
        alive()
        with pytest.raises(RunError, match="another run works"), locked(tmp_path):
            pass


def test_work_is_done_side_by_side_and_faults_are_collected() -> None:
    barrier, found = threading.Barrier(2, timeout=10), []

    def work(one: TablePartition, watch: Watch) -> int:
        if one.name in ("p0", "p1"):
            barrier.wait()
        if one.name == "p3":
            raise RunError("odd")
        return one.table.column("x")[0].as_py()

    faults = work_through(PARTS, work, lambda one, value: found.append(value), workers=2)
    assert sorted(found) == [0, 1, 2, 4, 5, 6, 7]
    assert faults.partitions == ["p3"]
    assert faults.problems[0].where == "p3"


def test_a_stream_is_taken_from_only_when_a_worker_is_free() -> None:
    taken, most = [], [0]
    running = threading.Semaphore(0)

    def stream():
        for one in PARTS:
            taken.append(one.name)
            yield one

    def work(one: TablePartition, watch: Watch) -> int:
        most[0] = max(most[0], len(taken))
        return 0

    done = []
    work_through(stream(), work, lambda one, _: done.append(one.name), workers=1)
    del running
    assert done == [one.name for one in PARTS]


def test_no_worker_waits_until_what_it_found_is_taken() -> None:
    begun = {one.name: threading.Event() for one in PARTS}

    def work(one: TablePartition, watch: Watch) -> str:
        begun[one.name].set()
        return one.name

    def taken(one: TablePartition, name: str) -> None:
        later = PARTS[PARTS.index(one) + 1 :][:1]
        assert all(begun[following.name].wait(10) for following in later), f"{name}: the worker waited"

    assert not work_through(PARTS, work, taken, workers=1).partitions


def test_an_error_of_the_program_and_an_interrupt_end_all() -> None:
    seen = []

    def work(one: TablePartition, watch: Watch) -> int:
        if one.name == "p0":
            raise ZeroDivisionError
        watch.ended.wait(10)
        seen.append(one.name)
        watch.check()
        return 0

    with pytest.raises(ZeroDivisionError):
        work_through(PARTS, work, lambda *_: None, workers=2)
    assert seen in ([], ["p1"])

    def interrupt() -> None:
        raise KeyboardInterrupt

    def wait(one: TablePartition, watch: Watch) -> int:
        watch.ended.wait(10)
        with pytest.raises(StoppedError):
            watch.check()
        raise StoppedError

    with pytest.raises(KeyboardInterrupt):
        work_through(PARTS, wait, lambda *_: None, workers=2, tick=interrupt)


def test_a_stream_that_breaks_is_a_fault() -> None:
    def stream():
        yield PARTS[0]
        raise OSError(5, "Input/output error")

    faults = work_through(stream(), lambda *_: 1, lambda *_: None, workers=2)
    assert faults.partitions == ["the stream"]


def test_chunks_stay_on_a_thread_that_asks_for_it() -> None:
    names: set[str] = set()
    with on_this_thread():
        for_each_chunk(10, lambda _: names.add(threading.current_thread().name), size=1)
    assert names == {threading.current_thread().name}


def test_progress_says_rates_and_time_left() -> None:
    one = Progress(n_rows=50, n_total=150, partitions=1, n_partitions=3, seconds=10)
    assert (one.rows_per_second, one.seconds_left) == (5, 20)
    assert Progress(n_rows=0, n_total=None, partitions=0, n_partitions=None, seconds=0).seconds_left is None
    told = []
    meter = Meter(told.append, 10, 1)
    meter.rows(10)
    meter.partition()
    assert (told[-1].n_rows, told[-1].partitions) == (10, 1)
