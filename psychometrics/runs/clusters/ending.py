"""The last steps of a run, on the machine that started it: errors of all partitions at once, and the result."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from psychometrics.errors import Problem, RunError
from psychometrics.instrument import Instrument
from psychometrics.responses.ratings import unrated
from psychometrics.runs.batches import Batches
from psychometrics.runs.clusters.buckets import RATINGS, RESPONSES, SECOND_RATINGS
from psychometrics.runs.clusters.found import Found
from psychometrics.runs.clusters.job import Plan
from psychometrics.runs.clusters.judged import Judged
from psychometrics.runs.clusters.keeping import attempt
from psychometrics.runs.result import BatchRun
from psychometrics.runs.resuming import ONLY_RATED
from psychometrics.runs.run import raise_faults
from psychometrics.runs.summary import Summary
from psychometrics.runs.writing import SCORES, score_file, stem
from psychometrics.tallying import RetestTally

AGAIN = "the second occasion, "
FULL = os.strerror(errno.ENOSPC)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Late:
    """Persons who were rated and gave no answers; they are few and are scored last, here."""

    summary: Summary
    file: str


def check_found(
    found: Found, batches: Batches, second: Batches | None, sides: Sequence[str], plan: Plan
) -> None:
    """Raise one error for all that was wrong; ``sides`` are what there was to read."""
    where = batches.source.where
    full = any(FULL in one.what for one in found.problems)
    raise_faults(list(found.faulty), list(found.problems), where, full=full, kept=plan.folder is not None)
    problems = [*_kinds(found), *_unrated(found, batches.instrument, sides)]
    if problems:
        raise RunError(f"{where}: partitions do not fit each other", problems=problems)
    for side in found.answered:
        if side not in found.matched:
            raise _nobody_matches("" if side == RESPONSES else AGAIN)
    if plan.occasions is not None:
        _both_occasions(found, plan.occasions)
    if second is not None and not _n_persons(found)[1]:
        raise RunError(f"{AGAIN}{second.source.where}: no rows", hint="Give data with a row per person.")
    _files_are_seen(found, plan)


def _kinds(found: Found) -> list[Problem]:
    """Return columns that hold another kind of value than in an earlier partition."""
    columns: dict[str, list[tuple[int, str, str]]] = {}
    for (column, kind), (number, name) in found.kinds.items():
        columns.setdefault(column, []).append((number, name, kind))
    out = []
    for column, kinds in columns.items():
        (_, first, expected), *others = sorted(kinds)
        out += [
            Problem(where=f"{name}: {column}", what=f"holds {kind}", expected=f"{expected}, as in {first}")
            for _, name, kind in others
        ]
    return out


def _unrated(found: Found, instrument: Instrument, sides: Sequence[str]) -> Iterator[Problem]:
    for ratings, where in ((RATINGS, ""), (SECOND_RATINGS, AGAIN)):
        if ratings in sides:
            rated = [number for side, number in found.criteria if side == ratings]
            for problem in unrated(instrument, np.array(rated, np.int32)):
                yield replace(problem, where=f"{where}{problem.where}")


def _nobody_matches(where: str) -> RunError:
    return RunError(
        f"{where}nobody who answered was rated: no person is in both the responses and the ratings",
        hint="Check that both name the same persons in the same way.",
    )


def _both_occasions(found: Found, occasions: tuple[str, str]) -> None:
    n = _n_persons(found)
    if not min(n):
        raise RunError(
            f'nobody has the occasion "{occasions[n.index(0)]}"', hint="Check the names of the occasions."
        )


def _n_persons(found: Found) -> tuple[int, int]:
    """Return the persons on the first and on the second occasion."""
    tally = found.summary.tallies.get("retest")
    return (tally.n_first, tally.n_second) if isinstance(tally, RetestTally) else (0, 0)


def _files_are_seen(found: Found, plan: Plan) -> None:
    if plan.folder is None:
        return
    lost = [one.name for one in found.parts if not (plan.folder.path / one.file).exists()]
    if lost:
        raise RunError(
            f"{plan.folder.path}: the scores of {len(lost)} partitions were written where this process does not see them",
            problems=[Problem(where=name, what="no file of scores") for name in lost],
            hint="Give a folder that all workers and this process share, or write the frame of score_frame().",
        )


def only_rated(found: Found, batches: Batches, judged: Judged, plan: Plan) -> Late | None:
    """Score those who were rated and gave no answers."""
    rest = judged.left(found.summary.rated)
    if rest is None:
        return None
    assert judged.whole is not None  # noqa: S101
    everybody = rest.persons.num_rows == judged.whole.persons.num_rows
    if everybody and batches.instrument.items and found.summary.n_rows:
        raise _nobody_matches("")
    if not rest.persons.num_rows:
        return None
    done = plan.work.only_rated(rest)
    if plan.folder is None or done.table is None:
        return Late(summary=done.summary, file="")
    file = f"{SCORES}/~{stem(ONLY_RATED)}.parquet"
    with attempt(plan.folder.path / file) as own, score_file(own) as (scores, _):
        scores.write(done.table)
    return Late(summary=done.summary, file=file)


def result(
    found: Found, late: Late | None, batches: Batches, judged: Judged, plan: Plan, folder: Path | None
) -> BatchRun:
    """Return what the run has found."""
    summary = found.summary if late is None else found.summary + late.summary
    if not summary.n_rows:
        raise RunError(f"{batches.source.where}: no rows", hint="Give data with a row per person.")
    retest = summary.tallies.get("retest")
    summary = replace(
        summary, tallies={name: one for name, one in summary.tallies.items() if name != "retest"}
    )
    rows = {one.name: one.n_rows for one in found.parts}
    files = {one.name: one.file for one in found.parts}
    if late is not None:
        rows[ONLY_RATED], files[ONLY_RATED] = late.summary.n_rows, late.file
    return BatchRun(
        instrument=batches.instrument,
        summary=summary,
        strata=plan.work.reading.strata,
        files={} if folder is None else {name: folder / file for name, file in files.items()},
        rows=rows,
        retest_tally=retest if isinstance(retest, RetestTally) else None,
        n_again=found.n_again,
        ratings=judged.whole,
        seconds=0.0,
        n_new=sum(one.n_rows for one in found.parts if one.fresh)
        + (0 if late is None else late.summary.n_rows),
        source=replace(plan.work.reading.source(), input_sha256=summary.sha256()),
    )
