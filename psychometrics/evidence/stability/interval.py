"""Days between two occasions: how they spread, and how many lie outside the window of the instrument."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from psychometrics.errors import EstimationError, Problem
from psychometrics.evidence.matrix import Floats
from psychometrics.result import Result, Source, counted

BINS = 12
Window = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RetestInterval(Result):
    """Days between two occasions over the persons on both.

    Attributes
    ----------
    n_known, n_unknown : int
        Persons with and without both dates.
    minimum, lower_quartile, median, upper_quartile, maximum, mean : float
        In days.
    window : tuple of float or None
        First and last day the instrument calls meaningful; None when it says none.
    n_outside : int
        Persons outside the window; 0 without one.
    edges, counts : ndarray
        Histogram: ``counts[i]`` persons from ``edges[i]`` to below ``edges[i + 1]``, the last edge included.
    source : Source
    """

    n_known: int
    n_unknown: int
    minimum: float
    lower_quartile: float
    median: float
    upper_quartile: float
    maximum: float
    mean: float
    window: Window | None
    n_outside: int
    edges: Floats
    counts: npt.NDArray[np.int64]
    source: Source = field(default_factory=Source)

    def columns(self) -> Mapping[str, Any]:
        """One row per bar of the histogram."""
        return {"days_from": self.edges[:-1], "days_to": self.edges[1:], "n_persons": self.counts}

    def notes(self) -> tuple[str, ...]:
        """Say in words how the days spread, and how many persons lie outside the window."""
        low_day, high_day = round(self.minimum), round(self.maximum)
        span = f"{low_day} to {high_day} days lie between the occasions, median {self.median:.0f}"
        if low_day == high_day:
            span = f"{counted(low_day, 'day')} {'lies' if low_day == 1 else 'lie'} between the occasions"
        if self.n_unknown:
            span += f"; of {counted(self.n_unknown, 'person')} not known"
        if not self.n_outside or self.window is None:
            return (span,)
        low, high = self.window
        return (
            span,
            f"{counted(self.n_outside, 'pair')} {'lies' if self.n_outside == 1 else 'lie'} outside the retest window of {low:g} to {high:g} days",
        )

    def __repr__(self) -> str:
        return f"<Retest interval: median {self.median:g} days, {counted(self.n_known, 'person')}>"


def interval_of(days: Floats | None, window: Window | None) -> RetestInterval | None:
    """Return how the days spread; None when none is known.

    Raises
    ------
    EstimationError
        Negative days, with their rows.
    """
    if days is None:
        return None
    known = days[~np.isnan(days)]
    if not len(known):
        return None
    early = np.flatnonzero(days < 0)
    if len(early):
        raise EstimationError(
            "some days are negative",
            problems=[Problem(where="days", what="the second before the first", rows=tuple(early + 1))],
            hint="Give days from the first to the second occasion.",
        )
    low, quarter, middle, three, high = np.quantile(known, [0, 0.25, 0.5, 0.75, 1])
    counts, edges = np.histogram(known, bins=_edges(float(low), float(high)))
    return RetestInterval(
        n_known=len(known),
        n_unknown=len(days) - len(known),
        minimum=float(low),
        lower_quartile=float(quarter),
        median=float(middle),
        upper_quartile=float(three),
        maximum=float(high),
        mean=float(known.mean()),
        window=window,
        n_outside=0 if window is None else int((~inside(known, window)).sum()),
        edges=edges,
        counts=counts.astype(np.int64),
    )


def inside(days: Floats, window: Window) -> npt.NDArray[np.bool_]:
    """Return which days lie in the window, ends included; unknown days do not."""
    return np.asarray((days >= window[0]) & (days <= window[1]))


def _edges(low: float, high: float) -> Floats:
    """Whole days, at most 12 bars of one width."""
    start = float(np.floor(low))
    width = max(1.0, float(np.ceil((np.floor(high) + 1 - start) / BINS)))
    bars = int(np.ceil((np.floor(high) + 1 - start) / width))
    return np.asarray(start + width * np.arange(bars + 1), dtype=np.float64)
