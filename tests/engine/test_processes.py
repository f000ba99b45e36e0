"""Work in other processes: the same answers and errors, and nobody is left behind."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import textwrap
from pathlib import Path
from traceback import format_exception

import pyarrow as pa
import pytest
from processes_for_tests import (
    Dies,
    WaitsLong,
    broken,
    odd,
    process,
    talkative,
    unsendable,
    unsendable_result,
)

from psychometrics.engine.partitions import TablePartition
from psychometrics.engine.pool import StoppedError, Watch, work_through
from psychometrics.engine.processes import Processes
from psychometrics.errors import RunError

PARTS = [
    TablePartition(name=f"p{i}", table=pa.table({"x": list(range(i + 1))}), first_row=0) for i in range(5)
]


def gone(pid: int) -> bool:
    """Wait until a process is gone."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], 20)[0])
    finally:
        os.close(handle)


def test_work_is_done_elsewhere_and_rows_are_told() -> None:
    found, told = [], []
    with Processes(process, 2) as work:
        faults = work_through(PARTS, work, lambda _, one: found.append(one), workers=2, told=told.append)
    assert not faults.partitions
    assert sorted(one[:2] for one in found) == [(f"p{i}", i + 1) for i in range(5)]
    assert sum(told) == 15
    others = {one[2] for one in found}
    assert os.getpid() not in others
    assert len(others) <= 2
    assert all(gone(pid) for pid in others)


def test_what_is_printed_does_not_stand_between_answers() -> None:
    with Processes(talkative, 1) as work:
        assert [work(one, Watch()) for one in PARTS] == [one.name for one in PARTS]


def test_faults_of_the_data_arrive_whole() -> None:
    with Processes(odd, 1) as work, pytest.raises(RunError, match="odd") as caught:
        work(PARTS[0], Watch())
    assert caught.value.problems[0].rows == (3,)
    assert caught.value.hint == "Look again."
    assert not hasattr(caught.value, "__notes__")


def test_errors_of_the_program_say_where_they_were() -> None:
    with Processes(broken, 1) as work, pytest.raises(ZeroDivisionError) as caught:
        work(PARTS[0], Watch())
    assert "in broken" in caught.value.__notes__[0]


@pytest.mark.parametrize(
    ("work", "text"), [(unsendable, "a fault in p0"), (unsendable_result, "unsendable_result")]
)
def test_what_cannot_be_sent_is_told_as_text(work: object, text: str) -> None:
    with Processes(work, 1) as elsewhere:
        with pytest.raises((RuntimeError, AttributeError)) as caught:
            elsewhere(PARTS[0], Watch())
        assert text in "".join(format_exception(caught.value))


def test_a_process_that_dies_is_replaced_once(tmp_path: Path) -> None:
    told = []
    with Processes(Dies(tmp_path, times=1), 1) as work:
        assert [work(one, Watch(told.append)) for one in PARTS[:2]] == ["p0", "p1"]
    assert sum(told) == 2, "rows that were done twice count once"


def test_a_process_that_dies_twice_is_a_fault_of_the_partition(tmp_path: Path) -> None:
    with Processes(Dies(tmp_path, times=2), 2) as work:
        faults = work_through(PARTS[:2], work, lambda *_: None, workers=2)
    assert sorted(faults.partitions) == ["p0", "p1"]
    assert "ended twice, killed by signal 9" in faults.problems[0].what
    assert "fewer workers" in faults.problems[0].hint


def test_a_run_that_ends_ends_them(tmp_path: Path) -> None:
    pids = []

    def interrupt() -> None:
        if (tmp_path / "who").exists():
            pids.append(int((tmp_path / "who").read_text(encoding="ascii")))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), Processes(WaitsLong(tmp_path / "who"), 1) as work:
        work_through(PARTS, work, lambda *_: None, workers=1, tick=interrupt)
    assert gone(pids[0])

    watch = Watch()
    watch.ended.set()
    with Processes(process, 1) as work, pytest.raises(StoppedError):
        work(PARTS[0], watch)


def test_they_end_when_the_process_that_began_them_is_killed(tmp_path: Path) -> None:
    code = f"""
        import sys
        sys.path[:] = {[*sys.path, str(Path(__file__).parent)]!r}
        from pathlib import Path
        from processes_for_tests import WaitsLong
        from test_processes import PARTS
        from psychometrics.engine.pool import Watch
        from psychometrics.engine.processes import Processes
        Processes(WaitsLong(Path({str(tmp_path / "who")!r})), 1)(PARTS[0], Watch(lambda n: print(n, flush=True)))
    """
    parent = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"0\n"
    parent.kill()
    parent.wait()
    assert gone(int((tmp_path / "who").read_text(encoding="ascii")))
    parent.stdout.close()
