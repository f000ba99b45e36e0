"""Raters: enter them, hand out answers, settle what they see differently."""

from __future__ import annotations

from typing import Annotated

import typer

from psychometrics.cli.common import InstrumentArgument, words
from psychometrics.cli.serve import StoreArgument
from psychometrics.cli.sittings.people import DEFAULT_URL, UrlOption, link_to, print_rows

SeedOption = Annotated[int, typer.Option("--seed", help="Another seed, another plan.")]


def raters(
    store: StoreArgument,
    add: Annotated[list[str] | None, typer.Option("--add", help="Enter a rater, or renew the link.")] = None,
    valid_days: Annotated[float, typer.Option("--valid-days", help="Days until the links end.")] = 30,
    public_url: UrlOption = DEFAULT_URL,
) -> None:
    """List raters with what they have done; with --add enter raters and print their links."""
    from psychometrics.web.store import open_store
    from psychometrics.web.store.names import name_problems, refuse

    with open_store(store, create=bool(add)) as opened:
        if add:
            refuse("no rater was entered", [p for one in add for p in name_problems(f"{one[:40]!a}", one)])
            links = (
                (one, link_to(public_url, opened.add_rater(one, valid_days=valid_days)))
                for one in dict.fromkeys(add)
            )
            print_rows(("rater_id", "link"), links)
            return
        rows = []
        for one in opened.raters():
            given = opened.tasks_for(one)
            done = sum(task.finished is not None for task in given)
            rows.append((one, str(len(given)), str(done)))
    print_rows(("rater_id", "assigned", "rated"), rows)


def assign(
    store: StoreArgument,
    instrument: InstrumentArgument,
    per_answer: Annotated[int, typer.Option("--per-answer", min=1, help="Raters of every answer.")] = 1,
    double_share: Annotated[
        float, typer.Option("--double-share", help="Share of answers that get one rater more.")
    ] = 0.2,
    seed: SeedOption = 0,
) -> None:
    """Hand out the answers of finished sittings; what was handed out before stays."""
    from psychometrics.result import counted
    from psychometrics.web.store import open_store

    with open_store(store, create=False) as opened:
        done = opened.assign(instrument, raters_per_answer=per_answer, double_share=double_share, seed=seed)
    said = f"{counted(done.new, 'new assignment')}; {counted(done.answers, 'answer')}, {done.double_rated} rated once more"
    words().print(said, markup=False)
    print_rows(("rater_id", "assigned"), [(one, str(n)) for one, n in done.per_rater.items()])


def queue(
    store: StoreArgument,
    instrument: InstrumentArgument,
    hand_out: Annotated[
        bool, typer.Option("--hand-out", help="Give each to a rater who has not seen the answer.")
    ] = False,
    seed: SeedOption = 0,
) -> None:
    """List answers on which raters lie apart by the gap of the definition, widest first."""
    from psychometrics.result import counted
    from psychometrics.web.store import open_store

    with open_store(store, create=False) as opened:
        if hand_out:
            new = opened.adjudicate(instrument, seed=seed).new
            words().print(f"{counted(new, 'answer')} handed out", markup=False)
        rows = [
            (
                one.criterion_id,
                f"{one.gap:g}",
                f"{one.limit:g}",
                ", ".join(f"{rater}: {level}" for rater, level in one.levels.items()),
                one.adjudicator or "",
                one.sitting_id,
            )
            for one in opened.adjudication_queue(instrument)
        ]
    print_rows(("criterion", "gap", "limit", "levels", "adjudicator", "sitting"), rows)
