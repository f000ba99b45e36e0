"""What differences between scores come back as."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from psychometrics.result import Result, Source
from psychometrics.scoring.scores import repeat_rows, tile_names

Floats = npt.NDArray[np.float64]


class Unknown(IntEnum):
    """Why something of a difference is nan; 0 where nothing is."""

    NOTHING = 0
    NO_SCORE = 1
    NO_ERROR = 2
    NO_BASE_RATE = 3


REASONS = {
    Unknown.NOTHING: "",
    Unknown.NO_SCORE: "one of the two scores has no z in these norms",
    Unknown.NO_ERROR: "the standard error of one of the two scores is not known",
    Unknown.NO_BASE_RATE: "no base rate: neither a correlation nor joint counts of the two scores are known",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoreDifferences(Result):
    """Differences between pairs of z scores of each person; arrays of shape (n_pairs, n_rows).

    Two questions, kept apart. *Reliable*: would the difference be likely if the true scores were equal?
    (``standard_error``, ``ci_lower``, ``ci_upper``, ``probability``, ``exceeds_standard_error``, ``reliable``.)
    *Rare*: how many people of the norm sample differ as much? (``base_rate`` and its interval.) A difference can be
    reliable and common, or rare and within error.

    Attributes
    ----------
    pairs : tuple of (str, str)
        Scale ids; twice the same one where two occasions are compared.
    between : {"scales", "occasions"}
    first, second : ndarray of float64
        z scores.
    difference : ndarray of float64
        First minus second scale; later minus earlier occasion.
    standard_error : ndarray of float64
    ci_lower, ci_upper : ndarray of float64
        Interval of the difference of the true scores.
    probability : ndarray of float64
        Chance of so large a difference, either way, between equal true scores.
    base_rate, base_rate_lower, base_rate_upper : ndarray of float64
        Share, 0..1, of people who differ at least as much in either direction, with the interval from sampling.
    base_rate_same_direction : ndarray of float64
        The same, counting only the direction of this difference.
    n_only_first, n_only_second : int
        Rows that had no partner on the other occasion and are left out.
    """

    persons: pa.Table
    pairs: tuple[tuple[str, str], ...]
    between: str
    first: Floats
    second: Floats
    difference: Floats
    standard_error: Floats
    ci_lower: Floats
    ci_upper: Floats
    probability: Floats
    base_rate: Floats
    base_rate_lower: Floats
    base_rate_upper: Floats
    base_rate_same_direction: Floats
    base_rate_from: tuple[str, ...]
    confidence: float
    unknown: npt.NDArray[np.int8]
    n_only_first: int = 0
    n_only_second: int = 0
    source: Source

    @property
    def exceeds_standard_error(self) -> Floats:
        """1 where the difference is larger than its standard error, 0 where not, nan where unknown."""
        return _flag(np.abs(self.difference) > self.standard_error, self.standard_error)

    @property
    def reliable(self) -> Floats:
        """1 where the interval of the difference leaves out 0, 0 where not, nan where unknown."""
        return _flag((self.ci_lower > 0) | (self.ci_upper < 0), self.ci_lower)

    def columns(self) -> Mapping[str, Any]:
        """One row per person and pair."""
        n_pairs, n_rows = self.difference.shape
        keys = [name for name in ("person_id", "occasion") if name in self.persons.column_names]
        names = ("first", "second", "difference", "standard_error", "ci_lower", "ci_upper", "probability")
        shares = ("base_rate", "base_rate_lower", "base_rate_upper", "base_rate_same_direction")
        code = _long(self.unknown).astype(np.int32)
        return {
            **{name: repeat_rows(self.persons.column(name), n_pairs) for name in keys},
            "first_scale": _names([a for a, _ in self.pairs], n_rows),
            "second_scale": _names([b for _, b in self.pairs], n_rows),
            "between": tile_names((self.between,), n_pairs * n_rows),
            **{
                ("z_" if name in ("first", "second") else "") + name: _long(getattr(self, name))
                for name in names
            },
            "exceeds_standard_error": _boolean(self.exceeds_standard_error),
            "reliable": _boolean(self.reliable),
            **{name: _long(getattr(self, name)) for name in shares},
            "base_rate_from": _names(list(self.base_rate_from), n_rows),
            "confidence": np.full(n_pairs * n_rows, self.confidence),
            "simulated": np.full(n_pairs * n_rows, self.source.simulated),
            "reason": pa.DictionaryArray.from_arrays(
                pa.array(code, mask=code == 0), pa.array([REASONS[one] for one in sorted(Unknown)])
            ),
        }

    def __repr__(self) -> str:
        n_pairs, n_rows = self.difference.shape
        left = self.n_only_first + self.n_only_second
        more = f", {left:,} rows without partner left out" if left else ""
        return f"<ScoreDifferences between {self.between}: {n_pairs} pairs, {n_rows:,} rows, {self.confidence:.0%}{more}>"


def _flag(true: npt.NDArray[np.bool_], known: Floats) -> Floats:
    return np.where(np.isnan(known), np.nan, true.astype(np.float64))


def _long(values: Any) -> Any:
    return values.T.reshape(-1)


def _boolean(flags: Floats) -> pa.Array:
    values = _long(flags)
    return pa.array(values == 1, mask=np.isnan(values))


def _names(names: list[str], times: int) -> pa.DictionaryArray:
    known = list(dict.fromkeys(names))
    index = np.tile(np.array([known.index(name) for name in names], np.int32), times)
    return pa.DictionaryArray.from_arrays(pa.array(index), pa.array(known, pa.string()))
