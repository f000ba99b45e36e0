"""``psychometrics norms``: list, show, build, update, remove, compare."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from psychometrics import catalog
from psychometrics.cli.common import (
    InstrumentArgument,
    InvalidOption,
    MissingOption,
    OutOption,
    PersonOption,
    RatingsOption,
    RenameOption,
    ResponsesArgument,
    deliver,
    parse_pairs,
    read_input,
    show_table,
    tables,
    words,
)
from psychometrics.cli.progress import Steps
from psychometrics.report.tables import rows_table
from psychometrics.scoring import score

if TYPE_CHECKING:
    from psychometrics.norming import Norms
    from psychometrics.norming.edition import EditionHead

app = typer.Typer(
    help="Norm editions: list, show, build, update, remove, compare.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

EditionArgument = Annotated[
    str, typer.Argument(metavar="NORMS", help="instrument/edition, or the path of its .toml file.")
]
EditionOption = Annotated[str, typer.Option("--edition", help="Name of the new edition, such as 2026-11.")]
FolderOption = Annotated[Path, typer.Option("--to", help="Folder that gets the new edition's two files.")]
ProvenanceOption = Annotated[
    list[str] | None,
    typer.Option("--provenance", help="key=text: description (needed), country, sampling, collected, …"),
]
WhyOption = Annotated[str, typer.Option("--why", help="Kept in the edition's history.")]
WhoOption = Annotated[str, typer.Option("--who", help="Kept in the edition's history.")]


@app.command("list")
def list_norms(
    folder: Annotated[Path | None, typer.Option("--folder", help="Your own folder of editions.")] = None,
) -> None:
    """List the norm editions."""
    from psychometrics.norming import load_norms

    rows = []
    for entry in catalog.entries("norms", folder=folder):
        norms = load_norms(str(entry.path)) if folder else load_norms(f"{entry.id}/{entry.version}")
        head = norms.head
        n = "" if head.population.n is None else f"{head.population.n:,}"
        rows.append(
            [
                norms.name,
                "SIMULATED" if head.simulated else "",
                head.kind,
                n,
                ", ".join(v.name for v in head.strata),
                head.released or "",
                head.title,
            ]
        )
    tables().print(rows_table(["norms", "", "kind", "n", "strata", "released", "title"], rows, right=["n"]))


@app.command("show")
def show_norms(name: EditionArgument, out: OutOption = None) -> None:
    """Show where an edition comes from and what each part of it holds."""
    from psychometrics.norming import load_norms

    norms = load_norms(name)
    if out is None:
        for line in describe(norms.head):
            tables().print(line, markup=False)
        show_table(norms)
    else:
        deliver(norms, out)


def describe(head: EditionHead) -> list[str]:
    """Write the provenance of an edition, a line each; what is not known says so."""
    people = head.population
    facts = {
        "population": people.description,
        "country": people.country,
        "sampling": people.sampling,
        "collected": people.collected,
        "people": None if people.n is None else f"{people.n:,}",
        "exclusions": people.exclusions,
        "weights": people.weights,
        "source": head.source.citation if head.source else None,
        "doi": head.source.doi if head.source else None,
        "licence": head.licence,
        "released": head.released,
        "parent": head.parent,
        "fingerprint": head.fingerprint or None,
    }
    first = f"{head.instrument}/{head.edition}: {head.title}" + (" — SIMULATED" if head.simulated else "")
    return [
        first,
        *(f"  {name:12} {value or 'not stated'}" for name, value in facts.items()),
        *(f"  note: {n}" for n in head.notes),
    ]


@app.command("build")
def build(
    instrument: InstrumentArgument,
    responses: ResponsesArgument,
    edition: EditionOption,
    to: FolderOption,
    ratings: RatingsOption = None,
    strata: Annotated[
        list[str] | None, typer.Option("--strata", help="gender, or age:18,30,45,65. May be repeated.")
    ] = None,
    provenance: ProvenanceOption = None,
    simulated: Annotated[bool, typer.Option("--simulated", help="The people are simulated.")] = False,
    missing_code: MissingOption = None,
    invalid: InvalidOption = "error",
    person: PersonOption = "person_id",
    rename: RenameOption = None,
) -> None:
    """Score a norm sample and count it into a new edition."""
    from psychometrics.norming import build_norms

    with Steps(words(), "reading", "scoring and counting") as steps:
        what, answers, judged = read_input(
            instrument,
            responses,
            ratings,
            missing_code=missing_code,
            invalid=invalid,
            person=person,
            rename=rename,
        )
        steps.next()
        norms = build_norms(
            score(what, answers, judged),
            edition=edition,
            provenance=parse_pairs(provenance, "--provenance"),
            strata=strata or [],
            simulated=simulated,
        )
    _save(norms, to)


@app.command("update")
def update(
    name: EditionArgument,
    instrument: InstrumentArgument,
    responses: ResponsesArgument,
    edition: EditionOption,
    to: FolderOption,
    ratings: RatingsOption = None,
    why: WhyOption = "",
    who: WhoOption = "",
    missing_code: MissingOption = None,
    invalid: InvalidOption = "error",
    person: PersonOption = "person_id",
    rename: RenameOption = None,
) -> None:
    """Add people to an edition; the result is a new edition, the old one stays."""
    old, new = _both(name, instrument, responses, ratings, missing_code, invalid, person, rename)
    _save(old.merge(new, edition=edition, why=why, who=who), to)


@app.command("remove")
def remove(
    name: EditionArgument,
    instrument: InstrumentArgument,
    responses: ResponsesArgument,
    edition: EditionOption,
    to: FolderOption,
    ratings: RatingsOption = None,
    why: WhyOption = "",
    who: WhoOption = "",
    missing_code: MissingOption = None,
    invalid: InvalidOption = "error",
    person: PersonOption = "person_id",
    rename: RenameOption = None,
) -> None:
    """Take people out of an edition; refused when their scores were never in it."""
    old, gone = _both(name, instrument, responses, ratings, missing_code, invalid, person, rename)
    _save(old.remove(gone, edition=edition, why=why, who=who), to)


@app.command("compare")
def compare(
    first: EditionArgument, second: Annotated[str, typer.Argument(metavar="NORMS")], out: OutOption = None
) -> None:
    """Compare two editions: n, means, SDs, the standardised shift and the largest change of a percentile rank."""
    from psychometrics.norming import load_norms
    from psychometrics.norming.compare import compare_norms

    result = compare_norms(load_norms(first), load_norms(second))
    if out is None:
        show_table(result, title=f"{first} and {second}")
    else:
        deliver(result, out)


def _both(
    name: str,
    instrument: str,
    responses: str,
    ratings: str | None,
    missing_code: list[str] | None,
    invalid: InvalidOption,
    person: str,
    rename: list[str] | None,
) -> tuple[Norms, Norms]:
    from psychometrics.norming import build_norms, load_norms

    old = load_norms(name)
    what, answers, judged = read_input(
        instrument,
        responses,
        ratings,
        missing_code=missing_code,
        invalid=invalid,
        person=person,
        rename=rename,
    )
    new = build_norms(
        score(what, answers, judged),
        edition="added",
        provenance={"description": old.head.population.description},
        strata=old.head.strata,
        simulated=old.head.simulated,
    )
    return old, new


def _save(norms: Norms, folder: Path) -> None:
    path = norms.save(folder)
    for note in norms.head.notes:
        words().print(f"note: {note}", markup=False)
    words().print(f"wrote {path} and its table", markup=False)
    show_table(norms)
