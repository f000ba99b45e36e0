"""``psychometrics items``: item analysis and key check."""

from __future__ import annotations

from psychometrics.cli.common import (
    InstrumentArgument,
    InvalidOption,
    MissingOption,
    OutOption,
    PersonOption,
    RenameOption,
    ResponsesArgument,
    deliver,
    read_input,
    words,
)
from psychometrics.errors import EstimationError


def items_command(
    instrument: InstrumentArgument,
    responses: ResponsesArgument,
    out: OutOption = None,
    missing_code: MissingOption = None,
    invalid: InvalidOption = "error",
    person: PersonOption = "person_id",
    rename: RenameOption = None,
) -> None:
    """Analyse every item, and hold the data against the keys of the definition."""
    from psychometrics.evidence.items.analysis import item_analysis
    from psychometrics.evidence.items.keys import check_keys

    what, answers, _ = read_input(
        instrument, responses, None, missing_code=missing_code, invalid=invalid, person=person, rename=rename
    )
    if answers is None:
        raise EstimationError(f"{what.name} has no items that a person answers")
    deliver(item_analysis(what, answers), out, title=f"Items of {what.name}")
    findings = check_keys(what, answers).findings
    words().print(f"key check: {len(findings)} finding(s)", markup=False)
    for one in findings:
        place = " ".join(filter(None, [one.scale_id, one.item_id]))
        words().print(f"  {place + ': ' if place else ''}{one.finding} {one.detail}", markup=False)
