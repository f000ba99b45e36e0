"""``psychometrics score``: responses and ratings in, scores and percentile ranks out."""

from __future__ import annotations

from typing import Annotated

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
from psychometrics.cli.norms.words import ForceOutdatedOption, say_age
from psychometrics.cli.progress import Steps
from psychometrics.scoring import score


def score_command(
    instrument: InstrumentArgument,
    responses: RatedArgument = None,
    ratings: RatingsOption = None,
    norms: Annotated[
        str | None,
        typer.Option("--norms", help='An edition or its path; "default" for the one the instrument names.'),
    ] = None,
    strata: Annotated[
        list[str] | None,
        typer.Option("--strata", help="Strata of the norms to use; none means the whole sample."),
    ] = None,
    force_outdated: ForceOutdatedOption = False,
    out: OutOption = None,
    missing_code: MissingOption = None,
    invalid: InvalidOption = "error",
    person: PersonOption = "person_id",
    occasion: OccasionOption = "occasion",
    rename: RenameOption = None,
) -> None:
    """Score responses, and ratings where there are rubric tasks; with --norms also percentile ranks."""
    need_data(responses, ratings)
    with Steps(words(), "reading", "scoring", "placing in the norm sample", "writing") as steps:
        what, answers, judged = read_input(
            instrument,
            responses,
            ratings,
            missing_code=missing_code,
            invalid=invalid,
            person=person,
            occasion=occasion,
            rename=rename,
        )
        steps.next()
        scores = score(what, answers, judged)
        for note in scores.notes:
            if answers is None or note not in answers.notes:
                words().print(f"note: {note}", markup=False)
        if norms is None:
            deliver(scores, out, title=f"Scores on {what.name}")
            return
        name = what.definition.default_norms if norms == "default" else norms
        if name is None:
            raise typer.BadParameter(f"{what.name} names no default norms")
        from psychometrics.norming import load_norms

        steps.next()
        edition = load_norms(name)
        used = None if not strata else [one for one in strata if one != "none"]
        normed = edition.apply(scores, strata=used, outdated="allow" if force_outdated else "refuse")
        say_age(edition)
        if edition.head.simulated:
            words().print(f"note: {edition.name} is a SIMULATED norm sample", markup=False)
        steps.next()
        deliver(normed, out, title=f"{what.name} in {edition.name}")
