"""Which sittings were counted into which norm edition, so that a person can be taken out again.

Kept is what the person added to the counts: the raw score on every scale and the strata, not the answers.
"""

from __future__ import annotations

import json
import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, select

from psychometrics.errors import Problem, StoreError
from psychometrics.instrument import Instrument
from psychometrics.scoring import Scores
from psychometrics.web.store import schema
from psychometrics.web.store.audit import record
from psychometrics.web.store.names import to_text

if TYPE_CHECKING:
    from psychometrics.norming import Norms

NOT_STRATA = re.compile(r"person_id|occasion|finished|seconds_.*")


def count_in(
    connection: Connection, now: datetime, instrument: Instrument, norms: Norms, scores: Scores
) -> int:
    """Note that these scores were counted into an edition; return how many sittings that were."""
    if not scores.instrument.fingerprint == instrument.fingerprint == norms.head.fingerprint:
        raise StoreError(f"{norms.name}, the scores and {instrument.name} do not belong together")
    table = schema.sitting
    query = select(table.c.id, table.c.person_id, table.c.occasion).where(
        table.c.instrument == instrument.name
    )
    places = {(row.person_id, row.occasion): row.id for row in connection.execute(query)}
    people = scores.persons.to_pylist()
    keys = [(str(row["person_id"]), str(row.get("occasion", "1"))) for row in people]
    strange = [key for key in keys if key not in places]
    if strange:
        problems = [Problem(where="/".join(key), what="no sitting in this store") for key in strange]
        raise StoreError("these scores hold people of elsewhere", problems=problems)
    _refuse_uncounted(norms, scores)
    counts = schema.norm_count
    connection.execute(counts.delete().where(counts.c.edition == norms.name))
    rows = [
        {
            "edition": norms.name,
            "sitting_id": places[key],
            "scores": json.dumps(_counted(norms, scores, position, person), sort_keys=True),
            "counted": to_text(now),
        }
        for position, (key, person) in enumerate(zip(keys, people, strict=True))
    ]
    if rows:
        connection.execute(counts.insert(), rows)
    record(connection, now, "counted", edition=norms.name, sittings=len(rows))
    return len(rows)


def _refuse_uncounted(norms: Norms, scores: Scores) -> None:
    """Refuse an edition that holds fewer people at some score than are to be noted as counted in it."""
    from psychometrics.norming.cells.counts import CountCell, add_counts
    from psychometrics.norming.drift.drift import counted_as

    problems = []
    for (key, scale_id), cell in counted_as(norms, scores).cells.items():
        there = norms.cells.get((key, scale_id))
        if not isinstance(cell, CountCell) or (there is not None and not isinstance(there, CountCell)):
            continue
        if there is None or (add_counts(there, cell, -1).counts < 0).any():
            where = f"{scale_id}, {' / '.join(key) or 'whole sample'}"
            problems.append(
                Problem(where=where, what="fewer people at some score than the store would count")
            )
    if problems:
        raise StoreError(f"{norms.name} cannot have been built from these scores", problems=problems)


def _counted(norms: Norms, scores: Scores, position: int, person: Mapping[str, Any]) -> dict[str, Any]:
    raw = {scale: float(scores.of(scale)[position]) for scale in norms.scale_ids if scale in scores.scale_ids}
    return {
        "raw": {scale: None if math.isnan(value) else value for scale, value in raw.items()},
        "strata": {name: value for name, value in person.items() if not NOT_STRATA.fullmatch(name)},
    }


def counted_of(connection: Connection, sitting_ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """Return what some sittings added to editions, by the name of the edition."""
    table = schema.norm_count
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in connection.execute(
        select(table).where(table.c.sitting_id.in_(sitting_ids)).order_by(table.c.edition)
    ):
        found[row.edition].append(json.loads(row.scores))
    return dict(found)


def without(norms: Norms, counted: Sequence[Mapping[str, Any]], *, edition: str, now: datetime) -> Norms:
    """Return a new edition without what these sittings had added."""
    import pyarrow as pa

    from psychometrics.norming.drift.drift import counted_as

    scales = {scale: [one["raw"].get(scale) for one in counted] for scale in norms.scale_ids}
    strata = {name: [one["strata"].get(name) for one in counted] for one in counted for name in one["strata"]}
    columns = {name: pa.array(values, pa.float64()) for name, values in scales.items()}
    frame = pa.table({**{name: pa.array(values) for name, values in strata.items()}, **columns})
    people = counted_as(norms, frame, weighted=True)
    return norms.remove(people, edition=edition, why="a person asked to be erased", day=now.date())


def hand_on(connection: Connection, old: str, new: str) -> None:
    """Note that everyone who is left in an edition is now in the one that takes its place."""
    table = schema.norm_count
    connection.execute(table.update().where(table.c.edition == old).values(edition=new))
