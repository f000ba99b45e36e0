"""``psychometrics items``: item analysis and key check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psychometrics.cli.common import (
    InstrumentArgument,
    InvalidOption,
    MissingOption,
    OutOption,
    PersonOption,
    RatingsOption,
    RenameOption,
    ResponsesArgument,
    deliver,
    read_input,
    show_table,
    tables,
    words,
)
from psychometrics.errors import EstimationError

if TYPE_CHECKING:
    from psychometrics.evidence.items.analysis import InstrumentItems
    from psychometrics.evidence.items.keys import KeyCheck

SHOWN = (
    "scale_id",
    "item_id",
    "n",
    "n_missing",
    "mean",
    "sd",
    "item_proportion",
    "item_rest_correlation",
    "ci_lower",
    "ci_upper",
    "discrimination_index",
    "alpha_if_dropped",
    "omega_if_dropped",
    "flags",
)
"""Columns for people; ``--out`` writes all of them."""


def items_command(
    instrument: InstrumentArgument,
    responses: ResponsesArgument,
    ratings: RatingsOption = None,
    out: OutOption = None,
    missing_code: MissingOption = None,
    invalid: InvalidOption = "error",
    person: PersonOption = "person_id",
    rename: RenameOption = None,
) -> None:
    """Analyse every item, option and rubric level, and hold the data against the keys of the definition."""
    from psychometrics.evidence.items.analysis import item_analysis
    from psychometrics.evidence.items.keys import check_keys

    what, answers, judged = read_input(
        instrument,
        responses,
        ratings,
        missing_code=missing_code,
        invalid=invalid,
        person=person,
        rename=rename,
    )
    if answers is None:
        raise EstimationError(f"{what.name} has no items that a person answers")
    deliver(item_analysis(what, answers, judged), out, show=_show)
    _say(check_keys(what, answers))


def _show(found: InstrumentItems) -> None:
    show_table(found, title=f"Items of {found.source.instrument}", columns=SHOWN)
    for part, title in ((found.options, "Options to look at"), (found.levels, "Rubric levels to look at")):
        if part is not None and any(part.flags):
            table = part.to_frame()
            flagged = table[table["flags"] != ""]
            tables().print(title, style="bold")
            tables().print(
                flagged.drop(columns=["reason", "keyed"], errors="ignore").round(2).to_string(index=False)
            )


def _say(check: KeyCheck) -> None:
    where = f" (groups compared: {', '.join(check.groups)})" if check.groups else ""
    words().print(f"key check: {len(check.findings)} finding(s){where}", markup=False)
    for one in check.findings:
        place = " ".join(filter(None, [one.scale_id, one.item_id]))
        words().print(
            f"  {one.rule}, {place + ': ' if place else ''}{one.finding} {one.detail}", markup=False
        )
