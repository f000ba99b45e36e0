"""``psychometrics score``: responses and ratings in, scores and percentile ranks out."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from psychometrics.cli.common import (
    InstrumentArgument,
    InvalidOption,
    MissingColumnsOption,
    MissingOption,
    OccasionOption,
    OutOption,
    PersonOption,
    RatedArgument,
    RatingMissingOption,
    RatingsOption,
    RenameOption,
    check_rating_codes,
    check_suffix,
    deliver,
    need_data,
    read_input,
    words,
)
from psychometrics.cli.engines import (
    ClusterOption,
    Engine,
    EngineOption,
    FreshOption,
    MemoryOption,
    batches_of,
    choose_engine,
    deliver_run,
    output_folder,
    run_engine,
)
from psychometrics.cli.inputs import check_paths
from psychometrics.cli.norms.words import SHOWN, ForceOutdatedOption, say_age
from psychometrics.cli.progress import Steps

if TYPE_CHECKING:
    from psychometrics.norming import NormedScores, Norms


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
    rating_missing_code: RatingMissingOption = None,
    invalid: InvalidOption = "error",
    missing_columns: MissingColumnsOption = "error",
    person: PersonOption = "person_id",
    occasion: OccasionOption = "occasion",
    rename: RenameOption = None,
    engine: EngineOption = None,
    memory: MemoryOption = "1GiB",
    cluster: ClusterOption = None,
    layout: Annotated[
        Literal["long", "wide"],
        typer.Option("--layout", help="In batches: a row per person and scale, or a row per person."),
    ] = "long",
    fresh: FreshOption = False,
) -> None:
    """Score responses, and ratings where there are rubric tasks; with --norms also percentile ranks.

    RESPONSES may be a folder or a glob of files (in quotes): then the work is done in batches, and --out is a folder that gets a file
    of scores for each part, or the name of one .parquet or .csv file. A run that was stopped goes on when it is
    started again.
    """
    from psychometrics.scoring import score

    need_data(responses, ratings)
    check_rating_codes(rating_missing_code, ratings)
    check_paths(out, responses, ratings)
    if strata and norms is None:
        raise typer.BadParameter("--strata goes with --norms")
    chosen = choose_engine(engine, responses, ratings, memory=memory, cluster=cluster, fresh=fresh)
    if chosen.in_memory:
        check_suffix(out)
        if layout != "long":
            raise typer.BadParameter(f"--layout {layout} goes with --engine batches, dask or spark")
    if not chosen.in_memory:
        _in_batches(
            chosen,
            instrument,
            out,
            _edition(instrument, norms, force_outdated),
            strata,
            force_outdated,
            layout,
            responses=responses,
            ratings=ratings,
            missing_code=missing_code,
            rating_missing_code=rating_missing_code,
            invalid=invalid,
            missing_columns=missing_columns,
            person=person,
            occasion=occasion,
            rename=rename,
        )
        return
    with Steps(words(), "reading", "scoring", "placing in the norm sample", "writing") as steps:
        what, answers, judged = read_input(
            instrument,
            responses,
            ratings,
            missing_code=missing_code,
            rating_missing_code=rating_missing_code,
            invalid=invalid,
            missing_columns=missing_columns,
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
        _say_unplaced(normed)
        steps.next()
        deliver(normed, out, title=f"{what.name} in {edition.name}")


def _say_unplaced(normed: NormedScores) -> None:
    """Say how many people are in no stratum of the norms, and which values the strata take."""
    import pyarrow as pa

    variables = normed.norms.head.strata
    for place, variable in enumerate(variables):
        lost = normed.stratum == -1 - place
        if not lost.any():
            continue
        column = normed.persons.column(variable.column).filter(pa.array(lost))
        found = sorted({"blank" if one is None else str(one) for one in column.to_pylist()})
        here = ", ".join(found[:SHOWN]) + (", \u2026" if len(found) > SHOWN else "")
        words().print(
            f"warning: {int(lost.sum()):,} of {len(lost):,} in no stratum of {normed.norms.name}: {variable.column} "
            f"must be one of {', '.join(variable.labels)} (here: {here})",
            markup=False,
        )


def _edition(instrument: str, norms: str | None, force_outdated: bool) -> Norms | None:
    """Return the norms of a run; says how old they are, and whether they are simulated."""
    if norms is None:
        return None
    from psychometrics.instrument import load_instrument
    from psychometrics.norming import load_norms
    from psychometrics.norming.editions.ageing import check_age

    what = load_instrument(instrument)
    name = what.definition.default_norms if norms == "default" else norms
    if name is None:
        raise typer.BadParameter(f"{what.name} names no default norms")
    edition = load_norms(name)
    check_age(edition.head, outdated="allow" if force_outdated else "refuse", today=None)
    say_age(edition)
    if edition.head.simulated:
        words().print(f"note: {edition.name} is a SIMULATED norm sample", markup=False)
    return edition


def _in_batches(
    engine: Engine,
    instrument: str,
    out: str | None,
    norms: Norms | None,
    strata: list[str] | None,
    force_outdated: bool,
    layout: str,
    **reading: Any,
) -> None:
    if out is None and sys.stdout.isatty():
        raise typer.BadParameter(
            "in batches say where the scores go: --out FOLDER, or a .parquet or .csv file"
        )
    apply: dict[str, Any] = {"outdated": "allow"} if force_outdated else {}
    if strata:
        apply["strata"] = [one for one in strata if one != "none"]
    batches = batches_of(engine, instrument, **reading)
    with output_folder(out) as folder:
        run = run_engine(engine, batches, to=folder, norms=norms, apply=apply, tally=False, layout=layout)
        deliver_run(run, out, norms)
