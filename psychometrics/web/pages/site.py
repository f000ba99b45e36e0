"""What all views share: the store, the norms, the words, the templates."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from psychometrics.instrument import Instrument
from psychometrics.web.flow import PagePlan, page_plan
from psychometrics.web.texts import Texts, texts

if TYPE_CHECKING:
    from psychometrics.norming import Norms
    from psychometrics.web.pages.take_view import QuestionView
    from psychometrics.web.store import Store

STATIC = {
    "app.css": "text/css; charset=utf-8",
    "app.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
MOST_KEPT = 4096


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Site:
    """One web app: where it keeps things and how it speaks.

    ``norms`` maps an instrument's name to the edition its scores are placed in; without an entry the default of the
    definition is used. ``prefix`` is the path under which the app is seen from outside.
    """

    store: Store
    norms: Mapping[str, Norms]
    prefix: str
    t: Texts
    environment: Environment
    plans: dict[str, PagePlan] = field(default_factory=dict)

    def url(self, path: str) -> str:
        """Return a path of this app as the browser has to ask for it."""
        return f"{self.prefix}{path}"

    def plan(self, instrument: Instrument) -> PagePlan:
        """Return the pages of an instrument, worked out once."""
        if instrument.name not in self.plans:
            self.plans[instrument.name] = page_plan(instrument)
        return self.plans[instrument.name]

    def page(self, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        """Return a page."""
        html = self.environment.get_template(f"{template}.html.jinja").render(**values)
        return HTMLResponse(html, status_code=status)

    def date(self, moment: datetime | None) -> str:
        """Return a date in words, empty for none."""
        return "" if moment is None else self.t.date(moment)


def make_site(store: Store, norms: Mapping[str, Norms], prefix: str, language: str) -> Site:
    """Return the shared part of a new app."""
    words = texts(language)
    environment = Environment(
        loader=PackageLoader("psychometrics.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,  # the templates of an installed package do not change
    )
    environment.filters |= {  # filters, since what they say of a fixed text is worked out once, when a template is compiled
        "t": words.say,
        "url": lambda path: f"{prefix}{path}",
        "static": lambda name: f"{prefix}/static/{name}?v={static_file(name)[1]}",
        "choices": _choices(environment),
        "wording": _drawn_once(environment, "wording"),
    }
    environment.globals["page_language"] = words.language
    return Site(store=store, norms=norms, prefix=prefix, t=words, environment=environment)


def _drawn_once(environment: Environment, macro: str) -> Callable[..., Markup]:
    """Return a macro of ``fixed.html.jinja`` that keeps what it drew; ``__wrapped__`` keeps nothing."""

    @lru_cache(maxsize=MOST_KEPT)
    def draw(*given: Hashable) -> Markup:
        html: Markup = getattr(environment.get_template("fixed.html.jinja").module, macro)(*given)
        return html

    return draw


def _choices(environment: Environment) -> Callable[[QuestionView, str], Markup]:
    """Return what draws a question: once for each answer, but anew where it shows what a person sent."""
    once = _drawn_once(environment, "choices")
    return lambda question, language: (once.__wrapped__ if question.problem else once)(question, language)  # type: ignore[attr-defined]


@cache
def static_file(name: str) -> tuple[bytes, str]:
    """Return a static file and the short hash under which browsers may keep it for good."""
    content = Path(str(files("psychometrics.web") / "static" / name)).read_bytes()
    return content, hashlib.sha256(content).hexdigest()[:12]


def site_of(request: Request) -> Site:
    """Return the site that a request came to."""
    site: Site = request.app.state.site
    return site
