"""Blanks stored as the lowest option: do people who are high elsewhere choose it too often."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

FOLDS = 20


def lowest_against_next(codes: npt.NDArray[np.int8], rest: Floats, groups: int = 3) -> tuple[float, float]:
    """Return the log odds ratio of lowest : next lowest option, top third against middle third by rest score, and its error.

    Where options are in order, the odds of the lowest against the next can only fall as the rest rises, so the log of
    the Mantel-Haenszel odds ratio over items is at most 0; a blank stored as the lowest option comes from high and low
    alike and raises it. The standard error is that of the jackknife over 20 groups of persons.

    Parameters
    ----------
    codes : ndarray of int8, shape (n_items, n_persons)
        Options in the direction of the codes, 0 the lowest; negative where missing.
    rest : ndarray of float64, shape (n_items, n_persons)
        Mean of the other items of the person in the same direction; nan where there is none.

    Returns
    -------
    estimate, standard_error : float
        Nan where the tables are empty.

    References
    ----------
    Mantel and Haenszel (1959), doi:10.1093/jnci/22.4.719.
    """
    fold = np.arange(codes.shape[1]) % FOLDS
    tables = np.zeros((FOLDS, len(codes), 2, 2))
    for item, (code, other) in enumerate(zip(codes, rest, strict=True)):
        there = (code >= 0) & ~np.isnan(other)
        if there.sum() < groups:
            continue
        low, high = np.quantile(other[there], [1 / groups, 1 - 1 / groups])
        for option in (0, 1):
            chosen = there & (code == option)
            tables[:, item, 0, option] = np.bincount(fold[chosen & (other > high)], minlength=FOLDS)
            tables[:, item, 1, option] = np.bincount(
                fold[chosen & (other > low) & (other <= high)], minlength=FOLDS
            )
    whole = tables.sum(axis=0)
    without = np.array([_log_odds_ratio(whole - one) for one in tables])
    spread = np.sqrt((FOLDS - 1) / FOLDS * np.square(without - without.mean()).sum())
    return _log_odds_ratio(whole), float(spread)


def _log_odds_ratio(tables: Floats) -> float:
    n = tables.sum(axis=(1, 2))
    size = np.where(n > 0, n, 1.0)
    top = float((tables[:, 0, 0] * tables[:, 1, 1] / size).sum())
    bottom = float((tables[:, 0, 1] * tables[:, 1, 0] / size).sum())
    return float(np.log(top / bottom)) if top > 0 and bottom > 0 else np.nan
