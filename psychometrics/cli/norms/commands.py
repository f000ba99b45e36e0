"""The commands below ``psychometrics norms``."""

from __future__ import annotations

import typer

from psychometrics.cli.norms import change, convert, look, watch

app = typer.Typer(
    help="Norm editions: build, update, remove, convert, withdraw, list, show, compare, report, verify, drift, bands.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.command("list")(look.list_norms)
app.command("show")(look.show_norms)
app.command("compare")(look.compare)
app.command("report")(look.report)
app.command("verify")(look.verify)
app.command("build")(change.build)
app.command("update")(change.update)
app.command("remove")(change.remove)
app.command("convert")(convert.convert)
app.command("withdraw")(change.withdraw)
app.command("drift")(watch.drift)
app.command("bands")(watch.bands)
