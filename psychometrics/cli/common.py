"""What several commands share: their options, and where their output goes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

import typer
from rich.console import Console

from psychometrics.cli.inputs import STORE, one_file

if TYPE_CHECKING:
    from psychometrics.instrument import Instrument
    from psychometrics.responses import Ratings, Responses
    from psychometrics.result import Result

R = TypeVar("R", bound="Result")
PIPE_WIDTH = 1000

InstrumentArgument = Annotated[str, typer.Argument(metavar="INSTRUMENT", help="An id, id@version or a path.")]
ResponsesArgument = Annotated[
    str, typer.Argument(metavar="RESPONSES", help="A table with a row per person; - is standard input.")
]
RatedArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="RESPONSES",
        help="A table with a row per person; - is standard input; store:PATH is a store of taken assessments. "
        "May be left out where --ratings is given.",
    ),
]
RatingsOption = Annotated[
    str | None,
    typer.Option(
        "--ratings",
        help="Ratings in long form: person_id, item_id, criterion_id, rater_id, level, and occasion where there is one.",
    ),
]
OutOption = Annotated[
    str | None,
    typer.Option(
        "--out", help="Write to this file: .csv .tsv .parquet .json .html, or - for CSV on standard output."
    ),
]
MissingOption = Annotated[
    list[str] | None,
    typer.Option("--missing-code", help="A code that means no answer: 0, or 9=dont_know. May be repeated."),
]
RatingMissingOption = Annotated[
    list[str] | None,
    typer.Option(
        "--rating-missing-code", help="A code in the column level that means not rated: 9. May be repeated."
    ),
]
InvalidOption = Annotated[
    Literal["error", "missing"], typer.Option("--invalid", help="What happens to values that no option has.")
]
MissingColumns = Literal["error", "not_presented"]
MissingColumnsOption = Annotated[
    MissingColumns,
    typer.Option(
        "--missing-columns",
        help="What happens when an item has no column: an error, or it counts as not asked.",
    ),
]
PersonOption = Annotated[str, typer.Option("--person", help="Name of the column that says who.")]
OccasionOption = Annotated[str, typer.Option("--occasion", help="Name of the column that says when.")]
RenameOption = Annotated[list[str] | None, typer.Option("--rename", help="column=item_id. May be repeated.")]


@cache
def words() -> Console:
    """Return the console for words and progress: standard error; in a log no line is broken."""
    return Console(stderr=True, highlight=False, width=None if sys.stderr.isatty() else PIPE_WIDTH)


def tables() -> Console:
    """Return the console for tables: standard output; in a pipe there is room for every column."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else PIPE_WIDTH)


def parse_missing(codes: list[str] | None) -> dict[int | str, str]:
    """Turn ``["0", "9=dont_know"]`` into codes with reasons."""
    pairs = [code.partition("=") for code in codes or []]
    return {code: reason or "skipped" for code, _, reason in pairs}


def parse_pairs(pairs: list[str] | None, option: str) -> dict[str, str]:
    """Turn ``["a=b"]`` into a mapping; anything else is a wrong call."""
    wrong = [pair for pair in pairs or [] if "=" not in pair]
    if wrong:
        raise typer.BadParameter(f"{option} takes name=value, not {', '.join(wrong)}")
    return {name: value for name, _, value in (pair.partition("=") for pair in pairs or [])}


def check_suffix(out: str | None, *suffixes: str) -> None:
    """Refuse a name that says no kind of file, before any work is done.

    Parameters
    ----------
    out : str or None
        What ``--out`` says; ``-`` is standard output.
    *suffixes : str
        The endings there are; those of results by default.
    """
    if out is None or out == "-":
        return
    if not suffixes:
        from psychometrics.report.files import SUFFIXES as suffixes  # noqa: N811
    if Path(out).suffix.lower() not in suffixes:
        raise typer.BadParameter(f"--out takes a name that ends in {' '.join(suffixes)}, not {out}")


