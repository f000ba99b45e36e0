"""The commands around a store: take, serve, sittings, and store:PATH in place of a table."""

from __future__ import annotations

import csv
import io
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from sittings_for_tests import FLAGSHIP, rate_all, take
from typer.testing import CliRunner

import psychometrics as pm
from psychometrics.cli.common import read_input
from psychometrics.cli.sittings import app
from psychometrics.cli.take import next_occasion
from psychometrics.errors import StoreError
from psychometrics.web.serving import editions, serve
from psychometrics.web.store import open_store


def run(*words: str, fails: type[Exception] | int | None = None) -> list[dict[str, str]]:
    """Run a command below sittings; return its table."""
    result = CliRunner().invoke(app, list(words))
    if fails is None:
        assert result.exit_code == 0, (result.output, result.exception)
    elif isinstance(fails, int):
        assert result.exit_code == fails
    else:
        assert isinstance(result.exception, fails), result.output
    return list(csv.DictReader(io.StringIO(result.stdout)))


@pytest.fixture
def where(tmp_path: Path) -> str:
    return str(tmp_path / "store.sqlite")


def test_people_are_invited_from_a_list(where: str, tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text("person_id,gender\nanna,f\n=ben,m\n", encoding="utf-8")
    options = ("--people", str(people), "--group", "wave=1", "--public-url", "https://x.example/")
    links = run("invite", where, FLAGSHIP, "cara", *options)
    assert [one["person_id"] for one in links] == ["cara", "anna", "=ben"]
    token = links[1]["link"].removeprefix("https://x.example/t/")
    with open_store(where, create=False) as store:
        sitting = store.sitting(token)
        assert sitting is not None and sitting.groups == {"gender": "f", "wave": "1"}
    rows = run("list", where, "--instrument", FLAGSHIP)
    assert [(row["person_id"], row["answered"], row["asked"]) for row in rows] == [
        ("cara", "0", "24"),
        ("anna", "0", "24"),
        ("=ben", "0", "24"),
    ]
    run("revoke", where, "--person", "anna")
    with open_store(where, create=False) as store:
        assert store.sitting(token) is None
    people.write_text("person_id\nanna\nanna\n", encoding="utf-8")
    run("invite", where, FLAGSHIP, "--people", str(people), fails=StoreError)
    run("invite", where, FLAGSHIP, fails=2)
    run("list", str(tmp_path / "absent"), fails=StoreError)


def test_a_link_that_was_made_is_shown_and_one_bad_name_stops_all_before(where: str, tmp_path: Path) -> None:
    run("invite", where, FLAGSHIP, "anna", "b\nen", "x" * 300, fails=StoreError)
    run("raters", where, "--add", "r1", "--add", "r\t2", fails=StoreError)
    people = tmp_path / "people.csv"
    people.write_text("person_id,j1,wave\nanna,2,1\n", encoding="utf-8")
    result = CliRunner().invoke(app, ["invite", where, FLAGSHIP, "", "--people", str(people)])
    assert isinstance(result.exception, StoreError) and len(result.exception.problems) == 2
    with open_store(where, create=False) as store:
        assert store.sittings() == () and store.raters() == ()


def test_links_made_before_a_failure_are_printed(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from psychometrics.web.store import Store

    invite = Store.invite

    def full(self: Store, person_id: str, *args: object, **options: object) -> object:
        if person_id == "ben":
            raise StoreError("the disk is full")
        return invite(self, person_id, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Store, "invite", full)
    rows = run("invite", where, FLAGSHIP, "anna", "ben", fails=StoreError)
    assert [row["person_id"] for row in rows] == ["anna"]


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_is_one(where: str, port: int) -> None:
    with open_store(where) as store, pytest.raises(StoreError, match="cannot listen"):
        serve(store, port=port)


def test_answers_are_rated_exported_scored_counted_and_erased(where: str, tmp_path: Path) -> None:
    with open_store(where) as store:
        for k in range(4):
            take(store, f"p{k}", code=k, groups={"gender": "f" if k % 2 else "m"})
    run("raters", where, "--add", "r1", "--add", "r2", "--add", "r3")
    assigned = run("assign", where, FLAGSHIP, "--double-share", "0.5")
    assert sum(int(row["assigned"]) for row in assigned) == 24 + 12
    with open_store(where) as store:
        rate_all(store, levels=(0, 2, 3))
    assert {row["rater_id"]: row["rated"] for row in run("raters", where)} == dict.fromkeys(
        ("r1", "r2", "r3"), "12"
    )
    queue = run("queue", where, FLAGSHIP)
    assert queue and all(row["adjudicator"] == "" for row in queue)
    assert all(row["adjudicator"] for row in run("queue", where, FLAGSHIP, "--hand-out"))

    out, ratings, texts = (str(tmp_path / name) for name in ("r.csv", "j.csv", "t.csv"))
    run("export", where, FLAGSHIP, "--out", out, "--ratings", ratings, "--texts", texts)
    instrument = pm.load_instrument(FLAGSHIP)
    exported = pm.score(instrument, pm.read_responses(out, instrument), pm.read_ratings(ratings, instrument))
    scores = pm.score(*read_input(FLAGSHIP, f"store:{where}", None))
    assert scores.to_frame().equals(exported.to_frame())
    assert len(Path(texts).read_text(encoding="utf-8").splitlines()) == 25

    edition = pm.build_norms(scores, edition="e1", provenance={"description": "four people"})
    path = str(edition.save(tmp_path / "norms"))
    run("counted", where, FLAGSHIP, path)
    run("erase", where, "p1", "--yes", fails=StoreError)
    run("erase", where, "p1", "--norms", path, "--yes")
    assert pm.load_norms(str(tmp_path / "norms" / "e1-less-1.toml")).head.population.n == 3
    run("erase", where, "p2", fails=1)  # asked, and nobody said yes
    assert [row["person_id"] for row in run("list", where)] == ["p0", "p2", "p3"]
    run("sweep", where)
    log = run("log", where)
    assert log[-1]["action"] == "erased" and "p1" not in str(log)


def test_a_store_is_read_with_no_options_of_tables(where: str) -> None:
    import typer

    with open_store(where) as store:
        take(store, "anna", tasks=())
    with pytest.raises(typer.BadParameter, match="for tables, not for a store"):
        read_input(FLAGSHIP, f"store:{where}", None, missing_code=["9"])
    _, answers, judged = read_input(FLAGSHIP, f"store:{where}", None)
    assert answers is not None and answers.n_rows == 1 and judged is None
    with pytest.raises(StoreError, match="no instrument"):
        read_input("gad-7", f"store:{where}", None)
    with pytest.raises(StoreError, match="no such store"):
        read_input(FLAGSHIP, f"store:{where}x", None)


def test_the_next_occasion_goes_on_or_begins_anew(where: str) -> None:
    with open_store(where) as store:
        instrument = store.add_instrument(FLAGSHIP)
        assert next_occasion(store, instrument, "me") == "1"
        store.invite("me", instrument.name)
        assert next_occasion(store, instrument, "me") == "1"
        take(store, "me")
        assert next_occasion(store, instrument, "me") == "2"


TAKE = "import typer; from psychometrics.cli.take import take_command; typer.run(take_command)"


def test_take_prints_a_link_serves_it_and_says_what_is_kept(where: str) -> None:
    words = [sys.executable, "-c", TAKE, FLAGSHIP, "--store", where, "--no-browser"]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "COLUMNS": "300"}
    process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env=environment)
    assert process.stderr is not None
    link = re.search(r"http://\S+", process.stderr.readline())
    assert link is not None and "Ctrl-C" in process.stderr.readline()
    assert httpx.get(link[0]).status_code == 200
    with open_store(where) as store:  # the server is not alone on the file
        sitting = store.sittings()[0]
        store.save_answers(sitting.id, dict.fromkeys(store.instrument(FLAGSHIP).item_ids, 2))
        store.finish(sitting.id)
    assert "Finished" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=20)[1]
    assert process.returncode == 0
    assert f"18 of 24 answers are in {where} (finished)" in said
    printed = [line.strip().partition("psychometrics ")[2] for line in said.splitlines()]
    assert f"score {FLAGSHIP}@1.0.0 store:{where}" in printed
    for line in printed:  # the commands it names are commands
        if line.startswith("sittings "):
            run(*line.replace("RATER", "rita").split()[1:])
    with open_store(where) as store:
        assert store.raters() == ("rita",)


