"""``psychometrics take``: one person takes one instrument, here and now, in the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from psychometrics.cli.common import InstrumentArgument, words
from psychometrics.cli.serve import PortOption

if TYPE_CHECKING:
    from psychometrics.instrument import Instrument
    from psychometrics.web.store import Store

DEFAULT_STORE = "psychometrics.sqlite"


def take_command(
    instrument: InstrumentArgument,
    store: Annotated[
        str, typer.Option("--store", help="Where the answers go: a SQLite file, made when it is not there.")
    ] = DEFAULT_STORE,
    person: Annotated[str, typer.Option("--person", help="Id of the person.")] = "me",
    occasion: Annotated[
        str | None,
        typer.Option(
            "--occasion", help="Which time; left out, an unfinished one goes on, else the next begins."
        ),
    ] = None,
    port: PortOption = 0,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the link and open nothing.")
    ] = False,
) -> None:
    """Take an instrument in the browser: make a store, print the link, serve it until Ctrl-C."""
    from psychometrics.instrument import load_instrument
    from psychometrics.web.flow import page_plan
    from psychometrics.web.serving import serve
    from psychometrics.web.store import open_store

    page_plan(load_instrument(instrument))  # refuses what has no wording, before anything is made
    with open_store(store) as opened:
        what = opened.add_instrument(instrument)
        when = occasion or next_occasion(opened, what, person)
        invitation = opened.invite(person, what.name, occasion=when, valid_days=1)
        teller = Teller(opened, invitation.sitting_id)

        def ready(address: str) -> None:
            link = f"{address}/t/{invitation.token}"
            words().print(f"{what.title}: {link}", markup=False, soft_wrap=True)
            words().print(
                "Every answer is kept as you go. Ctrl-C ends it; the same command goes on.", markup=False
            )
            if not no_browser:
                _open_browser(link)

        try:
            serve(opened, port=port, ready=ready, every_second=teller.look)
        except KeyboardInterrupt:
            words().print()
        finally:
            say_what_is_kept(opened, what, store, invitation.sitting_id)


def next_occasion(store: Store, instrument: Instrument, person: str) -> str:
    """Return the occasion to go on with: the last unfinished one, else the first number that is free."""
    mine = store.sittings(instrument=instrument.name, person_id=person)
    unfinished = [one.occasion for one in mine if one.finished is None]
    if unfinished:
        return unfinished[-1]
    used = {one.occasion for one in mine}
    return next(str(n) for n in range(1, len(used) + 2) if str(n) not in used)


class Teller:
    """Says once that the sitting is finished, while the server still runs."""

    def __init__(self, store: Store, sitting_id: str) -> None:
        self.store = store
        self.sitting_id = sitting_id
        self.said = False

    def look(self) -> None:
        """Look whether the person has finished."""
        if not self.said and self.store.progress(self.sitting_id).finished:
            self.said = True
            words().print("Finished: all answers are kept. Ctrl-C ends the server.", markup=False)


def say_what_is_kept(store: Store, instrument: Instrument, where: str, sitting_id: str) -> None:
    """Say how many answers are kept, where, and how to score them."""
    progress = store.progress(sitting_id)
    state = "finished" if progress.finished else "not finished; the same command goes on"
    lines = [
        f"{len(progress.answered)} of {len(progress.asked)} answers are in {where} ({state}).",
    ]
    if progress.finished:
        lines.append(f"Score them:  psychometrics score {instrument.name} store:{where}")
    if progress.finished and instrument.criteria:
        lines += [
            "Have the tasks rated:",
            f"  psychometrics sittings raters {where} --add RATER",
            f"  psychometrics sittings assign {where} {instrument.name} --double-share 0",
            f"  psychometrics serve {where}",
        ]
    for line in lines:
        words().print(line, markup=False, soft_wrap=True)


def _open_browser(link: str) -> None:
    import webbrowser

    try:
        opened = webbrowser.open(link)
    except webbrowser.Error:
        opened = False
    if not opened:
        words().print("No browser could be opened: copy the link.", markup=False)
