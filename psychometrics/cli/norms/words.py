"""What several norm commands say, and the options they share."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from psychometrics.cli.common import words

if TYPE_CHECKING:
    from psychometrics.norming import Norms
    from psychometrics.norming.edition import EditionHead
    from psychometrics.norming.editions.disclosure import DisclosureCheck

SHOWN = 8

EditionArgument = Annotated[
    str, typer.Argument(metavar="NORMS", help="instrument/edition, or the path of its .toml file.")
]
DisclosureOption = Annotated[
    Literal["allow", "refuse"],
    typer.Option(
        "--disclosure",
        help="refuse: write no edition from which scores of fewer than 10 people can be read off.",
    ),
]
ForceOutdatedOption = Annotated[
    bool, typer.Option("--force-outdated", help="Use norms of more than 20 years all the same.")
]
TodayOption = Annotated[
    str | None,
    typer.Option(
        "--today", metavar="DATE", help="Judge the age of norms as of this day, such as 2026-11-30."
    ),
]


def parse_day(text: str | None) -> date | None:
    """Return the day of an option."""
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text} is no date: write 2026-11-30") from error


def say_age(norms: Norms, today: date | None = None) -> None:
    """Warn of an edition that is old, or whose age is not known."""
    from psychometrics.norming.editions.ageing import edition_age

    age = edition_age(norms.head, today=today)
    if age.verdict != "current":
        words().print(f"warning: {norms.name}: {age.sentence()}", markup=False)


def say_disclosure(check: DisclosureCheck) -> None:
    """Say what an edition gives away: the findings that matter, the rest as a number."""
    words().print(f"disclosure: {check.sentence()}", markup=False)
    for one in check.reveals[:SHOWN]:
        where = ", ".join(part for part in (one.scale_id, one.stratum) if part)
        words().print(f"  {one.rule}: {where}: {one.what}", markup=False)
    if len(check.reveals) > SHOWN:
        words().print(f"  and {len(check.reveals) - SHOWN} more", markup=False)


def describe(head: EditionHead) -> list[str]:
    """Write the provenance of an edition, a line each; what is not known says so."""
    people = head.population
    facts = {
        "population": people.description,
        "country": people.country,
        "sampling": people.sampling,
        "participation": people.participation,
        "administration": people.administration,
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
        *(f"  {name:14} {value or 'not stated'}" for name, value in facts.items()),
        *(
            f"  {one.date:14} {one.action}{f' by {one.who}' if one.who else ''}{f': {one.why}' if one.why else ''}"
            for one in head.history
        ),
        *(f"  note: {n}" for n in head.notes),
    ]
