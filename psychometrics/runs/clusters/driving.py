"""A run on a cluster from beginning to end, whatever carries it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from psychometrics.engine.files import sweep
from psychometrics.engine.lock import locked
from psychometrics.engine.manifest import Manifest
from psychometrics.engine.partitions import Source
from psychometrics.errors import OutputError, RunError
from psychometrics.runs.asked import Asked
from psychometrics.runs.batches import Batches
from psychometrics.runs.clusters.buckets import OF_FIRST, OF_SECOND, RESPONSES
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
    SecondOccasion,
    WhoJob,
)
from psychometrics.runs.clusters.joining import JoinJob, empty_side
from psychometrics.runs.clusters.judged import Judged, judged_of
from psychometrics.runs.clusters.places import SharedFolder, from_anywhere
from psychometrics.runs.clusters.second import AnsweredAgain, RatedAgain
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
    second = retest if isinstance(retest, Batches) else None
    with ExitStack() as stack:
        judged = judged_of(batches, joins=retest is not None)
        judged_again = Judged() if second is None else judged_of(second, joins=True)
        wants = folder is not None or retest is not None
        work = replace(asked.work, layout=asked.work.layout if wants else None, ratings=judged.whole)
        plan = _plan(batches, work, judged)
        if isinstance(retest, Batches):
            plan = replace(plan, second=_second(retest, judged_again, plan.batch_rows))
        elif retest is not None:
            plan = replace(plan, occasions=(retest[0], retest[1]))
        if folder is not None:
            _open_folder(folder, plan, batches, judged, stack, resume=asked.resume)
            plan = replace(plan, folder=SharedFolder.opened_at(folder.absolute()))
        run = ClusterRun(
            engine=engine,
            batches=batches,
            plan=plan,
            judged=judged,
            second=second,
            judged_again=judged_again,
            folder=folder,
        )
        return run.go(meter)


def _plan(batches: Batches, work: BatchPass, judged: Judged) -> Plan:
    rows = batches.plan(counts=work.bytes_to_count, shared=judged.size, held=HELD_BY_WORKER).batch_rows
    return Plan(work=work, batch_rows=min(rows, work.best_rows))


def _second(batches: Batches, judged: Judged, batch_rows: int) -> SecondOccasion:
    work = BatchPass(reading=batches.reading, pairs=None, count_scores=False, layout="wide")
    if judged.joined is None:
        return AnsweredAgain(work=work, batch_rows=batch_rows)
    return RatedAgain(join=_join(batches, judged, Plan(work=work, batch_rows=batch_rows), 1, OF_SECOND))


def _join(
    batches: Batches, judged: Judged, plan: Plan, n_buckets: int, sides: tuple[str, str] = OF_FIRST
) -> JoinJob:
    return JoinJob(
        plan=plan,
        n_buckets=n_buckets,
        rating_codes=batches.rating_codes,
        no_responses=empty_side(plan.work, fields_of(batches.source)),
        no_ratings=judged.no_ratings,
        sides=sides,
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
    second: Batches | None
    judged_again: Judged
    folder: Path | None

    def go(self, meter: ClusterMeter) -> BatchRun:
        """Count, then see that nobody is there twice."""
        inputs, job = self._inputs(), self._job()
        meter.expect(self.batches.source, None if self.judged.joined is None else job.n_buckets)
        found = self.engine.run(job, inputs, meter.done)
        if self.folder is not None:
            sweep(self.folder)  # workers that died left files half-written; others have done their work
        check_found(found, self.batches, self.second, [one.side for one in inputs], self.plan)
        late = only_rated(found, self.batches, self.judged, self.plan)
        self._nobody_twice(found, inputs)
        run = result(found, late, self.batches, self.judged, self.plan, self.folder)
        return replace(run, seconds=meter.seconds)

    def _inputs(self) -> list[Input]:
        inputs = list(_inputs(self.batches, self.judged, OF_FIRST))
        if self.second is not None:
            inputs += _inputs(self.second, self.judged_again, OF_SECOND)
        return inputs

    def _job(self) -> Job:
        joins = any(one.joined is not None for one in (self.judged, self.judged_again))
        n_buckets = self.engine.n_buckets([one.source for one in self._inputs()], joins=joins)
        if self.judged.joined is None:
            return CountJob(plan=self.plan, n_buckets=n_buckets)
        return _join(self.batches, self.judged, self.plan, n_buckets)

    def _nobody_twice(self, found: Found, inputs: list[Input]) -> None:
        reading = self.batches.reading
        columns = list(reading.in_data((reading.person, reading.occasion)))
        who = [replace(one, columns=columns) for one in inputs if one.side == RESPONSES]
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


def _inputs(batches: Batches, judged: Judged, sides: tuple[str, str]) -> Iterator[Input]:
    responses, ratings = sides
    yield Input(side=responses, source=from_anywhere(batches.source), columns=_wanted(batches))
    if judged.joined is not None:
        yield Input(side=ratings, source=from_anywhere(judged.joined), columns=judged.columns)


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
