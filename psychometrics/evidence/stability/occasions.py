"""Test-retest of every scale of an instrument: persons paired, days counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from psychometrics.errors import EstimationError
from psychometrics.evidence.stability.retest import TestRetest
from psychometrics.evidence.stability.retest import test_retest as retest_of_arrays
from psychometrics.result import Result, Source
from psychometrics.scoring import Scores

DAYS = 86_400


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stability(Result):
    """Test-retest of one or more scales.

    Attributes
    ----------
    scales : mapping of str to TestRetest
        One entry per scale; the key is empty for two bare arrays.
    n_first, n_second : int
        Persons on each occasion; only those on both are paired.
    notes : tuple of str
        What a reader should know: days outside the window of the instrument, who is missing.
    """

    scales: Mapping[str, TestRetest]
    n_first: int
    n_second: int
    notes: tuple[str, ...] = ()
    source: Source

    def columns(self) -> Mapping[str, Any]:
        """One row per scale and statistic."""
        tables = [(scale_id, one.columns()) for scale_id, one in self.scales.items()]
        names = list(tables[0][1]) if tables else []
        return {
            "scale_id": [scale_id for scale_id, table in tables for _ in table["statistic"]],
            **{name: [cell for _, table in tables for cell in table[name]] for name in names},
        }

    def __repr__(self) -> str:
        pairs = max((one.n_pairs for one in self.scales.values()), default=0)
        return f"<Stability of {len(self.scales)} scale(s): {pairs:,} pairs>"


def test_retest(
    first: Any, second: Any, *, days: Any = None, date_column: str = "completed_on", confidence: float = 0.95
) -> Stability:
    """Say how stable scores are from one occasion to the next.

    Parameters
    ----------
    first, second : Scores or array-like
        Scores of the same instrument on two occasions; persons are paired by ``person_id``. Or two arrays of the
        same length, paired by position.
    days : array-like, optional
        Days between the occasions, for arrays.
    date_column : str
        Person column with the date, for Scores; used where both have it.
    confidence : float
        Level of the intervals.

    Returns
    -------
    Stability
        Per scale: ICC(A,1), ICC(C,1), r, mean change, standardised change, standard error of measurement, smallest
        detectable change, with intervals.

    Raises
    ------
    EstimationError
        Different instruments, a person twice on one occasion, nobody on both.

    References
    ----------
    McGraw and Wong (1996), doi:10.1037/1082-989X.1.1.30. Checked as :func:`psychometrics.evidence.stability.retest.test_retest`.
    """
    if not isinstance(first, Scores) or not isinstance(second, Scores):
        if isinstance(first, Scores) or isinstance(second, Scores):
            raise EstimationError(
                "one of the two is Scores and the other is not", hint="Give two Scores or two arrays."
            )
        one = retest_of_arrays(first, second, days=days, confidence=confidence)
        return Stability(scales={"": one}, n_first=len(first), n_second=len(second), source=one.source)
    return _of_scores(first, second, date_column, confidence)


setattr(test_retest, "__test__", False)  # a statistic, not a test  # noqa: B010


def _of_scores(first: Scores, second: Scores, date_column: str, confidence: float) -> Stability:
    if first.instrument.fingerprint != second.instrument.fingerprint:
        raise EstimationError(
            f"{first.instrument.name} and {second.instrument.name} are not the same instrument"
        )
    rows_first, rows_second = _pair(first.persons, second.persons)
    days = _days(first.persons, second.persons, rows_first, rows_second, date_column)
    scales = {
        scale_id: retest_of_arrays(
            first.of(scale_id)[rows_first], second.of(scale_id)[rows_second], days=days, confidence=confidence
        )
        for scale_id in first.scale_ids
    }
    return Stability(
        scales=scales,
        n_first=first.n_rows,
        n_second=second.n_rows,
        notes=_window_notes(first, days),
        source=first.source,
    )


def _pair(first: pa.Table, second: pa.Table) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    for name, table in (("first", first), ("second", second)):
        ids = table.column("person_id")
        if len(pc.unique(ids)) < len(ids):
            raise EstimationError(
                f"a person stands twice on the {name} occasion", hint="Give one occasion on each side."
            )
    found = pc.index_in(second.column("person_id"), first.column("person_id").combine_chunks()).to_numpy()
    rows_second = np.flatnonzero(~np.isnan(found.astype(float)))
    if not len(rows_second):
        raise EstimationError(
            "nobody is on both occasions",
            hint="Persons are paired by person_id; check that it is the same on both.",
        )
    return found[rows_second].astype(np.intp), rows_second


def _days(
    first: pa.Table,
    second: pa.Table,
    rows_first: npt.NDArray[np.intp],
    rows_second: npt.NDArray[np.intp],
    name: str,
) -> npt.NDArray[np.float64] | None:
    if name not in first.column_names or name not in second.column_names:
        return None
    stamps = []
    for table, rows in ((first, rows_first), (second, rows_second)):
        column = table.column(name)
        if not (pa.types.is_date(column.type) or pa.types.is_timestamp(column.type)):
            return None
        seconds = column.cast(pa.timestamp("s")).cast(pa.int64()).to_numpy().astype(np.float64)
        stamps.append(seconds[rows])
    return np.asarray((stamps[1] - stamps[0]) / DAYS)


def _window_notes(scores: Scores, days: npt.NDArray[np.float64] | None) -> tuple[str, ...]:
    window = scores.instrument.definition.retest_days
    if days is None:
        return ("no dates on both occasions: the interval in days is not known",)
    least, middle, most = np.nanmin(days), np.nanmedian(days), np.nanmax(days)
    span = f"{least:.0f} to {most:.0f} days lie between the occasions, median {middle:.0f}"
    if window is None:
        return (span,)
    outside = int(np.count_nonzero((days < float(window[0])) | (days > float(window[1]))))
    text = f"{outside:,} pairs lie outside the retest window of {window[0]} to {window[1]} days"
    return (span, text) if outside else (span,)
