"""``psychometrics validate``: all problems of definition and norms files at once."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated

import typer

from psychometrics.cli.common import tables, words
from psychometrics.errors import PsychometricsError


def validate(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Definition or norms files (.toml).")
    ],
) -> None:
    """Check definition and norms files; print every problem with its place in the file.

    What is allowed and seldom meant is printed as a warning, which is no failure.
    """
    from psychometrics.instrument import Instrument, load_instrument
    from psychometrics.instrument.doubts import doubts
    from psychometrics.norming import load_norms

    failed = False
    for file in files:
        try:
            what = load_norms(file) if _is_norms(file) else load_instrument(file)
            tables().print(f"ok  {file}: {what!r}", markup=False)
            for doubt in doubts(what) if isinstance(what, Instrument) else ():
                words().print(f"warning  {file}: {doubt}", markup=False)
        except PsychometricsError as error:
            failed = True
            words().print(error.told(), markup=False)
    if failed:
        raise typer.Exit(1)


def _is_norms(file: Path) -> bool:
    try:
        return "edition" in tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
