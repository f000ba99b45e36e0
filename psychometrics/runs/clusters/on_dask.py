"""Jobs carried out by Dask."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from psychometrics.engine.partitions import Source
from psychometrics.runs.clusters.dask_cluster import Compute, connected
from psychometrics.runs.clusters.dask_faults import told
from psychometrics.runs.clusters.dask_graph import buckets_for, job_graph
from psychometrics.runs.clusters.found import Found
from psychometrics.runs.clusters.job import Input, Job
from psychometrics.runs.clusters.telling import Tell


@dataclass(frozen=True, slots=True, kw_only=True)
class DaskEngine:
    """Builds a graph for a job and has it computed.

    Attributes
    ----------
    compute : callable
        Computes a graph.
    """

    compute: Compute

    def n_buckets(self, sources: Sequence[Source], *, joins: bool) -> int:  # noqa: ARG002
        """Return a number that grows with the partitions."""
        return buckets_for(sources)

    def run(self, job: Job, inputs: Sequence[Input], tell: Tell) -> Found:
        """Return what all partitions and buckets have found."""
        with told(inputs):
            return self.compute(job_graph(job, inputs), tell)


@contextmanager
def dask_engine(cluster: Any) -> Iterator[DaskEngine]:
    """Yield Dask on a cluster."""
    with connected(cluster) as compute:
        yield DaskEngine(compute=compute)
