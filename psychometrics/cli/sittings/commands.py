"""The commands below ``psychometrics sittings``."""

from __future__ import annotations

import typer

from psychometrics.cli.sittings import leaving, people, rating

app = typer.Typer(
    help="Taken assessments: add, invite, list, revoke, raters, assign, queue, export, counted, erase, sweep, log.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.command("add", short_help="Put an instrument into a store; makes the store.")(people.add)
app.command("invite", short_help="Invite people and print a link for each.")(people.invite)
app.command("list")(people.list_sittings)
app.command("revoke")(people.revoke)
app.command("raters", short_help="List raters, or enter new ones with --add.")(rating.raters)
app.command("assign", short_help="Hand out the answers of finished sittings to raters.")(rating.assign)
app.command("queue", short_help="List answers on which raters lie apart.")(rating.queue)
app.command("export", short_help="Write responses, ratings and texts to files.")(leaving.export)
app.command("counted", short_help="Note which edition everyone who has finished is counted in.")(
    leaving.counted
)
app.command("erase", short_help="Erase a person, from norm editions too.")(leaving.erase)
app.command("sweep", short_help="Take what was deleted off the disk.")(leaving.sweep)
app.command("log")(leaving.log)
