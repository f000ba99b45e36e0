"""Whose pages are written, and where they go."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast, overload

import typer

from psychometrics.cli.common import words
from psychometrics.errors import Problem, ReportError, did_you_mean
from psychometrics.output import write_whole

if TYPE_CHECKING:
    from psychometrics.report.person.building import PersonReports
    from psychometrics.report.person.content import PersonReport

ONE_FILE = (".html", ".htm", ".json")


@dataclass(frozen=True, eq=False)
class Chosen(Sequence["PersonReport"]):
    """Some of the pages, each still made when it is asked for."""

    pages: PersonReports
    rows: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, index: int) -> PersonReport: ...

    @overload
    def __getitem__(self, index: slice) -> list[PersonReport]: ...

    def __getitem__(self, index: int | slice) -> PersonReport | list[PersonReport]:
        if isinstance(index, slice):
            return [self.pages[row] for row in self.rows[index]]
        return self.pages[self.rows[index]]

    @property
    def person_ids(self) -> tuple[str, ...]:
        """Ids of the persons, one per page."""
        known = self.pages.person_ids
        return tuple(known[row] for row in self.rows)

    @property
    def occasions(self) -> tuple[str, ...]:
        """Occasions, one per page."""
        known = self.pages.occasions
        return tuple(known[row] for row in self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standards:
    """What a badge or a statement says beyond the content of a page."""

    issuer_id: str | None
    issuer_name: str | None
    base: str | None
    home: str | None
    when: str | None

    def check(self, form: str) -> None:
        """Refuse a call that leaves out what the format needs."""
        needed = {
            "badge": {"--issuer-id": self.issuer_id, "--issuer-name": self.issuer_name, "--when": self.when},
            "xapi": {"--base": self.base, "--home": self.home, "--when": self.when},
        }.get(form, {})
        lacking = [option for option, value in needed.items() if not value]
        if lacking:
            raise typer.BadParameter(f"--format {form} needs {', '.join(lacking)}")

    def records(self, form: str, page: PersonReport) -> list[dict[str, Any]]:
        """Return the badges or statements of one page."""
        when = cast("str", self.when)
        if form == "badge":
            from psychometrics.report.person.badge import open_badges

            issuer = {"id": cast("str", self.issuer_id), "name": cast("str", self.issuer_name)}
            return open_badges(page, issuer=issuer, valid_from=when)
        from psychometrics.report.person.statement import xapi_statements

        return xapi_statements(
            page, actor=cast("str", self.home), activity_base=cast("str", self.base), timestamp=when
        )


def chosen(pages: PersonReports, persons: Sequence[str], at: str | None) -> Chosen:
    """Return the pages that are asked for; every id that is not there is named at once."""
    rows: dict[tuple[str, str], int] = {
        key: row for row, key in enumerate(zip(pages.person_ids, pages.occasions, strict=True))
    }
    by_person: dict[str, list[int]] = {}
    for (person, occasion), row in rows.items():
        if at is None or occasion == at:
            by_person.setdefault(person, []).append(row)
    if not persons and by_person:
        return Chosen(pages, tuple(row for found in by_person.values() for row in found))
    unknown = [one for one in dict.fromkeys(persons) if one not in by_person]
    if unknown or not by_person:
        where = "" if at is None else f' on occasion "{at}"'
        known = sorted(by_person)
        raise ReportError(
            f"nobody of that id is in these data{where}" if unknown else f"nobody is in these data{where}",
            problems=[Problem(where=one, what="unknown", hint=did_you_mean(one, known)) for one in unknown],
        )
    return Chosen(pages, tuple(row for one in dict.fromkeys(persons) for row in by_person[one]))


def deliver_pages(
    pages: Chosen, out: str | None, form: str, standards: Standards, *, replace: bool, workers: int | None
) -> None:
    """Write pages to where they are wanted."""
    if form in ("badge", "xapi"):
        records = [record for page in pages for record in standards.records(form, page)]
        if not records:
            words().print(f"note: nothing to say as {form}: no cut is met", markup=False)
        _one((json.dumps(records, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "replace"), out)
    elif out is None or out == "-" or Path(out).suffix.lower() in ONE_FILE:
        if len(pages) > 1:
            raise typer.BadParameter(
                f"there are {len(pages):,} pages and one file: name whose page (--person), or a folder or a .zip (--out)"
            )
        page = pages[0]
        _one((page.to_html() if form == "html" else page.to_json()).encode("utf-8", "replace"), out)
    else:
        _many(pages, Path(out), cast("Literal['html', 'json']", form), replace=replace, workers=workers)


def _one(data: bytes, out: str | None) -> None:
    if out is None and sys.stdout.isatty():
        raise typer.BadParameter("name a file (--out page.html), or send the page on (| less, > page.html)")
    if out is None or out == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
        return
    write_whole(Path(out), data)
    words().print(f"wrote {out}", markup=False)


def _many(
    pages: Chosen, out: Path, form: Literal["html", "json"], *, replace: bool, workers: int | None
) -> None:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from psychometrics.report.person.writing import write_reports

    columns = (TextColumn("pages"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = words()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("pages", total=len(pages))
        done = write_reports(
            pages,
            out,
            format=form,
            workers=workers,
            replace=replace,
            progress=lambda n, _: bar.update(task, completed=n),
        )
    console.print(f"wrote {done.n_pages:,} pages and an index to {done.path}", markup=False)
