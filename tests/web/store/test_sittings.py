from __future__ import annotations

import hashlib
import hmac

import pytest
from sqlalchemy import text
from store_clock_for_tests import Clock

from psychometrics.errors import StoreError
from psychometrics.web.store import Store, open_store


def invited(store: Store, person: str = "anna", **options: object):
    return store.invite(person, store.add_instrument("gad-7").name, **options)


def test_a_link_leads_to_its_sitting(store: Store, clock: Clock) -> None:
    made = invited(store, occasion="2", groups={"age": "34"}, valid_days=3)
    sitting = store.sitting(made.token)
    assert sitting is not None
    assert (sitting.person_id, sitting.instrument, sitting.occasion) == ("anna", "gad-7@1.0.0", "2")
    assert sitting.groups == {"age": "34"}
    assert sitting.id == made.sitting_id and sitting.expires == made.expires
    assert sitting.started is sitting.finished is None
    assert store.sitting_by_key(sitting.key) == sitting


def test_a_token_is_long_random_and_never_kept(where: str, clock: Clock, tmp_path) -> None:
    with open_store(where, clock=clock) as store:
        made = invited(store)
        assert len(made.token) == 43  # 256 bits in base 64
        assert made.token not in repr(made)
        assert made.token != invited(store, "ben").token
        kept = store._database.read(lambda c: c.execute(text("SELECT * FROM token")).all())
        assert made.token not in str(kept)
        assert hashlib.sha256(made.token.encode()).hexdigest() in str(kept)
    for file in tmp_path.iterdir():
        assert made.token.encode() not in file.read_bytes()


@pytest.mark.parametrize("wrong", ["", "x", "é", "\0", "\ud800", "a" * 100_000, "' OR 1=1 --"])
def test_a_wrong_token_leads_nowhere(store: Store, wrong: str) -> None:
    invited(store)
    assert store.sitting(wrong) is None
    assert store.rater(wrong) is None


def test_the_hash_is_no_token(store: Store) -> None:
    made = invited(store)
    sitting = store.sitting(made.token)
    assert sitting is not None and store.sitting(sitting.key) is None


def test_links_end(store: Store, clock: Clock) -> None:
    made = invited(store, valid_days=2)
    clock.move(days=2, seconds=-1)
    assert store.sitting(made.token) is not None
    clock.move(seconds=1)
    assert store.sitting(made.token) is None


def test_links_can_be_revoked(store: Store) -> None:
    made, other = invited(store), invited(store, "ben")
    assert store.revoke(sitting_id=made.sitting_id) == 1
    assert store.sitting(made.token) is None
    assert store.sitting(other.token) is not None
    assert store.revoke(token=other.token) == 1
    assert store.sitting(other.token) is None
    with pytest.raises(StoreError, match="nobody's links"):
        store.revoke()
    token = store.add_rater("rita")
    assert store.rater(token) is not None
    assert store.revoke(rater_id="rita") == 1
    assert store.rater(token) is None


def test_inviting_again_renews_the_link_and_keeps_the_answers(store: Store) -> None:
    first = invited(store)
    store.save_answers(first.sitting_id, {"q1": 2})
    second = invited(store)
    assert second.sitting_id == first.sitting_id
    assert store.sitting(first.token) is None
    assert store.answers(second.sitting_id).codes == {"q1": 2}


def test_a_person_link_is_no_rater_link(store: Store) -> None:
    assert store.rater(invited(store).token) is None
    assert store.sitting(store.add_rater("rita")) is None


def test_tokens_are_compared_in_constant_time(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []

    def watched(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return one == other

    made = invited(store)
    monkeypatch.setattr(hmac, "compare_digest", watched)
    assert store.sitting(made.token) is not None
    digest = hashlib.sha256(made.token.encode()).hexdigest().encode()
    assert compared == [(digest, digest)]


def test_names_are_checked_all_at_once(store: Store) -> None:
    name = store.add_instrument("gad-7").name
    groups = {"q1": "a", "seconds_q1": "b", "occasion": "c", "1x": "d", "ok": "", "fine": "x\0y"}
    with pytest.raises(StoreError) as caught:
        store.invite("a\0b", name, occasion=" ", groups=groups)
    assert [problem.where for problem in caught.value.problems] == [
        "person_id",
        "occasion",
        "groups.'q1'",
        "groups.'seconds_q1'",
        "groups.'occasion'",
        "groups.'1x'",
        "groups.'ok'",
        "groups.'fine'",
    ]
    assert store.sittings() == ()
    for days in (0, -1, 1e9, float("nan")):
        with pytest.raises(StoreError, match="valid_days"):
            store.invite("anna", name, valid_days=days)


@pytest.mark.parametrize(
    "person", ["<script>alert(1)</script>", "'; DROP TABLE sitting; --", "\u202eolleh", "🙂" * 200]
)
def test_hostile_names_stay_names(store: Store, person: str) -> None:
    made = invited(store, person, groups={"team": person})
    sitting = store.sitting(made.token)
    assert sitting is not None and sitting.person_id == person and sitting.groups == {"team": person}
    assert [one.id for one in store.sittings(person_id=person)] == [made.sitting_id]


def test_a_definition_is_kept_as_it_was_and_never_replaced(store: Store, tmp_path) -> None:
    from psychometrics import catalog

    entry = catalog.find_instrument("gad-7")
    file = tmp_path / "gad-7.toml"
    file.write_text(entry.read_text(), encoding="utf-8")
    instrument = store.add_instrument(file)
    assert store.add_instrument("gad-7").fingerprint == instrument.fingerprint
    file.write_text(entry.read_text() + "\n# another word\n", encoding="utf-8")
    with pytest.raises(StoreError, match=r"gad-7@1.0.0 is in this store with other words"):
        store.add_instrument(file)
    assert store.instrument("gad-7").name == "gad-7@1.0.0"
    assert [one.name for one in store.instruments()] == ["gad-7@1.0.0"]
    with pytest.raises(StoreError, match=r"There are: gad-7@1\.0\.0"):
        store.instrument("phq-9")


def test_a_damaged_definition_is_noticed(where: str, clock: Clock) -> None:
    with open_store(where, clock=clock) as store:
        store.add_instrument("gad-7")
        store._database.write(
            lambda c: c.execute(text("UPDATE instrument SET definition = definition || ' '"))
        )
    with open_store(where, clock=clock) as store, pytest.raises(StoreError, match="is damaged"):
        store.instrument("gad-7")


def test_finishing_twice_is_finishing_once(store: Store, clock: Clock) -> None:
    made = invited(store)
    first = store.finish(made.sitting_id)
    clock.move(hours=1)
    assert store.finish(made.sitting_id) == first
    assert [line.action for line in store.audit()].count("finished") == 1
    with pytest.raises(StoreError, match="no such sitting"):
        store.finish("nobody")


def test_the_secret_of_the_environment_comes_first(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    own = store.secret()
    assert own == store.secret() and len(own) == 64
    monkeypatch.setenv("PSYCHOMETRICS_SECRET", "s" * 32)
    assert store.secret() == "s" * 32
    monkeypatch.setenv("PSYCHOMETRICS_SECRET", "short")
    with pytest.raises(StoreError, match="too short"):
        store.secret()
