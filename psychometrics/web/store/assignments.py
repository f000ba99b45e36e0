"""Assignments in the store: handed out by plan, and to a third rater where two lie apart."""

from __future__ import annotations

import secrets
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from psychometrics.instrument import Instrument
from psychometrics.web.store import assigning, raters, schema
from psychometrics.web.store.assigning import Answer, Plan
from psychometrics.web.store.audit import record
from psychometrics.web.store.names import to_text
from psychometrics.web.store.raters import level_code
from psychometrics.web.store.records import Assignments, Dispute

ADJUDICATION = "adjudication"
PLANNED = "planned"


def assign(
    connection: Connection,
    now: datetime,
    instrument: Instrument,
    *,
    raters_per_answer: int,
    double_share: float,
    seed: int,
) -> Assignments:
    """Give every answer of a finished sitting its raters; what was handed out before stays."""
    answers = ratable(connection, instrument)
    plan = assigning.start(answers, raters.known(connection), _held(connection, instrument), seed)
    assigning.assign(plan, answers, raters_per_answer=raters_per_answer, double_share=double_share)
    _write(connection, now, instrument, plan, PLANNED)
    return _summary(plan, answers, raters_per_answer)


def adjudicate(connection: Connection, now: datetime, instrument: Instrument, *, seed: int) -> Assignments:
    """Give every dispute that nobody settles yet to a rater who has not seen the answer."""
    answers = ratable(connection, instrument)
    plan = assigning.start(answers, raters.known(connection), _held(connection, instrument), seed)
    open_places = {
        (one.sitting_id, one.item_id) for one in disputes(connection, instrument) if one.adjudicator is None
    }
    disputed = [answer for answer in answers if answer.place in open_places]
    for answer in sorted(disputed, key=lambda one: assigning.mixed(seed, one)):
        assigning.assign_one_more(plan, answer)
    _write(connection, now, instrument, plan, ADJUDICATION)
    return _summary(plan, answers, 1)


def ratable(connection: Connection, instrument: Instrument) -> list[Answer]:
    """Return the answers to tasks in finished sittings; a task left blank has nothing to rate."""
    sittings, answers = schema.sitting, schema.answer
    query = (
        select(sittings.c.id, sittings.c.person_id, sittings.c.occasion, answers.c.item_id)
        .join(answers, answers.c.sitting_id == sittings.c.id)
        .where(sittings.c.instrument == instrument.name)
        .where(sittings.c.finished.is_not(None) & answers.c.words.is_not(None))
    )
    return sorted(
        Answer(sitting_id=row.id, person_id=row.person_id, occasion=row.occasion, item_id=row.item_id)
        for row in connection.execute(query)
    )


def _held(connection: Connection, instrument: Instrument) -> dict[tuple[str, str], list[str]]:
    table, sittings = schema.assignment, schema.sitting
    query = (
        select(table.c.sitting_id, table.c.item_id, table.c.rater_id)
        .join(sittings, sittings.c.id == table.c.sitting_id)
        .where(sittings.c.instrument == instrument.name)
        .order_by(table.c.created, table.c.rater_id)
    )
    held: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in connection.execute(query):
        held[row.sitting_id, row.item_id].append(row.rater_id)
    return dict(held)


def _write(connection: Connection, now: datetime, instrument: Instrument, plan: Plan, reason: str) -> None:
    if not plan.added:
        return
    connection.execute(
        schema.assignment.insert(),
        [
            {
                "id": secrets.token_hex(16),
                "sitting_id": answer.sitting_id,
                "item_id": answer.item_id,
                "rater_id": rater_id,
                "reason": reason,
                "created": to_text(now),
                "seconds": 0.0,
                "visit": "",
            }
            for answer, rater_id in plan.added
        ],
    )
    record(
        connection, now, "assigned", instrument=instrument.name, reason=reason, assignments=len(plan.added)
    )


def _summary(plan: Plan, answers: Sequence[Answer], raters_per_answer: int) -> Assignments:
    per_rater = Counter(dict.fromkeys(plan.raters, 0))
    for who in plan.held.values():
        per_rater.update(who)
    return Assignments(
        new=len(plan.added),
        answers=len(answers),
        double_rated=sum(len(plan.held.get(one.place, [])) > raters_per_answer for one in answers),
        per_rater=dict(sorted(per_rater.items())),
    )


def disputes(connection: Connection, instrument: Instrument) -> tuple[Dispute, ...]:
    """Return answers whose planned raters lie apart by the gap of the definition; widest first.

    A dispute that an adjudicator has rated is settled and no longer here.
    """
    table, sittings, ratings = schema.assignment, schema.sitting, schema.rating
    query = (
        select(table, ratings.c.criterion_id, ratings.c.level)
        .join(sittings, sittings.c.id == table.c.sitting_id)
        .outerjoin(ratings, ratings.c.assignment_id == table.c.id)
        .where(sittings.c.instrument == instrument.name)
        .order_by(table.c.sitting_id, table.c.item_id, table.c.rater_id)
    )
    given: dict[tuple[str, str, str], dict[str, str]] = defaultdict(dict)
    third: dict[tuple[str, str], tuple[str, bool]] = {}
    for row in connection.execute(query):
        if row.reason == ADJUDICATION:
            third[row.sitting_id, row.item_id] = (row.rater_id, row.finished is not None)
        elif row.criterion_id is not None:
            given[row.sitting_id, row.item_id, row.criterion_id][row.rater_id] = row.level
    found = []
    for (sitting_id, item_id, criterion_id), levels in given.items():
        adjudicator, settled = third.get((sitting_id, item_id), (None, False))
        dispute = _dispute(instrument, sitting_id, criterion_id, levels, adjudicator)
        if dispute is not None and not settled:
            found.append(dispute)
    return tuple(
        sorted(found, key=lambda one: (one.limit - one.gap, one.item_id, one.sitting_id, one.criterion_id))
    )


def _dispute(
    instrument: Instrument,
    sitting_id: str,
    criterion_id: str,
    levels: dict[str, str],
    adjudicator: str | None,
) -> Dispute | None:
    criterion = instrument.criteria[instrument.criterion_ids.index(criterion_id)]
    limit = criterion.raters.adjudicate_gap
    if limit is None or len(levels) < 2:
        return None
    codes = {rater_id: level_code(criterion, level) for rater_id, level in levels.items()}
    points = [criterion.points[criterion.codes.index(code)] for code in codes.values()]
    gap = max(points) - min(points)
    if gap < limit:
        return None
    return Dispute(
        sitting_id=sitting_id,
        item_id=criterion.item_id,
        criterion_id=criterion_id,
        gap=float(gap),
        limit=float(limit),
        levels=codes,
        adjudicator=adjudicator,
    )
