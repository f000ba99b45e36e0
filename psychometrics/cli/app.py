"""The command line as a whole: commands are registered here, errors end here."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from psychometrics.cli import (
    demo,
    instruments,
    items,
    norms,
    reliability,
    report,
    score,
    serve,
    sittings,
    take,
    validate,
)
from psychometrics.cli.problems import keeps_problems, said
from psychometrics.errors import PsychometricsError

app = typer.Typer(
    name="psychometrics",
    help="Score instruments, place scores in norm samples, and say how far to trust them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("demo", short_help="Run the flagship instrument end to end on simulated people.")(demo.demo)
app.command("instruments")(instruments.list_instruments)
app.command("validate", short_help="Check definition and norms files; print every problem.")(
    validate.validate
)
app.command("score", short_help="Score responses and ratings; with --norms also place them.")(
    keeps_problems(score.score_command)
)
app.command("reliability")(keeps_problems(reliability.reliability_command))
app.command("items", short_help="Analyse items, options and rubric levels; check the keys.")(
    keeps_problems(items.items_command)
)
app.command("take", short_help="Take an instrument in the browser, here and now.")(take.take_command)
app.command("serve", short_help="Serve the pages of a store until Ctrl-C.")(serve.serve_command)
app.add_typer(norms.app, name="norms", short_help="Build, change, look at and watch over norm editions.")
app.add_typer(report.app, name="report", short_help="Write result pages and the technical manual.")
app.add_typer(sittings.app, name="sittings", short_help="Invite people, have tasks rated, export and erase.")


def _print_version(wanted: bool) -> None:
    if wanted:
        from psychometrics.version import VERSION

        typer.echo(VERSION)
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop."),
    ] = False,
) -> None:
    """Score instruments, place scores in norm samples, and say how far to trust them."""


def run() -> None:
    """Run and turn every expected error into a message and an exit status."""
    try:
        app()
    except PsychometricsError as error:
        sys.stderr.write(f"psychometrics: {said(error)}\n")
        sys.exit(1)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
