from __future__ import annotations

import pytest
from sittings_for_tests import FLAGSHIP, rate_all, take
from sqlalchemy import text
from store_clock_for_tests import Clock

from psychometrics.errors import StoreError
from psychometrics.web.store import Store


def test_what_was_done_is_in_the_log_and_nobody_by_name(store: Store, clock: Clock) -> None:
    take(store, "anna.example@example.org")
    store.add_rater("r1")
    store.assign(FLAGSHIP, double_share=0)
    rate_all(store)
    store.scores(FLAGSHIP)
    lines = store.audit()
    assert list(dict.fromkeys(line.action for line in lines)) == [
        "instrument added",
        "invited",
        "finished",
        "rater invited",
        "assigned",
        "rated",
        "scored",
    ]
    assert [line.number for line in lines] == list(range(1, len(lines) + 1))
    assert all(line.at == clock.now for line in lines)
    assert "anna" not in repr(lines) and "words of" not in repr(lines)
    subjects = {line.subject for line in lines if line.action in ("invited", "finished", "rated")}
    assert len(subjects) == 1 and len(subjects.pop()) == 32
    assert store.verify_audit() == ()


@pytest.mark.parametrize("verb", ["UPDATE audit_line SET action = 'x'", "DELETE FROM audit_line"])
def test_the_database_refuses_to_change_the_log(store: Store, verb: str) -> None:
    store.record("tried")
    with pytest.raises(StoreError, match="append-only"):
        store._database.write(lambda c: c.execute(text(verb)))
    assert [line.action for line in store.audit()] == ["tried"]


@pytest.mark.parametrize(
    ("verb", "expected"),
    [
        ("UPDATE audit_line SET facts = '{\"n\": 9}' WHERE number = 2", [(2, "this line was changed")]),
        ("DELETE FROM audit_line WHERE number = 2", [(3, "a line before this one was dropped")]),
        ("UPDATE audit_line SET number = 10 WHERE number = 4", [(10, "this line was changed")]),
    ],
)
def test_who_goes_around_the_database_breaks_the_chain(
    file_store: Store, verb: str, expected: list[tuple[int, str]]
) -> None:
    for n in range(4):
        file_store.record("tried", n=n)
    for name in ("update", "delete"):
        file_store._database.write(lambda c, name=name: c.execute(text(f"DROP TRIGGER audit_no_{name}")))
    file_store._database.write(lambda c: c.execute(text(verb)))
    broken = file_store.verify_audit()
    assert [number for number, _ in broken] == [number for number, _ in expected]
    assert all(what.startswith(words) for (_, what), (_, words) in zip(broken, expected, strict=True))


def test_the_hash_of_a_person_differs_between_stores(tmp_path, clock: Clock) -> None:
    from psychometrics.web.store import open_store

    subjects = set()
    for name in ("a", "b"):
        with open_store(tmp_path / name, clock=clock) as store:
            store.record("tried", person_id="anna")
            subjects.add(store.audit()[0].subject)
    assert len(subjects) == 2
