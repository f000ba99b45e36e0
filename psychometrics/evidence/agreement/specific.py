"""Agreement on each category, and what the margins of two raters do to kappa."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import nan
from typing import Any

import numpy as np

from psychometrics.errors import EstimationError
from psychometrics.evidence.agreement.rated_units import as_rated_units
from psychometrics.evidence.checks import check_confidence
from psychometrics.kernels.agreement.categories import share_bounds
from psychometrics.kernels.agreement.categories import specific_agreement as specific
from psychometrics.kernels.agreement.two_raters import kappa_conditions
from psychometrics.kernels.agreement.units import contingency
from psychometrics.result import Result, Source


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpecificAgreement(Result):
    """Agreement on each category.

    Attributes
    ----------
    categories : tuple
    estimates, ci_lowers, ci_uppers, standard_errors : tuple of float
        Shares, 0 to 1; nan for a category that no unit with two ratings got.
    n_units, n_ratings : tuple of int
        Units with two ratings or more that got the category, and its ratings among them.
    confidence : float
    reasons : tuple of str
    source : Source
    """

    categories: tuple[Any, ...]
    estimates: tuple[float, ...]
    ci_lowers: tuple[float, ...]
    ci_uppers: tuple[float, ...]
    standard_errors: tuple[float, ...]
    n_units: tuple[int, ...]
    n_ratings: tuple[int, ...]
    confidence: float
    reasons: tuple[str, ...]
    source: Source = field(default_factory=Source)

    def columns(self) -> Mapping[str, Any]:
        """One row per category."""
        return {
            "category": [str(one) for one in self.categories],
            "estimate": list(self.estimates),
            "ci_lower": list(self.ci_lowers),
            "ci_upper": list(self.ci_uppers),
            "confidence": [self.confidence] * len(self.categories),
            "standard_error": list(self.standard_errors),
            "n_units": list(self.n_units),
            "n_ratings": list(self.n_ratings),
            "reason": list(self.reasons),
        }

    def __repr__(self) -> str:
        return f"<specific agreement on {len(self.categories)} categories>"


def specific_agreement(
    x: Any,
    *,
    confidence: float = 0.95,
    categories: Sequence[Any] | None = None,
    criterion: str | None = None,
) -> SpecificAgreement:
    """Return, per category, how often another rater says k when one says k: 2 n_kk / (2 n_kk + n_k other).

    For two raters and two categories: positive and negative agreement. Not corrected for chance, and not to be
    averaged over categories.

    Parameters
    ----------
    x, categories, criterion
        As in ``agreement``.
    confidence : float
        Level of the intervals, Wilson's with the number of independent units that would give the standard error.

    Returns
    -------
    SpecificAgreement

    References
    ----------
    Cicchetti and Feinstein (1990), doi:10.1016/0895-4356(90)90159-M; de Vet et al. (2013), doi:10.1136/bmj.f2125.
    Checked against pairs of raters counted one by one.

    Examples
    --------
    >>> specific_agreement([[1, 1], [1, 1], [1, 2], [2, 2]]).to_frame().estimate.round(4).tolist()
    [0.8, 0.6667]
    """
    check_confidence(confidence)
    rated = as_rated_units(x, categories=categories, criterion=criterion)
    found = specific(rated.units)
    bounds = [
        share_bounds(share, error, n, confidence)
        for share, error, n in zip(found.estimate, found.standard_error, found.n_units, strict=True)
    ]
    return SpecificAgreement(
        categories=rated.scale.labels,
        estimates=tuple(found.estimate.tolist()),
        ci_lowers=tuple(one.lower for one in bounds),
        ci_uppers=tuple(one.upper for one in bounds),
        standard_errors=tuple(found.standard_error.tolist()),
        n_units=tuple(round(n) for n in found.n_units.tolist()),
        n_ratings=tuple(round(n) for n in found.n_ratings.tolist()),
        confidence=confidence,
        reasons=tuple(
            one.reason or ("one unit: no standard error" if np.isnan(error) else "")
            for one, error in zip(bounds, found.standard_error, strict=True)
        ),
        source=rated.source,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KappaConditions(Result):
    """Cohen's kappa of two raters beside what its margins allow.

    Attributes
    ----------
    kappa : float
        Unweighted.
    maximum_kappa : float
        Kappa if the raters agreed as far as their margins let them.
    prevalence_index, bias_index, adjusted_kappa : float
        Byrt's, for two categories; nan for more. The adjusted kappa (PABAK) is Brennan-Prediger's coefficient.
    n_units : int
        Rated by both.
    reason : str
    source : Source
    """

    kappa: float
    maximum_kappa: float
    prevalence_index: float
    bias_index: float
    adjusted_kappa: float
    n_units: int
    reason: str = ""
    source: Source = field(default_factory=Source)

    def columns(self) -> Mapping[str, Any]:
        """One row."""
        return {name: [getattr(self, name)] for name in self.__dataclass_fields__ if name != "source"}

    def __repr__(self) -> str:
        return f"<kappa {self.kappa:.4g} of at most {self.maximum_kappa:.4g}, {self.n_units} units>"


def kappa_indices(
    x: Any, *, categories: Sequence[Any] | None = None, criterion: str | None = None
) -> KappaConditions:
    """Return kappa of two raters, its maximum with their margins, and prevalence and bias of two categories.

    ``maximum kappa = (sum_k min(p_k., p_.k) - p_e) / (1 - p_e)``; prevalence index p_11 - p_22; bias index p_12 - p_21;
    PABAK 2 p_a - 1. They explain a low kappa; they are no substitute for it.

    Parameters
    ----------
    x, categories, criterion
        As in ``agreement``, of two raters; units rated by both are used.

    Returns
    -------
    KappaConditions

    References
    ----------
    Cohen (1960), doi:10.1177/001316446002000104; Byrt, Bishop and Carlin (1993),
    doi:10.1016/0895-4356(93)90018-V.

    Examples
    --------
    >>> from psychometrics.evidence.agreement.rated_units import RatedUnits
    >>> kappa_indices(RatedUnits.from_contingency([[80, 10], [6, 4]]))
    <kappa 0.2453 of at most 0.8113, 100 units>
    """
    rated = as_rated_units(x, categories=categories, criterion=criterion)
    if rated.n_raters != 2:
        raise EstimationError(f"the indices are for 2 raters; there are {rated.n_raters}")
    table = contingency(rated.units, 0, 1)
    found = kappa_conditions(table)
    reasons = []
    if np.isnan(found.kappa):
        reasons.append("the raters have no unit in common, or use one and the same category")
    if len(table) != 2:
        reasons.append(f"prevalence, bias and adjusted kappa are for 2 categories; there are {len(table)}")
    return KappaConditions(
        kappa=found.kappa,
        maximum_kappa=found.maximum_kappa if not np.isnan(found.kappa) else nan,
        prevalence_index=found.prevalence_index,
        bias_index=found.bias_index,
        adjusted_kappa=found.adjusted_kappa,
        n_units=round(float(table.sum())),
        reason="; ".join(reasons),
        source=rated.source,
    )
