"""Runs over data larger than memory: the engine and the statistics put together."""

from psychometrics.engine.progress import Progress
from psychometrics.runs.batches import Batches, open_batches
from psychometrics.runs.passes import BatchPass
from psychometrics.runs.result import BatchRun
from psychometrics.runs.run import run_batches
from psychometrics.runs.summary import Summary, merge

__all__ = ["BatchPass", "BatchRun", "Batches", "Progress", "Summary", "merge", "open_batches", "run_batches"]
