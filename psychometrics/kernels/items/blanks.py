"""Blanks stored as the lowest option: do people who are high elsewhere choose it too often."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln, stdtr

Floats = npt.NDArray[np.float64]

FOLDS = 20
FEWEST = 20


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LowestAgainstNext:
    """Odds ratios of lowest : next lowest option, top third against middle third by rest score.

    Attributes
    ----------
    log_odds_ratio : ndarray of float64, shape (n_items + 1,)
        Of each item, and last of all of them together (Mantel-Haenszel); nan where a table is empty.
    p_value : ndarray of float64, shape (n_items + 1,)
        Of "not above 0": Fisher's exact test for an item; from the jackknife over 20 groups of persons for all together.
    """

    log_odds_ratio: Floats
    p_value: Floats


def lowest_against_next(codes: npt.NDArray[np.int8], rest: Floats) -> LowestAgainstNext:
    """Compare the odds of the lowest option against the next between people who are high and middling elsewhere.

    Where options are in order, these odds can only fall as the rest rises, so the log odds ratio is at most 0; a blank
    stored as the lowest option comes from high and low alike and raises it.

    Parameters
    ----------
    codes : ndarray of int8, shape (n_items, n_persons)
        Options in the direction of the codes, 0 the lowest; negative where missing.
    rest : ndarray of float64, shape (n_items, n_persons)
        Mean of the other items of the person in the same direction; nan where there is none.

    References
    ----------
    Mantel and Haenszel (1959), doi:10.1093/jnci/22.4.719.
    """
    tables = np.array([_tables(code, other) for code, other in zip(codes, rest, strict=True)]).swapaxes(0, 1)
    whole = tables.sum(axis=0)
    together, p = _together(tables)
    with np.errstate(divide="ignore", invalid="ignore"):
        each = np.log(whole[:, 0, 0] * whole[:, 1, 1] / (whole[:, 0, 1] * whole[:, 1, 0]))
    exact = [_fisher(table) for table in whole.astype(np.int64)]
    return LowestAgainstNext(log_odds_ratio=np.append(each, together), p_value=np.append(exact, p))


def _together(tables: Floats) -> tuple[float, float]:
    whole = tables.sum(axis=0)
    if whole.sum(axis=0).min() < FEWEST:
        return np.nan, np.nan
    estimate = _log_odds_ratio(whole)
    without = np.array([_log_odds_ratio(whole - one) for one in tables])
    error = float(np.sqrt((FOLDS - 1) / FOLDS * np.square(without - without.mean()).sum()))
    return estimate, float(stdtr(FOLDS - 1, -estimate / error)) if error > 0 else np.nan


def _fisher(table: npt.NDArray[np.int64]) -> float:
    """Probability of as many in the first cell or more, all margins given."""
    (a, b), (c, d) = table
    k = np.arange(a, min(a + b, a + c) + 1)
    logs = _choose(a + b, k) + _choose(c + d, a + c - k) - _choose(a + b + c + d, np.array(a + c))
    return float(min(np.exp(logs).sum(), 1.0))


def _choose(n: np.int64, k: npt.NDArray[np.int64]) -> Floats:
    return np.asarray(gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0))


def _tables(code: npt.NDArray[np.int8], other: Floats) -> Floats:
    """Return counts per fold, third (top, middle) and option (lowest, next), shape (FOLDS, 2, 2)."""
    tables = np.zeros((FOLDS, 2, 2))
    there = (code >= 0) & ~np.isnan(other)
    if there.sum() < FOLDS:
        return tables
    low, high = np.quantile(other[there], [1 / 3, 2 / 3])
    fold = np.arange(len(code)) % FOLDS
    for option in (0, 1):
        chosen = there & (code == option)
        tables[:, 0, option] = np.bincount(fold[chosen & (other > high)], minlength=FOLDS)
        tables[:, 1, option] = np.bincount(fold[chosen & (other > low) & (other <= high)], minlength=FOLDS)
    return tables


def _log_odds_ratio(tables: Floats) -> float:
    """Return the log of the Mantel-Haenszel odds ratio of several tables."""
    n = tables.sum(axis=(1, 2))
    size = np.where(n > 0, n, 1.0)
    top = float((tables[:, 0, 0] * tables[:, 1, 1] / size).sum())
    bottom = float((tables[:, 0, 1] * tables[:, 1, 0] / size).sum())
    return float(np.log(top / bottom)) if top > 0 and bottom > 0 else np.nan
