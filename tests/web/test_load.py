"""Twenty people answer at once against a real server; tests/benchmarks/web_load.py does it with 200."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import web_load

from psychometrics.responses import MissingReason
from psychometrics.web.store import open_store


def test_twenty_people_at_once_lose_nothing(tmp_path: Path) -> None:
    where = str(tmp_path / "store.sqlite")
    people = web_load.invite(where, 20)
    with web_load.served(where) as (address, _):
        asyncio.run(web_load.crowd(people, address, think=0.05, burst=True))
    assert [one.refused for one in people] == [[]] * 20
    assert all(one.finished and not one.lost_connection for one in people)
    acknowledged, lost, more = web_load.compare(where, people)
    assert (acknowledged, lost, more) == (20 * 24, 0, 0)
    with open_store(where, create=False) as store:
        codes = store.responses(web_load.INSTRUMENT).codes
        assert codes.shape == (18, 20) and not np.any(codes == MissingReason.SKIPPED)
        assert len(store.texts(web_load.INSTRUMENT)) == 20 * 6
        assert store.verify_audit() == ()
