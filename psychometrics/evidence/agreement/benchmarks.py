"""How sure it is that agreement reaches a published level."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import nan
from typing import Any

import numpy as np

from psychometrics.evidence.agreement.result import Agreement
from psychometrics.evidence.checks import check_word
from psychometrics.kernels.agreement.benchmarks import SCALES, Scale, level_probabilities
from psychometrics.result import Result, Source


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AgreementLevels(Result):
    """How probable each level of a published scale is.

    Attributes
    ----------
    scale : str
    labels : tuple of str
        Levels, highest first.
    lower_ends : tuple of float
        Where each begins.
    probabilities, probabilities_at_least : tuple of float
        Of lying in the level, and of reaching it.
    reached : str
        The highest level reached with a probability of ``certainty`` or more; empty when it cannot be said.
    certainty : float
    reason : str
    source : Source
    """

    scale: str
    labels: tuple[str, ...]
    lower_ends: tuple[float, ...]
    probabilities: tuple[float, ...]
    probabilities_at_least: tuple[float, ...]
    reached: str
    certainty: float
    reason: str = ""
    source: Source = field(default_factory=Source)

    def columns(self) -> Mapping[str, Any]:
        """One row per level."""
        n = len(self.labels)
        return {
            "scale": [self.scale] * n,
            "level": list(self.labels),
            "lower": list(self.lower_ends),
            "upper": [1.0, *self.lower_ends[:-1]],
            "probability": list(self.probabilities),
            "probability_at_least": list(self.probabilities_at_least),
            "reached": [label == self.reached for label in self.labels],
            "reason": [self.reason] * n,
        }

    def __repr__(self) -> str:
        said = (
            f"{self.reached}, with at least {self.certainty:.0%} certainty" if self.reached else self.reason
        )
        return f"<level of agreement ({self.scale}): {said}>"


def agreement_levels(
    result: Agreement, *, scale: Scale = "landis_koch", certainty: float = 0.95
) -> AgreementLevels:
    """Return the probability that agreement reaches each level of a published scale.

    P(level) = (Phi((e - a) / se) - Phi((e - b) / se)) / (Phi((e + 1) / se) - Phi((e - 1) / se)), a and b its ends. A
    label alone says nothing about how sure it is, and the scales are conventions without a study behind them.

    Parameters
    ----------
    result : Agreement
        From ``agreement``.
    scale : {"landis_koch", "altman", "fleiss"}
    certainty : float
        The level reached is the highest one with this probability of being reached.

    Returns
    -------
    AgreementLevels

    References
    ----------
    Gwet (2014), Handbook of inter-rater reliability, 4th ed., chapter 6; Landis and Koch (1977), doi:10.2307/2529310;
    Altman (1991), Practical statistics for medical research; Fleiss (1981), Statistical methods for rates and
    proportions.
    """
    check_word("scale", scale, tuple(SCALES))
    ends = tuple(end for end, _ in SCALES[scale])
    labels = tuple(label for _, label in SCALES[scale])
    probabilities = np.full(len(ends), nan)
    reason = result.reason
    if not np.isnan(result.estimate) and result.standard_error > 0:
        probabilities = level_probabilities(result.estimate, result.standard_error, np.array(ends))
        reason = ""
    at_least = np.cumsum(probabilities)
    sure = [label for label, reached in zip(labels, at_least, strict=True) if reached >= certainty]
    return AgreementLevels(
        scale=scale,
        labels=labels,
        lower_ends=ends,
        probabilities=tuple(probabilities.tolist()),
        probabilities_at_least=tuple(at_least.tolist()),
        reached=sure[0] if sure else "",
        certainty=certainty,
        reason=reason,
        source=result.source,
    )
