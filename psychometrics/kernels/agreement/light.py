"""Light's kappa: the mean of Cohen's kappas over pairs of raters."""

from __future__ import annotations

from math import nan

import numpy as np
import numpy.typing as npt

from psychometrics.kernels.agreement.chance import NO_CHANCE, Agreement, beyond_chance, without_estimate
from psychometrics.kernels.agreement.resampling import draw_units
from psychometrics.kernels.agreement.units import Integers, Units

Floats = npt.NDArray[np.float64]


def pairs_with_common_units(units: Units) -> list[tuple[int, int]]:
    """Return the pairs of raters who rated at least one unit together."""
    shape = len(units.multiplicity), units.n_raters
    said = np.zeros(shape, np.float64)
    said[units.row, units.rater] = 1
    first, second = np.nonzero(np.triu(said.T @ said, 1))
    return list(zip(first.tolist(), second.tolist(), strict=True))


def light(units: Units, weights: Floats) -> Agreement:
    """Return the mean of Cohen's kappa over the pairs of raters with common units; each on its own units.

    Pairs count alike however many units they share. The influences are the means of the pairs'.

    References
    ----------
    Light (1971), doi:10.1037/h0031643. Checked against irr 0.84.1 (complete data).
    """
    pairs = pairs_with_common_units(units)
    found, influence = [], np.zeros(len(units.multiplicity))
    for first, second in pairs:
        rows, mine = _of_pair(units, first, second)
        one = beyond_chance(mine, "cohen", weights)
        if one.reason:
            reason = (
                "two raters gave one and the same category throughout: Cohen's kappa does not exist for them"
            )
            return without_estimate(units, nan, nan, reason)
        found.append(one)
        influence[rows] += one.influence * units.n_units / mine.n_units / len(pairs)
    return Agreement(
        estimate=float(np.mean([one.estimate for one in found])),
        observed=float(np.mean([one.observed for one in found])),
        chance=float(np.mean([one.chance for one in found])),
        influence=influence,
        compared=np.ones(len(influence)),
        multiplicity=units.multiplicity,
    )


def _of_pair(units: Units, first: int, second: int) -> tuple[Integers, Units]:
    mine = (units.rater == first) | (units.rater == second)
    both = np.bincount(units.row[mine], minlength=len(units.multiplicity)) == 2
    keep = mine & both[units.row]
    place = np.cumsum(both) - 1
    q = units.n_categories
    row, category = place[units.row[keep]], units.category[keep]
    counts = np.bincount(row * q + category, minlength=int(both.sum()) * q).reshape(-1, q)
    pair = Units(
        counts=counts.astype(np.float64),
        multiplicity=units.multiplicity[both],
        row=row,
        rater=(units.rater[keep] == second).astype(np.intp),
        category=category,
        n_raters=2,
    )
    return np.flatnonzero(both), pair


def light_without_one(units: Units, weights: Floats) -> Floats:
    """Return Light's kappa with one unit of each row left out, shape (n_rows,)."""
    kappas = []
    for first, second in pairs_with_common_units(units):
        rows, pair = _of_pair(units, first, second)
        said = _cells(pair)
        table = pair.multiplicity @ said
        here = np.full(len(units.multiplicity), _cohen(table, weights))
        here[rows] = _cohen(table - said, weights)
        kappas.append(here)
    return _mean_over_pairs(kappas)


def light_of_draws(units: Units, weights: Floats, n_replicates: int, rng: np.random.Generator) -> Floats:
    """Return Light's kappa of samples of units drawn with replacement."""
    draws = draw_units(units.multiplicity, n_replicates, rng)
    kappas = []
    for first, second in pairs_with_common_units(units):
        rows, pair = _of_pair(units, first, second)
        kappas.append(_cohen(draws[:, rows] @ _cells(pair), weights))
    return _mean_over_pairs(kappas)


def _mean_over_pairs(kappas: list[Floats]) -> Floats:
    mean: Floats = np.mean(kappas, axis=0)
    return mean


def _cells(pair: Units) -> Floats:
    """Return which cell of the table of two raters each unit is in, shape (n_rows, q * q)."""
    q, order = pair.n_categories, np.lexsort((pair.rater, pair.row))
    said = pair.category[order].reshape(-1, 2)
    cells = np.zeros((len(said), q * q))
    cells[np.arange(len(said)), said[:, 0] * q + said[:, 1]] = 1
    return cells


def _cohen(cells: Floats, weights: Floats) -> Floats:
    """Return Cohen's kappa of tables, shape (..., q * q); nan where it does not exist."""
    q = len(weights)
    tables = cells.reshape(*cells.shape[:-1], q, q)
    n = tables.sum(axis=(-2, -1))
    shares = tables / np.where(n > 0, n, nan)[..., None, None]
    observed = (shares * weights).sum(axis=(-2, -1))
    chance = ((shares.sum(axis=-1) @ weights) * shares.sum(axis=-2)).sum(axis=-1)
    found: Floats = (observed - chance) / np.where(1 - chance > NO_CHANCE, 1 - chance, nan)
    return found
