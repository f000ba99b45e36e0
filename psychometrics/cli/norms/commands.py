"""The commands below ``psychometrics norms``."""

from __future__ import annotations

import typer

from psychometrics.cli.norms import change, convert, look, watch
from psychometrics.cli.problems import keeps_problems

app = typer.Typer(
    help="Norm editions: build, update, remove, convert, withdraw, list, show, compare, report, verify, drift, bands.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.command("list")(look.list_norms)
app.command("show", short_help="Show where an edition comes from and what it holds.")(look.show_norms)
app.command("compare", short_help="Compare two editions.")(look.compare)
app.command("report", short_help="Report on an edition, and on what it does not say.")(look.report)
app.command("verify", short_help="Compare the editions of a folder with its log.")(look.verify)
app.command("build")(keeps_problems(change.build))
app.command("update", short_help="Add people to an edition: makes a new one.")(keeps_problems(change.update))
app.command("remove", short_help="Take people out of an edition: makes a new one.")(
    keeps_problems(change.remove)
)
app.command("convert", short_help="Carry an edition over to a new version of its instrument.")(
    keeps_problems(convert.convert)
)
app.command("withdraw", short_help="Delete the files of an edition and say so in the log.")(change.withdraw)
app.command("drift", short_help="Say whether new people differ from an edition.")(keeps_problems(watch.drift))
app.command("bands", short_help="Say who would be in another band under another edition.")(
    keeps_problems(watch.bands)
)
