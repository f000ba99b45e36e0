"""Classical item statistics of one scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from psychometrics.errors import EstimationError
from psychometrics.evidence.matrix import Floats, Matrix, as_matrix, column_names
from psychometrics.kernels.covariance import moments
from psychometrics.kernels.items.statistics import (
    alphas_without,
    edge_shares,
    item_rest_correlations,
    skewness,
)
from psychometrics.result import Result, Source

LOW_ITEM_REST = 0.20
EDGE_SHARE = 0.80
ALPHA_GAIN = 0.01


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ItemAnalysis(Result):
    """One row per item: how it is used and how well it goes with the rest of its scale.

    Attributes
    ----------
    item_id : tuple of str
    n, n_missing : ndarray of int, shape (n_items,)
        Persons with and without the item.
    mean, sd, skew : ndarray of float64
        Of the points; ``sd`` with divisor n - 1, ``skew`` the adjusted Fisher-Pearson G1.
    minimum, maximum : ndarray of float64
        The least and most points possible.
    item_proportion : ndarray of float64
        (mean - minimum) / (maximum - minimum): the share of the points that can be had; for right/wrong items
        the share right.
    floor_share, ceiling_share : ndarray of float64
        Share of the answers at the minimum, at the maximum.
    item_rest_correlation : ndarray of float64
        Correlation with the sum of the other items, from the pairwise covariances: C_i,rest / sqrt(C_ii C_rest).
        With nothing missing it is the plain correlation.
    alpha_if_dropped : ndarray of float64
        Coefficient alpha of the other items (needs two of them). Items without any value take no part in this
        or in the rest.
    flags : tuple of str
        Rules the item broke, joined by ``; ``; empty when none. They are where to look, not what to delete.
    reason : tuple of str
        Why a number of that row is nan; empty when none is.
    source : Source
    """

    item_id: tuple[str, ...]
    n: npt.NDArray[np.int64]
    n_missing: npt.NDArray[np.int64]
    mean: Floats
    sd: Floats
    skew: Floats
    minimum: Floats
    maximum: Floats
    item_proportion: Floats
    floor_share: Floats
    ceiling_share: Floats
    item_rest_correlation: Floats
    alpha_if_dropped: Floats
    flags: tuple[str, ...]
    reason: tuple[str, ...]
    source: Source = field(default_factory=Source)

    def columns(self) -> Mapping[str, Any]:
        """One row per item."""
        names = (name for name in self.__dataclass_fields__ if name != "source")
        return {name: getattr(self, name) for name in names}

    def __repr__(self) -> str:
        flagged = sum(bool(flag) for flag in self.flags)
        return f"<Item analysis: {len(self.item_id)} items, {flagged} flagged>"


def item_statistics(
    points: Matrix,
    *,
    item_ids: Sequence[str] | None = None,
    lower: float | Sequence[float],
    upper: float | Sequence[float],
) -> ItemAnalysis:
    """Return difficulty, spread, floor, ceiling and discrimination of each item of a scale.

    Parameters
    ----------
    points : array-like or data frame, shape (n_persons, n_items)
        Points, reverse-keyed items already reversed; nan where missing.
    item_ids : sequence of str, optional
        Names of the items; the columns of a frame, or ``column 1``, ..., when not given.
    lower, upper : float or sequence of float
        The least and most points possible, of all items or of each.

    Returns
    -------
    ItemAnalysis
        The flags: ``empty`` (no values), ``no variance``, ``negative item-rest correlation`` (below 0: check the
        key), ``item-rest correlation below .20``, ``floor`` and ``ceiling`` (80% or more at one end), ``alpha
        rises by .01 without it``.

    Raises
    ------
    EstimationError
        Text or infinities; points outside ``lower``..``upper``; lengths that differ.

    References
    ----------
    Checked against psych 2.5.3 (``alpha``: r.drop, alpha.drop), pandas (skew) and the sums written out.
    """
    x = as_matrix(points)
    names = tuple(column_names(points, x.shape[1]) if item_ids is None else item_ids)
    if len(names) != x.shape[1]:
        raise EstimationError(f"{len(names)} item_ids for {x.shape[1]} items")
    least, most = _range(x, names, lower, upper)
    sample = moments(x)
    n = np.diagonal(sample.n_pairs)
    used = n > 0
    covariance = sample.covariance[np.ix_(used, used)]
    variance = np.diagonal(sample.covariance)
    span = most - least
    floor, ceiling = edge_shares(x, least, most)
    columns: dict[str, Any] = {
        "mean": sample.means,
        "sd": np.sqrt(variance),
        "skew": skewness(x, sample.means),
        "minimum": least,
        "maximum": most,
        "item_proportion": np.where(span > 0, (sample.means - least) / np.where(span > 0, span, 1), np.nan),
        "floor_share": floor,
        "ceiling_share": ceiling,
        "item_rest_correlation": _spread(item_rest_correlations(covariance), used),
        "alpha_if_dropped": _spread(alphas_without(covariance), used),
    }
    return ItemAnalysis(
        item_id=names,
        n=n.astype(np.int64),
        n_missing=(len(x) - n).astype(np.int64),
        **columns,
        flags=_flags(columns, n, _spread(alphas_without(covariance, of_all=True), used)),
        reason=_reasons(columns, n, len(names)),
    )


def _range(
    x: Floats, names: tuple[str, ...], lower: float | Sequence[float], upper: float | Sequence[float]
) -> tuple[Floats, Floats]:
    try:
        least, most = (np.broadcast_to(np.asarray(edge, float), len(names)).copy() for edge in (lower, upper))
    except ValueError as error:
        raise EstimationError(f"lower and upper must be one number, or {len(names)} of them") from error
    with np.errstate(invalid="ignore"):
        outside = np.any((x < least) | (x > most), axis=0).tolist()
    if any(outside):
        wrong = ", ".join(name for name, out in zip(names, outside, strict=True) if out)
        raise EstimationError(
            f"points outside lower..upper: {wrong}", hint="Give the possible range of each item."
        )
    return least, most


def _spread(values: Floats, used: npt.NDArray[np.bool_]) -> Floats:
    """Put values of the items used back in their places; nan for items without any value."""
    out = np.full(len(used), np.nan)
    out[used] = values
    return out


def _flags(columns: dict[str, Floats], n: Floats, alpha: Floats) -> tuple[str, ...]:
    correlation = columns["item_rest_correlation"]
    empty = n == 0
    rules = {
        "empty": empty,
        "no variance": columns["sd"] == 0,
        "negative item-rest correlation": correlation < 0,
        "item-rest correlation below .20": (correlation >= 0) & (correlation < LOW_ITEM_REST),
        "floor": columns["floor_share"] >= EDGE_SHARE,
        "ceiling": columns["ceiling_share"] >= EDGE_SHARE,
        "alpha rises by .01 without it": columns["alpha_if_dropped"] >= alpha + ALPHA_GAIN,
    }
    return tuple("; ".join(rule for rule, hit in rules.items() if hit[item]) for item in range(len(n)))


def _reasons(columns: dict[str, Floats], n: Floats, n_items: int) -> tuple[str, ...]:
    out = []
    for item in range(n_items):
        reasons = []
        if n[item] == 0:
            reasons.append("no values")
        elif n[item] < 2:
            reasons.append("fewer than 2 persons")
        elif columns["sd"][item] == 0:
            reasons.append("the item does not vary")
        elif np.isnan(columns["item_rest_correlation"][item]):
            reasons.append(
                "no rest to correlate with: the other items do not vary, or were never answered with it"
            )
        if n[item] >= 2 and columns["sd"][item] > 0 and np.isnan(columns["skew"][item]):
            reasons.append("skew needs 3 persons")
        if np.isnan(columns["alpha_if_dropped"][item]):
            reasons.append(
                "no alpha without it: fewer than 2 other items, or no variance, or pairs that contradict"
            )
        out.append("; ".join(reasons))
    return tuple(out)
