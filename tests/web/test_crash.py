"""The server is killed in the middle of people's answers: what was acknowledged is there when it is opened again."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
from pathlib import Path

import web_load

from psychometrics.web.store import open_store


def test_a_killed_server_loses_nothing_that_was_acknowledged_and_everybody_goes_on(tmp_path: Path) -> None:
    where = str(tmp_path / "store.sqlite")
    people = web_load.invite(where, 12)
    with web_load.served(where) as (address, process):
        crash = web_load.Crash(process, after=40)
        asyncio.run(web_load.crowd(people, address, think=0.05, burst=False, crash=crash))
        assert process.wait(timeout=10) == -signal.SIGKILL
    assert any(one.lost_connection for one in people)
    acknowledged, lost, _ = web_load.compare(where, people)
    assert lost == 0 and acknowledged >= 40
    with sqlite3.connect(where) as plain:
        assert plain.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    plain.close()
    with web_load.served(where) as (address, _):
        asyncio.run(web_load.crowd(people, address, think=0.02, burst=False))
    assert all(one.finished for one in people)
    assert web_load.compare(where, people)[1] == 0
    with open_store(where, create=False) as store:
        assert store.responses(web_load.INSTRUMENT).n_rows == 12
