"""Coefficients of agreement with units left out or drawn anew, from sums over units."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from psychometrics.kernels.agreement.chance import (
    NO_CHANCE,
    Coefficient,
    agreement_of_units,
    category_shares,
    rater_shares,
)
from psychometrics.kernels.agreement.krippendorff import coincidences
from psychometrics.kernels.agreement.units import Units, merged
from psychometrics.kernels.agreement.weights import mid_ranks

Floats = npt.NDArray[np.float64]
REPLICATES_AT_ONCE = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sums:
    """What a coefficient needs of each unit: it is a function of the sums over units.

    Attributes
    ----------
    parts : ndarray of float64, shape (n_rows, n_parts)
    multiplicity : ndarray of float64, shape (n_rows,)
    """

    coefficient: Coefficient
    weights: Floats
    ordinal: bool
    parts: Floats
    multiplicity: Floats

    def value(self, totals: Floats) -> Floats:
        """Return the coefficient of sums over units, shape (..., n_parts); nan where it does not exist."""
        if self.coefficient == "krippendorff":
            return _krippendorff(totals, 1 - self.weights, ordinal=self.ordinal)
        return _beyond_chance(totals, self.coefficient, self.weights)


def sums_of_units(units: Units, coefficient: Coefficient, weights: Floats, *, ordinal: bool = False) -> Sums:
    """Return the parts of a coefficient that does not tell raters apart; equal units are counted together."""
    units = merged(units)
    if coefficient == "krippendorff":
        several = (units.sizes >= 2)[:, None]
        pairs = coincidences(units.counts).reshape(len(units.counts), -1)
        parts = np.hstack([units.counts * several, pairs])
    else:
        several = (units.sizes >= 2)[:, None]
        each = agreement_of_units(units, weights)[:, None]
        parts = np.hstack([np.ones_like(each), several, each, category_shares(units)])
    return Sums(
        coefficient=coefficient,
        weights=weights,
        ordinal=ordinal,
        parts=parts,
        multiplicity=units.multiplicity,
    )


def leave_one_out(sums: Sums) -> Floats:
    """Return the coefficient with one unit of each row left out, shape (n_rows,)."""
    return sums.value(sums.multiplicity @ sums.parts - sums.parts)


def redrawn(sums: Sums, n_replicates: int, rng: np.random.Generator) -> Floats:
    """Return the coefficient of samples of units drawn with replacement."""
    draws = draw_units(sums.multiplicity, n_replicates, rng)
    return sums.value(draws @ sums.parts)


def draw_units(multiplicity: Floats, n_replicates: int, rng: np.random.Generator) -> Floats:
    """Return how often each row is drawn, shape (n_replicates, n_rows)."""
    n = round(float(multiplicity.sum()))
    return rng.multinomial(n, multiplicity / multiplicity.sum(), size=n_replicates).astype(np.float64)


def _ratio(observed: Floats, chance: Floats) -> Floats:
    left = np.where(1 - chance > NO_CHANCE, 1 - chance, nan)
    found: Floats = (observed - chance) / left
    return found


def _beyond_chance(totals: Floats, coefficient: Coefficient, weights: Floats) -> Floats:
    n, paired = totals[..., 0], totals[..., 1]
    observed = totals[..., 2] / np.where(paired > 0, paired, nan)
    pi = totals[..., 3:] / np.where(n > 0, n, nan)[..., None]
    q = len(weights)
    if coefficient == "percent":
        return observed
    if coefficient == "brennan_prediger":
        return _ratio(observed, np.full_like(observed, weights.mean()))
    if coefficient == "gwet":
        scale = float(weights.sum()) / max(q * (q - 1), 1)
        return _ratio(observed, scale * (pi * (1 - pi)).sum(axis=-1))
    return _ratio(observed, ((pi @ weights) * pi).sum(axis=-1))


def _krippendorff(totals: Floats, metric: Floats, *, ordinal: bool) -> Floats:
    q = len(metric)
    margins = totals[..., :q]
    pairs = totals[..., q:].reshape(*totals.shape[:-1], q, q)
    n = margins.sum(axis=-1)
    if ordinal:
        place = mid_ranks(margins)
        spread, middle = (margins * place**2).sum(axis=-1), (margins * place).sum(axis=-1)
        expected = 2 * (n * spread - middle**2)
        together = (place * (pairs @ place[..., None])[..., 0]).sum(axis=-1)
        observed = 2 * ((pairs.sum(axis=-1) * place**2).sum(axis=-1) - together)
    else:
        expected = ((margins @ metric) * margins).sum(axis=-1)
        observed = (pairs * metric).sum(axis=(-2, -1))
    found: Floats = 1 - (n - 1) * observed / np.where(expected > 0, expected, nan)
    return found


def leave_one_out_conger(units: Units, weights: Floats) -> Floats:
    """Return Conger's (or Cohen's) kappa with one unit of each row left out, shape (n_rows,).

    Leaving out a unit changes p_g by (p_g - e_k) / (n_g - 1) for the raters of that unit only.
    """
    each, times = agreement_of_units(units, weights), units.multiplicity
    several = units.sizes >= 2
    observed = (times @ each - each) / _positive(times @ several - several)
    shares, sizes = rater_shares(units)
    left = sizes[units.rater] - 1
    change = shares[units.rater].copy()
    change[np.arange(len(left)), units.category] -= 1
    change = np.where(left[:, None] > 0, change / np.maximum(left, 1)[:, None], -shares[units.rater])
    new = shares[units.rater] + change
    own = ((shares @ weights) * shares).sum(axis=1)
    own_change = ((new @ weights) * new).sum(axis=1) - own[units.rater]
    total = shares.sum(axis=0) + _by_row(units, change)
    squares = own.sum() + np.bincount(units.row, weights=own_change, minlength=len(times))
    raters = units.n_raters - np.bincount(units.row, weights=left <= 0, minlength=len(times))
    chance = (((total @ weights) * total).sum(axis=1) - squares) / _positive(raters * (raters - 1))
    return _ratio(observed, chance)


def _positive(values: npt.NDArray[Any]) -> Floats:
    return np.where(values > 0, values, nan)


def _by_row(units: Units, values: Floats) -> Floats:
    n_rows = len(units.multiplicity)
    return np.column_stack([np.bincount(units.row, weights=one, minlength=n_rows) for one in values.T])


def redrawn_conger(units: Units, weights: Floats, n_replicates: int, rng: np.random.Generator) -> Floats:
    """Return Conger's (or Cohen's) kappa of samples of units drawn with replacement."""
    each, several = agreement_of_units(units, weights), units.sizes >= 2
    q, r = units.n_categories, units.n_raters
    cells = csr_array(
        (np.ones(len(units.row)), (units.row, units.rater * q + units.category)),
        shape=(len(each), r * q),
    )
    batch = max(1, REPLICATES_AT_ONCE // max(len(each), r * q))
    found = []
    for start in range(0, n_replicates, batch):
        draws = draw_units(units.multiplicity, min(batch, n_replicates - start), rng)
        table = np.asarray(draws @ cells).reshape(-1, r, q)
        found.append(_conger(table, draws @ each / _positive(draws @ several), weights))
    return np.concatenate(found)


def _conger(table: Floats, observed: Floats, weights: Floats) -> Floats:
    sizes = table.sum(axis=-1, keepdims=True)
    shares = np.divide(table, sizes, out=np.zeros_like(table), where=sizes > 0)
    raters = (sizes[..., 0] > 0).sum(axis=-1)
    total = shares.sum(axis=-2)
    own = ((shares @ weights) * shares).sum(axis=(-2, -1))
    chance = (((total @ weights) * total).sum(axis=-1) - own) / _positive(raters * (raters - 1.0))
    return _ratio(observed, chance)
