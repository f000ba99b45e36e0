"""The commands below ``psychometrics sittings``."""

from __future__ import annotations

import typer

from psychometrics.cli.sittings import leaving, people, rating

app = typer.Typer(
    help="Taken assessments: add, invite, list, revoke, raters, assign, queue, export, counted, erase, sweep, log.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.command("add")(people.add)
app.command("invite")(people.invite)
app.command("list")(people.list_sittings)
app.command("revoke")(people.revoke)
app.command("raters")(rating.raters)
app.command("assign")(rating.assign)
app.command("queue")(rating.queue)
app.command("export")(leaving.export)
app.command("counted")(leaving.counted)
app.command("erase")(leaving.erase)
app.command("sweep")(leaving.sweep)
app.command("log")(leaving.log)
