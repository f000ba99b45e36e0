"""Classical item statistics of one scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from psychometrics.errors import EstimationError
from psychometrics.evidence.checks import check_confidence
from psychometrics.evidence.items.flags import flags_of, reasons_of
from psychometrics.evidence.matrix import Floats, Matrix, as_matrix, as_vector, column_names
from psychometrics.kernels.covariance import Moments, moments
from psychometrics.kernels.items.distributions import (
    Distribution,
    distributions_of_columns,
    edge_shares,
    skews,
)
from psychometrics.kernels.items.extremes import extreme_weights
from psychometrics.kernels.items.omega_without import omegas_without
from psychometrics.kernels.items.options import polyserial_correlations
from psychometrics.kernels.items.statistics import (
    alphas_without,
    fisher_interval,
    item_rest_correlations,
    mean_inter_item_correlations,
    overlap_corrected_correlations,
)
from psychometrics.result import Result, Source

EXTREME_SHARE = 0.27


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ItemAnalysis(Result):
    """One row per item: how it is used and how well it goes with the rest of its scale.

    Attributes
    ----------
    item_id : tuple of str
    n, n_missing, n_not_reached : ndarray of int, shape (n_items,)
        Persons with the item; without it; of the latter, those who did not get that far (0 where the data do not say).
    mean, sd, skew : ndarray of float64
        Of the points; ``sd`` with divisor n - 1, ``skew`` the adjusted Fisher-Pearson G1.
    minimum, maximum : ndarray of float64
        The least and most points possible.
    item_proportion : ndarray of float64
        (mean - minimum) / (maximum - minimum): the share of the points that can be had; for right/wrong items
        the share right.
    floor_share, ceiling_share : ndarray of float64
        Share of the answers at the minimum, at the maximum.
    item_rest_correlation, ci_lower, ci_upper : ndarray of float64
        Correlation with the sum of the other items, from the pairwise covariances: C_i,rest / sqrt(C_ii C_rest).
        With nothing missing it is the plain correlation. The interval is Fisher's, with the persons of the item.
    overlap_corrected_correlation : ndarray of float64
        Correlation with the total, the own share of the item replaced by its squared multiple correlation.
    polyserial_correlation : ndarray of float64
        Item-rest correlation as if a normal variable lay under the options (biserial for two of them).
    mean_inter_item_correlation : ndarray of float64
        Mean correlation with the other items.
    discrimination_index : ndarray of float64
        Mean points of the upper 27% by total score minus those of the lower 27%, over maximum - minimum; persons with
        all items; nan when only counts are known.
    criterion_correlation, criterion_n : ndarray
        Correlation with the criterion given, and its persons; nan and 0 without one (and no columns of the table).
    alpha_if_dropped, omega_if_dropped : ndarray of float64
        Coefficient alpha and one-factor omega of the other items (alpha needs two of them, omega three). Items
        without any value take no part in this or in the rest.
    flags : tuple of str
        Rules the item broke, joined by semicolons; empty when none (:data:`psychometrics.evidence.items.flags.RULES` has
        each rule with its source). They are where to look, not what to delete.
    reason : tuple of str
        Why a number of that row is nan; empty when none is.
    confidence : float
        Level of the interval of the item-rest correlation.
    source : Source
    """

    item_id: tuple[str, ...]
    n: npt.NDArray[np.int64]
    n_missing: npt.NDArray[np.int64]
    n_not_reached: npt.NDArray[np.int64]
    mean: Floats
    sd: Floats
    skew: Floats
    minimum: Floats
    maximum: Floats
    item_proportion: Floats
    floor_share: Floats
    ceiling_share: Floats
    item_rest_correlation: Floats
    ci_lower: Floats
    ci_upper: Floats
    overlap_corrected_correlation: Floats
    polyserial_correlation: Floats
    mean_inter_item_correlation: Floats
    discrimination_index: Floats
    criterion_correlation: Floats
    criterion_n: npt.NDArray[np.int64]
    alpha_if_dropped: Floats
    omega_if_dropped: Floats
    flags: tuple[str, ...]
    reason: tuple[str, ...]
    confidence: float = 0.95
    source: Source = field(default_factory=Source)

    def columns(self) -> Mapping[str, Any]:
        """One row per item."""
        left_out = {"source", "confidence"}
        if not self.criterion_n.any():
            left_out |= {"criterion_correlation", "criterion_n"}
        return {name: getattr(self, name) for name in self.__dataclass_fields__ if name not in left_out}

    def __repr__(self) -> str:
        flagged = sum(bool(flag) for flag in self.flags)
        return f"<Item analysis: {len(self.item_id)} items, {flagged} flagged>"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ItemData:
    """What is known of the items of one scale; ``points`` is None when only counts are."""

    item_ids: tuple[str, ...]
    moments: Moments
    distributions: list[Distribution]
    n_rows: int
    n_not_reached: npt.NDArray[np.int64]
    minimum: Floats
    maximum: Floats
    points: Floats | None
    keyed: npt.NDArray[np.bool_]
    criterion: Floats | None = None
    source: Source = field(default_factory=Source)


def item_statistics(
    points: Matrix,
    *,
    item_ids: Sequence[str] | None = None,
    lower: float | Sequence[float],
    upper: float | Sequence[float],
    criterion: Any = None,
    confidence: float = 0.95,
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
    criterion : array-like, shape (n_persons,), optional
        Something outside the scale that the items should go with.
    confidence : float
        Level of the interval of the item-rest correlations.

    Returns
    -------
    ItemAnalysis

    Raises
    ------
    EstimationError
        Text or infinities; points outside ``lower``..``upper``; lengths that differ.

    References
    ----------
    Kelley (1939), doi:10.1037/h0057123 (27%). Checked against psych 2.5.3 (``alpha``: r.drop, r.cor, alpha.drop;
    ``polyserial``), pandas (skew) and the sums written out.
    """
    check_confidence(confidence)
    x = as_matrix(points)
    names = tuple(column_names(points, x.shape[1]) if item_ids is None else item_ids)
    if len(names) != x.shape[1]:
        raise EstimationError(f"{len(names)} item_ids for {x.shape[1]} items")
    least, most = _range(x, names, lower, upper)
    data = ItemData(
        item_ids=names,
        moments=moments(x),
        distributions=distributions_of_columns(x),
        n_rows=len(x),
        n_not_reached=np.zeros(len(names), np.int64),
        minimum=least,
        maximum=most,
        points=x,
        keyed=np.zeros(len(names), bool),
        criterion=None if criterion is None else criterion_values(criterion, len(x)),
    )
    return analyse_items(data, confidence)


