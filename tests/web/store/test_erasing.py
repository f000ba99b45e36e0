from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sittings_for_tests import FLAGSHIP, rate_all, take
from sqlalchemy import text

import psychometrics as pm
from psychometrics.errors import OutputError, StoreError
from psychometrics.norming.norms import Norms
from psychometrics.web.store import Store, open_store

MARK = "unmistakable words of the person who leaves"


def bytes_of(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(folder.iterdir()) if file.is_file())


def test_nothing_of_the_text_is_left_in_the_files(tmp_path: Path, clock) -> None:
    folder = tmp_path / "store"
    folder.mkdir()
    with open_store(folder / "s.sqlite", clock=clock) as store:
        for k in range(30):
            take(store, f"p{k}")
        leaving = take(store, "leaver-person-id", tasks=())
        del leaving
        made = store.invite("leaver-person-id", FLAGSHIP, occasion="2", groups={"team": "leaver-team"})
        for k in range(40):  # rewritten many times, long enough to need pages of its own
            store.save_answers(made.sitting_id, {"j_task1": f"{MARK} {k} " * (1 + k * 10), "j_task2": MARK})
        store.finish(made.sitting_id)
        store.add_rater("r1")
        store.add_rater("r2")
        store.assign(FLAGSHIP)
        rate_all(store)
        assert MARK.encode() in bytes_of(folder) and b"leaver-person-id" in bytes_of(folder)
        done = store.erase("leaver-person-id")
        assert (done.sittings, done.tokens) == (2, 2)
        assert done.answers == 18 + 2 and done.ratings > 0
        assert not any("swept" in note for note in done.notes)
        left = bytes_of(folder)  # also while the store is open
        for trace in (MARK[:20], "leaver-person-id", "leaver-team", made.sitting_id):
            assert trace.encode() not in left
        assert len(store.sittings()) == 30
    assert MARK[:20].encode() not in bytes_of(folder)


def test_a_person_leaves_and_the_others_stay(store: Store) -> None:
    take(store, "anna")
    take(store, "ben")
    store.add_rater("r1")
    store.assign(FLAGSHIP, double_share=0)
    rate_all(store)
    token = store.invite("anna", FLAGSHIP).token
    before = store.scores(FLAGSHIP, person_id="ben").raw
    done = store.erase("anna")
    assert store.sitting(token) is None
    assert done.answers == 24 and done.ratings == 15
    assert [one.person_id for one in store.sittings()] == ["ben"]
    np.testing.assert_array_equal(store.scores(FLAGSHIP, person_id="ben").raw, before)
    assert len(store.tasks_for("r1")) == 6
    line = next(line for line in store.audit() if line.action == "erased")
    assert line.subject == done.subject and "anna" not in repr(line)
    assert line.facts == {"answers": 24, "editions": [], "ratings": 15, "sittings": 1, "tokens": 2}
    assert any("is not known here" in note for note in done.notes)
    assert store.verify_audit() == ()
    with pytest.raises(StoreError, match="nobody of that id"):
        store.erase("anna")


@pytest.fixture
def counted(store: Store) -> tuple[Store, Norms]:
    """Return a store of eight people who are counted in an edition."""
    for k in range(8):
        take(store, f"p{k}", code=k % 5, groups={"gender": "f" if k % 2 else "m"}, tasks=())
    scores = store.scores(FLAGSHIP)
    provenance = {"description": "eight people"}
    norms = pm.build_norms(scores, edition="2026", strata=["gender"], provenance=provenance)
    assert store.count_in(norms, scores) == 8
    return store, norms


def test_the_person_is_subtracted_from_the_norms(counted: tuple[Store, Norms], tmp_path: Path) -> None:
    store, norms = counted
    path = norms.save(tmp_path)
    done = store.erase("p3", norms=[path])
    (renewed,) = done.editions
    assert renewed.head.edition == "2026-less-1" and done.files == (str(tmp_path / "2026-less-1.toml"),)
    rest = pm.build_norms(
        store.scores(FLAGSHIP), edition="x", strata=["gender"], provenance={"description": "seven"}
    )
    assert set(renewed.cells) == set(rest.cells)
    for place, cell in rest.cells.items():
        assert cell.counts.sum() == renewed.cells[place].counts.sum()
        kept = renewed.cells[place].counts > 0
        np.testing.assert_array_equal(renewed.cells[place].scores[kept], cell.scores[cell.counts > 0])
        np.testing.assert_array_equal(renewed.cells[place].counts[kept], cell.counts[cell.counts > 0])
    assert any("withdraw them" in note for note in done.notes)
    with pytest.raises(StoreError, match="never counted in it"):
        store.erase("p4", norms=[path])  # the new edition has taken its place
    again = store.erase("p4", norms=done.files)
    assert [one.name for one in again.editions] == [f"{FLAGSHIP}/2026-less-2"]


