"""``psychometrics report manual``: the technical manual of an instrument."""

from __future__ import annotations

import sys
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from psychometrics.cli.common import (
    InstrumentArgument,
    InvalidOption,
    MissingColumnsOption,
    MissingOption,
    OccasionOption,
    PersonOption,
    RatingMissingOption,
    RatingsOption,
    RenameOption,
    check_rating_codes,
    check_suffix,
    read_input,
    words,
)
from psychometrics.cli.inputs import check_paths
from psychometrics.cli.progress import Steps

if TYPE_CHECKING:
    from psychometrics.report.manual.manual import TechnicalManual


def manual_command(
    instrument: InstrumentArgument,
    responses: Annotated[
        str | None,
        typer.Argument(
            metavar="RESPONSES",
            help="A table with a row per person. Without any data the manual is what the definition says.",
        ),
    ] = None,
    ratings: RatingsOption = None,
    retest: Annotated[str | None, typer.Option("--retest", help="Responses of the second occasion.")] = None,
    retest_ratings: Annotated[
        str | None, typer.Option("--retest-ratings", help="Ratings of the second occasion.")
    ] = None,
    norms: Annotated[
        str,
        typer.Option(
            "--norms", help='An edition or its path; "default" is the one the instrument names; or "none".'
        ),
    ] = "default",
    criteria: Annotated[
        list[str] | None,
        typer.Option("--criteria", help="A column of RESPONSES that is a criterion. May be repeated."),
    ] = None,
    groups: Annotated[
        list[str] | None,
        typer.Option("--groups", help="A column of RESPONSES that divides persons. May be repeated."),
    ] = None,
    statements: Annotated[
        str | None,
        typer.Option(
            "--statements",
            help="A TOML file with what the authors say to open questions, who reviewed, and what changed.",
        ),
    ] = None,
    simulated: Annotated[
        bool, typer.Option("--simulated", help="The data are simulated; the manual says so everywhere.")
    ] = False,
    today: Annotated[
        datetime | None,
        typer.Option(
            "--today",
            formats=["%Y-%m-%d"],
            help="Give a verdict on the age of the norms as of this day; without it their dates and limits stand alone.",
        ),
    ] = None,
    selection: Annotated[
        bool | None,
        typer.Option(
            "--selection/--no-selection",
            help="Whether persons are selected by the scores, which asks for selection rates of groups; else the intended use in the "
            "definition decides.",
        ),
    ] = None,
    smallest: Annotated[
        int,
        typer.Option("--smallest", min=1, help="No figure of fewer persons is shown, but of simulated ones."),
    ] = 10,
    confidence: Annotated[float, typer.Option("--confidence", help="Level of the intervals.")] = 0.95,
    out: Annotated[
        str | None,
        typer.Option(
            "--out",
            help="Write to this file: .html, or .md with its figures beside it; - is standard output.",
        ),
    ] = None,
    missing_code: MissingOption = None,
    rating_missing_code: RatingMissingOption = None,
    invalid: InvalidOption = "error",
    missing_columns: MissingColumnsOption = "error",
    person: PersonOption = "person_id",
    occasion: OccasionOption = "occasion",
    rename: RenameOption = None,
) -> None:
    """Write the technical manual of an instrument, in the order of the Standards and of the EFPA review model.

    Everything comes from the definition, the data and the statements of the authors; what is not there is listed as
    missing. The same call on the same data gives the same bytes. Without --out it goes to standard output as Markdown,
    without its figures.
    """
    from psychometrics.report.manual.build import technical_manual
    from psychometrics.report.manual.statements import Statements, read_statements

    read = partial(
        read_input,
        instrument,
        missing_code=missing_code,
        rating_missing_code=rating_missing_code,
        invalid=invalid,
        missing_columns=missing_columns,
        person=person,
        occasion=occasion,
        rename=rename,
    )
    check_rating_codes(rating_missing_code, ratings, retest_ratings)
    check_paths(out, responses, ratings, retest, retest_ratings)
    check_suffix(out, ".html", ".md")
    said = Statements() if statements is None else read_statements(statements)
    with Steps(words(), "reading", "working out", "writing") as steps:
        what, answers, judged = read(responses, ratings)
        second = None
        if retest is not None or retest_ratings is not None:
            second = read(retest, retest_ratings)[1:]
        steps.next()
        manual = technical_manual(
            what,
            answers,
            judged,
            retest=second,
            norms=None if norms == "none" else norms,
            criteria=criteria,
            groups=groups,
            statements=said.statements,
            reviewed=said.reviewed,
            changelog=said.changelog,
            simulated=True if simulated else None,
            today=None if today is None else today.date(),
            confidence=confidence,
            selection=selection,
            smallest=smallest,
        )
        steps.next()
        _write(manual, out)


def _write(manual: TechnicalManual, out: str | None) -> None:
    if out is None or out == "-":
        sys.stdout.buffer.write(manual.to_markdown(None).encode())
        sys.stdout.flush()
    else:
        manual.write(Path(out))
        words().print(f"wrote {out}", markup=False)
    asked = [one for one in manual.review if one.answered != "not applicable"]
    open_ = sum(one.answered == "no" for one in asked)
    words().print(f"{open_} of {len(asked)} questions of a review are without an answer", markup=False)
