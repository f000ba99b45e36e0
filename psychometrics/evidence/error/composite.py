"""Reliability of a score that is made of self-report items, rubric tasks, or both."""

from __future__ import annotations

from math import nan, sqrt
from typing import Literal

import numpy as np
import numpy.typing as npt

from psychometrics.engine.threads import one_blas_thread
from psychometrics.errors import EstimationError, Problem, did_you_mean
from psychometrics.evidence.checks import check_confidence, check_word
from psychometrics.evidence.error.composite_parts import Parts, composite_parts
from psychometrics.evidence.error.composite_result import CompositeReliability
from psychometrics.instrument import Instrument, Scale, load_instrument
from psychometrics.kernels.bounds import Bounds
from psychometrics.kernels.components import composite as kernel
from psychometrics.kernels.components.composite_sums import Panel
from psychometrics.responses import Ratings, Responses
from psychometrics.result import counted

Floats = npt.NDArray[np.float64]
Tasks = Literal["random", "fixed"]

ONE_BY_ONE = 500
"""Up to so many persons each is left out in turn; of more, groups."""
GROUPS = 200
FEW = 30


@one_blas_thread()
def composite_score_reliability(
    instrument: Instrument | str,
    responses: Responses | None = None,
    ratings: Ratings | None = None,
    *,
    scale: str,
    tasks: Tasks = "random",
    missing: Literal["pairwise", "listwise"] = "pairwise",
    confidence: float = 0.95,
) -> CompositeReliability:
    """Return the reliability of a score whose error comes from items and from raters.

    reliability = 1 - (item error + task error + rater error) / variance of the score

    - Items: a sample within each self-report scale (p x i); their error is sd^2 (1 - alpha) of the scale.
    - Tasks: ``"random"``, a sample of those that could have been set, so that a person's luck with a task is error;
      or ``"fixed"``, exactly these tasks are meant. Criteria of a task are always fixed.
    - Raters: a random draw. Severity, halo and noise are estimated from scripts with two or more raters, whatever
      the design; unequal numbers of raters count as they are. A rater who judges several criteria or tasks of a
      person carries the same impression over: that shared error is estimated and counted in full. Severity is error
      as far as persons had different raters; what all persons had in common cancels.

    Scales below the score are strata: the same scales, with the same weights, in every form of the instrument.
    Covariance between self-report and ratings holds no error. Not composite reliability in the sense of factor
    models (omega), and not stability over time.

    Parameters
    ----------
    instrument : Instrument or str
        What was asked.
    responses, ratings : Responses, Ratings
        What was answered and judged, one occasion; each is needed if the scale holds items, or criteria.
    scale : str
        Any scale: over items, over criteria, over both, or a composite over scales (raw or standardised).
    tasks : {"random", "fixed"}
    missing : {"pairwise", "listwise"}
        Pairwise uses every person for the pairs of items and criteria they have; listwise only persons with all.
    confidence : float
        Level of the interval.

    Returns
    -------
    CompositeReliability
        Reliability, interval and standard error on the metric of the scale; ``components()`` says where the variance
        comes from, ``design_study()`` what more raters, tasks or items would buy.

    Raises
    ------
    EstimationError
        An unknown scale; responses or ratings missing, of another instrument, or of several occasions.

    Notes
    -----
    Moments instead of REML: closed, unbiased in any design, equal to ANOVA in balanced ones, and additive over
    persons. The interval is a jackknife over persons on log(1 - reliability); one by one up to 500 persons, 200
    groups above. It takes these raters and tasks as they are: with few raters the share of severity is uncertain
    beyond it. Coverage of 95% intervals, 500 simulated samples of 200 persons like the flagship's: 94% to 96%
    (``tests/benchmarks/coverage_composite.py``).

    References
    ----------
    Rajaratnam, Cronbach and Gleser (1965), doi:10.1007/BF02289746; Brennan, Kim and Lee (2022),
    doi:10.1177/00131644211049746. Checked against stratified alpha, intraclass correlations, and correlations of
    simulated parallel composites with new items, tasks and raters.
    """
    check_confidence(confidence)
    check_word("tasks", tasks, ("random", "fixed"))
    check_word("missing", missing, ("pairwise", "listwise"))
    if isinstance(instrument, str):
        instrument = load_instrument(instrument)
    chosen = _scale(instrument, scale)
    _check_data(instrument, chosen, responses, ratings)
    parts = composite_parts(instrument, chosen, responses, ratings, listwise=missing == "listwise")
    design = parts.design(random_tasks=tasks == "random")
    one_by_one = parts.n_persons <= ONE_BY_ONE
    n_groups = parts.n_persons if one_by_one else GROUPS
    if parts.n_persons < 2:
        return _result(parts, None, Bounds(reason="fewer than 2 persons"), tasks, missing, confidence)
    panel = Panel(
        parts.items,
        parts.person,
        parts.rater,
        parts.criterion,
        parts.level,
        n_criteria=len(parts.criterion_ids),
        n_groups=n_groups,
    )
    total = panel.all()
    variance = kernel.composite_variance(total, design)
    bounds = Bounds(reason=_why_not(parts, variance, tasks))
    if not bounds.reason:
        bounds = kernel.composite_bounds(panel, design, total, confidence, one_by_one=one_by_one)
    return _result(parts, variance, bounds, tasks, missing, confidence)


