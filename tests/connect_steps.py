"""Steps on Spark Connect, in a process of their own: PySpark is either in its classic or in its connected mode.

``python connect_steps.py FOLDER`` starts a server on this machine and prints what was found as one line of JSON.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from batches_for_tests import FOUR, RUBRIC, answers, cut, ratings, write
from clusters_for_tests import STRATA, rated_answers, same_rated, same_rows, same_run

import psychometrics as pm
from psychometrics.runs import open_batches, run_batches
from psychometrics.runs.clusters.on_spark import SparkEngine

SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.sql.shuffle.partitions": "200",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "7",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "OFF",
}


def session() -> Any:
    os.environ |= {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_TESTING": "1"}
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    warnings.simplefilter("ignore")
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.remote("local[2]")
    for name, value in SETTINGS.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def said(call: Callable[[], object]) -> str:
    """Return the error of a call; it must be one of ours."""
    try:
        call()
    except pm.RunError as error:
        return str(error)
    return "no error"


def steps(spark: Any, folder: Path) -> dict[str, object]:
    table, rated, long = answers(90), rated_answers(), ratings(70, 4)
    files = write(cut(table, [20, 50]), folder / "in")
    frame = spark.createDataFrame(table.set_column(2, "region", table.column("region").cast("string")))
    run = run_batches(open_batches(frame, FOUR), norms_strata=STRATA)
    same_run(run, table)
    scores = pm.score(FOUR, pm.read_responses(table, FOUR))
    same_rows(pm.score_frame(FOUR, frame).toArrow(), scores.to_arrow(), ("person_id",))

    address = f"sc://{spark.client._builder.endpoint}"
    told: list[int] = []
    of_files = run_batches(
        open_batches(files, FOUR),
        folder / "out",
        norms_strata=STRATA,
        engine="spark",
        cluster=address,
        progress=lambda progress: told.append(progress.n_rows),
    )
    same_run(of_files, table)

    frames = [spark.createDataFrame(one) for one in (rated, long)]
    same_rated(run_batches(open_batches(frames[0], RUBRIC, ratings=frames[1])), rated, long)
    judged = pm.score(RUBRIC, pm.read_responses(rated, RUBRIC), pm.read_ratings(long, RUBRIC))
    joined = pm.score_frame(RUBRIC, *frames).toArrow()
    same_rows(joined, judged.to_arrow(), ("person_id", "scale_id"))

    from pyspark.sql.functions import expr, raise_error

    foreign = frame.withColumn("q3", expr("case when person_id = 125 then 9 else q3 end").cast("tinyint"))
    broken = frame.withColumn("q3", raise_error(expr("'the cause'")).cast("tinyint"))
    return {
        "width": SparkEngine(session=spark).width(),
        "told": told,
        "files": sorted(run_batches(open_batches(files, FOUR), folder / "local").files)
        == sorted(of_files.files),
        "foreign": said(lambda: run_batches(open_batches(foreign, FOUR))),
        "broken": said(lambda: run_batches(open_batches(broken, FOUR))),
        "twice": said(lambda: run_batches(open_batches(frame.union(frame), FOUR))),
        "other": said(lambda: run_batches(open_batches(frame, FOUR), engine="spark", cluster="local[7]")),
        "address": address,
    }


if __name__ == "__main__":
    spark = session()
    print(json.dumps(steps(spark, Path(sys.argv[1]))))
    spark.stop()
