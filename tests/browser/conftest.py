"""A real Chromium, a real server on loopback, axe-core; without them the tests skip and say what is missing."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest

CHROMIUM = shutil.which("chromium")
AXE = Path(os.environ.get("AXE_CORE", "node_modules/axe-core/axe.min.js"))
SCREENSHOTS = os.environ.get("SCREENSHOTS")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE = {"width": 390, "height": 844}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SCHEMES = {390: ("light",), 1280: ("dark",), 1680: ()}  # each page fully in both, at no width twice


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    mine = [item for item in items if here in item.path.parents]
    if mine and CHROMIUM is None:
        for item in mine:
            item.add_marker(
                pytest.mark.skip(
                    reason="NOT TESTED IN A BROWSER: no chromium on this machine (apt-get install chromium)"
                )
            )


@pytest.fixture(scope="module")
def browser():
    # Ends with the module: Playwright holds an event loop, and other tests run loops of their own.
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield found
        found.close()


@dataclass
class Site:
    """A running app, its store, and what browsers asked of whom."""

    url: str
    store: object
    hosts: set[str] = field(default_factory=set)
    failed: list[str] = field(default_factory=list)

    def asked(self, url: str) -> None:
        """Note whom a browser asked for something; data: and file: ask nobody."""
        parts = urlsplit(url)
        if parts.scheme not in ("data", "file", "blob"):
            self.hosts.add(parts.hostname or url)


@contextmanager
def serving(app) -> Iterator[str]:
    """Run an app on a free port of loopback."""
    import uvicorn

    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", ws="none"))
    ready = threading.Event()
    startup = server.startup

    async def started(*args, **kwargs):
        await startup(*args, **kwargs)
        ready.set()

    server.startup = started
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    assert ready.wait(30), "the server did not start"
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(15)


@pytest.fixture(scope="session")
def make_site(tmp_path_factory):
    """Run the app on a new store."""

    @contextmanager
    def made() -> Iterator[Site]:
        from psychometrics.web.app import make_app
        from psychometrics.web.security import Limits
        from psychometrics.web.store import open_store

        with open_store(tmp_path_factory.mktemp("store") / "store.sqlite") as store:
            store.add_instrument("skill-rust-backend")
            fast = Limits(session_rate=1000, session_burst=1000, client_rate=5000, client_burst=5000)
            with serving(make_app(store, limits=fast)) as url:
                yield Site(url=url, store=store)

    return made


@pytest.fixture(scope="module")
def site(make_site) -> Iterator[Site]:
    with make_site() as made:
        yield made


@pytest.fixture
def open_page_on(browser):
    """Open pages in contexts of their own; at the end nothing was asked of another host, and no script failed."""
    opened = []

    def open_one(site, viewport=PHONE, *, quiet=True, **options):
        context = browser.new_context(viewport=viewport, **options)
        context.set_default_timeout(25_000)
        page = context.new_page()
        page.on("request", lambda request: site.asked(request.url))
        page.on("pageerror", lambda error: site.failed.append(str(error)))
        if quiet:
            page.on("console", lambda said: site.failed.append(said.text) if said.type == "error" else None)
        opened.append((context, site))
        return page

    yield open_one
    for context, site in opened:
        context.close()
        assert site.hosts <= {"127.0.0.1"}, f"asked another host: {site.hosts}"
        failed, site.failed[:] = list(site.failed), []
        assert not failed, failed


@pytest.fixture
def open_page(open_page_on, site):
    return partial(open_page_on, site)


@pytest.fixture
def check():
    """Look at a page: axe finds nothing, nothing is wider than the screen or too small; keep pictures of it.

    In light on a phone, in dark at a desk; a page that is looked at in one width only names both schemes.
    """

    def checked(page, name: str, *, schemes=None, touch=True) -> None:
        if not AXE.is_file():
            pytest.skip(
                "NOT CHECKED FOR ACCESSIBILITY: no axe-core; npm install axe-core, AXE_CORE=path of axe.min.js"
            )
        width = page.viewport_size["width"]
        for scheme in SCHEMES[width] if schemes is None else schemes:
            page.emulate_media(color_scheme=scheme)
            picture(page, f"{name}-{width}-{scheme}")
            told = violations(page)
            assert not told, f"{name}, {scheme}: {told}"
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{name}: {wide} px wider than the screen"
        small = page.evaluate(SMALL_TARGETS) if touch else []
        assert not small, f"{name}: targets below 44 px: {small}"
        small = page.evaluate(SMALL_LINKS)
        assert not small, f"{name}: links that stand alone below 24 px: {small}"

    return checked


def violations(page) -> list[list[object]]:
    """Return what axe finds: rule, help, where; of each page once, and only what is wrong comes back."""
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    return page.evaluate(RUN_AXE, RULES)


RUN_AXE = """
async tags => {
  const found = await axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations'], elementRef: false, selectors: false});
  return found.violations.map(one => [one.id, one.help, one.nodes.map(node => node.html.slice(0, 160))]);
}
"""
SMALL_TARGETS = """
() => [...document.querySelectorAll('button, a.button, label.option, label.level, textarea')]
  .filter(e => e.offsetParent && getComputedStyle(e).visibility !== 'hidden')
  .map(e => [e.textContent.trim().slice(0, 30), Math.round(e.getBoundingClientRect().height)])
  .filter(([, height]) => height < 44)
"""
SMALL_LINKS = """
() => [...document.querySelectorAll('li a, nav a, th a, td a, summary')]
  .filter(e => e.checkVisibility({visibilityProperty: true}) && !e.closest('sup, .skip'))
  .filter(e => ![...e.parentElement.childNodes].some(n => n.nodeType === 3 && /\\p{L}/u.test(n.textContent)))
  .map(e => [e.textContent.trim().slice(0, 30), e.getBoundingClientRect().height])
  .filter(([, height]) => height < 23.9)
"""


def picture(page, name: str) -> None:
    if SCREENSHOTS:
        folder = Path(SCREENSHOTS)
        folder.mkdir(parents=True, exist_ok=True)
        page.evaluate("scrollTo(0, 0)")
        page.screenshot(path=folder / f"{name}.png", full_page=True)


@pytest.fixture
def print_page():
    """Keep a page as it prints."""

    def printed(page, name: str) -> None:
        if SCREENSHOTS:
            page.pdf(path=Path(SCREENSHOTS) / f"{name}.pdf", format="A4", prefer_css_page_size=True)

    return printed
