"""``psychometrics report``: the result page of a person, the technical manual of an instrument."""

from __future__ import annotations

import typer

from psychometrics.cli.problems import keeps_problems
from psychometrics.cli.report import manual, person

app = typer.Typer(
    help="Say it: the result page of a person, the technical manual of an instrument.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.command("person", short_help="Write the result page of one person, or of everybody.")(
    keeps_problems(person.person_command)
)
app.command("manual", short_help="Write the technical manual of an instrument.")(
    keeps_problems(manual.manual_command)
)

__all__ = ["app"]
