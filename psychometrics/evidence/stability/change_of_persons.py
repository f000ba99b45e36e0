"""What reliable change comes back as: one row per person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import nan
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from psychometrics.evidence.matrix import Floats
from psychometrics.kernels.stability.reliable_change import RetestNorms
from psychometrics.result import Result, Source, counted

VERDICTS = ("not reliably changed", "reliably increased", "reliably decreased")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareChanged:
    """How many persons would be called changed if the reliability were another."""

    reliability: float
    increased: float
    decreased: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReliableChange(Result):
    """Change of each person on one score, held against error.

    Attributes
    ----------
    method : str
    person_ids : pyarrow.Array or None
        For Scores; those on both occasions.
    first, second : ndarray of float64, shape (n_persons,)
    change : ndarray of float64, shape (n_persons,)
        second - first.
    adjusted_change : ndarray of float64, shape (n_persons,)
        second minus the score expected without real change (Hageman-Arrindell: estimated true change).
    standard_error : ndarray of float64, shape (n_persons,)
        Of the adjusted change.
    index : ndarray of float64, shape (n_persons,)
        adjusted change / standard error.
    ci_lower, ci_upper : ndarray of float64, shape (n_persons,)
        adjusted change -/+ z standard error.
    verdict : ndarray of int8, shape (n_persons,)
        1 reliably increased, -1 reliably decreased, 0 not; also 0 where the index is nan.
    confidence : float
    reliability : float
        Used; nan when standard errors were given.
    norms : RetestNorms
        Means, SDs and correlation the persons were held against.
    sensitivity : tuple of ShareChanged
        The share called changed at other reliabilities; the one used is among them.
    reason : str
        Why indices are nan; the column of that name says it of each person.
    source : Source
    """

    method: str
    person_ids: pa.Array | None
    first: Floats
    second: Floats
    change: Floats
    adjusted_change: Floats
    standard_error: Floats
    index: Floats
    ci_lower: Floats
    ci_upper: Floats
    verdict: npt.NDArray[np.int8]
    confidence: float
    reliability: float
    norms: RetestNorms
    sensitivity: tuple[ShareChanged, ...] = ()
    reason: str = ""
    source: Source = field(default_factory=Source)

    @property
    def share_increased(self) -> float:
        """Share of the persons with an index who reliably increased."""
        return shares(self.index, self.verdict)[0]

    @property
    def share_decreased(self) -> float:
        """Share of the persons with an index who reliably decreased."""
        return shares(self.index, self.verdict)[1]

    def columns(self) -> Mapping[str, Any]:
        """One row per person."""
        n = len(self.first)
        ids = {} if self.person_ids is None else {"person_id": self.person_ids}
        words = np.array(VERDICTS, dtype=object)[self.verdict]
        words[np.isnan(self.index)] = None
        return {
            **ids,
            "first": self.first,
            "second": self.second,
            "change": self.change,
            "adjusted_change": self.adjusted_change,
            "standard_error": self.standard_error,
            "index": self.index,
            "ci_lower": self.ci_lower,
            "ci_upper": self.ci_upper,
            "verdict": words,
            "confidence": np.full(n, self.confidence),
            "reason": self._reasons(),
        }

    def _reasons(self) -> npt.NDArray[np.object_]:
        """Say of each person why the index is nan; None where it is not."""
        said = np.full(len(self.first), None, dtype=object)
        said[np.isnan(self.index)] = self.reason or "no standard error of measurement"
        said[np.isnan(self.second)] = "no score on the second occasion"
        said[np.isnan(self.first)] = "no score on the first occasion"
        return said

    def __repr__(self) -> str:
        without = int(np.isnan(self.index).sum())
        left = f", {counted(without, 'person')} without an index" if without else ""
        return (
            f"<Reliable change ({self.method}): {np.count_nonzero(self.verdict == 1):,} increased, "
            f"{np.count_nonzero(self.verdict == -1):,} decreased of {len(self.first) - without:,}{left}>"
        )


def shares(index: Floats, verdict: npt.NDArray[np.int8]) -> tuple[float, float]:
    """Return the share that increased and that decreased, of those with an index."""
    n = int((~np.isnan(index)).sum())
    if n == 0:
        return nan, nan
    return np.count_nonzero(verdict == 1) / n, np.count_nonzero(verdict == -1) / n
