"""From the store to what the rest of the library works on: responses, ratings, scores."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
from sqlalchemy import Connection, Row, select

from psychometrics.instrument import Instrument
from psychometrics.responses import MissingReason, Ratings, Responses, read_responses
from psychometrics.responses.tables import digest_table
from psychometrics.result import Source
from psychometrics.version import VERSION
from psychometrics.web.store import schema
from psychometrics.web.store.records import Sitting
from psychometrics.web.store.sittings import find


def collect_responses(
    connection: Connection, instrument: Instrument, *, finished_only: bool, person_id: str | None
) -> Responses:
    """Return who answered what; an item that was never shown is ``not_reached``, a blank one ``skipped``."""
    sittings = _sittings(connection, instrument, person_id, finished_only=finished_only)
    answers = _answers(connection, instrument)
    columns: dict[str, Any] = {
        "person_id": pa.array([one.person_id for one in sittings], pa.string()),
        "occasion": pa.array([one.occasion for one in sittings], pa.string()),
        "finished": pa.array(
            [None if one.finished is None else one.finished.isoformat() for one in sittings], pa.string()
        ),
    }
    for group in sorted({name for one in sittings for name in one.groups}):
        columns[group] = pa.array([one.groups.get(group) for one in sittings], pa.string())
    for item in instrument.items:
        rows = [answers.get((one.id, item.id)) for one in sittings]
        columns[f"seconds_{item.id}"] = pa.array(
            [None if row is None else row.seconds for row in rows], pa.float64()
        )
        columns[item.id] = pa.array([None if row is None else row.code for row in rows], pa.string())
    read = read_responses(pa.table(columns), instrument)
    codes = read.codes.copy()
    for position, item in enumerate(instrument.items):
        unseen = np.array([(one.id, item.id) not in answers for one in sittings], np.bool_)
        codes[position, unseen & (codes[position] == MissingReason.SKIPPED)] = MissingReason.NOT_REACHED.value
    return replace(read, codes=codes)


def _sittings(
    connection: Connection, instrument: Instrument, person_id: str | None, *, finished_only: bool
) -> list[Sitting]:
    found = find(connection, instrument=instrument.name, person_id=person_id)
    kept = [
        one for one in found if one.finished is not None or (not finished_only and one.started is not None)
    ]
    return sorted(kept, key=lambda one: (one.person_id, one.occasion))


def _answers(connection: Connection, instrument: Instrument) -> dict[tuple[str, str], Any]:
    table, sittings = schema.answer, schema.sitting
    query = (
        select(table.c.sitting_id, table.c.item_id, table.c.code, table.c.seconds)
        .join(sittings, sittings.c.id == table.c.sitting_id)
        .where(sittings.c.instrument == instrument.name)
    )
    return {(row.sitting_id, row.item_id): row for row in connection.execute(query)}


def collect_ratings(
    connection: Connection, instrument: Instrument, *, finished_only: bool, person_id: str | None
) -> Ratings:
    """Return what raters judged; levels were checked against the rubric when they were saved.

    Unlike a file of ratings it may lack a criterion altogether: the task nobody answered, or nobody rated yet.
    """
    sittings = _sittings(connection, instrument, person_id, finished_only=finished_only)
    place = {one.id: position for position, one in enumerate(sittings)}
    rows = [row for row in _rating_rows(connection, instrument) if row.sitting_id in place]
    rated = sorted({place[row.sitting_id] for row in rows})
    number = {position: index for index, position in enumerate(rated)}
    raters = sorted({row.rater_id for row in rows})
    persons = pa.table(
        {
            "person_id": pa.array([sittings[position].person_id for position in rated], pa.string()),
            "occasion": pa.array([sittings[position].occasion for position in rated], pa.string()),
        }
    )
    criterion = [instrument.criterion_ids.index(row.criterion_id) for row in rows]
    codes = [[str(code) for code in one.codes] for one in instrument.criteria]
    levels = np.array([codes[c].index(row.level) for c, row in zip(criterion, rows, strict=True)], np.int8)
    who = np.array([number[place[row.sitting_id]] for row in rows], np.int32)
    what = np.array(criterion, np.int32)
    by = np.array([raters.index(row.rater_id) for row in rows], np.int32)
    table = pa.table({"who": who, "what": what, "by": pa.array([row.rater_id for row in rows], pa.string())})
    digest = digest_table(persons, digest_table(table, levels.data).encode())
    return Ratings(
        instrument=instrument,
        person_index=who,
        criterion_index=what,
        rater_index=by,
        levels=levels,
        persons=persons,
        rater_ids=tuple(raters),
        source=Source(
            instrument=instrument.name,
            fingerprint=instrument.fingerprint,
            input_sha256=digest,
            package_version=VERSION,
        ),
    )


def _rating_rows(connection: Connection, instrument: Instrument) -> list[Row[Any]]:
    table, assignments, sittings = schema.rating, schema.assignment, schema.sitting
    query = (
        select(assignments.c.sitting_id, assignments.c.rater_id, table.c.criterion_id, table.c.level)
        .join(assignments, assignments.c.id == table.c.assignment_id)
        .join(sittings, sittings.c.id == assignments.c.sitting_id)
        .where(sittings.c.instrument == instrument.name)
        .order_by(sittings.c.person_id, sittings.c.occasion, table.c.criterion_id, assignments.c.rater_id)
    )
    return list(connection.execute(query))


def collect_texts(connection: Connection, instrument: Instrument) -> list[dict[str, str]]:
    """Return the answers to tasks in finished sittings, a row each: person_id, occasion, item_id, text."""
    from psychometrics.web.store.answering import text_of

    sittings, answers = schema.sitting, schema.answer
    query = (
        select(sittings.c.person_id, sittings.c.occasion, answers.c.item_id, answers.c.words)
        .join(answers, answers.c.sitting_id == sittings.c.id)
        .where(sittings.c.instrument == instrument.name)
        .where(sittings.c.finished.is_not(None) & answers.c.words.is_not(None))
        .order_by(sittings.c.person_id, sittings.c.occasion, answers.c.item_id)
    )
    return [
        {
            "person_id": r.person_id,
            "occasion": r.occasion,
            "item_id": r.item_id,
            "text": text_of(r.words) or "",
        }
        for r in connection.execute(query)
    ]