def test_a_person_leaves_several_editions_at_once(counted: tuple[Store, Norms], tmp_path: Path) -> None:
    store, norms = counted
    scores = store.scores(FLAGSHIP)
    other = pm.build_norms(scores, edition="all", provenance={"description": "eight people"})
    store.count_in(other, scores)
    paths = [norms.save(tmp_path), other.save(tmp_path)]
    done = store.erase("p3", norms=paths)
    assert sorted(one.head.edition for one in done.editions) == ["2026-less-1", "all-less-1"]
    assert sorted(path.name for path in tmp_path.glob("*-less-*.toml")) == [
        "2026-less-1.toml",
        "all-less-1.toml",
    ]


def test_a_later_change_of_ratings_does_not_change_what_is_subtracted(counted: tuple[Store, Norms]) -> None:
    store, norms = counted
    store._database.write(lambda c: c.execute(text("UPDATE answer SET code = '0'")))
    done = store.erase("p3", norms=[norms])
    assert done.editions[0].cells[("f",), "junior_self_report"].n == 3


def test_nobody_is_erased_where_the_editions_do_not_fit(counted: tuple[Store, Norms]) -> None:
    store, norms = counted
    with pytest.raises(StoreError, match="nobody was erased"):
        store.erase("p3")
    take(store, "new")
    with pytest.raises(StoreError, match="never counted in it"):
        store.erase("new", norms=[norms])
    assert len(store.sittings()) == 9
    done = store.erase("p3", leave_norms=True)
    assert done.editions == () and any("was left as it is" in note for note in done.notes)


def test_when_the_edition_cannot_be_written_nobody_is_erased(
    counted: tuple[Store, Norms], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, norms = counted
    path = norms.save(tmp_path)

    def full(*_: object, **__: object) -> Path:
        message = "the disk is full"
        raise OutputError(message)

    monkeypatch.setattr(Norms, "save", full)
    with pytest.raises(OutputError):
        store.erase("p3", norms=[path])
    assert len(store.sittings(person_id="p3")) == 1
    assert "erased" not in {line.action for line in store.audit()}


def test_scores_of_elsewhere_are_not_counted(counted: tuple[Store, Norms]) -> None:
    store, norms = counted
    stranger = {"person_id": ["x"], "occasion": ["1"], **{f"{k}{n}": [1] for k in "jms" for n in range(1, 7)}}
    instrument = store.instrument(FLAGSHIP)
    scores = pm.score(instrument, pm.read_responses(stranger, instrument))
    with pytest.raises(StoreError, match="people of elsewhere"):
        store.count_in(norms, scores)
    other = pm.build_norms({"total": [1, 2]}, scale="total", edition="y", provenance={"description": "two"})
    with pytest.raises(StoreError, match="do not belong together"):
        store.count_in(other, store.scores(FLAGSHIP))


def test_an_edition_that_cannot_hold_these_people_is_refused(counted: tuple[Store, Norms]) -> None:
    store, _ = counted
    scores = store.scores(FLAGSHIP)
    few = pm.build_norms(
        store.scores(FLAGSHIP, person_id="p1"),
        edition="few",
        provenance={"description": "one person"},
    )
    with pytest.raises(StoreError, match="fewer people"):
        store.count_in(few, scores)


def test_sweeping_says_when_it_could_not(file_store: Store) -> None:
    take(file_store, "anna")
    assert file_store.sweep() == ()
    reader = file_store._database.engine.connect()
    with reader.begin():
        reader.exec_driver_sql("BEGIN")
        reader.execute(text("SELECT * FROM answer")).first()
        take(file_store, "ben")
        file_store._database.engine.pool._timeout = 1  # type: ignore[attr-defined]
        from psychometrics.web.store import erasing

        with file_store._database.engine.connect() as other:
            other.exec_driver_sql("PRAGMA busy_timeout=10")
        assert erasing.sweep(file_store._database) in ([], [erasing.NOT_SWEPT])
    reader.close()
    assert file_store.sweep() == ()
