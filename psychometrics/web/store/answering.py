"""Answers: checked against the instrument, added to what is there, on the disk before anyone is told."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, case, func, select

from psychometrics.errors import Problem, StoreError, did_you_mean
from psychometrics.instrument import Instrument
from psychometrics.instrument.instrument import Code
from psychometrics.responses.coding import describe_codes
from psychometrics.web.flow import asked_items, is_answered, stale_answers
from psychometrics.web.store import schema
from psychometrics.web.store.definitions import tasks
from psychometrics.web.store.names import refuse, to_text
from psychometrics.web.store.records import Answers, Progress
from psychometrics.web.store.sittings import no_such_sitting

LONGEST_TEXT = 20_000
LONGEST_SECONDS = 86_400.0
LONGEST_VISIT = 64
Given = Mapping[str, Code | None]
ANSWERS: Select[Any] = (
    select(
        schema.sitting.c.instrument,
        schema.sitting.c.finished,
        schema.answer.c.item_id,
        schema.answer.c.code,
        schema.answer.c.words,
        schema.answer.c.seconds,
    )
    .outerjoin_from(schema.sitting, schema.answer, schema.answer.c.sitting_id == schema.sitting.c.id)
    .where(schema.sitting.c.id == bindparam("sitting_id"))
)
"""A sitting and its answers in one question: a row for each answer, one without an item where there is none yet."""


def save(
    connection: Connection,
    at: datetime,
    instrument: Instrument,
    row: Row[Any],
    *,
    answers: Given,
    seconds: Mapping[str, float],
    visit: str,
) -> int:
    """Write answers of a sitting, whose row the caller holds, over what is there; return how many were written."""
    if row.finished is not None:
        raise StoreError("this sitting is finished; its answers can no longer be changed")
    refuse(
        f"{instrument.name}: these answers do not fit the instrument",
        [*_problems(instrument, answers), *_time_problems(answers, seconds, visit)],
    )
    kinds = tasks(instrument)
    rows = [
        {
            "sitting_id": row.id,
            "item_id": item_id,
            "code": None if value is None or item_id in kinds else str(value),
            "words": _bytes(value) if item_id in kinds else None,
            "seconds": None if item_id not in seconds else float(seconds[item_id]),
            "visit": visit,
            "at": to_text(at),
        }
        for item_id, value in answers.items()
    ]
    if rows:
        connection.execute(_upsert(connection.dialect.name), rows)
    if row.started is None:
        table = schema.sitting
        connection.execute(table.update().where(table.c.id == row.id).values(started=to_text(at)))
    return len(rows)


@cache
def _upsert(dialect: str) -> Any:
    if dialect == "sqlite":
        from sqlalchemy.dialects.sqlite import insert
    else:
        from sqlalchemy.dialects.postgresql import insert  # type: ignore[assignment]
    table = schema.answer
    new = insert(table)
    again = (new.excluded.visit != "") & (new.excluded.visit == table.c.visit)  # a page that was sent twice
    nothing_new = again | new.excluded.seconds.is_(None)
    return new.on_conflict_do_update(
        index_elements=["sitting_id", "item_id"],
        set_={
            "code": new.excluded.code,
            "words": new.excluded.words,
            "seconds": case(
                (nothing_new, table.c.seconds),
                else_=func.coalesce(table.c.seconds, 0.0) + new.excluded.seconds,
            ),
            "visit": new.excluded.visit,
            "at": new.excluded.at,
        },
    )


def _bytes(value: Code | None) -> bytes | None:
    return None if value is None or value == "" else str(value).encode("utf-8", "surrogatepass")


def _problems(instrument: Instrument, answers: Given) -> Iterator[Problem]:
    kinds, options = tasks(instrument), _options(instrument)
    for item_id, value in answers.items():
        if item_id in kinds:
            if value is not None and not isinstance(value, str):
                yield Problem(where=item_id, what=f"a {type(value).__name__}", expected="a text")
            elif value is not None and len(value) > LONGEST_TEXT:
                yield Problem(
                    where=item_id, what=f"{len(value):,} characters", expected=f"at most {LONGEST_TEXT:,}"
                )
        elif item_id not in options:
            known = [*options, *kinds]
            yield Problem(where=_short(item_id), what="no such item", hint=did_you_mean(str(item_id), known))
        elif value is not None and _code(value, options[item_id]) is None:
            yield Problem(
                where=item_id,
                what=f"no option {_short(value)}",
                expected=describe_codes(instrument.item(item_id).codes),
            )


def _time_problems(answers: Given, seconds: Mapping[str, float], visit: str) -> Iterator[Problem]:
    for item_id, spent in seconds.items():
        if item_id not in answers:
            yield Problem(where=f"seconds of {_short(item_id)}", what="no answer beside them")
        if isinstance(spent, bool) or not isinstance(spent, int | float) or not math.isfinite(spent):
            yield Problem(where=f"seconds of {_short(item_id)}", what=_short(spent), expected="a number")
        elif not 0 <= spent <= LONGEST_SECONDS:
            yield Problem(
                where=f"seconds of {_short(item_id)}",
                what=f"{spent:g}",
                expected=f"0 to {LONGEST_SECONDS:,.0f}",
            )
    if len(visit) > LONGEST_VISIT or not visit.isascii() or not (visit == "" or visit.isprintable()):
        yield Problem(where="visit", what="not a short plain text", expected=f"at most {LONGEST_VISIT} signs")


def _short(value: object) -> str:
    text = ascii(value)
    return text if len(text) <= 60 else text[:57] + "..."


@lru_cache(maxsize=64)
def _options(instrument: Instrument) -> Mapping[str, Mapping[str, Code]]:
    """Return the options of each item by what a form writes for them."""
    return {item.id: {str(code): code for code in item.codes} for item in instrument.items}


def _code(value: object, options: Mapping[str, Code]) -> Code | None:
    """Return the option that is written like this value; a form sends every code as text."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    return options.get(str(value))


