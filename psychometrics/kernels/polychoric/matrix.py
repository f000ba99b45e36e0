"""The polychoric correlations of a set of items as one matrix, with what functions of it need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from psychometrics.kernels.polychoric.fitting import estimable, fit_pairs
from psychometrics.kernels.polychoric.tables import PairTables, stacked

Floats = npt.NDArray[np.float64]

PAIRS_TOGETHER = 4_096


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PolychoricMatrix:
    """Correlations of all pairs.

    Attributes
    ----------
    tables : PairTables
        As fitted, with the correction for continuity.
    rho : ndarray of float64, shape (n_pairs,)
    correlation : ndarray of float64, shape (n_items, n_items)
        The same, with ones on the diagonal.
    corrected : ndarray of bool, shape (n_pairs,)
        Tables whose empty cells were given a count.
    """

    tables: PairTables
    rho: Floats
    correlation: Floats
    corrected: npt.NDArray[np.bool_]


def polychoric_matrix(tables: PairTables, continuity: float = 0.0) -> PolychoricMatrix:
    """Return the two-step estimates of all pairs; see :func:`fit_pairs`.

    Parameters
    ----------
    tables : PairTables
    continuity : float
        Count put into each empty cell between options in use; the thresholds stay those of the margins.
    """
    return next(polychoric_matrices([tables], continuity))


def polychoric_matrices(
    samples: Iterable[PairTables], continuity: float = 0.0
) -> Iterator[PolychoricMatrix]:
    """Yield the matrix of each of several samples, fitted side by side: sooner than in turn."""
    for lot in _lots(samples):
        corrected = [_corrected(tables, continuity) for tables in lot]
        ends = np.cumsum([len(tables.first) for tables in lot])[:-1]
        rho = np.split(fit_pairs(stacked([tables for tables, _ in corrected])), ends)
        for (tables, flags), own in zip(corrected, rho, strict=True):
            correlation = as_matrix(tables, own, 1.0)
            yield PolychoricMatrix(tables=tables, rho=own, correlation=correlation, corrected=flags)


def _lots(samples: Iterable[PairTables]) -> Iterator[list[PairTables]]:
    """Yield a few samples at a time: no more pairs together than fill the memory with sense."""
    lot: list[PairTables] = []
    for tables in samples:
        lot.append(tables)
        if sum(len(one.first) for one in lot) >= PAIRS_TOGETHER:
            yield lot
            lot = []
    if lot:
        yield lot


def _corrected(tables: PairTables, continuity: float) -> tuple[PairTables, npt.NDArray[np.bool_]]:
    """Return the tables with a count in their empty cells, and which tables had such cells."""
    used = tables.margins > 0
    empty = used[tables.first][:, :, None] & used[tables.second][:, None, :] & (tables.counts == 0)
    flags = empty.any(axis=(1, 2)) & estimable(tables) & (continuity > 0)
    if flags.any():
        tables = replace(tables, counts=np.where(empty & flags[:, None, None], continuity, tables.counts))
    return tables, flags


def as_matrix(tables: PairTables, values: Floats, diagonal: float) -> Floats:
    """Return one value per pair as a symmetric matrix."""
    k = len(tables.margins)
    out = np.full((k, k), diagonal)
    out[tables.first, tables.second] = out[tables.second, tables.first] = values
    return out
