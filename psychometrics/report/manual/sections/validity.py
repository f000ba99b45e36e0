"""Validity: what scores go with, and what the authors know of content, process and consequences."""

from __future__ import annotations

import math
from dataclasses import replace

from psychometrics.evidence.validity.criterion import CriterionValidity, ValidityRow, criterion_validity
from psychometrics.report.manual.content import Section
from psychometrics.report.manual.draft import Draft
from psychometrics.report.manual.material import Absent, Material, attempt
from psychometrics.report.manual.small_cells import is_small
from psychometrics.report.manual.words import interval, named, number, whole
from psychometrics.scoring import Scores

WHAT = "Relations to criteria"
NONE = "This manual holds no evidence that scores go with anything outside the instrument."


def validity(material: Material) -> Section:
    """Write the evidence that scores mean what they are said to mean."""
    draft = Draft(
        "validity",
        "Validity",
        rests_on="data",
        simulated=material.simulated,
        statements=material.statements,
    )
    if not material.has_criteria:
        draft.find(NONE)
        draft.lack("criteria", WHAT, "no criteria given")
    elif isinstance(material.scores, Absent):
        draft.find(NONE)
        draft.lack("criteria", WHAT, material.scores.why, material.needs_data)
    else:
        _criteria(draft, material, material.scores)
    draft.ask_authors("content", "Judgements of experts on the content")
    draft.ask_authors("process", "Response processes")
    draft.ask_authors("consequences", "Consequences of the use")
    return draft.done()


def _criteria(draft: Draft, material: Material, scores: Scores) -> None:
    criteria = list(material.criteria) if isinstance(material.criteria, tuple) else material.criteria
    found = attempt(criterion_validity, scores, criteria, confidence=material.confidence)
    if isinstance(found, Absent):
        draft.find(NONE)
        draft.lack("criteria", WHAT, found.why)
        return
    found = replace(found, rows=tuple(_of_enough(material, row) for row in found.rows))
    observed = [row for row in found.rows if row.statistic == "observed"]
    known = [row for row in observed if not math.isnan(row.estimate)]
    if not known:
        draft.find(NONE)
        draft.lack("criteria", WHAT, "; ".join(dict.fromkeys(row.reason for row in observed if row.reason)))
        return
    most = max(known, key=lambda row: abs(row.estimate))
    draft.find(
        f"The strongest correlation with a criterion is r = {number(most.estimate)} ({material.level} interval "
        f"{interval(most.ci_lower, most.ci_upper)}), of {material.name(most.scale_id)} with {most.criterion}, n = {most.n:,}."
    )
    draft.note("A correlation is not a cause, and no proof that scores may be used for a decision.")
    _table(draft, material, found)
    _gaps(draft, material, found)
    draft.answer("criteria")


def _of_enough(material: Material, row: ValidityRow) -> ValidityRow:
    if not is_small(row.n, material.least):
        return row
    return replace(row, estimate=math.nan, ci_lower=math.nan, ci_upper=math.nan, note="", reason=material.few)


def _table(draft: Draft, material: Material, found: CriterionValidity) -> None:
    draft.table(
        "Correlations with criteria",
        ("scale", "criterion", "statistic", "r", f"{material.level} interval", "n", "left out", "remarks"),
        [
            (
                material.name(row.scale_id),
                row.criterion,
                row.statistic.replace("_", " "),
                number(row.estimate),
                interval(row.ci_lower, row.ci_upper),
                whole(row.n),
                whole(row.n_left_out),
                row.note,
            )
            for row in found.rows
        ],
        numbers=("r", f"{material.level} interval", "n", "left out"),
        below="Pearson r with Fisher's interval, not corrected for unreliability or selection unless it says so.",
    )


def _gaps(draft: Draft, material: Material, found: CriterionValidity) -> None:
    for reason in dict.fromkeys(row.reason for row in found.rows if row.reason):
        own = [
            f"{material.name(row.scale_id)} with {row.criterion}"
            for row in found.rows
            if row.reason == reason
        ]
        draft.gap(f"Correlation of {named(own)}", reason, "criterion values of more persons")
