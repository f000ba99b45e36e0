"""A report on a norm edition: what it stands for, how precise it is, how old, and what it does not say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from math import isnan
from pathlib import Path
from typing import Any

from psychometrics.errors import NormError, OutputError
from psychometrics.norming.cells.cell import Cell
from psychometrics.norming.edition import Change, EditionHead, ScaleReliability
from psychometrics.norming.editions.ageing import EditionAge, edition_age
from psychometrics.norming.editions.disclosure import DisclosureCheck, disclosure_check
from psychometrics.norming.editions.suppression import SMALLEST, hidden_cells, score_counts
from psychometrics.norming.files import table_digest
from psychometrics.norming.norms import COUNTED, Norms
from psychometrics.norming.precision.precision import norm_precision
from psychometrics.output import write_whole
from psychometrics.report.norms_report_questions import Question, questions
from psychometrics.result import Result, Source
from psychometrics.version import VERSION

PERCENTILES = (5.0, 25.0, 50.0, 75.0, 95.0)
STATISTICS = ("mean", "sd", "percentile_point")


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """Descriptive statistics of one scale in one group; nan where not known or not shown."""

    stratum: str
    scale_id: str
    n: float
    mean: float
    sd: float
    minimum: float
    maximum: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Precise:
    """One figure with its standard error and interval."""

    stratum: str
    scale_id: str
    statistic: str
    at: float
    estimate: float
    standard_error: float
    ci_lower: float
    ci_upper: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """Scores from ``lower`` to ``upper`` and the share of people who have them."""

    lower: float
    upper: float
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The distribution of a scale in the whole sample; neighbouring scores are put together until none is of few people."""

    scale_id: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NormsReport(Result):
    """Everything that a report on an edition says, as plain data.

    Attributes
    ----------
    head : EditionHead
    questions : tuple of Question
        With answers; ``missing`` holds those without.
    descriptions : tuple of Description
    precision : tuple of Precise
    no_precision : str
        Why there is none.
    reliability : tuple of ScaleReliability
    pictures : tuple of Picture
    age : EditionAge
    disclosure : DisclosureCheck
    history : tuple of Change
    citation : str
    confidence : float
    source : Source
    """

    head: EditionHead
    questions: tuple[Question, ...]
    descriptions: tuple[Description, ...]
    precision: tuple[Precise, ...]
    no_precision: str
    reliability: tuple[ScaleReliability, ...]
    pictures: tuple[Picture, ...]
    age: EditionAge
    disclosure: DisclosureCheck
    history: tuple[Change, ...]
    citation: str
    confidence: float
    source: Source

    @property
    def missing(self) -> tuple[Question, ...]:
        """The questions that the edition does not answer."""
        return tuple(one for one in self.questions if not one.answered)

    def columns(self) -> Mapping[str, Any]:
        """One row per question."""
        names = ("section", "ask", "asked_by", "answer", "answered", "to_answer")
        return {name: [getattr(one, name) for one in self.questions] for name in names}

    def to_markdown(self) -> str:
        """Return the report as Markdown."""
        from psychometrics.report.norms_report_markdown import report_markdown

        return report_markdown(self)

    def to_html(self) -> str:
        """Return the report as one self-contained HTML page."""
        from psychometrics.report.norms_report_html import report_html

        return report_html(self)

    def _repr_html_(self) -> str:
        return self.to_html()

    def write(self, path: str | Path) -> Path:
        """Write ``.html`` or ``.md``, whole or not at all."""
        where = Path(path)
        pages = {".html": self.to_html, ".md": self.to_markdown}
        if where.suffix.lower() not in pages:
            raise OutputError(
                f'cannot write a report as "{where.suffix}"', hint="The name must end in .html or .md."
            )
        write_whole(where, pages[where.suffix.lower()]().encode())
        return where

    def __repr__(self) -> str:
        simulated = " SIMULATED" if self.source.simulated else ""
        return f"<NormsReport of {self.source.norms}:{simulated} {len(self.questions)} questions, {len(self.missing)} without answer>"


