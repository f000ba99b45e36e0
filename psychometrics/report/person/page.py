"""The result page: content in, one self-contained HTML file out."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from functools import cache
from html import escape
from importlib import resources
from typing import TYPE_CHECKING, Any

from psychometrics.report.look import look
from psychometrics.report.person import page_words as write
from psychometrics.report.person.content import PersonReport
from psychometrics.report.person.page_basis import Notes
from psychometrics.report.person.page_levels import level_cards, method_cards
from psychometrics.report.person.page_next import claim_lists, has_market, next_cards
from psychometrics.report.person.page_scales import scale_table
from psychometrics.report.person.texts.loading import texts

if TYPE_CHECKING:
    from jinja2 import Environment, Template

PACKAGE = "psychometrics.report.person"
LABEL = re.compile(r"\{\{ w\.(\w+)\.(\w+) \}\}")


def page_html(report: PersonReport) -> str:
    """Return the result page of one person as one HTML file that asks no other host for anything.

    The page needs no script: with one, the weight of the market signal can be moved. It carries a content security
    policy that lets its own style and script run and nothing else, prints to A4, follows the light or dark scheme of the
    reader, and holds a table for every drawing. Every sentence stands with what it rests on: ``data-basis`` for
    machines, a numbered note for people. Links are clickable only when they are http or https.

    Parameters
    ----------
    report : PersonReport
        The content; every text in it is treated as text, never as markup.

    Returns
    -------
    str
        HTML; the same content gives the same text.

    Raises
    ------
    ReportError
        No texts in the language of the report.
    """
    return write.printable(_rendered(report))[0]


def page_bytes(report: PersonReport) -> bytes:
    """Return the page of :func:`page_html` as UTF-8."""
    return write.printable(_rendered(report))[1]


def _rendered(report: PersonReport) -> str:
    words, simulated = labels(report.language), report.simulated or report.source.simulated
    notes = Notes(report, words["basis"])
    return _template(report.language).render(
        report=report,
        w=words,
        notes=notes,
        say=notes.say,
        levels=level_cards(report, words["levels"]),
        scales=scale_table(report, words["scales"]),
        methods=method_cards(report, words["methods"]),
        recommendations=next_cards(report, words["next"]),
        has_market=has_market(report),
        titles=_titles(report),
        simulated=simulated,
        made_up=_made_up(report, words["page"]),
        claims=claim_lists(report),
        **_static(simulated),
    )


def _made_up(report: PersonReport, words: Mapping[str, str]) -> str:
    """Say which is made up, answers or norm sample or both; where that is not known, that one of them is."""
    key = "_".join(("simulated", *report.simulated_parts)) if report.simulated_parts else "simulated_unknown"
    return f"{words[key]} {words['simulated_long']}"


def _titles(report: PersonReport) -> dict[str, str]:
    """Return the title of every scale that is named; a scale that is not shown goes by its id."""
    named = {one: one for pair in report.differences for one in (pair.first_id, pair.second_id)}
    return named | {scale.scale_id: scale.title for scale in report.scales}


@cache
def labels(language: str) -> Mapping[str, Any]:
    """Return the labels of a language by part of the page."""
    found: dict[str, dict[str, str]] = {}
    for key, text in texts(language).labels.items():
        part, _, name = key.partition(".")
        found.setdefault(part, {})[name] = text
    return found


@cache
def _environment(language: str) -> Environment:
    """Return the templates of a language, with its labels written into them: they are compiled once, not looked up."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    words = labels(language)

    def load(name: str) -> str:
        source = (resources.files(PACKAGE) / "templates" / name).read_text(encoding="utf-8")
        return LABEL.sub(lambda found: escape(words[found[1]][found[2]]), source)

    made = Environment(
        loader=FunctionLoader(load),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals |= {"anchor": write.anchor, "link": write.link, "number": write.number}
    made.filters["bdi"] = write.isolated
    return made


@cache
def _template(language: str) -> Template:
    return _environment(language).get_template("page.html.jinja")


@cache
def _static(simulated: bool) -> dict[str, Any]:
    """Return style, script and policy: the same for every page."""
    from markupsafe import Markup

    read = _environment("en").get_template
    style = read("page.css.jinja").render(simulated=simulated, look=look()).strip()
    script = read("page.js.jinja").render().strip()
    policy = (
        f"default-src 'none'; style-src {_digest(style)}; script-src {_digest(script)}; "
        "base-uri 'none'; form-action 'none'"
    )
    return {"style": Markup(style), "script": Markup(script), "policy": policy}  # noqa: S704 - our own files


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def page_policy(*, simulated: bool = False) -> str:
    """Return the content security policy under which a page runs in full, for a server that sends pages."""
    return str(_static(simulated)["policy"])
