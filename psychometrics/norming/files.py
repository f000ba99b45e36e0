"""Norm editions on disk: a TOML head with the provenance, a CSV table with the numbers."""

from __future__ import annotations

import csv
import hashlib
import io
import math
import tomllib
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from psychometrics import catalog
from psychometrics.errors import NormError, Problem
from psychometrics.norming.cells.cell import Cell
from psychometrics.norming.cells.kinds import KINDS
from psychometrics.norming.conversion import with_conversions
from psychometrics.norming.edition import EditionHead, head_problems
from psychometrics.norming.editions.disclosure import Disclosure, disclosure_check, refuse_disclosure
from psychometrics.norming.editions.log import check_logged, write_edition
from psychometrics.norming.norms import Norms, edition_source
from psychometrics.norming.strata import Key, stratum_keys
from psychometrics.norming.weighting.editions import framed


def load_norms(name: str | Path, *, folder: str | Path | None = None) -> Norms:
    """Load a norm edition by ``instrument/edition`` or path.

    Parameters
    ----------
    name : str or Path
        ``"phq-9/de-2013"``, or the path of an edition's ``.toml`` file (its table lies beside it).
    folder : str or Path, optional
        Your own folder of editions, laid out as ``<instrument>/<edition>.toml``.

    Returns
    -------
    Norms

    Raises
    ------
    UnknownNormsError
        No such edition.
    NormError
        The file or its table is broken; lists every problem. A table whose SHA-256 is not the recorded one, and a
        head that is not the one in the folder's log, are refused: an edition is never edited.

    Examples
    --------
    >>> import psychometrics as pm
    >>> pm.load_norms("gad-7/de-2008")
    <Norms gad-7/de-2008: moments, 1 scales, 2 cells>
    """
    entry = catalog.find_norms(str(name), folder=None if folder is None else Path(folder))
    head = parse_head(entry.read_text(), where=entry.where)
    if isinstance(entry.path, Path):
        check_logged(entry.path, entry.read_bytes())
    table = entry.sibling(head.table)
    if not table.is_file():
        raise NormError(
            f"{entry.where}: its table {head.table} is missing",
            hint="Both files of an edition belong together.",
        )
    data = table.read_bytes()
    if hashlib.sha256(data).hexdigest() != head.table_sha256:
        raise NormError(
            f"{entry.where}: the table {head.table} is not the one the edition was released with",
            hint="An edition is never edited. Get the original table, or build a new edition.",
        )
    return Norms(head=head, cells=_parse_cells(data, head, f"{head.table}"), source=edition_source(head))


