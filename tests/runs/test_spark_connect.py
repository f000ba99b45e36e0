"""Spark Connect: the same bits as in memory, over a server, and clear errors."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import spark_for_tests

pytest.importorskip("pyspark", reason="PYSPARK IS NOT INSTALLED: runs on Spark are not tested")
pytest.importorskip("grpc", reason="PYSPARK[CONNECT] IS NOT INSTALLED: Spark Connect is not tested")
pytestmark = pytest.mark.skipif(bool(spark_for_tests.LACKING), reason=spark_for_tests.LACKING)
STEPS = Path(spark_for_tests.TESTS) / "connect_steps.py"


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What was found on a server; runs and scores are held against those in memory there."""
    folder = tmp_path_factory.mktemp("connect")
    done = subprocess.run(
        [sys.executable, str(STEPS), str(folder)],
        capture_output=True,
        text=True,
        env={name: value for name, value in os.environ.items() if not name.startswith("SPARK")},
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_runs_scores_files_and_ratings_are_the_same(found: dict[str, object]) -> None:
    assert found["files"]
    assert found["told"] == [90]  # there are no accumulators to look at meanwhile


def test_as_many_tasks_as_work_side_by_side(found: dict[str, object]) -> None:
    assert found["width"] == 4  # not one for each of 200 partitions of a shuffle


def test_errors_are_clear(found: dict[str, object]) -> None:
    assert "q3: 1 value that no option has: 9" in found["foreign"]
    assert "[USER_RAISED_EXCEPTION] the cause" in found["broken"]
    assert "org.apache" not in found["broken"]
    assert "90 persons are there more than once" in found["twice"]


def test_another_master_than_the_server_is_refused(found: dict[str, object]) -> None:
    assert f'cluster="local[7]": a Spark session is active already, on {found["address"]}' in found["other"]
