"""Look at norm editions: list, show, compare, report, verify."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from psychometrics import catalog
from psychometrics.cli.common import OutOption, check_suffix, deliver, show_table, tables, words
from psychometrics.cli.norms.words import (
    EditionArgument,
    TodayOption,
    describe,
    parse_day,
    say_age,
    say_disclosure,
)
from psychometrics.errors import NormError, Problem

SecondArgument = Annotated[
    str, typer.Argument(metavar="SECOND", help="The edition to compare it with, named in the same way.")
]


def list_norms(
    folder: Annotated[Path | None, typer.Option("--folder", help="Your own folder of editions.")] = None,
    today: TodayOption = None,
) -> None:
    """List the norm editions, and how old they are."""
    from psychometrics.norming import load_norms
    from psychometrics.norming.editions.ageing import edition_age
    from psychometrics.report.tables import rows_table

    rows = []
    for entry in catalog.entries("norms", folder=folder):
        norms = load_norms(str(entry.path)) if folder else load_norms(f"{entry.id}/{entry.version}")
        head = norms.head
        age = edition_age(head, today=parse_day(today))
        years = "" if age.until is None else f"{age.years:.0f}"
        old = "" if age.verdict == "current" else age.verdict
        rows.append(
            [
                norms.name,
                "SIMULATED" if head.simulated else "",
                head.kind,
                "" if head.population.n is None else f"{head.population.n:,}",
                ", ".join(v.name for v in head.strata),
                head.released or "",
                f"{old} {years}".strip(),
                head.title,
            ]
        )
    names = ["norms", "", "kind", "n", "strata", "released", "years", "title"]
    tables().print(rows_table(names, rows, right=["n", "years"]))


def show_norms(name: EditionArgument, out: OutOption = None, today: TodayOption = None) -> None:
    """Show where an edition comes from, how old it is, and what each part of it holds."""
    from psychometrics.norming import load_norms

    check_suffix(out)
    norms = load_norms(name)
    say_age(norms, parse_day(today))
    if out is None:
        for line in describe(norms.head):
            tables().print(line, markup=False)
        show_table(norms)
    else:
        deliver(norms, out)


def compare(first: EditionArgument, second: SecondArgument, out: OutOption = None) -> None:
    """Compare two editions: n, means, SDs, the standardised shift and the largest change of a percentile rank."""
    from psychometrics.norming import load_norms
    from psychometrics.norming.editions.compare import compare_norms

    check_suffix(out)
    result = compare_norms(load_norms(first), load_norms(second))
    deliver(result, out, title=f"{first} and {second}")


def report(
    name: EditionArgument,
    out: Annotated[
        str, typer.Option("--out", help="A file ending in .html or .md; - is Markdown on standard output.")
    ] = "-",
    against: Annotated[
        list[str] | None,
        typer.Option(
            "--against", help="Edition that readers may lay beside it (its parent). May be repeated."
        ),
    ] = None,
    smallest: Annotated[
        int, typer.Option("--smallest", min=2, help="Groups of fewer people are not shown.")
    ] = 10,
    today: TodayOption = None,
) -> None:
    """Report on an edition: population, sampling, dates, weights, figures, precision, and what it does not say."""
    from psychometrics.norming import load_norms
    from psychometrics.report.norms_report import norms_report

    check_suffix(out, ".html", ".md")
    others = [load_norms(one) for one in against or []]
    made = norms_report(load_norms(name), against=others, smallest=smallest, today=parse_day(today))
    for one in made.missing:
        words().print(f"not answered: {one.ask} ({one.to_answer})", markup=False)
    say_disclosure(made.disclosure)
    if out == "-":
        sys.stdout.write(made.to_markdown())
    else:
        words().print(f"wrote {made.write(out)}", markup=False)


def verify(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of one instrument's editions.")],
    last_digest: Annotated[
        str, typer.Option("--last-digest", help="The digest that an earlier check printed.")
    ] = "",
    out: OutOption = None,
) -> None:
    """Compare the editions of a folder with its log; exit status 1 when they disagree."""
    from psychometrics.norming.editions.verify import verify_editions

    check_suffix(out)
    check = verify_editions(folder, last_digest=last_digest)
    deliver(check, out)
    words().print(f"last digest: {check.last_digest} (keep it outside the folder)", markup=False)
    if not check.agree:
        problems = [Problem(where=where, what=what) for where, what in check.findings]
        raise NormError(f"{folder}: log and files disagree", problems=problems)
    words().print("log and files agree", markup=False)
