"""How precise the figures of an edition are: standard errors of means, SDs, ranks, points, limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from psychometrics.errors import NormError
from psychometrics.norming.cells.counts import CountCell
from psychometrics.norming.cells.weighted import WeightedCell
from psychometrics.norming.norms import Norms
from psychometrics.norming.precision.bootstrap import bootstrap_rows
from psychometrics.norming.precision.rows import Row, delta_rows, nothing_rows
from psychometrics.norming.strata import Key
from psychometrics.result import Result, Source

Floats = npt.NDArray[np.float64]
Standard = Literal["linear", "normalised"]

PERCENTILES = (2.0, 5.0, 10.0, 25.0, 50.0, 75.0, 90.0, 95.0, 98.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NormPrecision(Result):
    """Norm statistics with their standard errors; one row per stratum, scale, statistic and place.

    Attributes
    ----------
    rows : tuple of Row
    confidence : float
    method : {"delta", "bootstrap"}
    source : Source
    """

    rows: tuple[Row, ...]
    confidence: float
    method: str
    source: Source

    def columns(self) -> Mapping[str, Any]:
        """Stratum, scale, statistic, where (score, rank or limit), estimate, standard error, interval, people, reason."""
        names = (
            "stratum",
            "scale_id",
            "statistic",
            "at",
            "estimate",
            "standard_error",
            "ci_lower",
            "ci_upper",
            "n_persons",
            "effective_n",
            "reason",
        )
        return {name: [getattr(row, name) for row in self.rows] for name in names}

    def __repr__(self) -> str:
        return f"<NormPrecision of {self.source.norms}: {len(self.rows)} figures, {self.method}>"


def norm_precision(
    norms: Norms,
    *,
    percentiles: Sequence[float] = PERCENTILES,
    standard: Standard = "linear",
    method: Literal["delta", "bootstrap"] = "delta",
    confidence: float = 0.95,
    replications: int = 1000,
    seed: int = 0,
) -> NormPrecision:
    """Say how much the figures of an edition would move with another norm sample of the same size.

    SE(t)^2 = sum_u n_u IF_u^2 / n^2, IF the influence function of the statistic t (delta method for multinomial
    counts); with weights the linearised variance of the calibrated sample.

    Parameters
    ----------
    norms : Norms
        An edition of counts, weighted or not.
    percentiles : sequence of float
        Percentile ranks whose score points are wanted, within 0..100.
    standard : {"linear", "normalised"}
        z, T and the limits of the stanines from mean and SD, or from percentile ranks.
    method : {"delta", "bootstrap"}
        Delta method, or people drawn again (weights are raked again in every sample).
    confidence : float
    replications, seed : int
        Of the bootstrap.

    Returns
    -------
    NormPrecision
        Statistics ``mean``, ``sd``, ``percentile_rank`` (mid, at every score), ``z``, ``t`` (at every score),
        ``percentile_point`` and ``stanine_limit`` (score between stanine ``at`` and the next). Intervals: Wilson's
        for ranks, on the logarithm for the SD, mapped from the rank for normalised z and T, estimate -/+ z SE else;
        percentiles of the bootstrap. It is NOT about errors of measurement.

    Raises
    ------
    NormError
        Options that make no sense.

    Notes
    -----
    Weights: for margins that hold exactly, the variance is that of residuals from the margins (Deville and Sarndal);
    for weights that were given, or that a cap keeps from the margins, the weights count as fixed. Neither holds the
    bias that non-response leaves within weight cells, nor doubts about the margins themselves.

    References
    ----------
    Oosterhuis, van der Ark and Sijtsma (2017), doi:10.1007/s11336-016-9535-8. Ma, Genton and Parzen (2011),
    doi:10.1007/s10463-008-0215-z. Deville and Sarndal (1992), doi:10.1080/01621459.1992.10475217.
    Checked against R's mokken (``check.norms``) and survey 4.1-1.

    Examples
    --------
    >>> import psychometrics as pm
    >>> sample = {"x": [0, 1, 1, 2, 2, 2, 3, 3, 4, 5]}
    >>> norms = pm.build_norms(sample, scale="x", edition="e", provenance={"description": "ten people"})
    >>> norm_precision(norms)
    <NormPrecision of table/e: 37 figures, delta>
    """
    _check(percentiles, standard, method, confidence, replications)
    rows: list[Row] = []
    for (key, scale_id), cell in norms.cells.items():
        where = (" / ".join(key) or "whole sample", scale_id)
        if not isinstance(cell, CountCell | WeightedCell):
            rows += nothing_rows(where, cell)
        elif method == "delta":
            rows += delta_rows(where, cell, percentiles, standard, confidence)
        else:
            rng = np.random.default_rng([seed, *_number(norms, key, scale_id)])
            table = norms.head.weighting
            rows += bootstrap_rows(where, cell, table, percentiles, standard, confidence, replications, rng)
    return NormPrecision(rows=tuple(rows), confidence=confidence, method=method, source=norms.source)


def _number(norms: Norms, key: Key, scale_id: str) -> tuple[int]:
    return (list(norms.cells).index((key, scale_id)),)


def _check(
    percentiles: Sequence[float], standard: str, method: str, confidence: float, replications: int
) -> None:
    if not 0 < confidence < 1:
        raise NormError(f"confidence {confidence} must lie between 0 and 1")
    if any(not 0 < p < 100 for p in percentiles):
        raise NormError("percentiles must lie between 0 and 100", hint=f"They are {list(percentiles)}.")
    if standard not in ("linear", "normalised") or method not in ("delta", "bootstrap"):
        raise NormError(
            f"standard {standard!r} or method {method!r} is not known",
            hint='Use "linear" or "normalised"; "delta" or "bootstrap".',
        )
    if replications < 2:
        raise NormError(f"{replications} replications are too few", hint="Use 1,000 or more.")
