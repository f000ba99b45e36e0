"""What a coefficient of agreement comes back as."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from psychometrics.result import Result, Source


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Agreement(Result):
    """One coefficient of agreement of raters on categories.

    Attributes
    ----------
    coefficient : str
        ``percent``, ``cohen``, ``scott``, ``fleiss``, ``conger``, ``light``, ``gwet``, ``brennan_prediger`` or
        ``krippendorff``.
    criterion_id : str
        Empty when the ratings do not say.
    estimate, ci_lower, ci_upper : float
        Nan where they do not exist; ``reason`` says why.
    standard_error : float
        Over samples of units; the raters are fixed.
    confidence : float
        Level of the interval.
    method : str
        How the interval was found.
    observed_agreement, chance_agreement : float
        p_a and p_e: the coefficient is (p_a - p_e) / (1 - p_e).
    weights : str
        The weights, or Krippendorff's metric, such as ``quadratic`` or ``ordinal metric``.
    missing : str
        ``none`` when every unit has all ratings, else ``available``: every rating there is was used.
    n_units, n_units_compared : int
        With at least one rating; with at least two.
    n_raters : int
        0 when raters are not told apart.
    n_ratings : int
    n_categories, n_categories_used : int
        That there are, and that some rater used.
    reason : str
        Why a number is nan; empty when none is.
    source : Source
    """

    coefficient: str
    criterion_id: str
    estimate: float
    ci_lower: float
    ci_upper: float
    standard_error: float
    confidence: float
    method: str
    observed_agreement: float
    chance_agreement: float
    weights: str
    missing: str
    n_units: int
    n_units_compared: int
    n_raters: int
    n_ratings: int
    n_categories: int
    n_categories_used: int
    reason: str = ""
    source: Source = field(default_factory=Source)

    def columns(self) -> Mapping[str, Any]:
        """One row: the coefficient."""
        return {name: [getattr(self, name)] for name in _NAMES}

    def __repr__(self) -> str:
        interval = f"[{self.ci_lower:.4g}, {self.ci_upper:.4g}]"
        raters = f", {self.n_raters} raters" if self.n_raters else ""
        return f"<agreement {self.coefficient} ({self.weights}) {self.estimate:.4g} {interval}, {self.n_units} units{raters}>"


_NAMES = tuple(name for name in Agreement.__dataclass_fields__ if name != "source")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AgreementTable(Result):
    """Several coefficients, of one criterion or of several.

    Attributes
    ----------
    coefficients : tuple of Agreement
    source : Source
    """

    coefficients: tuple[Agreement, ...]
    source: Source = field(default_factory=Source)

    def columns(self) -> Mapping[str, Any]:
        """One row per criterion and coefficient."""
        return {name: [getattr(one, name) for one in self.coefficients] for name in _NAMES}

    def __repr__(self) -> str:
        criteria = {one.criterion_id for one in self.coefficients}
        more = f" of {len(criteria)} criteria" if len(criteria) > 1 else ""
        return f"<agreement: {len(self.coefficients)} coefficients{more}>"
