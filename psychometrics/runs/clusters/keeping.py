"""What a worker leaves in the folder of a run: scores, and what was found, so that a rerun does only what is missing."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from psychometrics.engine.arrays import Arrays, pack, unpack
from psychometrics.engine.files import PART, sha256_of, whole_file
from psychometrics.engine.partitions import Partition
from psychometrics.errors import RunError
from psychometrics.runs.batches import identity_of
from psychometrics.runs.clusters.buckets import Piece
from psychometrics.runs.clusters.found import Found
from psychometrics.runs.clusters.job import Parted
from psychometrics.runs.clusters.places import SharedFolder
from psychometrics.runs.reading import Reading
from psychometrics.runs.writing import SCORES, STATE, ScoreFile, score_file, stem

SUFFIX = ".found"


def scores_path(name: str) -> str:
    """Return where the scores of a partition stand, below the folder."""
    return f"{SCORES}/{stem(name)}.parquet"


@contextmanager
def attempt(path: Path) -> Iterator[Path]:
    """Yield a name of one's own; the file takes its right name when the block ends well.

    A cluster may work on a partition twice at the same time: each attempt writes a file of its own, and they are alike.
    """
    own = path.with_name(f".{path.name}.{uuid.uuid4().hex}{PART}")
    try:
        yield own
        own.replace(path)
    finally:
        own.unlink(missing_ok=True)


@contextmanager
def written_scores(folder: SharedFolder | None, name: str) -> Iterator[ScoreFile | None]:
    """Yield a file for the scores of a partition; None where none are kept."""
    if folder is None:
        yield None
        return
    folder.check()
    with attempt(folder.path / scores_path(name)) as own, score_file(own) as (scores, _):
        yield scores
        folder.check()


def keep(
    folder: SharedFolder | None, partition: Partition, parted: Parted, n_buckets: int, reading: Reading
) -> None:
    """Write what was found; the scores must stand already."""
    if folder is None or not partition.identity:
        return
    path = _state(folder.path, partition)
    arrays: Arrays = {"found": np.frombuffer(parted.found.pack(), np.uint8)}
    for place, piece in enumerate(parted.pieces):
        arrays[f"piece {place}"] = np.frombuffer(piece.data, np.uint8)
    head = {
        "opened": folder.opened,
        "started": folder.started,
        "identity": _plain(partition, reading),
        "n_buckets": n_buckets,
        "pieces": [[piece.bucket, piece.kind] for piece in parted.pieces],
        "files": {one.file: sha256_of(folder.path / one.file) for one in parted.found.parts if one.file},
    }
    data = pack(head, arrays)
    with attempt(path) as own, whole_file(own) as file:
        file.write(data)


def kept(
    folder: SharedFolder | None, partition: Partition, number: int, n_buckets: int, reading: Reading
) -> Parted | None:
    """Return what an earlier run found in a partition, if it and its scores are as they were.

    So is what another attempt of this run has found, where a cluster does a task twice.
    """
    if folder is None or not partition.identity:
        return None
    try:
        head, arrays = unpack(_state(folder.path, partition).read_bytes())
    except (OSError, RunError):
        return None
    now = (folder.opened, _plain(partition, reading), n_buckets)
    if (head.get("opened"), head["identity"], head["n_buckets"]) != now:
        return None
    if any(sha256_of(folder.path / name) != digest for name, digest in head["files"].items()):
        return None
    pieces = [
        Piece(bucket, number, kind, arrays[f"piece {place}"].tobytes())
        for place, (bucket, kind) in enumerate(head["pieces"])
    ]
    found = Found.unpack(arrays["found"].tobytes())
    fresh = head.get("started") == folder.started
    parts = tuple(replace(one, number=number, fresh=fresh) for one in found.parts)
    return Parted(replace(found, parts=parts), pieces)


def _state(folder: Path, partition: Partition) -> Path:
    return folder / STATE / f"{stem(partition.name)}{SUFFIX}"


def _plain(partition: Partition, reading: Reading) -> Any:
    return json.loads(json.dumps(identity_of(partition, reading)))
