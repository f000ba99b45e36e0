"""What leaves a store: exports, norm counts, erased people; and its log."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Annotated

import typer

from psychometrics.cli.common import InstrumentArgument, words
from psychometrics.cli.serve import StoreArgument
from psychometrics.cli.sittings.people import print_rows
from psychometrics.errors import StoreError


def export(
    store: StoreArgument,
    instrument: InstrumentArgument,
    out: Annotated[Path | None, typer.Option("--out", help="Responses: .csv .tsv .parquet .json.")] = None,
    ratings: Annotated[Path | None, typer.Option("--ratings", help="Ratings, in long form.")] = None,
    texts: Annotated[
        Path | None,
        typer.Option("--texts", help="CSV of what persons wrote: person_id, occasion, item_id, text."),
    ] = None,
    unfinished: Annotated[
        bool, typer.Option("--unfinished", help="Also sittings that are not finished.")
    ] = False,
) -> None:
    """Write the responses, ratings and texts of a store to files; most commands also read store:PATH directly."""
    from psychometrics.output import write_whole
    from psychometrics.report.files import write_result
    from psychometrics.web.store import open_store

    if out is None and ratings is None and texts is None:
        raise typer.BadParameter("give --out, --ratings or --texts")
    with open_store(store, create=False) as opened:
        if out is not None:
            write_result(opened.responses(instrument, finished_only=not unfinished), out)
        if ratings is not None:
            write_result(opened.ratings(instrument, finished_only=not unfinished), ratings)
        if texts is not None:
            write_whole(texts, _csv(opened.texts(instrument)))
        written = [str(one) for one in (out, ratings, texts) if one is not None]
        opened.record("exported", instrument=instrument, files=len(written))
    words().print(f"wrote {', '.join(written)}", markup=False)


def _csv(rows: list[dict[str, str]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, ("person_id", "occasion", "item_id", "text"), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode("utf-8", "backslashreplace")


def counted(
    store: StoreArgument,
    instrument: InstrumentArgument,
    edition: Annotated[str, typer.Argument(metavar="EDITION", help="A norm edition, or its path.")],
) -> None:
    """Note that an edition was built from everyone who has finished now, so that erase can take a person out of it."""
    from psychometrics.norming import load_norms
    from psychometrics.result import counted as how_many
    from psychometrics.web.store import open_store

    with open_store(store, create=False) as opened:
        norms = load_norms(edition)
        n = opened.count_in(norms, opened.scores(instrument), instrument=instrument)
    words().print(f"{how_many(n, 'sitting')} noted as counted in {norms.name}", markup=False)


def erase(
    store: StoreArgument,
    person: Annotated[str, typer.Argument(metavar="PERSON", help="Id of the person.")],
    norms: Annotated[
        list[str] | None,
        typer.Option("--norms", help="Path of an edition the person is counted in. May be repeated."),
    ] = None,
    leave_norms: Annotated[
        bool, typer.Option("--leave-norms", help="Leave the counts of editions that are not given.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase everything about a person, and subtract the person from norm editions."""
    from psychometrics.result import counted as how_many
    from psychometrics.web.store import open_store

    with open_store(store, create=False) as opened:
        mine = opened.sittings(person_id=person)
        if not mine:
            raise StoreError(f'nobody "{person}" in {store}', hint="See: psychometrics sittings list.")
        if not yes:
            typer.confirm(f'Erase "{person}" with {how_many(len(mine), "sitting")}?', abort=True, err=True)
        done = opened.erase(person, norms=norms or (), leave_norms=leave_norms)
    words().print(
        f"erased: {how_many(done.sittings, 'sitting')}, {how_many(done.answers, 'answer')}, "
        f"{how_many(done.ratings, 'rating')}, {how_many(done.tokens, 'link')}; in the log as {done.subject}",
        markup=False,
    )
    for file in done.files:
        words().print(f"wrote {file} and its table", markup=False)
    for note in done.notes:
        words().print(f"note: {note}", markup=False)


def sweep(store: StoreArgument) -> None:
    """Take what was deleted off the disk; needed only when erase could not do it."""
    from psychometrics.web.store import open_store

    with open_store(store, create=False) as opened:
        left = opened.sweep()
    for note in left:
        words().print(f"note: {note}", markup=False)
    if left:
        raise typer.Exit(1)


def log(store: StoreArgument) -> None:
    """Print the log, and say whether its chain is whole."""
    from psychometrics.web.store import open_store

    with open_store(store, create=False) as opened:
        lines, broken = opened.audit(), opened.verify_audit()
    rows = [
        (
            str(one.number),
            one.at.isoformat(timespec="seconds"),
            one.action,
            one.subject,
            json.dumps(dict(one.facts)),
        )
        for one in lines
    ]
    print_rows(("line", "at", "action", "subject", "facts"), rows)
    if broken:
        raise StoreError(
            "the log was tampered with",
            hint="; ".join(f"line {number}: {what}" for number, what in broken[:5]),
        )