def parse_head(text: str, *, where: str) -> EditionHead:
    """Return the checked head of an edition, or raise one error with every problem."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise NormError(f"{where}: not valid TOML", problems=[Problem(where="", what=str(error))]) from error
    try:
        head = EditionHead.model_validate(raw)
    except ValidationError as error:
        problems = head_problems(error)
        raise NormError(
            f"{where}: {len(problems)} problem(s) in the norms file", problems=problems
        ) from error
    problems = [
        Problem(where=f"strata ({v.name})", what="levels or bands, one of them, not empty")
        for v in head.strata
        if bool(v.levels) == bool(v.bands)
    ]
    if Path(head.table).name != head.table:
        problems.append(
            Problem(where="table", what=head.table, expected="the name of a file in the same folder")
        )
    if problems:
        raise NormError(f"{where}: {len(problems)} problem(s) in the norms file", problems=problems)
    return head


def _parse_cells(data: bytes, head: EditionHead, where: str) -> dict[tuple[Key, str], Cell]:
    kind = KINDS[head.kind]
    try:
        reader = csv.DictReader(io.StringIO(data.decode("utf-8-sig")))
    except UnicodeDecodeError as error:
        raise NormError(f"{where}: not UTF-8 text ({error})", hint="Save the file as UTF-8.") from error
    names = [variable.name for variable in head.strata]
    wanted = [*names, "scale_id", *kind.table_columns]
    if list(reader.fieldnames or []) != wanted:
        raise NormError(f"{where}: columns {reader.fieldnames}", hint=f"Expected {wanted}.")
    known = set(stratum_keys(head.strata))
    rows: dict[tuple[Key, str], list[dict[str, Any]]] = defaultdict(list)
    problems = []
    for number, row in enumerate(reader, start=1):
        key = tuple(row[name] for name in names)
        if key not in known:
            problems.append(
                Problem(where=" / ".join(key), what="no such stratum in the head", rows=(number,))
            )
        if None in row:  # where csv puts fields beyond the last column
            problems.append(Problem(where=row["scale_id"], what="more fields than columns", rows=(number,)))
        try:
            rows[key, row["scale_id"]].append(_values(row, kind))
        except (TypeError, ValueError):
            problems.append(Problem(where=row["scale_id"] or "", what="not a number", rows=(number,)))
    for place, values in rows.items():
        where_in = f"{place[1]}, {' / '.join(place[0]) or 'whole sample'}"
        problems += [Problem(where=where_in, what=what) for what in kind.problems(values)]
    if problems or not rows:
        raise NormError(
            f"{where}: {len(problems)} problem(s) in the table of {head.edition}", problems=problems
        )
    cells: dict[tuple[Key, str], Cell] = {
        place: kind.of_rows(values, normal=head.normal) for place, values in rows.items()
    }
    return with_conversions(framed(cells, head), head)


def _values(row: Mapping[str, str], kind: type[Cell]) -> dict[str, Any]:
    words = getattr(kind, "text_columns", ())
    return {column: row[column] if column in words else _number(row[column]) for column in kind.table_columns}


def _number(text: str) -> float:
    return float(text) if text else math.nan


def save_norms(norms: Norms, folder: Path, *, disclosure: Disclosure = "allow") -> Path:
    """Write both files of an edition and its line in the folder's log."""
    if disclosure not in ("allow", "refuse"):
        raise NormError(f"disclosure {disclosure!r} is not known", hint='Use "allow" or "refuse".')
    if disclosure == "refuse":
        refuse_disclosure(disclosure_check(norms, against=parent_in(folder, norms)))
    data = table_bytes(norms)
    name = f"{norms.head.edition}.csv"
    head = norms.head.model_copy(update={"table": name, "table_sha256": hashlib.sha256(data).hexdigest()})
    return write_edition(folder, head, head_text(head).encode(), data)


def parent_in(folder: Path, norms: Norms) -> list[Norms]:
    """Return the parent of an edition, if it lies in the folder."""
    path = folder / f"{norms.head.parent}.toml"
    return [load_norms(path)] if norms.head.parent and path.is_file() else []


def table_digest(norms: Norms) -> str:
    """Return the SHA-256 of the table of an edition, saved or not."""
    recorded = norms.head.table_sha256
    return recorded if recorded.strip("0") else hashlib.sha256(table_bytes(norms)).hexdigest()


def table_bytes(norms: Norms) -> bytes:
    """Return the table of an edition as CSV; the same edition gives the same bytes."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*(v.name for v in norms.head.strata), "scale_id", *KINDS[norms.head.kind].table_columns])
    for key in stratum_keys(norms.head.strata):
        for scale_id in norms.scale_ids:
            cell = norms.cells.get((key, scale_id))
            if cell is not None:
                writer.writerows([*key, scale_id, *values] for values in cell.rows())
    return out.getvalue().encode()


def head_text(head: EditionHead) -> str:
    """Write the head as TOML."""
    plain = head.model_dump(by_alias=True, exclude_none=True)
    lines = [f"{key} = {_toml(value)}" for key, value in plain.items() if not _is_table(value)]
    for key, value in plain.items():
        if isinstance(value, dict):
            lines += ["", f"[{key}]", *(f"{k} = {_toml(v)}" for k, v in value.items())]
    for key, value in plain.items():
        if _is_table(value) and isinstance(value, list):
            for entry in value:
                lines += ["", f"[[{key}]]", *(f"{k} = {_toml(v)}" for k, v in entry.items())]
    return "\n".join(lines) + "\n"


def _is_table(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and bool(value) and isinstance(value[0], dict))


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{k} = {_toml(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(one) for one in value) + "]"
    escaped = "".join(_escape(letter) for letter in str(value))
    return f'"{escaped}"'


def _escape(letter: str) -> str:
    if letter in '"\\':
        return "\\" + letter
    return letter if letter.isprintable() else f"\\u{ord(letter):04X}"