def rows(connection: Connection, sitting_id: str) -> Sequence[Row[Any]]:
    """Return the answers of a sitting as they are kept, the instrument and the end of the sitting beside each."""
    found = connection.execute(ANSWERS, {"sitting_id": sitting_id}).all()
    if not found:
        raise no_such_sitting()
    return found


def read(instrument: Instrument, kept: Sequence[Row[Any]]) -> Answers:
    """Return what a person has answered, from the rows of the sitting."""
    kinds, options = tasks(instrument), _options(instrument)
    codes: dict[str, Code | None] = {}
    texts: dict[str, str | None] = {}
    spent: dict[str, float] = {}
    for row in kept:
        item_id, code = row.item_id, row.code
        if item_id in options:
            codes[item_id] = None if code is None else options[item_id].get(code)
        elif item_id in kinds:
            texts[item_id] = text_of(row.words)
        if row.seconds is not None:
            spent[item_id] = row.seconds
    return Answers(codes=codes, texts=texts, seconds=spent)


def text_of(words: bytes | None) -> str | None:
    """Return a text as it was written."""
    return None if words is None else bytes(words).decode("utf-8", "surrogatepass")


def progress(instrument: Instrument, answers: Answers, *, finished: bool) -> Progress:
    """Say what is asked of a person, given the answers so far, and what of it is answered."""
    given = {**answers.codes, **answers.texts}
    asked = asked_items(instrument, given)
    answered = tuple(item_id for item_id in asked if is_answered(given.get(item_id)))
    return Progress(asked=asked, answered=answered, finished=finished)


def take_back_stale(connection: Connection, at: datetime, instrument: Instrument, sitting_id: str) -> int:
    """Take back answers to items that, given the other answers, are not asked; return how many."""
    answers = read(instrument, rows(connection, sitting_id))
    stale = stale_answers(instrument, {**answers.codes, **answers.texts})
    if stale:
        table = schema.answer
        mine = (table.c.sitting_id == sitting_id) & table.c.item_id.in_(stale)
        connection.execute(table.update().where(mine).values(code=None, words=None, at=to_text(at)))
    return len(stale)
