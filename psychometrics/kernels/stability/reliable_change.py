"""Change of each person, held against what error alone would give.

x and y are a person's scores on the first and second occasion; m1, m2, s1, s2 the means and SDs of the occasions, r12
their correlation; r the reliability.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetestNorms:
    """The figures of a retest that persons are held against: a manual's, a control group's, or the sample's own.

    Attributes
    ----------
    mean_first, mean_second, sd_first, sd_second : float
        Of the two occasions, in points; SDs divided by n - 1.
    correlation : float
        Between the occasions.
    n : int
        Persons; only the regression methods use it.
    """

    mean_first: float
    mean_second: float
    sd_first: float
    sd_second: float
    correlation: float
    n: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Expectation:
    """Change beyond the expected one, and its standard error; one per person.

    Attributes
    ----------
    change : ndarray of float64, shape (n_persons,)
        Second score minus the one expected without real change; for Hageman and Arrindell the estimated true change.
    error : ndarray of float64, shape (n_persons,)
    """

    change: Floats
    error: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliabilities:
    """Reliability on the first and on the second occasion."""

    first: float
    second: float


Way = Callable[[Floats, Floats, RetestNorms, Reliabilities], Expectation]


def _each(change: Floats, error: float) -> Expectation:
    return Expectation(change=change, error=np.full(change.shape, error))


def _below(r: float) -> float:
    return sqrt(max(1 - r, 0.0))


def jacobson_truax(x: Floats, y: Floats, s: RetestNorms, r: Reliabilities) -> Expectation:
    """Return y - x, error sqrt(2) s1 sqrt(1 - r)."""
    return _each(y - x, sqrt(2) * s.sd_first * _below(r.first))


def gulliksen_lord_novick(x: Floats, y: Floats, s: RetestNorms, r: Reliabilities) -> Expectation:
    """Return y - m1 - r (x - m1), error s1 sqrt(1 - r^2): regression to the mean of the first occasion."""
    return _each(y - s.mean_first - r.first * (x - s.mean_first), s.sd_first * _below(r.first**2))


def hsu_linn_lord(x: Floats, y: Floats, s: RetestNorms, r: Reliabilities) -> Expectation:
    """Return y - m2 - r (x - m1), error s1 sqrt(1 - r^2): regression to the mean of each occasion."""
    return _each(y - s.mean_second - r.first * (x - s.mean_first), s.sd_first * _below(r.first**2))


def edwards_nunnally(x: Floats, y: Floats, s: RetestNorms, r: Reliabilities) -> Expectation:
    """Return y - [m1 + r (x - m1)], error s1 sqrt(1 - r): y against the band around the estimated true first score."""
    return _each(y - s.mean_first - r.first * (x - s.mean_first), s.sd_first * _below(r.first))


def nunnally_kotsch(x: Floats, y: Floats, s: RetestNorms, r: Reliabilities) -> Expectation:
    """Return y - [m1 + r1 (x - m1)], error s1 sqrt(r1^2 (1 - r1) + 1 - r2)."""
    error = s.sd_first * sqrt(max(r.first**2 * (1 - r.first) + 1 - r.second, 0.0))
    return _each(y - s.mean_first - r.first * (x - s.mean_first), error)


def hageman_arrindell(x: Floats, y: Floats, s: RetestNorms, r: Reliabilities) -> Expectation:
    """Return (y - x) r_dd + (m2 - m1)(1 - r_dd), error sqrt(r_dd) sqrt(2) s1 sqrt(1 - r).

    r_dd = 1 - 2 s_e^2 / (s1^2 + s2^2 - 2 s1 s2 r12) with s_e = s1 sqrt(1 - r) on both occasions: the reliability of
    the differences. Where it is not above 0 there is no estimate of true change: all nan.
    """
    square = s.sd_first**2 * (1 - r.first)
    spread = s.sd_first**2 + s.sd_second**2 - 2 * s.sd_first * s.sd_second * s.correlation
    of_changes = 1 - 2 * square / spread if spread > 0 else 0.0
    if of_changes <= 0:
        return _each(np.full(x.shape, np.nan), float("nan"))
    change = (y - x) * of_changes + (s.mean_second - s.mean_first) * (1 - of_changes)
    return _each(change, sqrt(of_changes) * sqrt(2 * square))


def christensen_mendoza(x: Floats, y: Floats, s: RetestNorms, r: Reliabilities) -> Expectation:
    """Return y - x, error sqrt(s1^2 + s2^2 - 2 r s1 s2): the SD of the changes of the reference."""
    return _each(y - x, _spread_of_change(s, r.first))


def chelune(x: Floats, y: Floats, s: RetestNorms, r: Reliabilities) -> Expectation:
    """Return y - x - (m2 - m1), error sqrt(2) s1 sqrt(1 - r): practice taken off."""
    return _each(y - x - (s.mean_second - s.mean_first), sqrt(2) * s.sd_first * _below(r.first))


def iverson(x: Floats, y: Floats, s: RetestNorms, r: Reliabilities) -> Expectation:
    """Return y - x - (m2 - m1), error sqrt((s1^2 + s2^2)(1 - r)): practice, and a spread for each occasion.

    Maassen's (2004) adaptation of Jacobson and Truax has the same error.
    """
    error = sqrt(s.sd_first**2 + s.sd_second**2) * _below(r.first)
    return _each(y - x - (s.mean_second - s.mean_first), error)


def temkin(x: Floats, y: Floats, s: RetestNorms, r: Reliabilities) -> Expectation:
    """Return y - x - (m2 - m1), error sqrt(s1^2 + s2^2 - 2 r s1 s2), the SD of the changes of the reference."""
    return _each(y - x - (s.mean_second - s.mean_first), _spread_of_change(s, r.first))


def mcsweeny(x: Floats, y: Floats, s: RetestNorms, r: Reliabilities) -> Expectation:
    """Return y - [m2 + b (x - m1)], b = r s2/s1, error s2 sqrt((1 - r^2)(n-1)/(n-2)): regression in the reference."""
    slope, error = _regression(s, r.first)
    return _each(y - s.mean_second - slope * (x - s.mean_first), error)


def crawford_garthwaite(x: Floats, y: Floats, s: RetestNorms, r: Reliabilities) -> Expectation:
    """Return McSweeny's change, error times sqrt(1 + 1/n + (x - m1)^2 / ((n-1) s1^2)): that of a new person."""
    slope, error = _regression(s, r.first)
    away = (x - s.mean_first) ** 2 / ((s.n - 1) * s.sd_first**2)
    return Expectation(
        change=y - s.mean_second - slope * (x - s.mean_first), error=error * np.sqrt(1 + 1 / s.n + away)
    )


def _spread_of_change(s: RetestNorms, r: float) -> float:
    return sqrt(max(s.sd_first**2 + s.sd_second**2 - 2 * r * s.sd_first * s.sd_second, 0.0))


def _regression(s: RetestNorms, r: float) -> tuple[float, float]:
    return r * s.sd_second / s.sd_first, s.sd_second * sqrt((1 - r * r) * (s.n - 1) / (s.n - 2))


WAYS: dict[str, Way] = {
    way.__name__: way
    for way in (
        jacobson_truax,
        gulliksen_lord_novick,
        hsu_linn_lord,
        edwards_nunnally,
        nunnally_kotsch,
        hageman_arrindell,
        christensen_mendoza,
        chelune,
        iverson,
        temkin,
        mcsweeny,
        crawford_garthwaite,
    )
}
"""Every method by its name."""

OF_RETEST = ("christensen_mendoza", "chelune", "iverson", "temkin", "mcsweeny", "crawford_garthwaite")
"""Those whose reliability is the retest correlation of the reference when none is given."""
