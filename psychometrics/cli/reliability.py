"""``psychometrics reliability``: consistency, raters and retest, per scale."""

from __future__ import annotations

from functools import partial
from typing import Annotated

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
    words,
)
from psychometrics.cli.progress import Steps
from psychometrics.responses import Responses
from psychometrics.scoring import score


def reliability_command(
    instrument: InstrumentArgument,
    responses: RatedArgument = None,
    ratings: RatingsOption = None,
    retest: Annotated[str | None, typer.Option("--retest", help="Responses of the second occasion.")] = None,
    retest_ratings: Annotated[
        str | None, typer.Option("--retest-ratings", help="Ratings of the second occasion.")
    ] = None,
    out: OutOption = None,
    missing_code: MissingOption = None,
    invalid: InvalidOption = "error",
    person: PersonOption = "person_id",
    occasion: OccasionOption = "occasion",
    rename: RenameOption = None,
) -> None:
    """Say how far each scale can be trusted.

    The second occasion comes as --retest F, or as further rows of RESPONSES that differ in the --occasion column.
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
            stability = test_retest(scores, score(what, again, judged_again))
        elif answers is not None and _occasions(answers) > 1:
            first, second = _split(answers)
            answers, scores = first, score(what, first)
            stability = test_retest(scores, score(what, second))
        for note in stability.notes if stability else ():
            words().print(f"note: {note}", markup=False)
        steps.next()
        result = reliability(what, answers, judged, scores=scores, retest=stability)
        deliver(result, out, title=f"Reliability of {what.name}")


def _occasions(answers: Responses) -> int:
    return (
        len(pc.unique(answers.persons.column("occasion")))
        if "occasion" in answers.persons.column_names
        else 1
    )


def _split(answers: Responses) -> tuple[Responses, Responses]:
    names = sorted(
        name for name in pc.unique(answers.persons.column("occasion")).to_pylist() if name is not None
    )
    words().print(f"note: the first two occasions are compared: {names[0]} and {names[1]}", markup=False)
    column = answers.persons.column("occasion").to_numpy()
    first, second = (answers.select(np.asarray(column == name)) for name in names[:2])
    return first, second
