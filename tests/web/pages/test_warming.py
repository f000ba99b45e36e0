from __future__ import annotations

import asyncio
import logging
import threading

import pytest
import web_instruments_for_tests as made

from psychometrics.web.app import make_app
from psychometrics.web.pages import warming
from psychometrics.web.store import open_store


@pytest.fixture
def store(tmp_path):
    path = tmp_path / "asked.toml"
    path.write_text(made.definition_text([made.item("i1"), made.task("t1")]), encoding="utf-8")
    with open_store(tmp_path / "store.sqlite") as opened:
        opened.add_instrument(path)
        yield opened


def test_one_page_of_nobody_is_made_and_nothing_is_kept(store):
    before, site = store.audit(), make_app(store).state.site
    assert warming.warm_up(site) == 1
    assert len(site.environment.cache) == len(site.environment.list_templates())
    assert store.sittings() == () and store.audit() == before


def test_what_fails_there_stops_no_server(store, monkeypatch, caplog):
    monkeypatch.setattr(warming, "page_of", lambda *_a: 1 / 0)
    with caplog.at_level(logging.WARNING):
        assert warming.warm_up(make_app(store).state.site) == 0
    assert "will take longer" in caplog.text


def test_the_server_begins_with_it_and_does_not_wait(store, monkeypatch):
    begun, go = threading.Event(), threading.Event()
    monkeypatch.setattr(warming, "warm_up", lambda _site: (begun.set(), go.wait(10)))
    app = make_app(store)

    async def live():
        async with app.router.lifespan_context(app):
            assert await asyncio.to_thread(begun.wait, 10)

    asyncio.run(live())
    go.set()
