"""Which engine carries a run."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from psychometrics.engine.progress import Progress
from psychometrics.errors import RunError
from psychometrics.runs.batches import Batches
from psychometrics.runs.clusters.driving import drive
from psychometrics.runs.clusters.fitting import check_sources
from psychometrics.runs.clusters.job import Engine
from psychometrics.runs.result import BatchRun

ENGINES = ("batches", "dask", "spark")


def run_on_cluster(
    engine: str,
    cluster: Any,
    batches: Batches,
    scores_to: str | Path | None,
    *,
    progress: Callable[[Progress], None] | None = None,
    **asked: Any,
) -> BatchRun:
    """Run on Dask or Spark; see :func:`run_batches`."""
    _check_engine(engine, cluster)
    check_sources(engine, batches, asked.get("retest"))
    with _opened(engine, cluster, batches) as carrier:
        run = drive(carrier, batches, scores_to, progress=progress, **asked)
    if progress is not None:
        n = len(run.rows)
        progress(
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
