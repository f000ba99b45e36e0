"""How the items of a scale correlate with each other, in one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import nan
from typing import Any

import numpy as np

from psychometrics.evidence.checks import check_confidence
from psychometrics.evidence.consistency.intervals import statistic_row
from psychometrics.evidence.matrix import Floats, Matrix
from psychometrics.evidence.sample import MissingRule, as_sample
from psychometrics.kernels.consistency.gradients import correlations
from psychometrics.kernels.consistency.lambdas import mean_correlation
from psychometrics.responses import Responses
from psychometrics.result import Result, Source
from psychometrics.tallying.item_tally import ItemTally


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ItemCorrelations(Result):
    """Summary of the correlations of every two items.

    Attributes
    ----------
    mean, ci_lower, ci_upper : float
        Average correlation, with its interval.
    confidence : float
    median, minimum, maximum, standard_deviation : float
        Of the k (k - 1) / 2 correlations; standard deviation with divisor one less than their number.
    lowest, highest : tuple of (str, str)
        The two items that correlate least and most.
    signal_to_noise : float
        k r / (1 - r), r the average.
    n_pairs, n_persons, n_items : int
        Pairs of items, persons used, items.
    method, missing : str
    reason : str
        Why a number is nan.
    source : Source
    """

    mean: float
    ci_lower: float
    ci_upper: float
    confidence: float
    median: float
    minimum: float
    maximum: float
    standard_deviation: float
    lowest: tuple[str, str]
    highest: tuple[str, str]
    signal_to_noise: float
    n_pairs: int
    n_persons: int
    n_items: int
    method: str
    missing: str
    reason: str
    source: Source = field(default_factory=Source)

    def columns(self) -> Mapping[str, Any]:
        """One row."""
        pairs = {"lowest": [" ~ ".join(self.lowest)], "highest": [" ~ ".join(self.highest)]}
        names = [name for name in ItemCorrelations.__slots__ if name != "source"]
        return {name: pairs.get(name, [getattr(self, name)]) for name in names}

    def __repr__(self) -> str:
        interval = f"[{self.ci_lower:.4g}, {self.ci_upper:.4g}]"
        return f"<correlations of {self.n_items} items: mean {self.mean:.4g} {interval}, {self.minimum:.4g} to {self.maximum:.4g}>"


def item_correlations(
    x: Matrix | Responses | ItemTally | Sequence[ItemTally],
    *,
    scale: str | None = None,
    confidence: float = 0.95,
    missing: MissingRule = "pairwise",
) -> ItemCorrelations:
    """Return average, median, extremes and spread of the correlations of every two items, and signal to noise.

    The average says how much the items share whatever their number; alpha grows with their number. A wide spread
    says that it is not one thing they share.

    Parameters
    ----------
    x : array-like, data frame, Responses, ItemTally, list of ItemTally
        Points, persons by items, reverse-keyed items already reversed; or responses, or counts.
    scale : str, optional
    confidence : float
        Level of the interval of the average.
    missing : {"pairwise", "listwise", "em"}

    Returns
    -------
    ItemCorrelations

    Raises
    ------
    EstimationError
        Text or infinities in ``x``; an unknown word in an argument.

    References
    ----------
    Cronbach and Gleser (1964), Educational and Psychological Measurement 24, 467-480, for signal to noise. Checked against psych 2.5.3
    (``average_r``, ``median_r``, ``S/N``).

    Examples
    --------
    >>> found = item_correlations([[1, 2, 2], [2, 2, 3], [3, 4, 4], [4, 4, 5], [5, 5, 4]])
    >>> round(found.mean, 4)
    0.8531
    """
    check_confidence(confidence)
    sample = as_sample(x, scale=scale, missing=missing)
    k = sample.n_items
    row = statistic_row("mean", sample, mean_correlation, confidence=confidence, standardized=True)
    first, second = np.triu_indices(k, 1)
    r = correlations(sample.moments.covariance)[first, second]
    r = r if row.estimate == row.estimate else np.empty(0)
    median, minimum, maximum, deviation = _spread(r)
    pairs = [(sample.item_ids[i], sample.item_ids[j]) for i, j in zip(first, second, strict=True)]
    noise = 1 - row.estimate
    reasons = [row.reason, "one correlation has no spread" if len(r) == 1 else ""]
    return ItemCorrelations(
        mean=row.estimate,
        ci_lower=row.ci_lower,
        ci_upper=row.ci_upper,
        confidence=confidence,
        median=median,
        minimum=minimum,
        maximum=maximum,
        standard_deviation=deviation,
        lowest=pairs[int(r.argmin())] if len(r) else ("", ""),
        highest=pairs[int(r.argmax())] if len(r) else ("", ""),
        signal_to_noise=k * row.estimate / noise if noise > 1e-12 else nan,
        n_pairs=len(first),
        n_persons=sample.n_persons,
        n_items=k,
        method=row.method,
        missing=row.missing,
        reason="; ".join(reason for reason in reasons if reason),
        source=sample.source,
    )


def _spread(r: Floats) -> tuple[float, float, float, float]:
    if not len(r):
        return nan, nan, nan, nan
    deviation = float(r.std(ddof=1)) if len(r) > 1 else nan
    return float(np.median(r)), float(r.min()), float(r.max()), deviation
