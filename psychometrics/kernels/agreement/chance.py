"""Agreement of raters beyond chance, with what each unit adds to it (its influence)."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan
from typing import Literal

import numpy as np
import numpy.typing as npt

from psychometrics.kernels.agreement.units import Units

Floats = npt.NDArray[np.float64]
Coefficient = Literal[
    "percent", "cohen", "scott", "fleiss", "conger", "light", "gwet", "brennan_prediger", "krippendorff"
]
COEFFICIENTS: tuple[Coefficient, ...] = (
    "percent",
    "cohen",
    "scott",
    "fleiss",
    "conger",
    "light",
    "gwet",
    "brennan_prediger",
    "krippendorff",
)
NO_CHANCE = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Agreement:
    """A coefficient (p_a - p_e) / (1 - p_e) with the influences of its units.

    Attributes
    ----------
    estimate, observed, chance : float
        The coefficient, p_a and p_e.
    influence : ndarray of float64, shape (n_rows,)
        First-order change of the coefficient per unit, times the number of units; its weighted mean is 0.
    compared : ndarray of float64, shape (n_rows,)
        n / n' for units with two ratings or more, 0 for others: how much a unit weighs in p_a.
    multiplicity : ndarray of float64, shape (n_rows,)
    reason : str
        Why the coefficient is nan.
    """

    estimate: float
    observed: float
    chance: float
    influence: Floats
    compared: Floats
    multiplicity: Floats
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Share:
    """A share of agreement and its influences."""

    value: float
    influence: Floats


def agreement_of_units(units: Units, weights: Floats) -> Floats:
    """Return p_a of each unit: sum_k r_ik ((W r_i)_k - 1) / (r_i (r_i - 1)); 0 where r_i < 2."""
    counts = units.counts
    total = units.sizes
    alike = np.einsum("ij,ij->i", counts @ weights, counts) - counts @ np.diag(weights)
    pairs = total * (total - 1)
    found: Floats = np.divide(alike, pairs, out=np.zeros_like(alike), where=pairs > 0)
    return found


def compared_units(units: Units) -> Floats:
    """Return n / n' for units with two ratings or more, else 0; n' is how many there are of those."""
    several = units.sizes >= 2
    there = float(units.multiplicity[several].sum())
    return np.asarray(several * (units.n_units / there if there > 0 else 0.0), np.float64)


def observed_agreement(units: Units, weights: Floats) -> Share:
    """Return p_a, the mean of the units' agreement over units with two ratings or more."""
    each, compared = agreement_of_units(units, weights), compared_units(units)
    value = float(units.multiplicity @ (compared * each)) / units.n_units
    return Share(value=value, influence=compared * (each - value))


def category_shares(units: Units) -> Floats:
    """Return r_ik / r_i, shape (n_rows, n_categories)."""
    shares: Floats = units.counts / units.sizes[:, None]
    return shares


def chance_fleiss(units: Units, weights: Floats) -> Share:
    """Return p_e = sum_kl w_kl pi_k pi_l, pi the mean of the units' shares (Fleiss; Scott for two raters)."""
    shares = category_shares(units)
    pi = units.multiplicity @ shares / units.n_units
    slope = weights @ pi
    value = float(pi @ slope)
    return Share(value=value, influence=2 * (shares @ slope - value))


def chance_gwet(units: Units, weights: Floats) -> Share:
    """Return p_e = T / (q (q - 1)) sum_k pi_k (1 - pi_k), T the sum of all weights (AC1, AC2)."""
    q = units.n_categories
    shares = category_shares(units)
    pi = units.multiplicity @ shares / units.n_units
    if q < 2:
        return Share(value=1.0, influence=np.zeros(len(shares)))
    scale = float(weights.sum()) / (q * (q - 1))
    spread = float(pi @ (1 - pi))
    return Share(value=scale * spread, influence=2 * scale * (shares @ (1 - pi) - spread))


