"""Correlations among ordinal and continuous items together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from psychometrics.errors import EstimationError, Problem, did_you_mean
from psychometrics.evidence.checks import check_word
from psychometrics.evidence.consistency.latent_correlations import LatentCorrelations
from psychometrics.evidence.consistency.ordinal_sample import (
    OrdinalSample,
    check_common,
    most_options,
    option_codes,
)
from psychometrics.evidence.consistency.polychoric import (
    AT_BOUND,
    fisher_bounds,
    mended,
    pair_reasons,
    sample_thresholds,
)
from psychometrics.evidence.matrix import Floats, Matrix, as_matrix, column_names
from psychometrics.kernels.polychoric.influence import influences, standard_errors
from psychometrics.kernels.polychoric.matrix import polychoric_matrix
from psychometrics.kernels.polychoric.pearson import pearson
from psychometrics.kernels.polychoric.polyserial import polyserial
from psychometrics.kernels.polychoric.smoothing import SMOOTHINGS, Smoothing
from psychometrics.kernels.polychoric.tables import pair_tables


def mixed_correlations(
    x: Matrix,
    *,
    ordinal: Sequence[str | int],
    confidence: float = 0.95,
    continuity: float = 0.0,
    smoothing: Smoothing | None = None,
) -> LatentCorrelations:
    """Return the correlations of the normal variables behind items of which some are ordinal, some continuous.

    Two ordinal items: polychoric (tetrachoric when both have two options). One ordinal, one continuous: polyserial
    (biserial with two options), by two-step maximum likelihood. Two continuous: Pearson. ``kind`` says which.

    Which items are ordinal is for you to say; nothing is guessed from the number of values.

    Parameters
    ----------
    x : array-like or data frame, shape (n_persons, n_items)
        Nan where missing; every pair uses the persons who have both items.
    ordinal : sequence of str or int
        Names or places of the ordinal columns; all others are continuous.
    confidence : float
    continuity, smoothing
        As in :func:`polychoric_correlations`; the first concerns pairs of ordinal items.

    Returns
    -------
    LatentCorrelations
        One row per pair. Standard errors allow for thresholds, means and SDs being estimated and do not lean on
        normality.

    Raises
    ------
    EstimationError
        An unknown column in ``ordinal``; more than 64 distinct values in an ordinal one; text or infinities.

    References
    ----------
    Olsson, Drasgow and Dorans (1982), doi:10.1007/BF02294164, and the references of
    :func:`polychoric_correlations`. Checked against lavaan 0.6-14 ``lavCor`` and slow twins.

    Examples
    --------
    >>> x = [[1, 0.2], [1, 0.9], [2, 0.7], [2, 1.4], [3, 1.1], [3, 2.0]]
    >>> mixed_correlations(x, ordinal=[0]).kind
    ('polyserial',)
    """
    check_common(confidence, continuity)
    if smoothing is not None:
        check_word("smoothing", smoothing, SMOOTHINGS)
    points = as_matrix(x)
    names = tuple(column_names(x, points.shape[1]))
    is_ordinal = _ordinal_columns(ordinal, names)
    sample = _ordinal_part(points, names, is_ordinal)
    pairs = _AllPairs(points.shape[1])
    _add_polychoric(pairs, sample, np.flatnonzero(is_ordinal), continuity)
    _add_polyserial(pairs, sample, points, is_ordinal)
    _add_pearson(pairs, points, np.flatnonzero(~is_ordinal))
    lower, upper = fisher_bounds(pairs.estimate, pairs.standard_error, confidence)
    tau, tau_error = sample_thresholds(sample)
    return LatentCorrelations(
        item_ids=names,
        option_points=_by_item(sample.points, is_ordinal),
        thresholds=_by_item(tau, is_ordinal),
        threshold_standard_errors=_by_item(tau_error, is_ordinal),
        first=pairs.first,
        second=pairs.second,
        estimate=pairs.estimate,
        standard_error=pairs.standard_error,
        ci_lower=lower,
        ci_upper=upper,
        n=pairs.n,
        empty_cells=pairs.empty_cells,
        corrected=pairs.corrected,
        kind=tuple(pairs.kind),
        pair_reasons=tuple(pairs.reasons),
        confidence=confidence,
        method="two_step",
        missing="pairwise",
        continuity=continuity,
        n_persons=sample.n_persons,
        n_items=points.shape[1],
        **mended(pairs.matrix(), pairs.estimate, smoothing),
    )


class _AllPairs:
    """One place for each pair of items, filled kind by kind."""

    def __init__(self, n_items: int) -> None:
        self.first, self.second = np.triu_indices(n_items, 1)
        size = len(self.first)
        self.place = np.zeros((n_items, n_items), np.intp)
        self.place[self.first, self.second] = self.place[self.second, self.first] = np.arange(size)
        self.estimate, self.standard_error, self.n, self.empty_cells = np.full((4, size), np.nan)
        self.corrected = np.zeros(size, bool)
        self.kind, self.reasons = [""] * size, [""] * size

    def name(self, at: npt.NDArray[np.intp], kinds: Iterable[str], reasons: Iterable[str]) -> None:
        for place, kind, reason in zip(at.tolist(), kinds, reasons, strict=True):
            self.kind[place], self.reasons[place] = kind, reason

    def matrix(self) -> Floats:
        out = np.eye(len(self.place))
        out[self.first, self.second] = out[self.second, self.first] = self.estimate
        return out


def _ordinal_columns(ordinal: Sequence[str | int], names: tuple[str, ...]) -> npt.NDArray[np.bool_]:
    chosen, problems = np.zeros(len(names), bool), []
    for one in [ordinal] if isinstance(ordinal, str | int) else ordinal:
        place = names.index(one) if isinstance(one, str) and one in names else one
        if isinstance(place, str):
            problems.append(
                Problem(where="ordinal", what=f'no column "{one}"', hint=did_you_mean(place, names))
            )
        elif not 0 <= place < len(names):
            problems.append(
                Problem(where="ordinal", what=f"no column {one}", expected=f"0 to {len(names) - 1}")
            )
        else:
            chosen[place] = True
    if problems:
        raise EstimationError("ordinal= names columns that are not there", problems=problems)
    return chosen


def _ordinal_part(points: Floats, names: tuple[str, ...], is_ordinal: npt.NDArray[np.bool_]) -> OrdinalSample:
    ids = tuple(name for name, own in zip(names, is_ordinal, strict=True) if own)
    there = (~np.isnan(points)).any(axis=1)
    values, codes = option_codes(points[:, is_ordinal], ids)
    return OrdinalSample(
        item_ids=ids,
        points=values,
        tables=pair_tables(codes, most_options(values)),
        codes=codes,
        blocks=None,
        n_persons=int(there.sum()),
        missing="pairwise",
    )


def _add_polychoric(
    pairs: _AllPairs, sample: OrdinalSample, columns: npt.NDArray[np.intp], continuity: float
) -> None:
    tables = sample.tables
    if not len(tables.first):
        return
    fitted = polychoric_matrix(tables, continuity)
    at = pairs.place[columns[tables.first], columns[tables.second]]
    error = standard_errors(fitted.tables, influences(fitted.tables, fitted.rho))
    used = (tables.margins > 0).sum(axis=1)
    cells = used[tables.first] * used[tables.second]
    pairs.estimate[at], pairs.standard_error[at], pairs.n[at] = fitted.rho, error, tables.n
    pairs.empty_cells[at] = cells - (tables.counts > 0).sum(axis=(1, 2))
    pairs.corrected[at] = fitted.corrected
    kinds = ("tetrachoric" if size == 4 else "polychoric" for size in cells)
    pairs.name(at, kinds, pair_reasons(sample, fitted, error))


def _add_polyserial(
    pairs: _AllPairs, sample: OrdinalSample, points: Floats, is_ordinal: npt.NDArray[np.bool_]
) -> None:
    columns = np.flatnonzero(is_ordinal)
    if sample.codes is None or not len(columns):
        return
    kinds = ["biserial" if len(own) == 2 else "polyserial" for own in sample.points]
    for column in np.flatnonzero(~is_ordinal):
        found = polyserial(sample.codes, points[:, column], sample.n_options)
        at = pairs.place[columns, column]
        pairs.estimate[at], pairs.standard_error[at], pairs.n[at] = found.rho, found.standard_error, found.n
        pairs.name(at, kinds, _reasons(found.rho, found.standard_error, found.n))


def _add_pearson(pairs: _AllPairs, points: Floats, columns: npt.NDArray[np.intp]) -> None:
    for place, column in enumerate(columns[:-1]):
        others = columns[place + 1 :]
        found = pearson(points[:, column], points[:, others])
        at = pairs.place[column, others]
        pairs.estimate[at], pairs.standard_error[at], pairs.n[at] = found.r, found.standard_error, found.n
        pairs.name(at, ["pearson"] * len(at), _reasons(found.r, found.standard_error, found.n))


def _reasons(estimate: Floats, error: Floats, n: Floats) -> list[str]:
    """Say why pairs with a continuous item have a nan or lie at a bound."""
    reasons = []
    for rho, deviation, persons in zip(estimate, error, n, strict=True):
        if persons < 2:
            reasons.append("fewer than 2 persons have both items")
        elif np.isnan(rho):
            reasons.append("among the persons with both items one of them does not vary")
        elif np.abs(rho) == 1:
            reasons.append(AT_BOUND)
        else:
            reasons.append("" if np.isfinite(deviation) else "no standard error: the likelihood is flat")
    return reasons


def _by_item(parts: tuple[Floats, ...], is_ordinal: npt.NDArray[np.bool_]) -> tuple[Floats, ...]:
    """Return one array per item, empty for the continuous ones."""
    found = iter(parts)
    return tuple(next(found) if own else np.empty(0) for own in is_ordinal)
