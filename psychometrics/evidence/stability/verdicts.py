"""What COSMIN's rules say of a retest, each with its reason and its source; no rule is ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isnan
from typing import TYPE_CHECKING, Any

from psychometrics.evidence.stability.interval import RetestInterval
from psychometrics.evidence.thresholds import THRESHOLDS, Kind
from psychometrics.kernels.bounds import Estimate
from psychometrics.result import Result, Source

if TYPE_CHECKING:
    from psychometrics.evidence.stability.retest import TestRetest

SAMPLE_BINS = ((100, "excellent"), (50, "good"), (30, "fair"), (0, "poor"))
EQUIVALENCE_LEVEL = 0.05

SAMPLE = "COSMIN sample sizes as used in doi:10.1186/1471-2474-15-106"
BIAS = "COSMIN Risk of Bias, box 6, as in doi:10.1177/2325967120968099 (box 6)"
BIAS_2020 = "COSMIN Risk of Bias tool, doi:10.1186/s12874-020-01179-5 (tables 5-7)"


COSMIN = {one.kind: one for one in THRESHOLDS if one.system == "COSMIN"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One rule applied.

    Attributes
    ----------
    criterion : str
        What is judged.
    rating : str
        In the words of the source; ``not judged`` where the numbers cannot say.
    reason : str
        The figure and the rule that gave the rating.
    source : str
    """

    criterion: str
    rating: str
    reason: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Verdicts(Result):
    """All rules applied to a retest, one row each.

    Attributes
    ----------
    rows : tuple of (str, Verdict)
        Scale id and verdict.
    source : Source
    """

    rows: tuple[tuple[str, Verdict], ...]
    source: Source = field(default_factory=Source)

    def columns(self) -> Mapping[str, Any]:
        """One row per scale and rule."""
        return {
            "scale_id": [scale_id for scale_id, _ in self.rows],
            **{
                name: [getattr(one, name) for _, one in self.rows]
                for name in ("criterion", "rating", "reason", "source")
            },
        }

    def __repr__(self) -> str:
        return f"<COSMIN verdicts: {len(self.rows)}>"


def verdicts_of(found: TestRetest) -> tuple[Verdict, ...]:
    """Return the verdicts on one score over two occasions."""
    return (
        _of_reliability(found),
        sample_verdict(found.n_pairs),
        _of_coefficient(found),
        _of_interval(found.interval),
        Verdict(
            criterion="stable persons, same conditions, blind raters",
            rating="not judged",
            reason="a matter of how the study was run: scores do not say",
            source=BIAS_2020,
        ),
    )


def reliability_verdict(name: str, one: Estimate, kind: Kind) -> Verdict:
    """Return sufficient when the estimate reaches COSMIN's edge; the reason says when the interval does not."""
    rule = COSMIN[kind]
    ((edge, reached),) = rule.bins
    criterion = f"reliability: {name} at least {edge:.2f}"
    if isnan(one.estimate):
        return Verdict(criterion=criterion, rating="indeterminate", reason=one.reason, source=rule.source)
    rating = reached if one.estimate >= edge else rule.below
    reason = f"{name} is {one.estimate:.3f}"
    if not isnan(one.ci_lower):
        reason += f", interval {one.ci_lower:.3f} to {one.ci_upper:.3f}"
        if one.ci_lower < edge <= one.ci_upper:
            reason += ": the threshold lies within it, so the sample leaves the rating open"
    return Verdict(criterion=criterion, rating=rating, reason=reason, source=rule.source)


def weighted_kappa_verdict(one: Estimate) -> Verdict:
    """Return the verdict on the quadratically weighted kappa of bands."""
    return reliability_verdict("weighted kappa (quadratic)", one, "reliability")


def sample_verdict(n: int) -> Verdict:
    """Return the bin of the sample size."""
    rating = next(word for least, word in SAMPLE_BINS if n >= least)
    bins = "100 excellent, 50 good, 30 fair, below poor"
    return Verdict(criterion="sample size", rating=rating, reason=f"{n:,} pairs; from {bins}", source=SAMPLE)


def _of_reliability(found: TestRetest) -> Verdict:
    """Return the verdict on the ICC, or where there is none on Pearson's r with its own edge."""
    if isnan(found.icc_a1.estimate) and not isnan(found.pearson_r.estimate):
        return reliability_verdict("Pearson r", found.pearson_r, "correlation")
    return reliability_verdict("ICC(A,1)", found.icc_a1, "reliability")


def _of_coefficient(found: TestRetest) -> Verdict:
    criterion = "statistical method for continuous scores"
    if not isnan(found.icc_a1.estimate):
        reason = "intraclass correlation with its form, ICC(A,1), and its formula stated"
        return Verdict(criterion=criterion, rating="very good", reason=reason, source=BIAS)
    if isnan(found.pearson_r.estimate):
        return Verdict(
            criterion=criterion,
            rating="inadequate",
            reason="neither ICC nor r could be computed",
            source=BIAS,
        )
    steady = found.equivalence_p_value < EQUIVALENCE_LEVEL
    reason = "only r could be computed; the equivalence test " + (
        f"shows that the mean change lies within {found.equivalence_bound:.3g} points"
        if steady
        else "gives no evidence that there was no systematic change"
    )
    return Verdict(
        criterion=criterion, rating="adequate" if steady else "doubtful", reason=reason, source=BIAS
    )


def _of_interval(interval: RetestInterval | None) -> Verdict:
    criterion = "time interval"
    if interval is None:
        return Verdict(
            criterion=criterion, rating="doubtful", reason="the interval is not stated", source=BIAS
        )
    stated = f"median {interval.median:g} days, {interval.minimum:g} to {interval.maximum:g}"
    if interval.window is None:
        reason = f"{stated}; the instrument names no window to hold it against"
        return Verdict(criterion=criterion, rating="doubtful", reason=reason, source=BIAS)
    low, high = interval.window
    reason = f"{stated}; {interval.n_outside:,} of {interval.n_known:,} outside the window of {low:g} to {high:g} days"
    rating = "doubtful"
    if interval.n_outside == 0 and interval.n_unknown == 0:
        rating = "very good"
    if interval.n_outside == interval.n_known:
        rating = "inadequate"
    return Verdict(criterion=criterion, rating=rating, reason=reason, source=BIAS)
