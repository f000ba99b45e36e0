"""Tests of a systematic change between two occasions, by pingouin."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import nan
from typing import Any

from psychometrics.kernels.stability.pairs import Pairs, moments_of
from psychometrics.result import Result, Source

MOST_PAIRS = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SystematicChange(Result):
    """Did the scores of the group shift: paired t, Wilcoxon, and the equivalence test.

    A large p of the first two is no evidence of no change; a small p of the equivalence test is.

    Attributes
    ----------
    t, df, t_p_value : float
        Paired t test of second - first, two-sided.
    wilcoxon_w, wilcoxon_p_value, rank_biserial : float
        Signed-rank test, two-sided, and its effect size (-1..1; above 0 where second is higher).
    equivalence_bound, equivalence_p_value : float
        Two one-sided t tests of a mean change within -bound..bound, in points.
    reason : str
        Why numbers are nan.
    source : Source
    """

    t: float
    df: float
    t_p_value: float
    wilcoxon_w: float
    wilcoxon_p_value: float
    rank_biserial: float
    equivalence_bound: float
    equivalence_p_value: float
    reason: str = ""
    source: Source = field(default_factory=Source)

    def columns(self) -> Mapping[str, Any]:
        """One row per test."""
        return {
            "test": ["paired t", "Wilcoxon signed-rank", "equivalence (TOST)"],
            "statistic": [self.t, self.wilcoxon_w, nan],
            "df": [self.df, nan, self.df],
            "p_value": [self.t_p_value, self.wilcoxon_p_value, self.equivalence_p_value],
            "effect": [nan, self.rank_biserial, self.equivalence_bound],
            "effect_is": ["", "rank-biserial correlation", "bound in points"],
            "reason": [self.reason] * 3,
        }

    def __repr__(self) -> str:
        return f"<Systematic change: t p {self.t_p_value:.3g}, equivalence p {self.equivalence_p_value:.3g}>"


def systematic_change(pairs: Pairs, bound: float) -> SystematicChange:
    """Return the tests of a systematic change, from counted pairs.

    Parameters
    ----------
    pairs : Pairs
    bound : float
        Of the equivalence test, in points; above 0, or nan when there is none.

    References
    ----------
    Lakens (2017), doi:10.1177/1948550617697177 (TOST); Kerby (2014), doi:10.2466/11.IT.3.1 (rank-biserial).
    """
    reason = _why_none(pairs)
    if reason:
        return SystematicChange(
            t=nan,
            df=nan,
            t_p_value=nan,
            wilcoxon_w=nan,
            wilcoxon_p_value=nan,
            rank_biserial=nan,
            equivalence_bound=bound,
            equivalence_p_value=nan,
            reason=reason,
        )
    import pingouin

    first, second = pairs.each()
    with warnings.catch_warnings():  # of its Bayes factor and its power, which are not used
        warnings.simplefilter("ignore")
        t = pingouin.ttest(second, first, paired=True).iloc[0]
        w = pingouin.wilcoxon(second - first).iloc[
            0
        ]  # one sample: with two it lays out all n x n differences
        equivalent = nan
        if bound > 0:
            tost = pingouin.tost(second, first, bound=bound, paired=True).iloc[0]
            equivalent = float(tost["pval"])
    return SystematicChange(
        t=float(t["T"]),
        df=float(t["dof"]),
        t_p_value=float(t["p_val"]),
        wilcoxon_w=float(w["W_val"]),
        wilcoxon_p_value=float(w["p_val"]),
        rank_biserial=float(w["RBC"]),
        equivalence_bound=bound,
        equivalence_p_value=equivalent,
        reason="" if bound > 0 else "no bound for the equivalence test",
    )


def _why_none(pairs: Pairs) -> str:
    if pairs.n < 3:
        return "the tests need at least 3 pairs"
    if pairs.n > MOST_PAIRS:
        return f"more than {MOST_PAIRS:,} pairs are not laid out one by one: read the interval of the mean change"
    if moments_of(pairs).variance_change == 0:
        return "all persons changed alike: no spread to test against"
    return ""
