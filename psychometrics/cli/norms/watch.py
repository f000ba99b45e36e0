"""Watch over norm editions: drift, and who would change band."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from psychometrics.cli.common import OutOption, check_suffix, deliver, show_table, words
from psychometrics.cli.inputs import check_paths
from psychometrics.cli.norms.people import People, takes_people
from psychometrics.cli.norms.words import EditionArgument, ForceOutdatedOption, say_age

if TYPE_CHECKING:
    from psychometrics.norming import Norms
    from psychometrics.result import Result

SHOWN_DRIFT = (
    "stratum",
    "scale_id",
    "n_norms",
    "n_new",
    "shift",
    "shift_lower",
    "shift_upper",
    "sd_ratio",
    "stability_index",
    "stability_index_critical",
    "ks_distance",
    "ks_p_holm",
    "verdict",
    "reason",
)


@takes_people
def drift(
    *,
    people: People,
    name: EditionArgument,
    monitor: Annotated[
        Path | None,
        typer.Option(
            "--monitor",
            help="State of a monitor (JSON): these people are added as its next batch; made when new.",
        ),
    ] = None,
    batch: Annotated[str, typer.Option("--batch", help="Label of the batch, such as 2026-11-30.")] = "",
    false_alarm_every: Annotated[
        float, typer.Option("--false-alarm-every", help="For a new monitor: batches between false alarms.")
    ] = 500.0,
    margin: Annotated[float, typer.Option("--margin", help="A shift that would matter, in SDs.")] = 0.2,
    out: OutOption = None,
) -> None:
    """Say whether new people differ from an edition; with --monitor, watch batches one after the other."""
    from psychometrics.norming import load_norms
    from psychometrics.norming.drift.drift import norm_drift

    check_paths(out, *people.sources)
    check_suffix(out)
    norms = load_norms(name)
    say_age(norms)
    if monitor is not None:
        if not batch:
            raise typer.BadParameter("--monitor needs --batch")
        _watch(norms, people, monitor, batch, false_alarm_every, out)
        return
    found = norm_drift(norms, people.read(), margin=margin)
    words().print(f"drift: {found.verdict}", markup=False)
    deliver(found, out, title=name, show=lambda one: show_table(one, title=name, columns=SHOWN_DRIFT))


def _watch(
    norms: Norms, people: People, path: Path, batch: str, false_alarm_every: float, out: str | None
) -> None:
    from psychometrics.norming.drift.monitor import drift_monitor, load_drift_monitor

    before = (
        load_drift_monitor(path)
        if path.is_file()
        else drift_monitor(norms, false_alarm_every=false_alarm_every)
    )
    after = before.add(norms, people.read(), batch=batch)
    after.save(path)
    new = [row for row in after.alarms if row.batch == batch]
    for row in new:
        words().print(f"ALARM: {row.scale_id}, {row.stratum}: {row.alarm}, since {row.since}", markup=False)
    if not new:
        words().print(f"no alarm; {len(after.batches)} batches", markup=False)
    deliver(after, out, title=f"{after.norms}, batch by batch")


@takes_people
def bands(
    *,
    people: People,
    name: EditionArgument,
    second: Annotated[
        str, typer.Argument(metavar="LATER", help="The edition that would follow it, named in the same way.")
    ],
    ranks: Annotated[
        str | None,
        typer.Option(
            "--ranks", help="Percentile ranks at which bands begin, such as 25,75; else the instrument's."
        ),
    ] = None,
    force_outdated: ForceOutdatedOption = False,
    out: OutOption = None,
) -> None:
    """Say who would be in another band, or meet another cut, under another edition; --out has every person."""
    from psychometrics.norming import load_norms
    from psychometrics.norming.editions.renorming import who_changes_band

    try:
        edges = None if ranks is None else [float(one) for one in ranks.split(",")]
    except ValueError as error:
        raise typer.BadParameter(f"--ranks {ranks}: write 25,75") from error
    check_paths(out, *people.sources)
    check_suffix(out)
    old, new = load_norms(name), load_norms(second)
    for one in (old, new):
        say_age(one)
    found = who_changes_band(
        people.read(), old, new, ranks=edges, outdated="allow" if force_outdated else "refuse"
    )
    words().print(repr(found), markup=False)
    summary: Result = found.summary()
    deliver(found if out is not None else summary, out, title=f"{name} and {second}")
