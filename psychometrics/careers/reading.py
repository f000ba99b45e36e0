"""Read a TOML file into its format; every problem at once, each with its place."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from psychometrics.errors import CareersError, Problem
from psychometrics.instrument.problems import as_problem

Format = TypeVar("Format", bound=BaseModel)


def shipped(name: str) -> Traversable:
    """Return a data file that belongs to the library."""
    return resources.files("psychometrics.careers") / "data" / name


def read_text(path: str | Path | Traversable) -> str:
    """Return the file as UTF-8 text."""
    file = Path(path) if isinstance(path, str) else path
    try:
        return file.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise CareersError(f"{file}: not UTF-8 text ({error})", hint="Save the file as UTF-8.") from error
    except OSError as error:
        raise CareersError(f"{file}: cannot be read ({error.strerror or error})") from error


def parse(text: str, model: type[Format], *, where: str) -> Format:
    """Return the file as its format says, or raise one error that holds every problem."""
    try:
        raw = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise CareersError(
            f"{where}: not valid TOML", problems=[Problem(where="", what=str(error))]
        ) from error
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        raise refused(where, [_problem(detail, raw, model) for detail in error.errors()]) from error


def refused(where: str, problems: list[Problem]) -> CareersError:
    """Return the error that lists the problems of a file."""
    noun = "problem" if len(problems) == 1 else "problems"
    return CareersError(
        f"{where}: {len(problems)} {noun}", problems=problems, facts={"n_problems": len(problems)}
    )


def repeated_ids(entries: Iterable[Any], table: str) -> list[Problem]:
    """Return a problem for every id that stands more than once in a table."""
    counts = Counter(entry.id for entry in entries)
    return [
        Problem(where=table, what=f'the id "{name}" stands there {times} times', expected="each id once")
        for name, times in counts.items()
        if times > 1
    ]


def _problem(detail: Any, raw: dict[str, Any], model: type[BaseModel]) -> Problem:
    path = [part for part in detail["loc"] if not _is_choice(part)]
    return as_problem(detail, raw, path, lambda: _known(path, model), named_by=("id", "to"))


def _is_choice(part: Any) -> bool:
    """Pydantic adds the branch of a union to the path; it stands nowhere in the file."""
    return part in ("int", "[key]") or (isinstance(part, str) and part.startswith("constrained-str"))


def _known(path: list[Any], model: type[BaseModel]) -> set[str]:
    """Return the keys that the table at this place may have, read from the JSON Schema."""
    schema = model.model_json_schema()
    here: dict[str, Any] = schema
    for part in path[:-1]:
        here = _resolved(here, schema)
        if isinstance(part, int):
            here = here.get("items", {})
        else:
            here = here.get("properties", {}).get(part) or here.get("additionalProperties") or {}
        here = next((one for one in here.get("anyOf", []) if "$ref" in one), here)
    return set(_resolved(here, schema).get("properties", {}))


def _resolved(node: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        node = schema["$defs"][node["$ref"].rsplit("/", 1)[-1]]
    return node
