"""Scores of people for a command: from responses and ratings, or from a file of scores."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from psychometrics.cli.common import (
    InvalidOption,
    MissingColumnsOption,
    MissingOption,
    OccasionOption,
    PersonOption,
    RatingMissingOption,
    RatingsOption,
    RenameOption,
    check_rating_codes,
    read_input,
)
from psychometrics.errors import NormError, Problem

if TYPE_CHECKING:
    import pyarrow as pa

OptionalInstrument = Annotated[
    str | None, typer.Argument(metavar="INSTRUMENT", help="An id, id@version or a path; not with --scores.")
]
OptionalResponses = Annotated[
    str | None,
    typer.Argument(metavar="RESPONSES", help="A table with a row per person; - is standard input."),
]
ScoresOption = Annotated[
    str | None,
    typer.Option(
        "--scores",
        help="Scores instead of responses: a column per scale, or the table that psychometrics score writes; "
        "with the columns of the strata.",
    ),
]
SCORE_COLUMNS = ("scale_id", "raw_score")


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """What the call says about the people: the fields are the options of every command that takes people."""

    instrument: OptionalInstrument = None
    responses: OptionalResponses = None
    ratings: RatingsOption = None
    scores: ScoresOption = None
    missing_code: MissingOption = None
    rating_missing_code: RatingMissingOption = None
    invalid: InvalidOption = "error"
    missing_columns: MissingColumnsOption = "error"
    person: PersonOption = "person_id"
    occasion: OccasionOption = "occasion"
    rename: RenameOption = None

    @property
    def sources(self) -> tuple[str | None, ...]:
        """All that is read."""
        return self.responses, self.ratings, self.scores

    def read(self) -> Any:
        """Return ``Scores``, or a table with a column per scale."""
        if (self.scores is None) == (self.instrument is None):
            raise typer.BadParameter("give INSTRUMENT and RESPONSES (or --ratings), or --scores; not both")
        if self.scores is not None:
            if (
                self.ratings
                or self.missing_code
                or self.rating_missing_code
                or self.rename
                or self.missing_columns != "error"
            ):
                raise typer.BadParameter(
                    "--ratings, --missing-code, --rating-missing-code, --missing-columns and --rename are for responses, "
                    "not for --scores"
                )
            return read_scores(self.scores, self.person)
        if self.responses is None and self.ratings is None:
            raise typer.BadParameter("give RESPONSES, --ratings or both")
        check_rating_codes(self.rating_missing_code, self.ratings)
        from psychometrics.scoring import score

        what, answers, judged = read_input(
            str(self.instrument),
            self.responses,
            self.ratings,
            missing_code=self.missing_code,
            rating_missing_code=self.rating_missing_code,
            invalid=self.invalid,
            missing_columns=self.missing_columns,
            person=self.person,
            occasion=self.occasion,
            rename=self.rename,
        )
        return score(what, answers, judged)


def takes_people(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of :class:`People` in place of its parameter ``people``."""
    own = inspect.signature(command, eval_str=True)
    shared = inspect.signature(People, eval_str=True).parameters.values()
    names = [one.name for one in shared]

    def run(**given: Any) -> None:
        command(people=People(**{name: given.pop(name) for name in names}), **given)

    kept = [one for one in own.parameters.values() if one.name != "people"]
    required = [one for one in kept if one.default is inspect.Parameter.empty]
    options = [one for one in kept if one.default is not inspect.Parameter.empty]
    parameters = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in (*required, *shared, *options)]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {one.name: one.annotation for one in parameters}
    run.__name__, run.__doc__ = command.__name__, command.__doc__
    return run


def read_scores(path: str, person: str = "person_id") -> pa.Table:
    """Return scores as a table with a row per person and a column per scale."""
    from psychometrics.responses.tables import load_table

    loaded = load_table(path, text=(person, "person_id", "occasion"))
    table = loaded.table
    if person != "person_id" and person in table.column_names:
        table = table.rename_columns(["person_id" if n == person else n for n in table.column_names])
    if not set(SCORE_COLUMNS) <= set(table.column_names):
        return table
    if "person_id" not in table.column_names:
        raise NormError(f"{loaded.where}: scores in long form need a column person_id")
    return _wide(table, loaded.where)


def _wide(table: pa.Table, where: str) -> pa.Table:
    """Turn a row per person and scale into a row per person."""
    import numpy as np
    import pyarrow as pa

    from psychometrics.responses.tables import as_text

    keys = [name for name in ("person_id", "occasion") if name in table.column_names]
    rows = list(zip(*(as_text(table.column(name)).to_pylist() for name in keys), strict=True))
    scales = as_text(table.column("scale_id")).to_pylist()
    place = {row: i for i, row in enumerate(dict.fromkeys(rows))}
    twice = _twice([(*row, scale) for row, scale in zip(rows, scales, strict=True)])
    if twice:
        problems = [Problem(where=" / ".join(map(str, one)), what="more than one score") for one in twice]
        raise NormError(f"{where}: a person has a scale twice", problems=problems)
    raw = table.column("raw_score").cast(pa.float64()).to_numpy()
    index = np.array([place[row] for row in rows])
    columns: dict[str, Any] = {}
    _, first = np.unique(index, return_index=True)
    for name in table.column_names:
        if name not in SCORE_COLUMNS:
            columns[name] = table.column(name).take(pa.array(first))
    for scale in dict.fromkeys(scales):
        values = np.full(len(place), np.nan)
        of_scale = np.array([one == scale for one in scales])
        values[index[of_scale]] = raw[of_scale]
        columns[str(scale)] = values
    return pa.table(columns)


def _twice(entries: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return sorted(one for one, times in Counter(entries).items() if times > 1)
