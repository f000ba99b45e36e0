"""Norms: whom a score is compared with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial

from psychometrics.report.figures import percentile_curves
from psychometrics.report.manual.content import Judgement, Section
from psychometrics.report.manual.draft import Draft
from psychometrics.report.manual.judging import of_flag
from psychometrics.report.manual.material import Absent, Material
from psychometrics.report.manual.pictures import add_pictures
from psychometrics.report.manual.words import statistic
from psychometrics.report.norms_report import NormsReport
from psychometrics.report.norms_report_words import (
    TextTable,
    descriptive_table,
    history_table,
    precision_table,
    reliability_table,
)


def norms(material: Material) -> Section:
    """Write what is known of the norm edition."""
    report = material.norms_report
    draft = Draft(
        "norms",
        "Norms",
        rests_on="norms",
        simulated=not isinstance(report, Absent) and report.source.simulated,
        statements=material.statements,
    )
    if isinstance(report, Absent):
        draft.find("There are no norms in this manual: a score cannot be compared with other people's.")
        draft.lack("edition", "Norm edition", report.why)
        for question, what in _PARTS.items():
            draft.lack(question, what, "no norm edition", "a norm edition")
        return draft.done()
    _find(draft, report)
    _questions(draft, report)
    _tables(draft, material, report)
    if not isinstance(material.norms, Absent):
        edition = material.norms
        wanted = [name for name in material.main if name in edition.scale_ids]
        add_pictures(
            draft,
            (
                partial(
                    percentile_curves, edition, name, title=material.name(name), smallest=material.smallest
                )
                for name in wanted[:DRAWN]
            ),
        )
    _age(draft, material, report)
    if report.head.notes:
        draft.head("Notes of the edition")
        draft.listing(report.head.notes)
    draft.facts([("How to cite the edition", report.citation)])
    draft.answer("edition")
    return draft.done()


DRAWN = 6
SINCE = {"collected": "collected until", "released": "released", "built": "built"}
_PARTS = {
    "described": "Description of the norm sample",
    "precision": "Precision of the norms",
    "age": "Age of the norms",
}


def _find(draft: Draft, report: NormsReport) -> None:
    head = report.head
    n = "of a size that is not stated" if head.population.n is None else f"n = {head.population.n:,}"
    made = "SIMULATED norm edition" if head.simulated else "Norm edition"
    dated = f", released {head.released}" if head.released else ""
    about = head.population.description.rstrip(". ")
    draft.find(f"{made} {head.instrument}/{head.edition}{dated}: {about} ({n}).")
    open_ = len(report.missing)
    draft.find(
        f"{open_} of {len(report.questions)} questions to a norm edition are open."
        if open_
        else f"All {len(report.questions)} questions to a norm edition are answered."
    )


def _questions(draft: Draft, report: NormsReport) -> None:
    draft.table(
        "What a reader of norms must be told",
        ("about", "question", "asked by", "answer"),
        [
            (
                one.section,
                one.ask,
                one.asked_by,
                one.said,
            )
            for one in report.questions
        ],
    )
    if report.missing:
        open_ = " ".join(one.ask for one in report.missing)
        fill = "; ".join(one.to_answer for one in report.missing)
        draft.lack("described", _PARTS["described"], f"open: {open_}", fill)
    else:
        draft.answer("described")


def _tables(draft: Draft, material: Material, report: NormsReport) -> None:
    for table in (descriptive_table(report), precision_table(report)):
        _set(draft, material, table)
    if report.precision:
        draft.answer("precision")
    else:
        draft.lack("precision", _PARTS["precision"], report.no_precision)
    for table in (reliability_table(report), history_table(report)):
        _set(draft, material, table)
    draft.say(report.disclosure.sentence())


def _set(draft: Draft, material: Material, table: TextTable) -> None:
    said: dict[str, Callable[[str], str]] = {"scale": material.name, "coefficient": _coefficient}
    rows = [
        tuple(said[name](cell) if name in said else cell for name, cell in zip(table.head, row, strict=True))
        for row in table.rows
    ]
    draft.table(table.title, table.head, rows, numbers=table.numbers, below=table.below)


def _coefficient(cell: str) -> str:
    return statistic(cell.replace(" ", "_"))


def _age(draft: Draft, material: Material, report: NormsReport) -> None:
    if report.age.limits is None:
        draft.lack("age", _PARTS["age"], report.age.sentence())
        return
    if material.today is None:
        _limits(draft, report, report.age.limits)
    else:
        draft.judge("Age of the norms", [_judged(report, material.today)])
    draft.answer("age")


def _limits(draft: Draft, report: NormsReport, limits: tuple[date, date]) -> None:
    """Say until when the norms count as current: a verdict needs the day of use, which a manual does not know."""
    age = report.age
    current, usable = (day.isoformat() for day in limits)
    draft.facts(
        [
            (f"Norm sample {SINCE[age.basis]}", f"{age.until}"),
            ("Counts as outdated (more than 15 years)", f"after {current}"),
            ("No longer usable (more than 20 years)", f"after {usable}"),
        ]
    )
    draft.note(
        "Years by COTAN, cotandocumentatie.nl. The manual gives no verdict on the age, for that depends on the day of use and "
        "the same data give the same manual on any day. For a verdict give a day: today= (on the command line --today)."
    )


def _judged(report: NormsReport, day: date) -> Judgement:
    return of_flag(
        report.source.norms,
        f"{report.age.years:.1f} years on {day.isoformat()} ({SINCE[report.age.basis]} {report.age.until})",
        {"current": "current", "outdated": "outdated", "unusable": "no longer usable"}[report.age.verdict],
        system="COTAN",
        threshold="current up to 15 years, outdated after 15, no longer usable after 20",
        source="COTAN, cotandocumentatie.nl",
    )
