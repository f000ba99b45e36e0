"""Rows about raters: agreement on the total of a task; on request on each criterion."""

from __future__ import annotations

from math import isnan

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from psychometrics.evidence.agreement.agreement import agreement
from psychometrics.evidence.agreement.intraclass import IntraclassCorrelation, intraclass_correlation
from psychometrics.evidence.overview.table import ReliabilityRow
from psychometrics.evidence.points import task_totals, tasks_of
from psychometrics.kernels.components.intraclass import Form
from psychometrics.responses import Ratings
from psychometrics.result import counted

FORMS: tuple[Form, ...] = ("A,1", "A,k")


def rater_rows(ratings: Ratings, confidence: float, *, everything: bool) -> list[ReliabilityRow]:
    """Return one rater and the average of those who rated, for every task."""
    rows = [row for task in tasks_of(ratings.instrument) for row in _of_task(ratings, task, confidence)]
    if everything:
        rows += [
            row
            for criterion in ratings.instrument.criterion_ids
            for row in _of_criterion(ratings, criterion, confidence)
        ]
    return rows


def _of_task(ratings: Ratings, task: str, confidence: float) -> list[ReliabilityRow]:
    person, rater, total = task_totals(ratings, task)
    left_out = _left_out(ratings, task, person)
    long = pa.table({"target": person, "rater_id": rater, "value": total})
    found = [intraclass_correlation(long, form=form, confidence=confidence) for form in FORMS]
    return [
        ReliabilityRow(
            scale_id=task,
            evidence="raters",
            statistic=f"icc({one.form})",
            read_first=one.form == "A,1",
            estimate=one.estimate,
            ci_lower=one.ci_lower,
            ci_upper=one.ci_upper,
            n_persons=one.n_targets,
            n_parts=one.n_raters,
            method=one.method,
            missing=one.missing,
            reason=one.reason if isnan(one.estimate) or isnan(one.ci_lower) else "",
            note="; ".join(filter(None, [_raters_meant(one), left_out])),
        )
        for one in found
    ]


def _raters_meant(one: IntraclassCorrelation) -> str:
    """Say of how many raters the average is; nothing for one rater."""
    if one.form != "A,k" or isnan(one.ratings_per_target):
        return ""
    k = one.ratings_per_target
    return f"k = {k:.0f} raters" if k.is_integer() else f"k = {k:.2f} raters, the harmonic mean over persons"


def _left_out(ratings: Ratings, task: str, used: npt.NDArray[np.intp]) -> str:
    """Say how many judgements are not in it, because a rater did not judge every criterion of the task."""
    criteria = [i for i, one in enumerate(ratings.instrument.criteria) if one.item_id == task]
    mine = np.isin(ratings.criterion_index, criteria)
    n_raters = len(ratings.rater_ids)
    sheets = np.unique(ratings.person_index[mine].astype(np.int64) * n_raters + ratings.rater_index[mine])
    gone = len(sheets) - len(used)
    if not gone:
        return ""
    persons, left = len(np.unique(sheets // n_raters)), len(np.unique(used))
    return (
        f"only raters who judged all {len(criteria)} criteria of a person count: {gone:,} of "
        f"{counted(len(sheets), 'judgement')} left out, {left:,} of {counted(persons, 'person')} remain"
    )


def _of_criterion(ratings: Ratings, criterion: str, confidence: float) -> list[ReliabilityRow]:
    found = {
        "gwet_ac2": agreement(
            ratings, coefficient="gwet", weights="quadratic", criterion=criterion, confidence=confidence
        ),
        "krippendorff_alpha_ordinal": agreement(
            ratings, coefficient="krippendorff", level="ordinal", criterion=criterion, confidence=confidence
        ),
    }
    return [
        ReliabilityRow(
            scale_id=criterion,
            evidence="raters",
            statistic=statistic,
            estimate=one.estimate,
            ci_lower=one.ci_lower,
            ci_upper=one.ci_upper,
            n_persons=one.n_units,
            n_parts=one.n_raters,
            method=one.method,
            missing="available",
            reason=one.reason,
        )
        for statistic, one in found.items()
    ]
