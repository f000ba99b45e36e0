"""What an earlier run in the same folder has finished, and what is left to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from psychometrics.engine.manifest import Finished, Manifest
from psychometrics.engine.partitions import Partition
from psychometrics.errors import Problem, RunError
from psychometrics.runs.batches import identity_of
from psychometrics.runs.passes import BatchPass
from psychometrics.runs.summary import Summary
from psychometrics.runs.writing import SCORES, STATE, stem

ONLY_RATED = "only rated"


@dataclass(slots=True, kw_only=True)
class Left:
    """Partitions to do, and what is known of the others."""

    todo: list[Partition] = field(default_factory=list)
    finished: dict[str, Finished] = field(default_factory=dict)
    summary: Summary = field(default_factory=Summary)


def left_to_do(parts: list[Partition], manifest: Manifest, work: BatchPass) -> Left:
    """Return the partitions to do; counts of the others are read.

    Raises
    ------
    RunError
        Partitions that were finished are no longer in the input.
    """
    _forget_other_parts(parts, manifest)
    left = Left()
    for one in parts:
        found = manifest.done(one.name, identity_of(one, work.reading))
        if found is None or not _is_complete(found, work):
            left.todo.append(one)
            continue
        left.summary += Summary.unpack((manifest.folder / _counts(one.name)).read_bytes())
        left.finished[one.name] = found
    return left


def _forget_other_parts(parts: Iterable[Partition], manifest: Manifest) -> None:
    """Forget parts of files that are cut otherwise now, as they have grown or shrunk; refuse those that are gone.

    Who was rated only is known when all is done, so that this is found anew each time.
    """
    names = {one.name for one in parts}
    paths = {one.identity.get("path") for one in parts} - {None}
    other = [one for name, one in manifest.finished.items() if name not in names and name != ONLY_RATED]
    gone = sorted(one.partition for one in other if one.identity.get("path") not in paths)
    refuse_gone(manifest.folder, gone)
    manifest.forget([*(one.partition for one in other), ONLY_RATED])


def refuse_gone(folder: Path, gone: Sequence[str]) -> None:
    """Refuse to go on where partitions that were finished are no longer in the input."""
    if gone:
        raise RunError(
            f"{folder}: {len(gone)} finished partitions are no longer in the input",
            problems=[
                Problem(where=name, what="finished in an earlier run; not in the input now") for name in gone
            ],
            hint="Give all of the input, choose another folder, or do all of it anew: resume=False (on the command line --fresh).",
        )


def _is_complete(found: Finished, work: BatchPass) -> bool:
    """Say whether everything a partition leaves behind is listed."""
    has_scores = work.layout is None or any(name.startswith(SCORES) for name in found.files)
    return has_scores and _counts(found.partition) in found.files


def _counts(name: str) -> str:
    return f"{STATE}/{stem(name)}.counts"
