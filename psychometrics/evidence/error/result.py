"""What conditional standard errors of measurement come back as."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isnan, nan
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from psychometrics.errors import EstimationError, did_you_mean
from psychometrics.kernels.consistency.conditional_error import ScoreGroups
from psychometrics.result import Result, Source

Floats = npt.NDArray[np.float64]
DEFAULT = "anova"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ErrorCurve:
    """The error along the score by one method.

    Attributes
    ----------
    method : str
    standard_errors : ndarray of float64, shape (n_scores,)
        In points of the score; nan where there is none.
    root_mean_square : float
        Root of the error variances averaged over persons: what the overall standard error should be if method and
        coefficient alpha rest on the same error.
    split : tuple of int
        Items in each part (or stratum) of the test; empty where the method takes none.
    grouped : bool
        True where scores with few persons were merged.
    reason : str
        Why an error is nan.
    """

    method: str
    standard_errors: Floats
    root_mean_square: float
    split: tuple[int, ...] = ()
    grouped: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ConditionalErrors(Result):
    """Standard errors of measurement at each score that occurs, by one or more methods.

    Attributes
    ----------
    groups : ScoreGroups
        The scores (sums of weighted points), their persons, and which scores were merged.
    curves : tuple of ErrorCurve
        One for each method.
    standard_error_of_measurement : float
        The one overall error, sd sqrt(1 - reliability).
    reliability : float
        Coefficient alpha of the same persons, or what was given.
    confidence : float
        Level of the interval of a score.
    n_persons, n_left_out : int
        Persons used; persons left out because an item is missing.
    n_items : int
    minimum_group : int
        Scores were merged until a group held that many persons.
    scale_id : str
        Scale of the instrument; empty for a plain table.
    line : tuple of float
        Raw score of the scale = line[0] + line[1] * sum of weighted points.
    """

    groups: ScoreGroups
    curves: tuple[ErrorCurve, ...]
    standard_error_of_measurement: float
    reliability: float
    confidence: float
    n_persons: int
    n_left_out: int
    n_items: int
    minimum_group: int
    scale_id: str = ""
    line: tuple[float, float] = (0.0, 1.0)
    source: Source = field(default_factory=Source)

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods, in the order of the table."""
        return tuple(curve.method for curve in self.curves)

    @property
    def default_method(self) -> str:
        """The method taken where none is named: the only one, else ``anova``, which any items allow; else empty."""
        if len(self.curves) == 1:
            return self.curves[0].method
        return DEFAULT if DEFAULT in self.methods else ""

    def curve(self, method: str | None = None) -> ErrorCurve:
        """Return one curve; without a method the one of :attr:`default_method`."""
        method = method or self.default_method or None
        if method not in self.methods:
            if method is None:
                raise EstimationError(
                    "there are several methods", hint=f"Name one of {', '.join(self.methods)}."
                )
            hint = did_you_mean(method, self.methods)
            raise EstimationError(f"method={method!r} is not among those computed", hint=hint)
        return self.curves[self.methods.index(method)]

    def table(self, method: str | None = None) -> dict[float, float]:
        """Return raw score -> standard error, both on the metric of the scale: what ``with_standard_errors`` takes.

        Scores without an error are left out.
        """
        errors = self.curve(method).standard_errors
        start, slope = self.line
        pairs = zip(self.groups.scores.tolist(), errors.tolist(), strict=True)
        return {start + slope * score: abs(slope) * error for score, error in pairs if not isnan(error)}

    def for_scores(self, method: str | None = None) -> dict[str, dict[float, float]]:
        """Return ``{scale: table}``, ready for :meth:`Scores.with_standard_errors`; by ``anova`` where there are several.

        Errors of 0 are left out, so that such a score takes the error of its neighbour: a score that only one pattern
        of answers can give (the lowest, the highest) has no spread to look at, which does not make it free of error.
        """
        if not self.scale_id:
            raise EstimationError(
                "these errors belong to no scale of an instrument",
                hint='Give Responses to conditional_standard_errors, or write {"scale": errors.table(method)}.',
            )
        table = self.table(method)
        above = {score: error for score, error in table.items() if error > 0}
        return {self.scale_id: above or table}

    def columns(self) -> Mapping[str, Any]:
        """One row per method and score."""
        n_scores, n_curves = len(self.groups.scores), len(self.curves)
        errors = np.concatenate([curve.standard_errors for curve in self.curves])
        scores = np.tile(self.groups.scores, n_curves)
        half = float(ndtri((1 + self.confidence) / 2)) * errors
        low, high = self._ends()
        return {
            "method": np.repeat(np.array(self.methods, object), n_scores),
            "score": scores,
            "n_persons": np.tile(self.groups.counts, n_curves),
            "merged_from": low,
            "merged_to": high,
            "n_merged": self._sizes(),
            "standard_error_of_measurement": errors,
            "score_lower": scores - half,
            "score_upper": scores + half,
            "confidence": np.full(len(scores), self.confidence),
            "root_mean_square": np.repeat([curve.root_mean_square for curve in self.curves], n_scores),
            "overall_standard_error": np.full(len(scores), self.standard_error_of_measurement),
            "reason": [
                curve.reason or None if np.isnan(error) else None
                for curve in self.curves
                for error in curve.standard_errors
            ],
        }

    def _ends(self) -> tuple[Floats, Floats]:
        low, high = self.groups.ends()
        own = self.groups.scores
        pick = [(low, high) if curve.grouped else (own, own) for curve in self.curves]
        return np.concatenate([a for a, _ in pick]), np.concatenate([b for _, b in pick])

    def _sizes(self) -> npt.NDArray[np.intp]:
        merged, own = self.groups.sizes(), self.groups.counts
        return np.concatenate([merged if curve.grouped else own for curve in self.curves])

    def __repr__(self) -> str:
        overall = self.standard_error_of_measurement
        parts = [f"{curve.method} {_spread(curve.standard_errors)}" for curve in self.curves]
        taken = (
            f"; {self.default_method} goes to scores" if self.default_method and len(self.curves) > 1 else ""
        )
        return f"<Conditional standard errors (overall {overall:.4g}): {', '.join(parts)}; {self.n_persons} persons{taken}>"


def _spread(errors: Floats) -> str:
    there = errors[~np.isnan(errors)]
    low, high = (float(there.min()), float(there.max())) if len(there) else (nan, nan)
    return f"{low:.4g} to {high:.4g}"
