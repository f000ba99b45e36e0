"""Rows per second in memory, in batches, on Dask and on Spark, of the same data in one run.

Scores nobody keeps, item tally, score tally by strata, reliability table: what one pass gives. Run it with

    nice -n 15 python tests/benchmarks/speed_clusters.py [ROWS] [TIMES]
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from instrument import ITEMS, definition

import psychometrics as pm
from psychometrics.runs import open_batches, run_batches

FILES = 8
STRATA = ["gender", "age_band"]


def write(folder: Path, n: int) -> None:
    """Write simulated answers as Parquet files."""
    rng = np.random.default_rng(7)
    for number, rows in enumerate(np.array_split(np.arange(n), FILES)):
        trait = rng.normal(size=(5, len(rows)))
        columns: dict[str, Any] = {
            "person_id": rows,
            "gender": pa.array(rng.choice(["f", "m"], len(rows))),
            "age_band": pa.array(rng.choice(["18-29", "30-44", "45-64", "65+"], len(rows))),
        }
        for i, item in enumerate(ITEMS):
            raw = 3 + 0.7 * trait[i // 10] + rng.normal(size=len(rows))
            codes = np.clip(np.round(raw), 1, 5).astype(np.int8)
            columns[item] = pa.array(codes, mask=rng.random(len(rows)) < 0.02)
        pq.write_table(pa.table(columns), folder / f"part{number}.parquet", row_group_size=131_072)


def medians(ways: dict[str, Callable[[], Any]], times: int) -> dict[str, float]:
    """Return the median seconds of each way; all take turns, so that a busy machine is busy for all."""
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(times):
        for way, work in ways.items():
            start = time.perf_counter()
            work()
            seconds[way].append(time.perf_counter() - start)
    return {way: statistics.median(own) for way, own in seconds.items()}


def in_memory(folder: Path, what: pm.Instrument) -> pm.ItemTally:
    """Read all, score, count."""
    table = pq.read_table(folder)
    responses = pm.read_responses(table, what)
    scores = pm.score(what, responses)
    pm.tally_scores(scores, strata={name: table.column(name) for name in STRATA})
    counted = pm.tally(what, responses)
    pm.reliability(what, counted, scores=scores)
    return counted


def spark_session() -> Any:
    """Return Spark on two cores of this machine."""
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    from pyspark.sql import SparkSession

    made = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.log.level", "OFF")
    )
    made = made.config("spark.driver.bindAddress", "127.0.0.1").config("spark.driver.host", "127.0.0.1")
    made = made.config("spark.driver.memory", "2g").config("spark.ui.showConsoleProgress", "false")
    return made.config("spark.sql.execution.arrow.maxRecordsPerBatch", "65536").getOrCreate()


def main(n: int, times: int) -> None:
    """Measure and print."""
    import dask.dataframe as dd
    from distributed import LocalCluster

    warnings.simplefilter("ignore")
    what = pm.parse_instrument(definition())
    local = {"n_workers": 2, "threads_per_worker": 1, "host": "127.0.0.1", "dashboard_address": "127.0.0.1:0"}
    with tempfile.TemporaryDirectory() as name, LocalCluster(**local) as cluster:
        folder = Path(name)
        write(folder, n)
        files = open_batches(folder, what, memory="2GiB")
        spark = spark_session()
        sdf, ddf = spark.read.parquet(name), dd.read_parquet(name)

        def run(given: Any, **how: Any) -> Any:
            found = run_batches(given, norms_strata=STRATA, **how)
            found.reliability()
            return found

        ways: dict[str, Callable[[], Any]] = {
            "memory": lambda: in_memory(folder, what),
            "batches, files": lambda: run(files),
            "Dask threads, frame": lambda: run(
                open_batches(ddf, what, memory="2GiB"), engine="dask", cluster="threads"
            ),
            "Dask cluster, frame": lambda: run(
                open_batches(ddf, what, memory="2GiB"), engine="dask", cluster=cluster
            ),
            "Dask cluster, files": lambda: run(files, engine="dask", cluster=cluster),
            "Spark, frame": lambda: run(open_batches(sdf, what, memory="2GiB")),
            "Spark, files": lambda: run(files, engine="spark", cluster=spark),
        }
        found = {
            name: way() for name, way in ways.items()
        }  # the first time loads packages and starts workers
        packs = {one.summary.pack() for one in found.values() if hasattr(one, "summary")}
        same = len(packs) == 1 and found["memory"] == found["Spark, frame"].item_tally
        print(f"{n:,} rows x {len(ITEMS)} items, {FILES} files, median of {times}; the same bits: {same}")
        found.clear()
        taken = medians(ways, times)
        for way, seconds in taken.items():
            share = taken["memory"] / seconds
            print(f"{way:22} {seconds:7.2f} s {n / seconds:12,.0f} rows/s {share:6.2f} of memory")
        spark.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000, int(sys.argv[2]) if len(sys.argv) > 2 else 3)
