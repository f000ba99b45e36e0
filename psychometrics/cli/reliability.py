"""``psychometrics reliability``: consistency, raters and retest, per scale."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
import pyarrow.compute as pc
import typer

from psychometrics.cli.common import (
    InstrumentArgument,
    InvalidOption,
    MissingOption,
    OccasionOption,
    OutOption,
    PersonOption,
    RatedArgument,
    RatingsOption,
    RenameOption,
    deliver,
    need_data,
    read_input,
    tables,
    words,
)
from psychometrics.cli.progress import Steps
from psychometrics.report.tables import rows_table
from psychometrics.responses import Responses
from psychometrics.scoring import score

if TYPE_CHECKING:
    from psychometrics.evidence.overview.table import InstrumentReliability


def reliability_command(
    instrument: InstrumentArgument,
    responses: RatedArgument = None,
    ratings: RatingsOption = None,
    retest: Annotated[str | None, typer.Option("--retest", help="Responses of the second occasion.")] = None,
    retest_ratings: Annotated[
        str | None, typer.Option("--retest-ratings", help="Ratings of the second occasion.")
    ] = None,
    detail: Annotated[
        Literal["main", "all"],
        typer.Option("--detail", help="all: lambdas, greatest lower bound, splits, ..."),
    ] = "main",
    out: OutOption = None,
    missing_code: MissingOption = None,
    invalid: InvalidOption = "error",
    person: PersonOption = "person_id",
    occasion: OccasionOption = "occasion",
    rename: RenameOption = None,
) -> None:
    """Say how far each scale can be trusted.

    The second occasion comes as --retest F, or as further rows of RESPONSES that differ in the --occasion column (of
    more than two, all are compared).
    """
    from psychometrics.evidence.overview.reliability import reliability
    from psychometrics.evidence.stability.occasions import test_retest

    read = partial(
        read_input,
        instrument,
        missing_code=missing_code,
        invalid=invalid,
        person=person,
        occasion=occasion,
        rename=rename,
    )
    need_data(responses, ratings)
    with Steps(words(), "reading and scoring", "second occasion", "coefficients") as steps:
        what, answers, judged = read(responses, ratings)
        scores = score(what, answers, judged)
        stability = None
        steps.next()
        if retest is not None:
            _, again, judged_again = read(retest, retest_ratings)
            stability = test_retest(scores, score(what, again, judged_again), tests=False)
        elif answers is not None and _occasions(answers) > 1:
            occasions = _split(answers)
            answers, scores = occasions[0], score(what, occasions[0])
            stability = test_retest(scores, *(score(what, one) for one in occasions[1:]), tests=False)
        for note in stability.notes if stability else ():
            words().print(f"note: {note}", markup=False)
        steps.next()
        result = reliability(what, answers, judged, scores=scores, retest=stability, detail=detail)
    deliver(result, out, show=_show)


def _show(result: InstrumentReliability) -> None:
    from psychometrics.report.reliability import HEAD, RIGHT, reliability_lines, reliability_words

    simulated = "  SIMULATED" if result.source.simulated else ""
    title = f"Reliability of {result.instrument.name}{simulated}"
    tables().print(rows_table(list(HEAD), reliability_lines(result), title=title, right=list(RIGHT)))
    for line in reliability_words(result):
        words().print(line, markup=False)


def _occasions(answers: Responses) -> int:
    return (
        len(pc.unique(answers.persons.column("occasion")))
        if "occasion" in answers.persons.column_names
        else 1
    )


def _split(answers: Responses) -> list[Responses]:
    names = sorted(
        name for name in pc.unique(answers.persons.column("occasion")).to_pylist() if name is not None
    )
    words().print(f"note: the occasions in order are {', '.join(map(str, names))}", markup=False)
    column = answers.persons.column("occasion").to_numpy()
    return [answers.select(np.asarray(column == name)) for name in names]
