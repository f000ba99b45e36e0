"""``psychometrics reliability``: consistency, raters and retest, per scale."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

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
    tables,
    words,
)
from psychometrics.cli.engines import (
    ClusterOption,
    Engine,
    EngineOption,
    MemoryOption,
    batches_of,
    choose_engine,
    run_engine,
)
from psychometrics.cli.inputs import check_paths
from psychometrics.cli.progress import Steps

if TYPE_CHECKING:
    from psychometrics.evidence.overview.table import InstrumentReliability
    from psychometrics.evidence.stability.occasions import Stability
    from psychometrics.responses import Ratings, Responses

Given = TypeVar("Given", "Responses", "Ratings")


def reliability_command(
    instrument: InstrumentArgument,
    responses: RatedArgument = None,
    ratings: RatingsOption = None,
    retest: Annotated[str | None, typer.Option("--retest", help="Responses of the second occasion.")] = None,
    retest_ratings: Annotated[
        str | None, typer.Option("--retest-ratings", help="Ratings of the second occasion.")
    ] = None,
    date_column: Annotated[
        str | None,
        typer.Option(
            "--date-column",
            help="Person column with the date of each occasion; completed_on where it is there.",
        ),
    ] = None,
    detail: Annotated[
        Literal["main", "all"],
        typer.Option("--detail", help="all: lambdas, greatest lower bound, splits, ..."),
    ] = "main",
    out: OutOption = None,
    missing_code: MissingOption = None,
    rating_missing_code: RatingMissingOption = None,
    invalid: InvalidOption = "error",
    missing_columns: MissingColumnsOption = "error",
    person: PersonOption = "person_id",
    occasion: OccasionOption = "occasion",
    rename: RenameOption = None,
    occasions: Annotated[
        str | None,
        typer.Option(
            "--occasions", help="In batches: the names of two occasions, such as t1,t2, to compare."
        ),
    ] = None,
    engine: EngineOption = None,
    memory: MemoryOption = "1GiB",
    cluster: ClusterOption = None,
) -> None:
    """Say how far each scale can be trusted.

    The second occasion comes as --retest F, or as further rows of RESPONSES that differ in the --occasion column (of
    more than two, all are compared); ratings then have the column occasion too. RESPONSES may be a folder or a glob of files (in quotes), read in batches. Then everything is found from
    counts; --occasions names the two occasions.
    """
    from psychometrics.evidence.overview.reliability import reliability
    from psychometrics.evidence.stability.occasions import test_retest
    from psychometrics.scoring import score

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
    need_data(responses, ratings)
    check_rating_codes(rating_missing_code, ratings, retest_ratings)
    again = (retest, retest_ratings)
    check_paths(out, responses, ratings, *again)
    check_suffix(out)
    if occasions is not None and again != (None, None):
        raise typer.BadParameter("the second occasion comes from --retest or from --occasions, not from both")
    chosen = choose_engine(engine, responses, ratings, *again, memory=memory, cluster=cluster)
    if not chosen.in_memory:
        if date_column is not None:
            raise typer.BadParameter("--date-column needs the persons: counts hold no dates")
        reading: dict[str, Any] = {
            "missing_code": missing_code,
            "rating_missing_code": rating_missing_code,
            "invalid": invalid,
            "missing_columns": missing_columns,
            "person": person,
            "occasion": occasion,
            "rename": rename,
        }
        second = _second(chosen, instrument, retest, retest_ratings, occasions, reading)
        batches = batches_of(chosen, instrument, responses, ratings, **reading)
        run = run_engine(chosen, batches, retest=second)
        if run.retest_tally is not None:
            _say_notes(test_retest(run.retest_tally, tests=False))
        found = run.reliability(detail=detail)
        deliver(found, out, show=partial(_show, everything=detail == "all"))
        return
    if occasions is not None:
        raise typer.BadParameter(
            "--occasions goes with --engine batches, dask or spark; all occasions are compared here"
        )
    with Steps(words(), "reading and scoring", "second occasion", "coefficients") as steps:
        what, answers, judged = read(responses, ratings)
        scores = score(what, answers, judged)
        stability: Stability | None = None
        steps.next()
        if again != (None, None):
            later = [score(*read(*again))]
            stability = test_retest(scores, *later, date_column=date_column, tests=False)
        elif len(names := _occasions(answers, judged)) > 1:
            words().print(f"note: the occasions in order are {', '.join(names)}", markup=False)
            apart = [_on(name, answers, judged) for name in names]
            answers, judged = apart[0]
            scores, *later = (score(what, *one) for one in apart)
            stability = test_retest(scores, *later, date_column=date_column, tests=False)
        elif date_column is not None:
            raise typer.BadParameter("--date-column goes with a second occasion: --retest or --occasion")
        _say_notes(stability)
        steps.next()
        result = reliability(what, answers, judged, scores=scores, retest=stability, detail=detail)
    deliver(result, out, show=partial(_show, everything=detail == "all"))


def _say_notes(stability: Stability | None) -> None:
    for note in stability.notes if stability else ():
        words().print(f"note: {note}", markup=False)


def _second(
    engine: Engine,
    instrument: str,
    retest: str | None,
    retest_ratings: str | None,
    occasions: str | None,
    reading: Mapping[str, Any],
) -> Any:
    """Return the second occasion of a run in batches: other files, or two names in the same."""
    if retest is not None or retest_ratings is not None:
        return batches_of(engine, instrument, retest, retest_ratings, **reading)
    if occasions is None:
        return None
    names = tuple(occasions.split(","))
    if len(names) != 2:
        raise typer.BadParameter("--occasions takes two names: t1,t2")
    return names


def _show(result: InstrumentReliability, *, everything: bool) -> None:
    from psychometrics.report.reliability import HEAD, IMPORTANT, RIGHT, reliability_lines, reliability_words
    from psychometrics.report.tables import rows_table

    simulated = "  SIMULATED" if result.source.simulated else ""
    title = f"Reliability of {result.instrument.name}{simulated}"
    lines = reliability_lines(result)
    tables().print(rows_table(HEAD, lines, title=title, right=RIGHT, important=IMPORTANT))
    for line in reliability_words(result, everything=everything):
        words().print(line, markup=False)


def _occasions(*given: Responses | Ratings | None) -> list[str]:
    """Return the names of the occasions in the answers and ratings, in their order."""
    import pyarrow.compute as pc

    columns = [
        one.persons.column("occasion")
        for one in given
        if one is not None and "occasion" in one.persons.column_names
    ]
    return sorted({name for column in columns for name in pc.unique(column).to_pylist() if name is not None})


def _on(
    name: str, answers: Responses | None, judged: Ratings | None
) -> tuple[Responses | None, Ratings | None]:
    """Return the answers and the ratings of one occasion."""
    return _part(answers, name), _part(judged, name)


def _part(one: Given | None, name: str) -> Given | None:
    if one is None or "occasion" not in one.persons.column_names:
        return one
    import pyarrow.compute as pc

    return one.select(pc.equal(one.persons.column("occasion"), name).fill_null(False).to_numpy())
