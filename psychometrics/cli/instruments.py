"""``psychometrics instruments``: what there is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from psychometrics import catalog
from psychometrics.cli.common import tables


def list_instruments(
    folder: Annotated[Path | None, typer.Option("--folder", help="Your own folder of definitions.")] = None,
) -> None:
    """List the instruments that can be used by id."""
    from psychometrics.instrument.reading import parse_instrument
    from psychometrics.report.tables import rows_table

    rows = []
    for entry in catalog.entries("instruments", folder=folder):
        one = parse_instrument(entry.read_text(), where=entry.where)
        rows.append(
            [
                one.name,
                one.title,
                str(len(one.items)),
                str(len(one.criteria)),
                str(len(one.scales)),
                one.definition.default_norms or "",
            ]
        )
    names = ["instrument", "title", "items", "criteria", "scales", "norms"]
    tables().print(rows_table(names, rows, right=names[2:5]))