def test_what_has_no_wording_is_not_taken_and_inviting_to_it_says_so(where: str) -> None:
    words = [sys.executable, "-c", TAKE, "gad-7", "--store", where, "--no-browser"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode != 0 and "topics, not the wording" in done.stderr
    assert not Path(where).exists(), "nothing was made"
    said = CliRunner().invoke(app, ["invite", where, "gad-7", "anna"])
    assert "topics, not the wording" in said.stderr and "anna," in said.stdout


def test_a_server_open_to_others_needs_its_public_address(where: str) -> None:
    with open_store(where) as store:
        with pytest.raises(StoreError, match="open to other machines"):
            serve(store, host="0.0.0.0")
        import socket

        with (
            socket.create_server(("127.0.0.1", 0)) as taken,
            pytest.raises(StoreError, match="cannot listen"),
        ):
            serve(store, port=taken.getsockname()[1])


def test_editions_find_their_instrument(where: str) -> None:
    with open_store(where) as store:
        with pytest.raises(StoreError, match="for no instrument of this store"):
            editions(store, ("skill-rust-backend/simulated-2026",))
        name = store.add_instrument(FLAGSHIP).name
        assert list(editions(store, ("skill-rust-backend/simulated-2026",))) == [name]
        assert editions(store, ()) == {}
