"""What a G study comes back as."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from psychometrics.kernels.generalizability.design import Design
from psychometrics.kernels.generalizability.own_cells import OwnCells
from psychometrics.kernels.generalizability.study import Study
from psychometrics.result import Result, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One variance component; variances in squared points.

    Attributes
    ----------
    component : str
        The effect, such as ``p``, ``r:t`` or ``p x (r:t)``; the last one is the residual.
    n_levels : int
        Cells with ratings.
    df, sum_of_squares, mean_square : float
        Of the analysis of variance (unbalanced: analogous sums of squares, which may be negative).
    variance : float
    share : float
        Part of the sum of all components, a negative one counted as 0.
    ci_lower, ci_upper : float
    reason : str
        Why a number is nan, and what was done about a negative estimate.
    """

    component: str
    n_levels: int
    df: float
    sum_of_squares: float
    mean_square: float
    variance: float
    share: float
    ci_lower: float
    ci_upper: float
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coefficient:
    """One coefficient or error of the mean over the conditions of the study."""

    coefficient: str
    estimate: float
    ci_lower: float
    ci_upper: float
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Coefficients(Result):
    """Coefficients of a G study, one row each.

    Attributes
    ----------
    rows : tuple of Coefficient
        ``generalizability`` (E rho^2), ``dependability`` (Phi), ``universe_score_variance``,
        ``relative_error_sd``, ``absolute_error_sd`` (points), ``signal_to_noise_relative``,
        ``signal_to_noise_absolute``, and ``dependability_at_<cut>`` for each cut score.
    confidence : float
    method : str
        How the intervals were found.
    source : Source
    """

    rows: tuple[Coefficient, ...]
    confidence: float
    method: str
    source: Source = field(default_factory=Source)

    def __getitem__(self, name: str) -> Coefficient:
        return next(row for row in self.rows if row.coefficient == name)

    def columns(self) -> Mapping[str, Any]:
        """One row per coefficient."""
        names = ("coefficient", "estimate", "ci_lower", "ci_upper")
        table: dict[str, Any] = {name: [getattr(row, name) for row in self.rows] for name in names}
        table["confidence"] = [self.confidence] * len(self.rows)
        table["method"] = [self.method] * len(self.rows)
        table["reason"] = [row.reason for row in self.rows]
        return table

    def __repr__(self) -> str:
        return "<" + ", ".join(f"{row.coefficient} {row.estimate:.4g}" for row in self.rows[:2]) + ">"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Generalizability(Result):
    """Components of variance of ratings, and the coefficients that follow.

    Attributes
    ----------
    design : Design
        The design of the G study.
    object_of_measurement : str
        The facet whose scores are wanted.
    fixed : tuple of str
        Facets of which all levels are there.
    method : str
        ``anova`` or ``reml``.
    negative : str
        ``keep`` or ``zero``: what became of negative estimates.
    components : tuple of Component
    coefficients : Coefficients
        For the mean over as many conditions as the study had; where it has gaps, of the ratings each object
        really has, for the average object.
    n : dict of str to float
        Levels of each facet within what it is nested in, and for each object (harmonic mean); of a fixed facet all
        there are; of the objects, how many.
    grand_mean : float
    n_ratings, n_blank : int
        Ratings used; rows without one.
    balanced : bool
    own : OwnCells or None
        Where the design has gaps: the shares of ratings that the coefficients rest on.
    confidence : float
    study : Study
        Estimates and what intervals are drawn from, for decision studies.
    reason : str
        Why nothing could be estimated; empty when it could.
    source : Source
    """

    design: Design
    object_of_measurement: str
    fixed: tuple[str, ...]
    method: str
    negative: str
    components: tuple[Component, ...]
    coefficients: Coefficients
    n: dict[str, float]
    grand_mean: float
    n_ratings: int
    n_blank: int
    balanced: bool
    own: OwnCells | None
    confidence: float
    study: Study
    reason: str = ""
    source: Source = field(default_factory=Source)

    def __getitem__(self, name: str) -> Component:
        return next(row for row in self.components if row.component == name)

    def columns(self) -> Mapping[str, Any]:
        """One row per component."""
        return {
            name: [getattr(row, name) for row in self.components] for name in Component.__dataclass_fields__
        }

    def __repr__(self) -> str:
        rho, phi = (self.coefficients[name].estimate for name in ("generalizability", "dependability"))
        return f'<G study "{self.design.text}", {self.n_ratings:,} ratings: E rho^2 {rho:.4g}, Phi {phi:.4g}>'
