"""Raw scores as a polynomial of norm score and age, rising in the norm score everywhere."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from psychometrics.kernels.continuous.bernstein import (
    bernstein,
    elevation,
    powers_of_bernstein,
    value_and_slope,
)
from psychometrics.kernels.continuous.shape import sign_constrained

Floats = npt.NDArray[np.float64]
MOST_POWERS = (5, 5)
LEAST_RISE = 1e-4
GRID = 161


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Surface:
    """raw(z, age) = sum_ij c_ij B_i(u) B_j(v), u and v being z and age brought to 0..1.

    Attributes
    ----------
    coefficients : ndarray, shape (k + 1, t + 1)
        Bernstein coefficients c; they rise along the first axis, which makes raw rise with z at every age.
    z_range, age_range : tuple of float
        The rectangle the surface covers.
    """

    coefficients: Floats
    z_range: tuple[float, float]
    age_range: tuple[float, float]

    def rows(self, age: Floats) -> Floats:
        """Return the coefficients along z at each age, shape (len(age), k + 1)."""
        low, high = self.age_range
        rows: Floats = (
            bernstein((age - low) / (high - low), self.coefficients.shape[1] - 1) @ self.coefficients.T
        )
        return rows

    def raw(self, z: Floats, age: Floats) -> tuple[Floats, Floats]:
        """Return raw scores and their slope along z; beyond the covered z the surface goes on as a straight line."""
        low, high = self.z_range
        inside = np.clip(z, low, high)
        value, slope = value_and_slope(self.rows(age), (inside - low) / (high - low))
        slope = slope / (high - low)
        return value + slope * (z - inside), slope

    def z(self, raw: Floats, ages: Floats, *, newton: int = 4) -> Floats:
        """Return the z of raw scores at each age, shape (len(ages), len(raw)), by table and Newton steps.

        Without Newton steps it is good to about 1e-3, and ends at the covered z.
        """
        low, high = self.z_range
        grid = np.linspace(low, high, GRID)
        rows = self.rows(ages)
        table = rows @ bernstein((grid - low) / (high - low), rows.shape[1] - 1).T
        start = np.stack([np.interp(raw, one, grid) for one in table])
        if not newton:
            return start
        flat_rows = np.repeat(rows, len(raw), axis=0)
        wanted = np.tile(raw, len(ages))
        u = (start.reshape(-1) - low) / (high - low)
        for _ in range(newton):
            inside = np.clip(u, 0, 1)  # beyond the ends a step along the tangent is exact
            value, slope = value_and_slope(flat_rows, inside)
            u = inside + (wanted - value) / slope
        return low + (high - low) * u.reshape(len(ages), len(raw))

    def power_coefficients(self) -> Floats:
        """Return b of raw = sum_ij b_ij z^i age^j, shape (k + 1, t + 1)."""
        k, t = (n - 1 for n in self.coefficients.shape)
        in_unit = powers_of_bernstein(k) @ self.coefficients @ powers_of_bernstein(t).T
        b: Floats = _shifted(k, *self.z_range) @ in_unit @ _shifted(t, *self.age_range).T
        return b


def _shifted(degree: int, low: float, high: float) -> Floats:
    """Return P with powers of x = P @ powers of (x - low) / (high - low)."""
    line = np.array([-low, 1.0]) / (high - low)
    columns = [np.array([1.0])]
    for _ in range(degree):
        columns.append(np.convolve(columns[-1], line))
    return np.stack([np.pad(one, (0, degree + 1 - len(one))) for one in columns], axis=1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Moments:
    """All that least squares needs: X'WX and X'Wy in the Bernstein basis of the highest powers."""

    gram: Floats
    moment: Floats
    powers: tuple[int, int]
    z_range: tuple[float, float]
    age_range: tuple[float, float]
    raw_range: float


def moments_of(
    raw: Floats,
    z: Floats,
    age: Floats,
    weights: Floats,
    *,
    powers: tuple[int, int],
    z_range: tuple[float, float],
    age_range: tuple[float, float],
) -> Moments:
    """Sum up the regression once; every lower power follows by exact degree elevation."""
    along = bernstein((z - z_range[0]) / (z_range[1] - z_range[0]), powers[0])
    across = bernstein((age - age_range[0]) / (age_range[1] - age_range[0]), powers[1])
    design = (along[:, :, None] * across[:, None, :]).reshape(len(raw), -1)
    weighted = design * weights[:, None]
    return Moments(
        gram=weighted.T @ design,
        moment=weighted.T @ raw,
        powers=powers,
        z_range=z_range,
        age_range=age_range,
        raw_range=float(np.ptp(raw)),
    )


@lru_cache(maxsize=512)
def steps_to_full(k: int, t: int, powers: tuple[int, int]) -> Floats:
    """Return M: full Bernstein coefficients = M @ (first row of c, then its increments along z)."""
    rising = np.tril(np.ones((k + 1, k + 1)))
    return np.asarray(np.kron(elevation(k, powers[0]) @ rising, elevation(t, powers[1])), np.float64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SurfaceFit:
    """A surface with what is needed for its errors.

    Attributes
    ----------
    free : ndarray of bool, shape ((k + 1) * (t + 1),)
        Which increments are not held at the least rise.
    """

    surface: Surface
    free: npt.NDArray[np.bool_]

    @property
    def n_parameters(self) -> int:
        """Coefficients that are not held by the constraint."""
        return int(self.free.sum())


def fit_surface(moments: Moments, k: int, t: int) -> SurfaceFit:
    """Fit powers k of z and t of age by least squares under increments of at least a hair along z.

    Parameters
    ----------
    moments : Moments
    k, t : int
        Highest powers, at most those of the moments.

    Returns
    -------
    SurfaceFit

    Raises
    ------
    numpy.linalg.LinAlgError
        The data do not determine so many coefficients.
    """
    into = steps_to_full(k, t, moments.powers)
    gram, moment = into.T @ moments.gram @ into, into.T @ moments.moment
    least = np.zeros(len(moment))
    least[t + 1 :] = LEAST_RISE * moments.raw_range / k
    found = sign_constrained(gram, moment - gram @ least, t + 1) + least
    free = found > least
    free[: t + 1] = True
    coefficients = np.cumsum(found.reshape(k + 1, t + 1), axis=0)
    return SurfaceFit(
        surface=Surface(coefficients=coefficients, z_range=moments.z_range, age_range=moments.age_range),
        free=free,
    )
