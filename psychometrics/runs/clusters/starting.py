"""Which engine carries a run."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from psychometrics.engine.progress import Progress
from psychometrics.errors import RunError
from psychometrics.runs.asked import Asked
from psychometrics.runs.batches import Batches
from psychometrics.runs.clusters.driving import drive
from psychometrics.runs.clusters.fitting import check_sources
from psychometrics.runs.clusters.job import Engine
from psychometrics.runs.result import BatchRun

ENGINES = ("batches", "dask", "spark")


def run_on_cluster(engine: str, cluster: Any, asked: Asked) -> BatchRun:
    """Run on Dask or Spark; see :func:`run_batches`."""
    _check_engine(engine, cluster)
    check_sources(engine, asked.batches, asked.retest)
    with _opened(engine, cluster, asked.batches) as carrier:
        run = drive(carrier, asked)
    if asked.progress is not None:
        n = len(run.rows)
        asked.progress(
            Progress(n_rows=run.n_new, n_total=run.n_new, partitions=n, n_partitions=n, seconds=run.seconds)
        )
    return run


def _opened(engine: str, cluster: Any, batches: Batches) -> AbstractContextManager[Engine]:
    if engine == "dask":
        from psychometrics.runs.clusters.on_dask import dask_engine

        return dask_engine(cluster)
    from psychometrics.runs.clusters.on_spark import spark_engine

    return spark_engine(cluster, batches)


def _check_engine(engine: str, cluster: Any) -> None:
    """Refuse a word that is no engine, and a cluster without one."""
    if engine not in ENGINES:
        raise RunError(f'engine="{engine}"', hint=f"Choose one of {', '.join(ENGINES)}.")
    if engine == "batches":
        raise RunError(f"cluster={cluster!r} without an engine", hint='Say engine="dask" or engine="spark".')
