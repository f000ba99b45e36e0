"""What is wrong with the data, in full: a terminal shows the beginning, ``--problems FILE`` gets all of it."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from psychometrics.cli.common import words
from psychometrics.cli.inputs import STREAM, check_paths
from psychometrics.errors import ROWS_SHOWN, OutputError, Problem, PsychometricsError, runs_of

SHOWN = 50
"""Problems in a message; a page or so of a terminal."""
SUFFIXES = (".csv", ".jsonl")
MORE = "All of it: add --problems FILE, which ends in .csv or .jsonl."
WRITTEN = ("out", "to")
READ = (
    *("instrument", "responses", "ratings", "retest", "retest_ratings", "scores", "margins", "monitor"),
    *("old_instrument", "old_responses", "old_ratings", "name", "second", "norms"),
    *("statements", "catalogue", "claims"),
)
"""Parameters of commands that may name a file."""
ProblemsOption = Annotated[
    str | None,
    typer.Option(
        "--problems",
        help="Write all that is wrong with the data to this file: .csv with a line for each row, or .jsonl with a line "
        "for each problem. Empty where nothing is wrong.",
    ),
]


def keeps_problems(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the option ``--problems``."""
    own = inspect.signature(command, eval_str=True)

    def run(*, problems: str | None = None, **given: Any) -> None:
        _check(problems, given)
        try:
            command(**given)
        except PsychometricsError as error:
            if problems is not None:
                _write_or_say(problems, error)
            elif _is_cut(error):
                error.add_note(MORE)
            raise
        if problems is not None:
            _write(problems, [])

    option = inspect.Parameter(
        "problems", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=ProblemsOption
    )
    run.__signature__ = own.replace(parameters=[*own.parameters.values(), option])  # type: ignore[attr-defined]
    run.__annotations__ = {one.name: one.annotation for one in (*own.parameters.values(), option)}
    run.__name__, run.__doc__ = command.__name__, command.__doc__
    return run


def said(error: PsychometricsError) -> str:
    """Return the message for a terminal: the beginning where a note says how to get the rest, else all of it."""
    notes = getattr(error, "__notes__", [])
    return "\n".join([error.told(SHOWN if notes else None), *notes])


def _is_cut(error: PsychometricsError) -> bool:
    shown = error.problems[:SHOWN]
    return len(error.problems) > SHOWN or any(len(runs_of(one.rows)) > ROWS_SHOWN for one in shown)


def _check(problems: str | None, given: Mapping[str, Any]) -> None:
    """Refuse a name that says no kind of file, and a place where something is read or written."""
    if problems is None:
        return
    if Path(problems).suffix.lower() not in SUFFIXES:
        raise typer.BadParameter(
            f"--problems takes a name that ends in {' or '.join(SUFFIXES)}, not {problems}"
        )
    read, written = ([str(given[name]) for name in names if given.get(name)] for names in (READ, WRITTEN))
    if any(Path(one).resolve() == Path(problems).resolve() for one in written):
        raise typer.BadParameter(f"{problems} cannot hold both the result and what is wrong")
    check_paths(problems, *(one for one in read if one != STREAM))


def _write_or_say(path: str, error: PsychometricsError) -> None:
    """Write the problems; where that fails too, the message says both."""
    try:
        _write(path, error.problems or [Problem(where="", what=error.message, hint=error.hint)])
    except OutputError as lost:
        error.add_note(str(lost))


def _write(path: str, problems: Iterable[Problem]) -> None:
    from psychometrics.output import write_whole

    csv = Path(path).suffix.lower() == ".csv"
    found = list(problems)
    write_whole(Path(path), _as_csv(found) if csv else _as_lines(found))
    words().print(f"wrote {path}", markup=False)


def _as_lines(problems: Iterable[Problem]) -> bytes:
    return "".join(f"{json.dumps(asdict(one), ensure_ascii=False)}\n" for one in problems).encode(
        "utf-8", "replace"
    )


def _as_csv(problems: Iterable[Problem]) -> bytes:
    """Return a line for each row of the data that is concerned, as ``to_frame`` does."""
    import pyarrow as pa

    from psychometrics.report.files import table_csv

    lines = [
        (one.where, row, one.what, one.expected, one.hint) for one in problems for row in one.rows or (None,)
    ]
    kinds = {"where": pa.string(), "row": pa.int64(), "what": pa.string()}
    kinds |= {"expected": pa.string(), "hint": pa.string()}
    columns = list(zip(*lines, strict=True)) or [()] * len(kinds)
    return table_csv(pa.table(dict(zip(kinds, columns, strict=True)), schema=pa.schema(kinds)))
