"""A run on a cluster from beginning to end, whatever carries it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from psychometrics.engine.files import sweep
from psychometrics.engine.lock import locked
from psychometrics.engine.manifest import Manifest
from psychometrics.engine.partitions import Source
from psychometrics.errors import OutputError, RunError
from psychometrics.runs.asked import Asked, Second
from psychometrics.runs.batches import Batches
from psychometrics.runs.clusters.buckets import RATINGS, RESPONSES, SECOND
from psychometrics.runs.clusters.counting import CountJob
from psychometrics.runs.clusters.ending import check_found, only_rated, result
from psychometrics.runs.clusters.fitting import needed_columns
from psychometrics.runs.clusters.found import Found
from psychometrics.runs.clusters.job import (
    HELD_BY_WORKER,
    Engine,
    Input,
    Job,
    KeysJob,
    Plan,
    WhoJob,
    who_columns,
)
from psychometrics.runs.clusters.joining import JoinJob, empty_side
from psychometrics.runs.clusters.judged import Judged, judged_of
from psychometrics.runs.clusters.places import SharedFolder, from_anywhere
from psychometrics.runs.clusters.telling import ClusterMeter, signs_of_life, unheard
from psychometrics.runs.folder import keep_only, tidy
from psychometrics.runs.passes import BatchPass
from psychometrics.runs.people import twice_problem
from psychometrics.runs.result import BatchRun
from psychometrics.runs.resuming import refuse_gone
from psychometrics.runs.writing import SCORES, stem
from psychometrics.version import VERSION

MOST_SHOWN = 200


def drive(engine: Engine, asked: Asked) -> BatchRun:
    """Score, count and place everybody on a cluster."""
    meter = ClusterMeter(asked.progress)
    batches, retest, folder = asked.batches, asked.retest, asked.folder
    check_second(batches, retest)
    with ExitStack() as stack:
        judged = judged_of(batches, joins=retest is not None)
        wants = folder is not None or retest is not None
        work = replace(asked.work, layout=asked.work.layout if wants else None, ratings=judged.whole)
        plan = _plan(batches, work, judged, retest)
        if folder is not None:
            _open_folder(folder, plan, batches, judged, stack, resume=asked.resume)
            plan = replace(plan, folder=SharedFolder.opened_at(folder.absolute()))
        run = ClusterRun(
            engine=engine, batches=batches, plan=plan, judged=judged, second=retest, folder=folder
        )
        return run.go(meter)


def check_second(batches: Batches, retest: Second) -> None:
    """Refuse a second occasion that only this process can join."""
    if isinstance(retest, Batches) and (batches.ratings is not None or retest.ratings is not None):
        raise RunError(
            "a second occasion in data of its own cannot have ratings on a cluster",
            hint='Put both occasions into one source with a column that says when: retest=("first", "second").',
        )


def _plan(batches: Batches, work: BatchPass, judged: Judged, retest: Second) -> Plan:
    blocks = work.blocks if work.pairs else 0
    rows = batches.plan(blocks=blocks, shared=judged.size, held=HELD_BY_WORKER).batch_rows
    second = None
    if isinstance(retest, Batches):
        second = BatchPass(reading=retest.reading, pairs=None, count_scores=False, layout="wide")
    return Plan(
        work=work,
        batch_rows=min(rows, work.best_rows),
        occasions=retest if isinstance(retest, tuple) else None,
        second=second,
    )


def _open_folder(
    folder: Path, plan: Plan, batches: Batches, judged: Judged, stack: ExitStack, *, resume: bool
) -> None:
    """Take the folder for this run; what an earlier run finished stays, where it is of the same run."""
    try:
        stack.enter_context(signs_of_life(stack.enter_context(locked(folder))))
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written to ({error.strerror or error})") from error
    tidy(folder)
    work = plan.work
    settings = {
        **work.settings(),
        "ratings": judged.sha256,
        "package": VERSION,
        "engine": "cluster",
        "retest": None if plan.occasions is None else list(plan.occasions),
    }
    source = batches.source
    resume = resume and source.repeatable and judged.joined is None and plan.second is None
    Manifest(folder, settings).start(resume=resume)
    names = {one.name for one in source.partitions} if source.repeatable else set()
    _only_these(folder, names, resume=resume)


def _only_these(folder: Path, names: set[str], *, resume: bool) -> None:
    """Clear the folder for a new run, and refuse scores of partitions that are gone in one that goes on."""
    expected = {f"{stem(name)}.parquet" for name in names}
    there = list((folder / SCORES).glob("*.parquet"))
    gone = sorted(one.name for one in there if one.name not in expected and not one.name.startswith("~"))
    if resume:
        refuse_gone(folder, gone)
    else:
        keep_only(folder, ())


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterRun:
    """The steps of a run."""

    engine: Engine
    batches: Batches
    plan: Plan
    judged: Judged
    second: Second
    folder: Path | None

    def go(self, meter: ClusterMeter) -> BatchRun:
        """Count, then see that nobody is there twice."""
        inputs, job = self._inputs(), self._job()
        meter.expect(self.batches.source, None if self.judged.joined is None else job.n_buckets)
        found = self.engine.run(job, inputs, meter.done)
        if self.folder is not None:
            sweep(self.folder)  # workers that died left files half-written; others have done their work
        check_found(found, self.batches, self.judged, self.plan)
        late = only_rated(found, self.batches, self.judged, self.plan)
        self._nobody_twice(found, inputs)
        run = result(found, late, self.batches, self.judged, self.plan, self.folder)
        return replace(run, seconds=meter.seconds)

    def _inputs(self) -> list[Input]:
        inputs = [_input(RESPONSES, self.batches.source, _wanted(self.batches))]
        if self.judged.joined is not None:
            inputs.append(_input(RATINGS, self.judged.joined, self.judged.columns))
        if isinstance(self.second, Batches):
            inputs.append(_input(SECOND, self.second.source, _wanted(self.second)))
        return inputs

    def _job(self) -> Job:
        n_buckets = self.engine.n_buckets(
            [one.source for one in self._inputs()], joins=self.judged.joined is not None
        )
        if self.judged.joined is None:
            return CountJob(plan=self.plan, n_buckets=n_buckets)
        return JoinJob(
            plan=self.plan,
            n_buckets=n_buckets,
            rating_codes=self.batches.rating_codes,
            no_responses=empty_side(self.plan.work, fields_of(self.batches.source)),
            no_ratings=self.judged.no_ratings,
        )

    def _nobody_twice(self, found: Found, inputs: list[Input]) -> None:
        reading = self.batches.reading
        who = [replace(one, columns=who_columns(reading)) for one in inputs if one.side == RESPONSES]
        repeated = found.repeated
        if overlap(found):
            n_buckets = self.engine.n_buckets([one.source for one in who], joins=False)
            repeated = self.engine.run(KeysJob(reading=reading, n_buckets=n_buckets), who, unheard).repeated
        if not len(repeated):
            return
        seen: dict[tuple[str | None, ...], list[str]] = {}
        behind = self.engine.run(WhoJob(reading=reading, wanted=repeated), who, unheard)
        for partition, *person in behind.who:
            seen.setdefault(tuple(person), []).append(str(partition))
        problems = [twice_problem(person, names) for person, names in seen.items() if len(names) > 1]
        if problems:
            raise RunError(
                f"{self.batches.source.where}: {len(problems)} persons are there more than once",
                problems=problems[:MOST_SHOWN],
                hint="Put the data right and run again.",
            )


def _input(side: str, source: Source, columns: Sequence[str]) -> Input:
    return Input(side=side, source=from_anywhere(source), columns=columns)


def overlap(found: Found) -> bool:
    """Say whether partitions whose ids rise may share persons with each other or with others."""
    ends = sorted(one.ends for one in found.parts if one.ends is not None)
    if not ends:
        return False
    meets = any(after[0] <= before[1] for before, after in zip(ends, ends[1:], strict=False))
    return meets or any(one.keyed for one in found.parts)


def fields_of(source: Source) -> dict[str, Any]:
    """Return names and types of the columns."""
    for partition in source.partitions:
        return partition.fields()
    return {}


def _wanted(batches: Batches) -> list[str]:
    return needed_columns(batches.reading, fields_of(batches.source))
