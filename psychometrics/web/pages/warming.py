"""What the first person would wait for, done when the server starts: imports, norms, and one page in the making."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Thread
from typing import Any

from starlette.applications import Starlette

from psychometrics.instrument import Instrument
from psychometrics.web.pages.results import page_of
from psychometrics.web.pages.site import Site

log = logging.getLogger("psychometrics.web")
NOBODY = "nobody"


@asynccontextmanager
async def warming(app: Starlette) -> AsyncIterator[None]:
    """Begin to warm up when the server starts; nobody waits for it, and it ends with the process."""
    Thread(target=warm_up, args=(app.state.site,), daemon=True, name="warming").start()
    yield


def warm_up(site: Site) -> int:
    """Compile the templates; make a result page of answers that nobody gave, for every instrument; return how many.

    Nothing is kept. What fails here fails again when a person asks, and is answered there.
    """
    made = 0
    try:
        for name in site.environment.list_templates():
            site.environment.get_template(name)
        for instrument in site.store.instruments():
            if instrument.items:
                _make(site, instrument)
                made += 1
    except Exception:
        log.warning("result pages could not be warmed up; the first one will take longer", exc_info=True)
    return made


def _make(site: Site, instrument: Instrument) -> str:
    from psychometrics.responses import read_responses
    from psychometrics.scoring import score

    answers: dict[str, list[Any]] = {item.id: [item.codes[0]] for item in instrument.items}
    responses = read_responses({"person_id": [NOBODY], "occasion": ["1"], **answers}, instrument)
    return page_of(site, instrument, NOBODY, "1", score(instrument, responses), responses, None)
