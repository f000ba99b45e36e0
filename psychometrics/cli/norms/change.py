"""Make norm editions: build, update, remove, withdraw."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from psychometrics.cli.common import check_rating_codes, deliver, parse_pairs, words
from psychometrics.cli.engines import (
    ClusterOption,
    EngineOption,
    MemoryOption,
    batches_of,
    choose_engine,
    run_engine,
)
from psychometrics.cli.inputs import check_paths
from psychometrics.cli.norms.people import People, takes_people
from psychometrics.cli.norms.words import DisclosureOption, EditionArgument, say_disclosure
from psychometrics.cli.progress import Steps
from psychometrics.errors import NormError

if TYPE_CHECKING:
    from psychometrics.norming import Norms

EditionOption = Annotated[str, typer.Option("--edition", help="Name of the new edition, such as 2026-11.")]
FolderOption = Annotated[Path, typer.Option("--to", help="Folder that gets the new edition's two files.")]
WhyOption = Annotated[str, typer.Option("--why", help="Kept in the history and the log.")]
WhoOption = Annotated[str, typer.Option("--who", help="Kept in the history and the log.")]


@takes_people
def build(
    *,
    people: People,
    edition: EditionOption,
    to: FolderOption,
    strata: Annotated[
        list[str] | None, typer.Option("--strata", help="gender, or age:18,30,45,65. May be repeated.")
    ] = None,
    scale: Annotated[
        list[str] | None, typer.Option("--scale", help="Which scales; needed with --scores. May be repeated.")
    ] = None,
    continuous: Annotated[
        str | None, typer.Option("--continuous", help="Column along which norms run smoothly, such as age.")
    ] = None,
    smoothing: Annotated[
        str | None, typer.Option("--smoothing", help="log_linear, kernel or beta_binomial.")
    ] = None,
    margins: Annotated[
        Path | None,
        typer.Option(
            "--margins", help="CSV with variable, level, share: weight the sample to this population."
        ),
    ] = None,
    cap: Annotated[
        float | None, typer.Option("--cap", help="Largest weight, as a multiple of the mean weight.")
    ] = None,
    provenance: Annotated[
        list[str] | None,
        typer.Option(
            "--provenance",
            help="key=text: description (needed), country, sampling, participation, administration, collected, …",
        ),
    ] = None,
    simulated: Annotated[bool, typer.Option("--simulated", help="The people are simulated.")] = False,
    why: WhyOption = "",
    who: WhoOption = "",
    disclosure: DisclosureOption = "allow",
    engine: EngineOption = None,
    memory: MemoryOption = "1GiB",
    cluster: ClusterOption = None,
) -> None:
    """Score a norm sample and count it into a new edition.

    RESPONSES may be a folder or a glob of files (in quotes), read in batches.
    """
    from psychometrics.norming import build_norms
    from psychometrics.norming.build import check_provenance
    from psychometrics.norming.weighting.weighting import rake

    said = {
        **parse_pairs(provenance, "--provenance"),
        **{name: text for name, text in (("why", why), ("who", who)) if text},
    }
    check_paths(to, *people.sources)
    chosen = choose_engine(engine, *people.sources, memory=memory, cluster=cluster)
    if not chosen.in_memory:
        if people.scores or continuous or margins is not None or scale:
            raise typer.BadParameter(
                "in batches norms are counts of responses: not with --scores, --scale, --continuous or --margins"
            )
        check_rating_codes(people.rating_missing_code, people.ratings)
        check_provenance(said)  # before people are read: that may take hours
        batches = batches_of(
            chosen,
            str(people.instrument),
            people.responses,
            people.ratings,
            missing_code=people.missing_code,
            rating_missing_code=people.rating_missing_code,
            invalid=people.invalid,
            missing_columns=people.missing_columns,
            person=people.person,
            occasion=people.occasion,
            rename=people.rename,
        )
        run = run_engine(chosen, batches, norms_strata=strata or [])
        counted = run.build_norms(edition=edition, provenance=said, smoothing=smoothing, simulated=simulated)
        save_edition(counted, to, [], disclosure, said=run.notes)
        return
    check_provenance(said)
    with Steps(words(), "reading and scoring", "counting") as steps:
        scores = people.read()
        steps.next()
        weights = None if margins is None else rake(scores, read_margins(margins), cap=cap)
        norms = build_norms(
            scores,
            edition=edition,
            provenance=said,
            strata=strata or [],
            scale=scale or None,
            continuous=continuous,
            smoothing=smoothing,
            weights=weights,
            simulated=simulated,
        )
    save_edition(norms, to, [], disclosure)


@takes_people
def update(
    *,
    people: People,
    name: EditionArgument,
    edition: EditionOption,
    to: FolderOption,
    provenance: Annotated[
        list[str] | None,
        typer.Option(
            "--provenance",
            help="collected=2026-11: when these people answered; it is added to the periods of the edition.",
        ),
    ] = None,
    why: WhyOption = "",
    who: WhoOption = "",
    disclosure: DisclosureOption = "allow",
) -> None:
    """Add people to an edition; the result is a new edition, the old one stays."""
    said = parse_pairs(provenance, "--provenance")
    others = sorted(set(said) - {"collected"})
    if others:
        raise typer.BadParameter(
            f"--provenance: of people who are added only collected is kept, not {', '.join(others)}; the edition says the rest"
        )
    old, these = _counted(people, name, to)
    if said:
        population = these.head.population.model_copy(update=said)
        these = replace(these, head=these.head.model_copy(update={"population": population}))
    save_edition(old.merge(these, edition=edition, why=why, who=who), to, [old], disclosure)


@takes_people
def remove(
    *,
    people: People,
    name: EditionArgument,
    edition: EditionOption,
    to: FolderOption,
    why: WhyOption = "",
    who: WhoOption = "",
    disclosure: DisclosureOption = "allow",
) -> None:
    """Take people out of an edition; refused when their scores were never in it."""
    old, these = _counted(people, name, to)
    save_edition(old.remove(these, edition=edition, why=why, who=who), to, [old], disclosure)


def _counted(people: People, name: str, to: Path) -> tuple[Norms, Norms]:
    """Return the edition, and people counted as it counts."""
    from psychometrics.norming import load_norms
    from psychometrics.norming.drift.drift import counted_as

    check_paths(to, *people.sources)
    old = load_norms(name)
    return old, counted_as(old, people.read(), weighted=True)


def withdraw(
    name: Annotated[Path, typer.Argument(metavar="EDITION.toml", help="The edition's file.")],
    why: Annotated[str, typer.Option("--why", help="Kept in the log.")],
    who: WhoOption = "",
) -> None:
    """Delete the files of an edition and say so in the log: the end of an erasure."""
    from psychometrics.norming.editions.log import withdraw_edition

    withdraw_edition(name.parent, name.name.removesuffix(".toml"), why=why, who=who)
    words().print(f"deleted {name} and its table; the log says so", markup=False)


def read_margins(path: Path) -> dict[str | tuple[str, ...], dict[str, float]]:
    """Return margins from a CSV of variable, level, share."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if list(reader.fieldnames or []) != ["variable", "level", "share"]:
                raise NormError(
                    f"{path}: columns {reader.fieldnames}", hint="Expected variable, level, share."
                )
            margins: dict[str | tuple[str, ...], dict[str, float]] = defaultdict(dict)
            for row in reader:
                if row["level"] in margins[row["variable"]]:
                    raise NormError(f"{path}: {row['variable']}, level {row['level']}: there twice")
                margins[row["variable"]][row["level"]] = float(row["share"])
    except (OSError, ValueError, TypeError) as error:
        if isinstance(error, NormError):
            raise
        raise NormError(f"{path}: cannot be read as margins ({error})") from error
    return dict(margins)


def save_edition(
    norms: Norms,
    folder: Path,
    parents: list[Norms],
    disclosure: Literal["allow", "refuse"],
    said: Sequence[str] = (),
) -> None:
    """Write an edition, and say what it gives away and what a reader should know, but for what was said before."""
    from psychometrics.norming.editions.disclosure import disclosure_check

    say_disclosure(disclosure_check(norms, against=parents))
    path = norms.save(folder, disclosure=disclosure)
    for note in [one for one in norms.head.notes if one not in said]:
        words().print(f"note: {note}", markup=False)
    words().print(f"wrote {path} and its table", markup=False)
    deliver(norms, None)
