"""One score on three or more occasions: agreement over all of them, gaps allowed, and the test of their means."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isnan, nan, sqrt
from typing import Any

import numpy as np

from psychometrics.evidence.agreement.intraclass import IntraclassCorrelation, intraclass_correlation
from psychometrics.evidence.matrix import Floats
from psychometrics.kernels.stability.retest import FORMS
from psychometrics.result import Result, Source

SHIFT_METHOD = "repeated-measures ANOVA, p corrected by Greenhouse-Geisser"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MeansTest:
    """Repeated-measures ANOVA of the occasion means over the persons with all scores.

    Attributes
    ----------
    f, df_occasions, df_error : float
        F and its uncorrected degrees of freedom.
    p_value : float
        Corrected by Greenhouse and Geisser's epsilon.
    epsilon : float
        1 when the changes between occasions all vary alike, down to 1 / (occasions - 1).
    generalized_eta_squared : float
    n_persons : int
        With a score on every occasion.
    reason : str
    """

    f: float = nan
    df_occasions: float = nan
    df_error: float = nan
    p_value: float = nan
    epsilon: float = nan
    generalized_eta_squared: float = nan
    n_persons: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RepeatedScores(Result):
    """Stability of one score over three or more occasions.

    Attributes
    ----------
    intraclass : mapping of str to IntraclassCorrelation
        By statistic, ``icc_a1`` and so on; ``,k`` forms are for the mean of as many occasions as a person has.
        Complete tables by ANOVA, others by REML from every score there is.
    means, sds : ndarray of float64, shape (n_occasions,)
        Of the scores of each occasion.
    n_scores : ndarray of int, shape (n_occasions,)
    sem, sem_agreement : float
        Standard error of measurement of one occasion: root of the residual variance; of residual plus occasion.
    means_test : MeansTest
    confidence : float
    source : Source
    """

    intraclass: Mapping[str, IntraclassCorrelation]
    means: Floats
    sds: Floats
    n_scores: Any
    sem: float
    sem_agreement: float
    means_test: MeansTest
    confidence: float
    source: Source = field(default_factory=Source)

    def columns(self) -> Mapping[str, Any]:
        """One row per statistic."""
        rows = [
            (name, one.estimate, one.ci_lower, one.ci_upper, one.method, one.n_targets, _why(one))
            for name, one in self.intraclass.items()
        ]
        n, test = next(iter(self.intraclass.values())).n_targets, self.means_test
        why = self.intraclass["icc_a1"].reason if isnan(self.sem) else "no interval for it"
        rows += [
            ("sem", self.sem, nan, nan, "root of the residual variance", n, why),
            ("sem_agreement", self.sem_agreement, nan, nan, "root of residual + occasion variance", n, why),
            ("means_f", test.f, nan, nan, SHIFT_METHOD, test.n_persons, test.reason),
            ("means_p_value", test.p_value, nan, nan, SHIFT_METHOD, test.n_persons, test.reason),
        ]
        names = ("statistic", "estimate", "ci_lower", "ci_upper", "method", "n_pairs", "reason")
        table: dict[str, Any] = dict(
            zip(names, (list(column) for column in zip(*rows, strict=True)), strict=True)
        )
        return table | {"confidence": [self.confidence] * len(rows)}

    def __repr__(self) -> str:
        one = self.intraclass["icc_a1"]
        return (
            f"<Retest over {len(self.means)} occasions: ICC(A,1) {one.estimate:.4g}, {one.n_targets} persons>"
        )


def _why(one: IntraclassCorrelation) -> str:
    """Return the reason of a missing number of the row; the missing F test is no part of it."""
    return one.reason if isnan(one.estimate) or isnan(one.ci_lower) else ""


def repeated_scores(table: Floats, confidence: float, *, tests: bool) -> RepeatedScores:
    """Return the stability over all occasions, shape (n_persons, n_occasions), nan where there is no score."""
    there = ~np.isnan(table)
    found = {
        name: intraclass_correlation(table, form=form, confidence=confidence)  # type: ignore[arg-type]
        for name, form in FORMS.items()
    }
    parts = found["icc_a1"]
    return RepeatedScores(
        intraclass=found,
        means=_of_columns(table, 1, np.mean),
        sds=_of_columns(table, 2, _sd),
        n_scores=there.sum(axis=0),
        sem=sqrt(parts.variance_residual) if parts.variance_residual >= 0 else nan,
        sem_agreement=sqrt(parts.variance_residual + max(parts.variance_rater, 0.0))
        if parts.variance_residual >= 0
        else nan,
        means_test=_means_test(table[there.all(axis=1)]) if tests else MeansTest(reason="not asked for"),
        confidence=confidence,
    )


def _sd(values: Floats) -> float:
    return float(values.std(ddof=1))


def _of_columns(table: Floats, least: int, statistic: Any) -> Floats:
    columns = [column[~np.isnan(column)] for column in table.T]
    return np.array([statistic(column) if len(column) >= least else nan for column in columns])


def _means_test(complete: Floats) -> MeansTest:
    n, k = complete.shape
    if n < 3:
        return MeansTest(n_persons=n, reason="fewer than 3 persons have a score on every occasion")
    residual = complete - complete.mean(axis=1, keepdims=True)
    residual -= residual.mean(axis=0)
    if np.square(residual).sum() <= 1e-24 * np.square(complete).sum():
        return MeansTest(n_persons=n, reason="all persons changed alike: no error to test against")
    import pandas as pd
    import pingouin

    wide = pd.DataFrame(complete, columns=[str(place) for place in range(1, k + 1)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        row = pingouin.rm_anova(wide, correction=True).iloc[0]
    return MeansTest(
        f=float(row["F"]),
        df_occasions=float(row["ddof1"]),
        df_error=float(row["ddof2"]),
        p_value=float(row["p_GG_corr"]),
        epsilon=float(row["eps"]),
        generalized_eta_squared=float(row["ng2"]),
        n_persons=n,
    )
