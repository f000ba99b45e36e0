"""One pass over data larger than memory: scores, counts, norms and reliability together."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from psychometrics.engine.alike import alike
from psychometrics.engine.files import settle, sweep
from psychometrics.engine.frames import source_engine
from psychometrics.engine.lock import locked
from psychometrics.engine.manifest import Finished, Manifest
from psychometrics.engine.partitions import Partition
from psychometrics.engine.pool import work_through
from psychometrics.engine.progress import Meter, Progress
from psychometrics.errors import OutputError, Problem, RunError
from psychometrics.norming import Norms
from psychometrics.norming.edition import StratumVariable
from psychometrics.runs.asked import Asked, Second, Tell, asked_for
from psychometrics.runs.batches import Batches
from psychometrics.runs.folder import keep_only, tidy
from psychometrics.runs.keys import Hashes
from psychometrics.runs.passes import BatchPass
from psychometrics.runs.people import People
from psychometrics.runs.people_again import persons_again, persons_written
from psychometrics.runs.rated import with_blank_columns
from psychometrics.runs.ratings import BucketPartition, RatingSource, ratings_source
from psychometrics.runs.result import BatchRun
from psychometrics.runs.resuming import ONLY_RATED, left_to_do
from psychometrics.runs.retest import retest_of_files
from psychometrics.runs.summary import Summary
from psychometrics.runs.tables import Layout
from psychometrics.runs.worker import Worker
from psychometrics.runs.workers import Needs, carried_by, planned
from psychometrics.runs.writing import SCORES, STATE, score_file, stem
from psychometrics.tallying import RetestTally
from psychometrics.tallying.item_tally import Pairs
from psychometrics.version import VERSION

EngineName = Literal["batches", "dask", "spark"]


def run_batches(
    batches: Batches,
    scores_to: str | Path | None = None,
    *,
    layout: Layout = "long",
    norms: Norms | str | None = None,
    apply: Mapping[str, Any] | None = None,
    tally: bool = True,
    pairs: Pairs = "all",
    blocks: int = 32,
    norms_strata: Iterable[str | StratumVariable] = (),
    retest: Second = None,
    resume: bool = True,
    progress: Tell | None = None,
    engine: EngineName | None = None,
    cluster: Any = None,
) -> BatchRun:
    """Score, count and place everybody in one pass, with all cores, in the memory of ``open_batches``.

    Many rows in files are worked on by processes that the run starts and ends, everything else by threads: the same bits.

    Parameters
    ----------
    batches : Batches
        From :func:`open_batches`.
    scores_to : path, optional
        Folder for the scores: ``scores/`` holds a Parquet file per partition, ``manifest.jsonl`` what is finished. Each
        file appears whole or not at all. Without it no scores are kept, and nothing can be resumed.
    layout : {"long", "wide"}
        The table of scores: as :meth:`Scores.to_arrow` has it, a row per person and scale; or a row per person with,
        per scale, the raw score and the ``reason`` where there is none.
    norms : Norms or str, optional
        Places every score while it is at hand.
    apply : mapping, optional
        Options of :meth:`Norms.apply`.
    tally : bool
        Count options and scores: what norms and reliability need.
    pairs : {"all", "within_scales"}
        Which pairs of items are counted, as for :func:`tally`.
    blocks : int
        Blocks of persons, as for :func:`tally`.
    norms_strata : iterable
        What divides the norm sample, as for :func:`build_norms`.
    retest : Batches or tuple of str, optional
        The second occasion; or the names of two occasions in the data. Persons are joined by id, on disk.
    resume : bool
        Go on where an earlier run in the same folder ended: what is finished and unchanged is not done again.
        False does all of it anew.
    progress : callable, optional
        Is given a :class:`Progress` now and then: rows, rows per second, seconds left.
    engine : {"batches", "dask", "spark"}, optional
        What carries the run: this process, a Dask cluster or a Spark cluster. By default a frame of Dask or Spark is
        worked on where it is, and everything else here.
    cluster : optional
        Where: for Dask the address of a scheduler, a Client, a Cluster, or ``"threads"``, ``"processes"``; for Spark a
        SparkSession or the address of a master. By default the one that is active, else this machine.

    Returns
    -------
    BatchRun
        All counts; equal, bit for bit, to those of the whole data in memory, whatever the files, their order and the
        memory.

    Raises
    ------
    RunError
        Partitions that are damaged, hold other codes, or a person twice: ``problems`` has all of them. What was
        finished is kept for the rerun. Another run in the folder; a folder of a run with other settings.

    Examples
    --------
    >>> import psychometrics as pm
    >>> from psychometrics.runs import open_batches, run_batches
    >>> parts = [{"person_id": ["a", "b"], **{f"q{i}": [0, 3] for i in range(1, 8)}}]
    >>> run = run_batches(open_batches(parts, "gad-7", memory="4GiB"))
    >>> run.n_rows, run.item_tally.n_persons
    (2, 2)
    """
    chosen = engine or source_engine(batches.source) or "batches"
    asked = asked_for(
        batches,
        scores_to,
        layout=layout,
        norms=norms,
        apply=apply,
        tally=tally,
        pairs=pairs,
        blocks=blocks,
        norms_strata=norms_strata,
        retest=retest,
        resume=resume,
        progress=progress,
    )
    if chosen == "batches" and cluster is None:
        return run_here(asked)
    from psychometrics.runs.clusters.starting import run_on_cluster

    return run_on_cluster(chosen, cluster, asked)


def run_here(asked: Asked) -> BatchRun:
    """Do what is asked in this process."""
    batches, keeps = asked.batches, asked.folder is not None
    wants = keeps or asked.retest is not None or not batches.source.repeatable
    with ExitStack() as stack:
        folder = asked.folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="run-")))
        try:
            alive = stack.enter_context(locked(folder))
        except OSError as error:
            raise OutputError(f"{folder}: cannot be written to ({error.strerror or error})") from error
        tidy(folder)
        judged = ratings_source(batches, folder / STATE, stack)
        work = replace(asked.work, layout=asked.work.layout if wants else None, ratings=judged.whole)
        run = _Run(batches=batches, work=work, folder=folder, judged=judged, alive=alive, keeps=keeps)
        found = run.go(resume=asked.resume and keeps, progress=asked.progress)
        paired = None if asked.retest is None else _retest(batches, asked.retest, folder, found, stack)
        return replace(found, retest_tally=paired, files=found.files if keeps else {})


@dataclass(slots=True, kw_only=True)
class _Run:
    """The state of a run: what is finished, what was found."""

    batches: Batches
    work: BatchPass
    folder: Path
    judged: RatingSource
    alive: Callable[[], None]
    keeps: bool
    summary: Summary = field(default_factory=Summary)
    finished: dict[str, Finished] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    kinds: Mapping[str, pa.DataType] = field(default_factory=dict)
    manifest: Manifest = field(init=False)

    def go(self, *, resume: bool, progress: Tell | None) -> BatchRun:
        source = self.judged.responses
        settings = {**self.work.settings(), "ratings": self.judged.sha256, "package": VERSION}
        self.manifest = Manifest(self.folder, settings)
        self.manifest.start(resume=resume and source.repeatable)
        parts = source.partitions
        todo: Iterable[Partition] = parts
        n_parts: int | None = None
        n_rows: int | None = None
        if isinstance(parts, list):
            parts = alike(parts, self.work.reading.in_data(self.work.reading.columns))
            self.kinds = parts[0].fields() if parts else {}
            left = left_to_do(parts, self.manifest, self.work)
            todo, self.finished, self.summary = left.todo, left.finished, left.summary
            self.order = [one.name for one in parts]
            n_parts, n_rows = len(left.todo), _total(left.todo)
        keep_only(self.folder, [name for one in self.finished.values() for name in one.files])
        meter = Meter(progress, n_rows, n_parts)
        longest = max((one.n_rows or 0 for one in parts), default=0) if isinstance(parts, list) else 0
        needs = Needs(counts=self.work.bytes_to_count, shared=self.judged.size, longest=longest)
        plan, elsewhere = planned(self.batches, needs, self.work, todo)
        worker = Worker(
            work=self.work,
            folder=self.folder,
            batch_rows=min(plan.batch_rows, self.work.best_rows),
            repeatable=source.repeatable,
        )

        def tick() -> None:
            self.alive()
            meter.tick()

        def done(partition: Partition, found: tuple[Summary, Finished]) -> None:
            self._take(partition, found)
            meter.partition()

        taken = todo if isinstance(parts, list) else self._noted(parts)
        try:
            with carried_by(worker, plan, processes=elsewhere) as work:
                faults = work_through(taken, work, done, workers=plan.workers, tick=tick, told=meter.rows)
        finally:
            sweep(self.folder, (SCORES, STATE))
        raise_faults(
            faults.partitions,
            faults.problems,
            self.batches.source.where,
            full=faults.full,
            kept=self.keeps and source.repeatable,
        )
        self._only_rated()
        self._nobody_twice(parts if isinstance(parts, list) else [])
        if not self.summary.n_rows:
            spent = "" if self.judged.responses.repeatable else " A stream is read once: open it again."
            raise RunError(
                f"{self.batches.source.where}: no rows", hint=f"Give data with a row per person.{spent}"
            )
        meter.tick()
        return self._result(meter.now())

    def _noted(self, parts: Iterable[Partition]) -> Iterator[Partition]:
        """Yield the parts of a stream, keeping their order."""
        for one in parts:
            self.kinds = self.kinds or one.fields()
            self.order.append(one.name)
            yield one

    def _take(self, partition: Partition, found: tuple[Summary, Finished]) -> None:
        summary, finished = found
        for name in finished.files:
            settle(self.folder / name)
        self.manifest.add(finished)
        self.summary += summary
        self.finished[partition.name] = finished

    def _only_rated(self) -> None:
        """Score those who were rated and gave no answers; they come last."""
        rest = self.judged.left(self.summary.rated)
        if self.batches.ratings is not None and 0 < self._n_answered() == self.summary.n_not_rated:
            raise RunError(
                "nobody who answered was rated: no person is in both the responses and the ratings",
                hint="Check that both name the same persons in the same way.",
            )
        if rest is None or not rest.persons.num_rows:
            return
        done = self.work.only_rated(with_blank_columns(rest, self.work.reading, self.kinds))
        files = {}
        if done.table is not None:
            path = self.folder / SCORES / f"~{stem(ONLY_RATED)}.parquet"
            with score_file(path) as (scores, file):
                scores.write(done.table)
            files[f"{SCORES}/{path.name}"] = file.sha256()
        finished = Finished(partition=ONLY_RATED, identity={}, n_rows=done.summary.n_rows, files=files)
        self.manifest.add(finished)
        self.finished[ONLY_RATED] = finished
        self.summary += done.summary

    def _n_answered(self) -> int:
        """Return the rows of responses; those of a bucket are known, and its rows may have ratings only."""
        parts = self.judged.responses.partitions
        buckets = (
            [one for one in parts if isinstance(one, BucketPartition)] if isinstance(parts, list) else []
        )
        return sum(one.n_rows for one in buckets) if buckets else self.summary.n_rows

    def _nobody_twice(self, parts: list[Partition]) -> None:
        found = self._people(parts).twice()
        if found:
            raise RunError(
                f"{self.batches.source.where}: {len(found)} persons are there more than once",
                problems=found,
                hint="The scores of all partitions are kept; put the data right and run again.",
            )

    def _people(self, parts: list[Partition]) -> People:
        by_name = {one.name: one for one in parts}

        def again(name: str) -> Iterator[tuple[pa.Table, Hashes]]:
            if name in by_name and self.judged.responses.repeatable:
                yield from persons_again(by_name[name], self.work.reading)
            else:
                yield from persons_written(self.folder, self.finished[name])

        files = {name: self.folder / STATE / f"{stem(name)}.x" for name in self.order}
        return People(files=files, again=again, budget=self.batches.spare)

    def _result(self, now: Progress) -> BatchRun:
        names = [*self.order, *[ONLY_RATED] * (ONLY_RATED in self.finished)]
        files = {
            name: self.folder / path
            for name in names
            for path in self.finished[name].files
            if path.startswith(SCORES)
        }
        source = replace(self.work.reading.source(), input_sha256=self.summary.sha256())
        return BatchRun(
            instrument=self.batches.instrument,
            summary=self.summary,
            strata=self.work.reading.strata,
            files=files,
            rows={name: self.finished[name].n_rows for name in names},
            retest_tally=None,
            n_again=self._people([]).n_again() if self.work.count_scores else 0,
            ratings=self.judged.whole,
            seconds=now.seconds,
            n_new=now.n_rows,
            source=source,
        )


def _total(parts: list[Partition]) -> int | None:
    rows = [one.n_rows for one in parts]
    return None if None in rows else sum(n for n in rows if n is not None)


def raise_faults(
    partitions: list[str], problems: list[Problem], where: str, *, full: bool, kept: bool
) -> None:
    """Raise one error for all partitions that could not be done; ``kept`` says that what is finished stays."""
    if not partitions:
        return
    n = len(partitions)
    what = "the disk is full" if full else f"{n} partition{'s' * (n > 1)} could not be done"
    raise RunError(
        f"{where}: {what}: {', '.join(partitions[:5])}{', …' if n > 5 else ''}",
        problems=problems,
        hint="What was finished is kept: put this right and run again in the same folder." if kept else "",
        facts={"partitions": partitions},
    )


def _retest(
    batches: Batches, retest: Batches | tuple[str, str], folder: Path, found: BatchRun, stack: ExitStack
) -> RetestTally:
    budget = batches.spare
    first = list(found.files.values())
    spill = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="retest-", dir=folder)))
    if not isinstance(retest, Batches):
        return retest_of_files(batches.instrument, first, None, retest, budget=budget, folder=spill)
    again = run_batches(retest, spill / "again", layout="wide", tally=False)
    second = list(again.files.values())
    return retest_of_files(batches.instrument, first, second, None, budget=budget, folder=spill)
