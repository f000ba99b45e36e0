"""``psychometrics report person``: responses and ratings in, result pages out."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from psychometrics.cli.common import (
    InstrumentArgument,
    InvalidOption,
    MissingColumnsOption,
    MissingOption,
    OccasionOption,
    RatedArgument,
    RatingMissingOption,
    RatingsOption,
    RenameOption,
    check_rating_codes,
    need_data,
    read_input,
    words,
)
from psychometrics.cli.inputs import check_paths
from psychometrics.cli.norms.words import ForceOutdatedOption, TodayOption, parse_day
from psychometrics.cli.progress import Steps
from psychometrics.cli.report.person_out import Standards, chosen, deliver_pages

if TYPE_CHECKING:
    from psychometrics.evidence.overview.table import InstrumentReliability
    from psychometrics.evidence.stability.occasions import Stability
    from psychometrics.norming import NormedScores
    from psychometrics.responses import Ratings, Responses
    from psychometrics.scoring import Scores

ENOUGH = 100
"""People from whom the reliability of the data at hand is worth more than that of the norm sample."""
Format = Literal["html", "json", "badge", "xapi"]


def person_command(
    instrument: InstrumentArgument,
    responses: RatedArgument = None,
    ratings: RatingsOption = None,
    norms: Annotated[
        str | None,
        typer.Option(
            "--norms",
            help='An edition or its path; "default" for the one the instrument names. Without it: no places.',
        ),
    ] = None,
    retest: Annotated[str | None, typer.Option("--retest", help="Responses of a second occasion.")] = None,
    retest_ratings: Annotated[
        str | None, typer.Option("--retest-ratings", help="Ratings of a second occasion.")
    ] = None,
    persons: Annotated[
        list[str] | None,
        typer.Option("--person", metavar="ID", help="Whose page. May be repeated; without it everybody's."),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="OCCASION", help="Which occasion, where a person has several."),
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(
            "--out",
            metavar="FILE|FOLDER|ZIP",
            help="One page to a file, or many to a folder or a .zip; - is standard output.",
        ),
    ] = None,
    format: Annotated[  # noqa: A002
        Format | None,
        typer.Option(
            "--format",
            help="html, json (the content), badge (Open Badges 3.0) or xapi; by the suffix of --out, else html.",
        ),
    ] = None,
    market_weight: Annotated[
        float | None, typer.Option("--market-weight", min=0, max=1, help="Weight of the market signal.")
    ] = None,
    catalogue: Annotated[
        str, typer.Option("--catalogue", help='Roles and skills: a file, "default" or "none".')
    ] = "default",
    claims: Annotated[
        str | None, typer.Option("--claims", help="Your own file of claims for the catalogue to rest on.")
    ] = None,
    language: Annotated[str, typer.Option("--language", help="Language of the page.")] = "en",
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace a folder or archive of pages that is there already.")
    ] = False,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, help="Processes side by side for many pages.")
    ] = None,
    issuer_id: Annotated[str | None, typer.Option("--issuer-id", help="badge: IRI of the issuer.")] = None,
    issuer_name: Annotated[
        str | None, typer.Option("--issuer-name", help="badge: name of the issuer.")
    ] = None,
    base: Annotated[
        str | None,
        typer.Option("--base", help="xapi: IRI below which instrument, scales and cuts are named."),
    ] = None,
    home: Annotated[
        str | None,
        typer.Option("--home", help="xapi: home page of the system that knows the person by this id."),
    ] = None,
    when: Annotated[
        str | None,
        typer.Option(
            "--when", help="badge, xapi: valid from, and end of the assessment: 2026-11-26T10:00:00Z."
        ),
    ] = None,
    simulated: Annotated[
        bool, typer.Option("--simulated", help="The answers are simulated; every page says so.")
    ] = False,
    force_outdated: ForceOutdatedOption = False,
    today: TodayOption = None,
    missing_code: MissingOption = None,
    rating_missing_code: RatingMissingOption = None,
    invalid: InvalidOption = "error",
    missing_columns: MissingColumnsOption = "error",
    person_column: Annotated[
        str, typer.Option("--person-column", help="Name of the column that says who.")
    ] = "person_id",
    occasion: OccasionOption = "occasion",
    rename: RenameOption = None,
) -> None:
    """Write the result page of one person, or of everybody: one HTML file each that needs nothing else."""
    need_data(responses, ratings)
    check_rating_codes(rating_missing_code, ratings, retest_ratings)
    check_paths(out, responses, ratings, retest, retest_ratings)
    standards = Standards(issuer_id=issuer_id, issuer_name=issuer_name, base=base, home=home, when=when)
    form = format or ("json" if (out or "").lower().endswith(".json") else "html")
    standards.check(form)
    read = partial(
        read_input,
        instrument,
        missing_code=missing_code,
        rating_missing_code=rating_missing_code,
        invalid=invalid,
        missing_columns=missing_columns,
        person=person_column,
        occasion=occasion,
        rename=rename,
    )
    day = parse_day(today)
    with Steps(words(), "reading", "scoring", "finding what pages rest on", "writing") as steps:
        from psychometrics.report.person.building import person_reports
        from psychometrics.scoring import score

        what, answers, judged = read(responses, ratings)
        steps.next()
        scores = score(what, answers, judged)
        steps.next()
        stability = None
        if retest is not None or retest_ratings is not None:
            _, again, judged_again = read(retest, retest_ratings)
            stability = _stability(scores, score(what, again, judged_again))
        evidence = _reliability(scores, answers, judged, stability)
        placed: str | NormedScores | None = norms
        if norms is not None and force_outdated:
            placed = _placed(scores, norms, evidence)
        pages = person_reports(
            scores,
            norms=placed,
            responses=answers,
            ratings=judged,
            reliability=evidence,
            stability=stability,
            catalogue=None if catalogue == "none" else catalogue,
            claims=claims,
            market_weight=market_weight,
            language=language,
            simulated=True if simulated else None,
            today=day,
        )
        wanted = chosen(pages, persons or [], at)
        steps.next()
        deliver_pages(wanted, out, form, standards, replace=replace, workers=workers)


def _stability(first: Scores, second: Scores) -> Stability:
    from psychometrics.evidence.stability.occasions import test_retest

    return test_retest(first, second, tests=False)


def _reliability(
    scores: Scores, answers: Responses | None, judged: Ratings | None, stability: Stability | None
) -> InstrumentReliability | None:
    """Return the reliability in these data where they hold enough people; else the norms say how large errors are."""
    from psychometrics.result import counted

    people = scores.persons.num_rows
    if people < ENOUGH and stability is None:
        words().print(
            f"note: {counted(people, 'person', 'people')}, {ENOUGH} are needed to compute reliability here; standard errors "
            "are those kept with the norms, where there are any",
            markup=False,
        )
        return None
    from psychometrics.evidence.overview.reliability import reliability

    return reliability(scores.instrument, answers, judged, scores=scores, retest=stability)


def _placed(scores: Scores, norms: str, evidence: InstrumentReliability | None) -> NormedScores:
    """Place scores in norms of any age."""
    from psychometrics.norming import load_norms

    name = norms
    if norms == "default":
        instrument = scores.instrument
        named = None if instrument is None else instrument.definition.default_norms
        if named is None:
            raise typer.BadParameter("the instrument names no default norms")
        name = named
    if evidence is not None:
        scores = scores.with_standard_errors(evidence.standard_errors())
    return load_norms(name).apply(scores, outdated="allow")
