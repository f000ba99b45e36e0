"""Cuts of the instrument: met or not, and how sure that is given the error of the score."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.special import ndtr

from psychometrics.result import Result, Source

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A cut as it applies to persons: its place on the metric, and on the raw score of each person."""

    id: str
    scale_id: str
    metric: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CutDecisions(Result):
    """Each person at each cut; arrays of shape (n_cuts, n_rows).

    probability = Phi((raw - cut) / standard error): how surely the true score reaches the cut, from this score and its
    error alone. It says nothing of how common true scores above the cut are (no prior), and it is not the accuracy of
    the cut over a population, which classification consistency measures.

    Attributes
    ----------
    raw, raw_cut, standard_errors : ndarray of float64
        Score, the raw score from which the cut is met, and the error of the score; nan where unknown.
    met : ndarray of float64
        1 where the score reaches the cut, 0 where not, nan without a score.
    """

    persons: pa.Table
    cuts: tuple[Cut, ...]
    raw: Floats
    raw_cut: Floats
    standard_errors: Floats
    met: Floats
    source: Source

    def probability(self) -> Floats:
        """Probability that the true score reaches the cut; nan where the error or the raw cut is not known."""
        return reach(self.raw, self.raw_cut, self.standard_errors)

    def columns(self) -> Mapping[str, Any]:
        """One row per person, occasion and cut."""
        n_cuts, n_rows = self.raw.shape
        keys = [name for name in ("person_id", "occasion") if name in self.persons.column_names]
        order = pa.array(np.repeat(np.arange(n_rows), n_cuts))
        return {
            **{name: self.persons.column(name).take(order) for name in keys},
            "cut": _tile([cut.id for cut in self.cuts], n_rows),
            "scale_id": _tile([cut.scale_id for cut in self.cuts], n_rows),
            "metric": _tile([cut.metric for cut in self.cuts], n_rows),
            "at": np.tile(np.array([cut.at for cut in self.cuts], np.float64), n_rows),
            "raw_score": self.raw.T.reshape(-1),
            "raw_cut": self.raw_cut.T.reshape(-1),
            "standard_error_of_measurement": self.standard_errors.T.reshape(-1),
            "met": pa.array(self.met.T.reshape(-1) == 1, mask=np.isnan(self.met.T.reshape(-1))),
            "probability": self.probability().T.reshape(-1),
            "reason": self._reasons(),
        }

    def _reasons(self) -> pa.DictionaryArray:
        texts = [
            "no raw score",
            "the cut has no single raw score here",
            "no standard error of this score is known",
        ]
        unknown = [
            np.isnan(values).T.reshape(-1) for values in (self.raw, self.raw_cut, self.standard_errors)
        ]
        code = np.select(unknown, [0, 1, 2], -1).astype(np.int32)
        return pa.DictionaryArray.from_arrays(pa.array(code, mask=code < 0), pa.array(texts))

    def __repr__(self) -> str:
        n_cuts, n_rows = self.raw.shape
        return f"<Cut decisions: {n_cuts} cuts, {n_rows:,} rows>"


def reach(raw: Floats, cut: Floats, standard_error: Floats) -> Floats:
    """Return Phi((raw - cut) / standard error); 0 or 1 where the error is 0, nan where something is unknown."""
    gap = raw - cut
    exact = standard_error == 0
    z = gap / np.where(exact, 1.0, standard_error)
    chance = np.where(exact, np.where(gap >= 0, 1.0, 0.0), ndtr(z))
    return np.where(np.isnan(gap) | np.isnan(standard_error), math.nan, chance)


def _tile(names: Sequence[str], times: int) -> pa.DictionaryArray:
    known = list(dict.fromkeys(names))
    index = np.tile(np.array([known.index(name) for name in names], np.int32), times)
    return pa.DictionaryArray.from_arrays(pa.array(index), pa.array(known, pa.string()))
