"""Invite people, and see how far they are."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from psychometrics.cli.common import InstrumentArgument, parse_pairs, tables, words
from psychometrics.cli.serve import StoreArgument
from psychometrics.errors import StoreError

if TYPE_CHECKING:
    from psychometrics.instrument import Instrument
    from psychometrics.web.store import Store

UrlOption = Annotated[str, typer.Option("--public-url", help="Address of the server, put before the links.")]
DEFAULT_URL = "http://127.0.0.1:8765"


def add(store: StoreArgument, instrument: InstrumentArgument) -> None:
    """Put an instrument into a store; the store is made when it is not there."""
    from psychometrics.web.store import open_store

    with open_store(store) as opened:
        words().print(f"{opened.add_instrument(instrument).name} is in {store}", markup=False)


def invite(
    store: StoreArgument,
    instrument: InstrumentArgument,
    person: Annotated[list[str] | None, typer.Argument(metavar="[PERSON]...", help="Ids of persons.")] = None,
    people: Annotated[
        Path | None,
        typer.Option("--people", help="CSV with a column person_id; the other columns are groups."),
    ] = None,
    occasion: Annotated[str, typer.Option("--occasion", help="Which time they take it.")] = "1",
    valid_days: Annotated[float, typer.Option("--valid-days", help="Days until the links end.")] = 14,
    group: Annotated[
        list[str] | None,
        typer.Option("--group", help="name=value for everyone in this call. May be repeated."),
    ] = None,
    public_url: UrlOption = DEFAULT_URL,
) -> None:
    """Invite people and print a link for each: person_id, link, expires. A link is shown once and kept nowhere.

    Who was invited before gets a new link to the same sitting, and the old link ends.
    """
    from psychometrics.web.store import open_store

    shared = parse_pairs(group, "--group")
    everyone = dict.fromkeys(person or [], shared)
    everyone |= {one: {**groups, **shared} for one, groups in _read_people(people).items()}
    if not everyone:
        raise typer.BadParameter("give PERSON or --people")
    with open_store(store) as opened:
        what = opened.add_instrument(instrument)
        _check(what, occasion, everyone)
        if what.definition.wording == "topics":
            words().print(
                f"note: {what.name} holds topics, not the wording: it cannot be taken in the browser"
            )

        def links() -> Iterator[tuple[str, ...]]:
            for one, groups in everyone.items():
                made = opened.invite(one, what.name, occasion=occasion, valid_days=valid_days, groups=groups)
                yield one, link_to(public_url, made.token), made.expires.isoformat(timespec="minutes")

        print_rows(("person_id", "link", "expires"), links())


def _check(instrument: Instrument, occasion: str, everyone: Mapping[str, Mapping[str, str]]) -> None:
    """Refuse before anybody is invited: a link that was made is shown once."""
    from psychometrics.web.store.names import refuse
    from psychometrics.web.store.sittings import invitation_problems

    refuse(
        "nobody was invited",
        [
            replace(problem, where=f"{str(one)[:40]!a}: {problem.where}")
            for one, groups in everyone.items()
            for problem in invitation_problems(instrument, one, occasion, groups)
        ],
    )


def link_to(public_url: str, token: str) -> str:
    """Return the link that belongs to a token."""
    return f"{public_url.rstrip('/')}/t/{token}"


def _read_people(path: Path | None) -> Mapping[str, dict[str, str]]:
    if path is None:
        return {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise StoreError(f"{path}: cannot be read as people ({error})") from error
    if not rows or "person_id" not in rows[0]:
        raise StoreError(f"{path}: no column person_id, or nobody in it")
    ids = [row["person_id"] for row in rows]
    twice = sorted({one for one in ids if ids.count(one) > 1})
    if twice:
        raise StoreError(f"{path}: there twice: {', '.join(twice[:10])}")
    return {
        row["person_id"]: {name: value for name, value in row.items() if name != "person_id" and value}
        for row in rows
    }


def list_sittings(
    store: StoreArgument,
    instrument: Annotated[str | None, typer.Option("--instrument", help="Only this one.")] = None,
) -> None:
    """List sittings: who, what, when, how far."""
    from psychometrics.web.store import open_store

    with open_store(store, create=False) as opened:
        rows = [_line(opened, one) for one in opened.sittings(instrument=instrument)]
    print_rows(("person_id", "instrument", "occasion", "answered", "asked", "started", "finished"), rows)


def _line(store: Store, sitting: Any) -> tuple[str, ...]:
    progress = store.progress(sitting.id)
    times = (
        "" if t is None else t.isoformat(timespec="minutes") for t in (sitting.started, sitting.finished)
    )
    counts = (str(len(progress.answered)), str(len(progress.asked)))
    return (sitting.person_id, sitting.instrument, sitting.occasion, *counts, *times)


def revoke(
    store: StoreArgument,
    person: Annotated[str | None, typer.Option("--person", help="All links of this person.")] = None,
    rater: Annotated[str | None, typer.Option("--rater", help="All links of this rater.")] = None,
) -> None:
    """End links before their time; answers stay."""
    from psychometrics.result import counted
    from psychometrics.web.store import open_store

    if (person is None) == (rater is None):
        raise typer.BadParameter("give --person or --rater")
    with open_store(store, create=False) as opened:
        if rater is not None:
            ended = opened.revoke(rater_id=rater)
        else:
            ended = sum(opened.revoke(sitting_id=one.id) for one in opened.sittings(person_id=person))
    words().print(f"{counted(ended, 'link')} ended", markup=False)


def print_rows(names: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table for people, or CSV where standard output is no terminal; what was made before a failure too."""
    if not sys.stdout.isatty():
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(names)
        writer.writerows(rows)
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(*names, box=None, pad_edge=False)
    try:
        for row in rows:
            table.add_row(*(Text(str(cell), overflow="fold") for cell in row))
    finally:
        tables().print(table)
