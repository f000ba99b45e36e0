"""``psychometrics demo``: the flagship instrument end to end on its simulated sample."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def demo(
    out: Annotated[
        Path, typer.Option("--out", help="Folder for the tables, one result page and the technical manual.")
    ] = Path("psychometrics-demo"),
) -> None:
    """Run the flagship instrument end to end on the shipped, simulated sample."""
    from psychometrics.cli.demonstration import demonstrate

    demonstrate(out)
