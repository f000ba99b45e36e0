"""Read a definition file: shape, then sense, then the frozen instrument; every problem at once."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from psychometrics import catalog
from psychometrics.errors import DefinitionError, Problem
from psychometrics.instrument.checks import check
from psychometrics.instrument.compiling import (
    compile_branches,
    compile_criteria,
    compile_items,
    compile_scales,
)
from psychometrics.instrument.definition import Definition
from psychometrics.instrument.fingerprint import fingerprint
from psychometrics.instrument.instrument import Instrument
from psychometrics.instrument.problems import as_problem


def load_instrument(name: str | Path, *, folder: str | Path | None = None) -> Instrument:
    """Load an instrument by id, ``id@version`` or path.

    Parameters
    ----------
    name : str or Path
        ``"phq-9"`` (the newest version there is), ``"phq-9@1.0.0"``, or the path of a ``.toml`` file.
    folder : str or Path, optional
        Your own folder of definitions, laid out as ``<id>/<version>.toml``; searched instead of the shipped one.

    Returns
    -------
    Instrument
        Checked and frozen.

    Raises
    ------
    UnknownInstrumentError
        No instrument of that id or version.
    DefinitionError
        The file does not fit the format or makes no sense; lists every problem with its path.

    Examples
    --------
    >>> import psychometrics as pm
    >>> pm.load_instrument("phq-9").scale("total").maximum
    27.0
    """
    entry = catalog.find_instrument(str(name), folder=None if folder is None else Path(folder))
    return parse_instrument(entry.read_text(), where=entry.where)


def parse_instrument(text: str, *, where: str = "definition") -> Instrument:
    """Check the text of a definition file and return its instrument.

    Parameters
    ----------
    text : str
        A definition in TOML, format 1.
    where : str
        What messages call it.

    Returns
    -------
    Instrument

    Raises
    ------
    DefinitionError
        Lists every problem with its path.
    """
    definition = parse_definition(text, where=where)
    items = compile_items(definition)
    criteria = compile_criteria(definition)
    branches = compile_branches(definition)
    scales = compile_scales(definition, items, criteria)
    return Instrument(
        id=definition.id,
        version=definition.version,
        definition=definition,
        fingerprint=fingerprint(items, criteria, branches, scales),
        items=items,
        criteria=criteria,
        branches=branches,
        scales=scales,
    )


def parse_definition(text: str, *, where: str = "definition") -> Definition:
    """Return the checked definition, or raise one error that holds every problem."""
    try:
        raw = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise DefinitionError(
            f"{where}: not valid TOML", problems=[Problem(where="", what=str(error))]
        ) from error
    try:
        definition = Definition.model_validate(raw)
    except ValidationError as error:
        problems = [_problem(detail, raw) for detail in error.errors()]
        raise _refused(where, problems) from error
    problems = check(definition)
    if problems:
        raise _refused(where, problems)
    return definition


def _refused(where: str, problems: list[Problem]) -> DefinitionError:
    noun = "problem" if len(problems) == 1 else "problems"
    return DefinitionError(
        f"{where}: {len(problems)} {noun} in the definition",
        problems=problems,
        facts={"n_problems": len(problems)},
    )


KINDS = {"self_report", "keyed", "rubric"}


def _problem(detail: Any, raw: dict[str, Any]) -> Problem:
    path = [part for part in detail["loc"] if part not in KINDS]
    return as_problem(detail, raw, path, lambda: _known_keys(detail["loc"]))


def _known_keys(location: tuple[Any, ...]) -> set[str]:
    """Return the keys that the table at this place may have, read from the JSON Schema."""
    from psychometrics.instrument.schema import keys_at

    return keys_at(location[:-1])