def _result(
    parts: Parts,
    variance: kernel.CompositeVariance | None,
    bounds: Bounds,
    tasks: Tasks,
    missing: str,
    confidence: float,
) -> CompositeReliability:
    total = nan if variance is None else variance.total
    return CompositeReliability(
        coefficient="composite_score_reliability",
        estimate=nan if variance is None else variance.reliability,
        ci_lower=bounds.lower,
        ci_upper=bounds.upper,
        confidence=confidence,
        method="jackknife" if parts.n_persons <= ONE_BY_ONE else "grouped jackknife",
        missing=missing,
        n_persons=parts.n_persons,
        n_items=len(parts.item_ids),
        standard_deviation=sqrt(total) if total >= 0 else nan,
        standard_error_of_measurement=nan if variance is None else kernel.standard_error(variance),
        reason=bounds.reason,
        source=parts.source,
        scale_id=parts.scale.id,
        tasks=tasks,
        n_tasks=len(parts.task_ids),
        n_raters=len(np.unique(parts.rater)),
        ratings_per_criterion=parts.ratings_per_criterion(),
        notes=_notes(parts, tasks),
        parts=parts,
        variance=variance,
    )


def _scale(instrument: Instrument, scale: str) -> Scale:
    if scale not in instrument.scale_ids:
        raise EstimationError(
            f'{instrument.name} has no scale "{scale}"', hint=did_you_mean(scale, instrument.scale_ids)
        )
    return instrument.scale(scale)


def _check_data(
    instrument: Instrument, scale: Scale, responses: Responses | None, ratings: Ratings | None
) -> None:
    problems = []
    needs = (
        ("responses", responses, instrument.items_under(scale)),
        ("ratings", ratings, instrument.criteria_under(scale)),
    )
    for name, given, needed in needs:
        if needed and given is None:
            problems.append(
                Problem(where=name, what="missing", expected=f"{name} of {', '.join(needed[:3])}, ...")
            )
        if given is not None and given.instrument.fingerprint != instrument.fingerprint:
            problems.append(
                Problem(where=name, what="belong to another instrument", expected=instrument.name)
            )
        if given is not None and _repeats(given):
            problems.append(
                Problem(where=name, what="several occasions of a person", expected="one occasion")
            )
    if problems:
        raise EstimationError(
            f'the error of "{scale.id}" cannot be estimated from these data', problems=problems
        )


def _repeats(given: Responses | Ratings) -> bool:
    return bool(len(given.persons.column("person_id").unique()) < given.persons.num_rows)


def _why_not(parts: Parts, variance: kernel.CompositeVariance, tasks: Tasks) -> str:
    """Say why there is no reliability; empty when there is one."""
    reasons = [
        f"{name}: a single item, whose error cannot be told from its true score"
        for name, error, count in zip(parts.item_strata, variance.items, parts.items_in_strata(), strict=True)
        if np.isnan(error) and count < 2
    ]
    if tasks == "random":
        reasons += [
            f'{name}: a single task, whose error cannot be told from its true score (tasks="fixed" takes it as it is)'
            for name, count in zip(parts.task_strata, parts.tasks_in_strata(), strict=True)
            if count < 2
        ]
    reasons += _rater_reasons(parts, variance)
    if reasons:
        return "; ".join(reasons)
    if not variance.total > 0:
        return "the composite does not vary, or two of its parts were never seen together in 2 persons"
    return "" if variance.error > 0 else "the error variance comes out at 0 or less: too few persons"


def _rater_reasons(parts: Parts, variance: kernel.CompositeVariance) -> list[str]:
    if variance.rater_error is None:
        return []
    unknown = np.isnan(variance.rater_error.within) & (variance.rater_error.own > 0)
    alone = [parts.criterion_ids[i] for i in np.flatnonzero(np.diagonal(unknown))]
    if alone:
        return [f"rater error is not identified: no person has two raters on {_list(alone)}"]
    pairs = [
        f"{parts.criterion_ids[i]} and {parts.criterion_ids[j]}" for i, j in np.argwhere(np.triu(unknown))
    ]
    if pairs:
        return [
            f"one rater judges {_list(pairs)} of a person, but never beside a second rater: shared error unknown"
        ]
    return []


def _list(names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def _notes(parts: Parts, tasks: Tasks) -> tuple[str, ...]:
    notes = []
    if parts.level.size:
        notes.append(f"tasks are {tasks}; raters are a random draw ({len(np.unique(parts.rater))} seen)")
        doubles = parts.n_double_rated()
        if 0 < doubles < FEW:
            notes.append(f"rater error rests on {counted(doubles, 'person')} with two raters or more")
    if parts.medians():
        notes.append("the definition combines raters by the median; the error is that of their mean")
    if parts.rounded():
        notes.append("rounding of scores is not in the error")
    return tuple(notes)