def need_data(responses: str | None, ratings: str | None) -> None:
    """Refuse a call that names neither responses nor ratings."""
    if responses is None and ratings is None:
        raise typer.BadParameter("give RESPONSES, --ratings or both")


def check_rating_codes(codes: list[str] | None, *ratings: str | None) -> None:
    """Refuse codes of ratings where no table of ratings is given."""
    if codes and not any(ratings):
        raise typer.BadParameter("--rating-missing-code goes with a table of ratings: --ratings")


def read_input(
    instrument_name: str,
    responses: str | None,
    ratings: str | None,
    *,
    missing_code: list[str] | None = None,
    rating_missing_code: list[str] | None = None,
    invalid: Literal["error", "missing"] = "error",
    missing_columns: MissingColumns = "error",
    person: str = "person_id",
    occasion: str = "occasion",
    rename: list[str] | None = None,
) -> tuple[Instrument, Responses | None, Ratings | None]:
    """Read what a command works on, and say on standard error what a reader should know.

    ``store:PATH`` in place of a table of responses reads the finished sittings of a store, and their ratings.
    """
    one_file(responses, ratings)
    if responses is not None and responses.startswith(STORE):
        if missing_code or rename or missing_columns != "error":
            raise typer.BadParameter(
                "--missing-code, --missing-columns and --rename are for tables, not for a store"
            )
        return _read_store(instrument_name, responses.removeprefix(STORE), ratings, rating_missing_code)
    from psychometrics.instrument import load_instrument
    from psychometrics.responses import read_ratings, read_responses

    instrument = load_instrument(instrument_name)
    answers = None
    if responses is not None and instrument.items:
        answers = read_responses(
            responses,
            instrument,
            person=person,
            occasion=occasion,
            rename=parse_pairs(rename, "--rename"),
            missing_codes=parse_missing(missing_code),
            invalid=invalid,
            missing_columns=missing_columns,
        )
        for note in answers.notes:
            words().print(f"note: {note}", markup=False)
    judged = None
    if ratings is not None:
        judged = read_ratings(ratings, instrument, missing_codes=parse_missing(rating_missing_code))
    return instrument, answers, judged


def _read_store(
    name: str, where: str, ratings: str | None, rating_missing_code: list[str] | None
) -> tuple[Instrument, Responses | None, Ratings | None]:
    from psychometrics.instrument import load_instrument
    from psychometrics.responses import read_ratings
    from psychometrics.web.store import open_store

    with open_store(where, create=False) as store:
        what = store.instrument(load_instrument(name).name if name.endswith(".toml") else name)
        answers = store.responses(what.name) if what.items else None
        judged = store.ratings(what.name) if what.criteria else None
        store.record("read", instrument=what.name, rows=0 if answers is None else answers.n_rows)
    if ratings is not None:
        judged = read_ratings(ratings, what, missing_codes=parse_missing(rating_missing_code))
    return what, answers, judged if judged is not None and len(judged.levels) else None


def deliver(result: R, out: str | None, *, title: str = "", show: Callable[[R], None] | None = None) -> None:
    """Write a result to ``--out``; without it, a table for people, or CSV when standard output is not a terminal.

    ``show`` prints the table for people where the plain one would not do.
    """
    from psychometrics.report.files import result_bytes, write_result

    if out == "-" or (out is None and not sys.stdout.isatty()):
        sys.stdout.buffer.write(result_bytes(result, ".csv"))
        sys.stdout.flush()
    elif out is not None:
        write_result(result, Path(out))
        words().print(f"wrote {out}", markup=False)
    elif show is not None:
        show(result)
    else:
        show_table(result, title=title)


def show_table(
    result: Result,
    *,
    title: str = "",
    columns: Sequence[str] | None = None,
    important: Sequence[str] = (),
) -> None:
    """Print a result, or some of its columns, as a table for people; ``important`` columns last make room."""
    from psychometrics.report.tables import print_table

    if result.source.simulated:
        title = f"{title} SIMULATED".strip()
    table = result.to_arrow()
    print_table(
        table if columns is None else table.select(list(columns)), tables(), title=title, important=important
    )