def chance_uniform(units: Units, weights: Floats) -> Share:
    """Return p_e = T / q^2: every category as likely (Brennan-Prediger)."""
    return Share(value=float(weights.mean()), influence=np.zeros(len(units.multiplicity)))


def chance_none(units: Units, weights: Floats) -> Share:
    """Return 0 (percent agreement)."""
    return Share(value=0.0 * float(weights.sum()), influence=np.zeros(len(units.multiplicity)))


def chance_conger(units: Units, weights: Floats) -> Share:
    """Return p_e = mean over pairs of raters g != h of sum_kl w_kl p_gk p_hl (Conger; Cohen for two raters).

    p_g is the distribution of rater g over the units g rated.
    """
    shares, sizes = rater_shares(units)
    r = units.n_raters
    slope = (shares.sum(axis=0) - shares) @ weights
    level = (slope * shares).sum(axis=1)
    scale = 2 / (r * (r - 1))
    change = (slope[units.rater, units.category] - level[units.rater]) * (units.n_units / sizes[units.rater])
    by_unit = np.bincount(units.row, weights=change, minlength=len(units.multiplicity))
    return Share(value=float(level.sum()) * scale / 2, influence=np.asarray(scale * by_unit, np.float64))


def rater_shares(units: Units) -> tuple[Floats, Floats]:
    """Return p_gk, shape (n_raters, n_categories), and the ratings of each rater."""
    q = units.n_categories
    cells = np.bincount(
        units.rater * q + units.category,
        weights=units.multiplicity[units.row],
        minlength=units.n_raters * q,
    ).reshape(units.n_raters, q)
    sizes = cells.sum(axis=1)
    return cells / sizes[:, None], sizes


CHANCE = {
    "percent": chance_none,
    "scott": chance_fleiss,
    "fleiss": chance_fleiss,
    "gwet": chance_gwet,
    "brennan_prediger": chance_uniform,
    "cohen": chance_conger,
    "conger": chance_conger,
}


def beyond_chance(units: Units, coefficient: Coefficient, weights: Floats) -> Agreement:
    """Return (p_a - p_e) / (1 - p_e) for all coefficients but Light's and Krippendorff's.

    Parameters
    ----------
    units : Units
        At least one unit with two ratings; raters known for Cohen and Conger, and at least two of them.
    coefficient : {"percent", "cohen", "scott", "fleiss", "conger", "gwet", "brennan_prediger"}
    weights : ndarray of float64, shape (q, q)
        Symmetric, 1 on the diagonal.

    References
    ----------
    Gwet (2008), doi:10.1348/000711006X126600; Gwet (2014), Handbook of inter-rater reliability, 4th ed.; Conger
    (1980), doi:10.1037/0033-2909.88.2.322; Fleiss (1971), doi:10.1037/h0031619; Brennan and Prediger (1981),
    doi:10.1177/001316448104100307. Checked against irrCAC 1.0 and sums over pairs of raters.
    """
    observed = observed_agreement(units, weights)
    chance = CHANCE[coefficient](units, weights)
    left = 1 - chance.value
    if left <= NO_CHANCE:
        return without_estimate(units, observed.value, chance.value)
    estimate = (observed.value - chance.value) / left
    return Agreement(
        estimate=estimate,
        observed=observed.value,
        chance=chance.value,
        influence=(observed.influence - (1 - estimate) * chance.influence) / left,
        compared=compared_units(units),
        multiplicity=units.multiplicity,
    )


def without_estimate(units: Units, observed: float, chance: float, reason: str = "") -> Agreement:
    """Return an agreement that does not exist because chance alone would agree fully, or for another reason."""
    nothing = np.zeros(len(units.multiplicity))
    said = "there is one category only: declare the others in categories="
    if units.n_categories > 1:
        said = (
            "all ratings fall into one category, so chance alone would agree: the coefficient does not exist"
        )
    return Agreement(
        estimate=nan,
        observed=observed,
        chance=chance,
        influence=nothing,
        compared=nothing,
        multiplicity=units.multiplicity,
        reason=reason or said,
    )
