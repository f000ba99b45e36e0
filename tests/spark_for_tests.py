"""One Spark session for all tests that need one, on this machine only."""

from __future__ import annotations

import os
import signal
import sys
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from shutil import which
from typing import Any

import pyarrow as pa

MASTER = os.environ.get("PSYCHOMETRICS_SPARK_MASTER", "local[2,2]")  # two cores, and a task is tried twice
TESTS = str(Path(__file__).parent)
LACKING = "" if which("java") or os.environ.get("JAVA_HOME") else "NO JAVA: RUNS ON SPARK ARE NOT TESTED"
SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.memory": "1g",
    "spark.executor.memory": "768m",
    "spark.sql.shuffle.partitions": "3",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "7",
    "spark.log.level": "OFF",
    "spark.ui.showConsoleProgress": "false",
    "spark.executorEnv.PYTHONPATH": TESTS,
    "spark.sql.warehouse.dir": "/tmp/psychometrics-no-warehouse",
}


@cache
def session() -> Any:
    """Return the session; it lives until Python ends."""
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["PYTHONPATH"] = os.pathsep.join([TESTS, *filter(None, [os.environ.get("PYTHONPATH")])])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pyspark.sql import SparkSession

        builder = SparkSession.builder.master(MASTER).appName("tests of psychometrics")
        for name, value in SETTINGS.items():
            builder = builder.config(name, value)
        return builder.getOrCreate()


def parts_frame(parts: list[pa.Table]) -> Any:
    """Return a Spark frame with just these partitions, in this order, empty ones too."""
    spark = session()
    columns = spark_types(parts[0].schema)
    sent = [_bytes(part) for part in parts]
    return spark.range(0, len(sent), 1, len(sent)).mapInArrow(_Send(sent), columns)


class _Send:
    """Gives the rows of a partition by its number."""

    def __init__(self, parts: list[bytes]) -> None:
        self.parts = parts

    def __call__(self, batches: Any) -> Any:
        for batch in batches:
            for number in batch.column(0).to_pylist():
                yield from pa.ipc.open_stream(self.parts[number]).read_all().to_batches(max_chunksize=7)


def plain(table: pa.Table) -> pa.Table:
    """Return the table with texts in place of dictionaries."""
    kinds = [(f.name, f.type.value_type if pa.types.is_dictionary(f.type) else f.type) for f in table.schema]
    return table.cast(pa.schema(kinds))


def spark_types(schema: pa.Schema) -> Any:
    """Return the columns as Spark names them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pyspark.sql.pandas.types import from_arrow_schema

    return from_arrow_schema(plain(schema.empty_table()).schema)


def _bytes(table: pa.Table) -> bytes:
    table = plain(table)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


class DiesOnce:
    """Kills the Python worker, or the executor above it, in the middle of a partition, the first time."""

    def __init__(self, mark: str, *, executor: bool) -> None:
        self.mark, self.executor = mark, executor

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for number, batch in enumerate(batches):
            if number == 1 and not os.path.exists(self.mark):  # noqa: PTH110
                with open(self.mark, "w"):  # noqa: PTH123
                    pass
                os.kill(_above(os.getppid()) if self.executor else os.getpid(), signal.SIGKILL)
            yield batch


def _above(pid: int) -> int:
    """Return the parent of a process: the daemon of Python workers was started by the executor."""
    return int(Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[1])
