"""A technical manual as one self-contained HTML page."""

from __future__ import annotations

from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from psychometrics.report.look import look
from psychometrics.report.manual.content import Block, FigureRef
from psychometrics.report.manual.judging import judgement_table
from psychometrics.report.manual.words import sentence
from psychometrics.report.wording import blocks

if TYPE_CHECKING:
    from psychometrics.report.manual.manual import TechnicalManual


def manual_html(manual: TechnicalManual) -> str:
    """Return the manual as a page without anything from elsewhere; every text in it is escaped."""
    anchors = {f"{section.number} {section.title}": section.id for section in manual.sections}
    open_ = {
        section.id: sum(one.answered == "no" for one in manual.review if one.section == section.id)
        for section in manual.sections
    }
    return (
        _templates()
        .get_template("manual.html.jinja")
        .render(manual=manual, anchors=anchors, open=open_, look=look(), simulated=manual.source.simulated)
        + "\n"
    )


@cache
def _templates() -> Environment:
    found = Environment(
        loader=PackageLoader("psychometrics.report.manual"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["kind"] = _kind
    found.filters["picture"] = _picture
    found.filters["blocks"] = blocks
    found.filters["runs"] = _runs
    found.filters["sentence"] = sentence
    found.globals["judgement_table"] = judgement_table
    return found


def _kind(block: Block) -> str:
    return type(block).__name__


def _picture(figure: FigureRef) -> Markup:
    """Let the SVG through as it is: it is drawn by this library, which escapes what it writes into it."""
    return Markup(figure.svg)  # noqa: S704


def _runs(blocks: tuple[Block, ...]) -> list[tuple[str, list[Block]]]:
    """Return the blocks in order, figures and gaps that follow each other together: they are set side by side."""
    return [(kind, list(own)) for kind, own in groupby(blocks, _kind)]
