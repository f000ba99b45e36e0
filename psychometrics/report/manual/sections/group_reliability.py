"""Reliability in groups."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from psychometrics.evidence.consistency.alpha import coefficient_alpha
from psychometrics.report.manual.draft import Draft
from psychometrics.report.manual.groups import Part, parts_of
from psychometrics.report.manual.material import Absent, Material, attempt
from psychometrics.report.manual.small_cells import is_small
from psychometrics.report.manual.words import interval, number, whole
from psychometrics.responses import Responses
from psychometrics.result import counted

WHAT = "Reliability in groups"


def reliability_in_groups(draft: Draft, material: Material) -> None:
    """Write coefficient alpha of every scale in every group that is large enough."""
    if not material.groups:
        draft.lack("groups", WHAT, "no groups named")
        return
    if material.responses is None or not material.item_scales:
        draft.lack(
            "groups",
            WHAT,
            "no responses to scales of items",
            "responses with the groups as columns",
        )
        return
    draft.head("Reliability in groups")
    rows = [
        line
        for column in material.groups
        for part in parts_of(material.responses.persons, column, material.least)
        for line in _alphas(material, material.responses, part)
    ]
    draft.table(
        "Coefficient alpha in each group",
        ("column", "group", "scale", "alpha", "interval", "n", "why none"),
        rows,
        numbers=("alpha", "interval", "n"),
        below=f"{material.level} intervals. Groups of fewer than {material.least} persons are not shown."
        if material.least > 1
        else f"{material.level} intervals.",
    )
    if rows:
        draft.answer("groups")
    else:
        draft.lack("groups", WHAT, f"no group holds {counted(material.least, 'person')}")


def _alphas(material: Material, answers: Responses, part: Part) -> Iterable[Sequence[str]]:
    own = answers.select(part.rows)
    for scale in material.item_scales:
        got = attempt(partial(coefficient_alpha, own, scale=scale.id, confidence=material.confidence))
        head = (part.column, part.label, material.name(scale.id))
        if not isinstance(got, Absent) and is_small(got.n_persons, material.least):
            yield (*head, "", "", whole(got.n_persons), material.few)
        elif isinstance(got, Absent):
            yield (*head, "", "", whole(own.n_rows), got.why)
        else:
            yield (
                *head,
                number(got.estimate, 3),
                interval(got.ci_lower, got.ci_upper, 3),
                whole(got.n_persons),
                got.reason,
            )