def norms_report(
    norms: Norms,
    *,
    against: Iterable[Norms] = (),
    confidence: float = 0.95,
    smallest: int = SMALLEST,
    today: date | None = None,
) -> NormsReport:
    """Report on a norm edition as Standards 5.8 and 5.9 ask: population, sampling, dates, weights, figures, precision.

    Parameters
    ----------
    norms : Norms
        The edition.
    against : iterable of Norms, optional
        Editions that readers may lay beside it (its parent); the disclosure check looks at the differences.
    confidence : float
        Level of the intervals.
    smallest : int
        Groups of fewer people are not shown.
    today : date, optional
        The day to judge its age by; today when left out.

    Returns
    -------
    NormsReport
        ``to_html()``, ``to_markdown()``, ``write(path)``; ``missing`` lists the questions without an answer and
        what would answer them.

    Notes
    -----
    Questions marked AERA are what Standards 5.8 and 5.9 name; the others are good practice, in words of this library.
    It does not stand in for the full question list of GRoNC, which also asks for reasons (why this population, why
    this model): go through it beside the report. Nor can a report judge whether a population is the right one for a
    use.

    References
    ----------
    AERA, APA, NCME (2014), Standards for educational and psychological testing, 5.8 and 5.9. Timmerman, de Bildt and
    Urban (2025), GRoNC, doi:10.1177/10731911251371395.
    """
    if not 0 < confidence < 1:
        raise NormError(f"confidence {confidence} must lie between 0 and 1")
    head = norms.head
    precision, no_precision = _precision(norms, confidence, smallest)
    return NormsReport(
        head=head,
        questions=questions(head),
        descriptions=_descriptions(norms, smallest),
        precision=precision,
        no_precision=no_precision,
        reliability=tuple(head.reliability),
        pictures=_pictures(norms, smallest),
        age=edition_age(head, today=today),
        disclosure=disclosure_check(norms, against=against, smallest=smallest),
        history=tuple(head.history),
        citation=_citation(head, table_digest(norms)),
        confidence=confidence,
        source=norms.source,
    )


def _whole_and_parts(norms: Norms) -> list[tuple[Norms, bool]]:
    """Return the edition over the whole sample, where counts allow it, and as it is divided."""
    if norms.head.kind in COUNTED and norms.head.strata:
        return [(norms.over([]), True), (norms, False)]
    return [(norms, not norms.head.strata)]


def _descriptions(norms: Norms, smallest: int) -> tuple[Description, ...]:
    found = []
    for part, _ in _whole_and_parts(norms):
        table = part.columns(smallest=smallest)
        labels = [v.name for v in part.head.strata]
        for i, scale_id in enumerate(table["scale_id"]):
            found.append(
                Description(
                    stratum=" / ".join(table[name][i] for name in labels) or "whole sample",
                    scale_id=scale_id,
                    reason=table["reason"][i] or "",
                    **{name: table[name][i] for name in ("n", "mean", "sd", "minimum", "maximum")},
                )
            )
    return tuple(found)


def _precision(norms: Norms, confidence: float, smallest: int) -> tuple[tuple[Precise, ...], str]:
    found, why = [], ""
    for part, _ in _whole_and_parts(norms):
        hidden = {(" / ".join(key) or "whole sample", scale) for key, scale in hidden_cells(part, smallest)}
        rows = norm_precision(part, percentiles=PERCENTILES, confidence=confidence).rows
        for row in rows:
            if row.statistic in STATISTICS and (row.stratum, row.scale_id) not in hidden:
                if isnan(row.standard_error):
                    why = why or row.reason
                    continue
                names = (
                    "stratum",
                    "scale_id",
                    "statistic",
                    "at",
                    "estimate",
                    "standard_error",
                    "ci_lower",
                    "ci_upper",
                )
                found.append(Precise(**{name: getattr(row, name) for name in names}))
    return tuple(found), "" if found else why or "no figure has a standard error"


def _pictures(norms: Norms, smallest: int) -> tuple[Picture, ...]:
    whole, is_whole = _whole_and_parts(norms)[0]
    if not is_whole:
        return ()
    least = 1 if norms.head.simulated else smallest
    found = []
    for (_, scale_id), cell in whole.cells.items():
        bars = _bars(cell, least)
        if len(bars) > 1:
            found.append(Picture(scale_id=scale_id, bars=bars))
    return tuple(found)


def _bars(cell: Cell, least: int) -> tuple[Bar, ...]:
    """Put neighbouring scores together until every bar holds enough people, and there are 40 bars at most."""
    counts = score_counts(cell)
    if counts is None or counts.n < least or isnan(cell.ends[0]):
        return ()
    widest = max(least, -(-counts.n // 2000))
    span = float(counts.scores[-1] - counts.scores[0]) / 40
    groups: list[list[float]] = []
    for score, n in zip(counts.scores.tolist(), counts.counts.tolist(), strict=True):
        if groups and (groups[-1][2] < widest or score - groups[-1][0] < span):
            groups[-1][1:] = [score, groups[-1][2] + n]
        else:
            groups.append([score, score, n])
    if len(groups) > 1 and groups[-1][2] < widest:
        last = groups.pop()
        groups[-1][1:] = [last[1], groups[-1][2] + last[2]]
    return tuple(Bar(lower=low, upper=high, share=n / counts.n) for low, high, n in groups)


def _citation(head: EditionHead, digest: str) -> str:
    by = f" {head.source.citation}" if head.source else ""
    doi = f" doi:{head.source.doi}" if head.source and head.source.doi else ""
    simulated = " SIMULATED." if head.simulated else ""
    dated = f" ({head.released})" if head.released else ""
    return (
        f"{head.title}. Norm edition {head.instrument}/{head.edition}{dated}.{simulated}{by}{doi} "
        f"Table SHA-256 {digest[:16]}…, read with psychometrics-engine {VERSION}."
    )
