from __future__ import annotations

import pytest
from sittings_for_tests import FLAGSHIP
from sqlalchemy import event

from psychometrics.errors import StoreError
from psychometrics.web.store import Store


def limit_pages(store: Store, more: int) -> None:
    """Let the file grow by so many pages and no further, as on a full disk."""
    with store._database.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
    store._database.engine.dispose()

    @event.listens_for(store._database.engine, "connect")
    def _limit(raw, _record) -> None:
        raw.execute(f"PRAGMA max_page_count={pages + more}")


def test_a_full_disk_is_said_and_the_earlier_answers_stay(file_store: Store) -> None:
    sitting = file_store.invite("anna", file_store.add_instrument(FLAGSHIP).name).sitting_id
    file_store.save_answers(sitting, {"j1": 3, "j_task1": "kept"})
    limit_pages(file_store, 3)
    with pytest.raises(StoreError, match="full") as caught:
        file_store.save_answers(sitting, {"j1": 0, "j_task1": "x" * 20_000, "j_task2": "y" * 20_000})
    assert "xxx" not in str(caught.value)
    answers = file_store.answers(sitting)
    assert answers.codes == {"j1": 3} and answers.texts == {"j_task1": "kept"}
    assert file_store.save_answers(sitting, {"j2": 1}) == 1  # a small one still fits
    assert file_store.answers(sitting).codes == {"j1": 3, "j2": 1}


def test_on_a_full_disk_the_small_neighbour_of_a_large_answer_is_kept(file_store: Store) -> None:
    from psychometrics.web.store.database import Turn

    name = file_store.add_instrument(FLAGSHIP).name
    one, other = (file_store.invite(person, name).sitting_id for person in ("anna", "ben"))
    limit_pages(file_store, 3)
    from datetime import UTC, datetime

    from psychometrics.web.store import answering
    from psychometrics.web.store.sittings import needed

    known, at = file_store.instrument(name), datetime(2026, 3, 1, tzinfo=UTC)

    def job(sitting: str, answers: dict[str, int | str | None]):
        return lambda c: answering.save(
            c, at, known, needed(c, sitting), answers=answers, seconds={}, visit=""
        )

    turns = [
        Turn(job(one, {"j1": 1})),
        Turn(job(other, {f"{k}_task{n}": "x" * 20_000 for k in "jms" for n in (1, 2)})),
        Turn(job(one, {"j2": 2})),
    ]
    file_store._database._run(turns)
    assert turns[0].outcome() == turns[2].outcome() == 1
    with pytest.raises(StoreError, match="full"):
        turns[1].outcome()
    assert file_store.answers(one).codes == {"j1": 1, "j2": 2}
    assert file_store.answers(other).texts == {}
