"""A technical manual: sections, the first page, the review, and the files it is written to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psychometrics.errors import OutputError
from psychometrics.output import write_whole
from psychometrics.report.manual.content import Checked, Glance, Missing, Section
from psychometrics.result import Result, Source


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TechnicalManual(Result):
    """Everything a technical manual says, as plain data.

    Attributes
    ----------
    title : str
    subtitle : str
    banner : str
        What is said at the top of every page where data or norms are simulated; empty where neither is.
    glance : Glance
        The first page: facts, scales, gaps by section.
    sections : tuple of Section
        In the order of the Standards, numbered from 1.
    review : tuple of Checked
        Every question of a reviewer, and where the manual stands on it.
    confidence : float
        Level of the intervals.
    source : Source
    """

    title: str
    subtitle: str
    banner: str
    glance: Glance
    sections: tuple[Section, ...]
    review: tuple[Checked, ...]
    confidence: float
    source: Source

    @property
    def missing(self) -> tuple[tuple[Section, Missing], ...]:
        """What is not there, with the section that lacks it."""
        return tuple((section, gap) for section in self.sections for gap in section.missing)

    def section(self, section_id: str) -> Section:
        """Return a section by its id."""
        return next(one for one in self.sections if one.id == section_id)

    def columns(self) -> Mapping[str, Any]:
        """One row per question of the review."""
        names = ("id", "group", "ask", "asked_by", "answered", "section", "number", "fill")
        return {name: [getattr(one, name) for one in self.review] for name in names}

    def to_html(self) -> str:
        """Return the manual as one self-contained HTML page."""
        from psychometrics.report.manual.html import manual_html

        return manual_html(self)

    def to_markdown(self, figures: str | None = "figures") -> str:
        """Return the manual as Markdown; ``figures`` is the folder of its pictures, None leaves them to their words and tables."""
        from psychometrics.report.manual.markdown import manual_markdown

        return manual_markdown(self, figures)

    def _repr_html_(self) -> str:
        from html import escape

        return f"<p>{escape(repr(self))}</p>"

    def write(self, path: str | Path) -> Path:
        """Write ``.html`` (one file), or ``.md`` with its pictures in the folder ``<name>-figures`` beside it."""
        where = Path(path)
        suffix = where.suffix.lower()
        if suffix == ".html":
            write_whole(where, self.to_html().encode())
        elif suffix == ".md":
            self._write_markdown(where)
        else:
            raise OutputError(
                f'cannot write a manual as "{where.suffix}"', hint="The name must end in .html or .md."
            )
        return where

    def _write_markdown(self, where: Path) -> None:
        from psychometrics.report.manual.markdown import picture_name

        folder = f"{where.stem}-figures"
        for section in self.sections:
            for figure in section.figures:
                write_whole(where.parent / folder / picture_name(figure), figure.svg.encode())
        write_whole(where, self.to_markdown(folder).encode())

    def __repr__(self) -> str:
        simulated = " SIMULATED" if self.source.simulated else ""
        asked = [one for one in self.review if one.answered != "not applicable"]
        open_ = sum(one.answered == "no" for one in asked)
        return f"<TechnicalManual of {self.source.instrument}:{simulated} {len(self.sections)} sections, {open_} of {len(asked)} questions open>"