def criterion_values(criterion: Any, n_rows: int) -> Floats:
    """Return the criterion as numbers, one per person."""
    values = as_vector(criterion, "criterion")
    if len(values) != n_rows:
        raise EstimationError(f"criterion has {len(values):,} values for {n_rows:,} rows of responses")
    return values


def analyse_items(data: ItemData, confidence: float) -> ItemAnalysis:
    """Return the item table of one scale."""
    sample = data.moments
    n = np.diagonal(sample.n_pairs)
    used = n > 0
    covariance = sample.covariance[np.ix_(used, used)]
    span = data.maximum - data.minimum
    rest = _spread(item_rest_correlations(covariance), used)
    low, high = fisher_interval(rest, n, confidence)
    floor, ceiling = edge_shares(data.distributions, data.minimum, data.maximum)
    criterion, criterion_n = _criterion(data)
    columns: dict[str, Any] = {
        "mean": sample.means,
        "sd": np.sqrt(np.diagonal(sample.covariance)),
        "skew": skews(data.distributions),
        "minimum": data.minimum,
        "maximum": data.maximum,
        "item_proportion": np.where(
            span > 0, (sample.means - data.minimum) / np.where(span > 0, span, 1), np.nan
        ),
        "floor_share": floor,
        "ceiling_share": ceiling,
        "item_rest_correlation": rest,
        "ci_lower": low,
        "ci_upper": high,
        "overlap_corrected_correlation": _spread(overlap_corrected_correlations(covariance), used),
        "polyserial_correlation": polyserial_correlations(rest, data.distributions),
        "mean_inter_item_correlation": _spread(mean_inter_item_correlations(covariance), used),
        "discrimination_index": _discrimination(data, span),
        "criterion_correlation": criterion,
        "criterion_n": criterion_n,
        "alpha_if_dropped": _spread(alphas_without(covariance), used),
        "omega_if_dropped": _spread(omegas_without(covariance), used),
    }
    alpha = _spread(alphas_without(covariance, of_all=True), used)
    return ItemAnalysis(
        item_id=data.item_ids,
        n=n.astype(np.int64),
        n_missing=(data.n_rows - n).astype(np.int64),
        n_not_reached=data.n_not_reached,
        **columns,
        flags=flags_of(columns, n, data, alpha),
        reason=reasons_of(columns, n, data),
        confidence=confidence,
        source=data.source,
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


def _discrimination(data: ItemData, span: Floats) -> Floats:
    """(mean of the upper 27% - mean of the lower 27%) / span, over the persons with all items."""
    if data.points is None or not len(data.points):
        return np.full(len(span), np.nan)
    totals = data.points.sum(axis=1)
    lower, upper = extreme_weights(totals, EXTREME_SHARE)
    if not lower.any():
        return np.full(len(span), np.nan)
    rows = (lower > 0) | (upper > 0)
    difference = (upper / upper.sum() - lower / lower.sum())[rows] @ data.points[rows]
    return np.asarray(np.where(span > 0, difference / np.where(span > 0, span, 1), np.nan))


def _criterion(data: ItemData) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Correlation of each item with the criterion over the persons who have both, and their number."""
    k = len(data.item_ids)
    r, n = np.full(k, np.nan), np.zeros(k, np.int64)
    if data.criterion is None or data.points is None:
        return r, n
    for item, column in enumerate(data.points.T):
        both = moments(np.column_stack([column, data.criterion]), "listwise")
        n[item] = both.n_persons
        product = both.covariance[0, 0] * both.covariance[1, 1]
        if product > 0:
            r[item] = both.covariance[0, 1] / np.sqrt(product)
    return r, n
