"""Intraclass correlations of a complete table of targets by raters, from its mean squares."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, nan
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import fdtrc, fdtri

from psychometrics.kernels.bounds import Estimate
from psychometrics.kernels.components.surrogates import Surrogates, share_bounds

Floats = npt.NDArray[np.float64]
Form = Literal["1,1", "1,k", "C,1", "C,k", "A,1", "A,k"]

FORMS: tuple[Form, ...] = ("1,1", "1,k", "C,1", "C,k", "A,1", "A,k")
ROUND_OFF = 1e-28
ROUND_OFF_OF_SUMS = 1e-13


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanSquares:
    """Mean squares of a table of n targets by k raters, one rating per cell, in McGraw and Wong's letters.

    Attributes
    ----------
    rows, columns, error, within : float
        MS_R between targets, MS_C between raters, MS_E residual, MS_W within targets; in squared points.
    n_targets, n_raters : int
        n and k.
    """

    rows: float
    columns: float
    error: float
    within: float
    n_targets: int
    n_raters: int

    def components(self) -> tuple[float, float, float]:
        """Return (MS_R - MS_E)/k, (MS_C - MS_E)/n, MS_E: target, rater, residual.

        The first two may be negative.
        """
        target = (self.rows - self.error) / self.n_raters
        return target, (self.columns - self.error) / self.n_targets, self.error

    def one_way_components(self) -> tuple[float, float, float]:
        """Return (MS_R - MS_W)/k, nan, MS_W: target (may be negative), no rater, within targets."""
        return (self.rows - self.within) / self.n_raters, nan, self.within


def mean_squares(x: Floats) -> MeanSquares:
    """Return the two-way mean squares, e.g. MS_R = k sum_i (mean_i - mean)^2 / (n - 1).

    Parameters
    ----------
    x : ndarray of float64, shape (n_targets, n_raters)
        Complete, with at least 2 targets and 2 raters.
    """
    n, k = x.shape
    x = x - x[0, 0]  # equal ratings become exactly 0, whatever the mean rounds to
    x -= x.mean()
    of_targets, of_raters = x.mean(axis=1), x.mean(axis=0)
    scale = float((x * x).sum())
    rows = k * _squares(of_targets)
    columns = n * _squares(of_raters)
    residual = _squares(x - of_targets[:, None] - of_raters[None, :] + x.mean())
    within = _squares(x - of_targets[:, None])
    rows, columns, residual, within = (
        0.0 if value <= ROUND_OFF * scale else value for value in (rows, columns, residual, within)
    )
    return MeanSquares(
        rows=rows / (n - 1),
        columns=columns / (k - 1),
        error=residual / ((n - 1) * (k - 1)),
        within=within / (n * (k - 1)),
        n_targets=n,
        n_raters=k,
    )


def _squares(values: Floats) -> float:
    return float(np.square(values).sum())


def intraclass(squares: MeanSquares, form: Form, confidence: float) -> Estimate:
    """Return one form of the intraclass correlation with its F interval: (MS_R - q E) / (MS_R + q D).

    With q = 1 it is the estimate, with q an upper or lower F quantile a bound (McGraw and Wong 1996, Tables 4
    and 7). E and D follow from the form: 1 is one-way (E = MS_W), C is consistency and A absolute agreement
    (E = MS_E); ``,1`` is a single rating, ``,k`` the mean of all k.

    Notes
    -----
    For A the second df is Satterthwaite's, with a = k r / (n (1 - r)) and b = 1 + k r (n - 1) / (n (1 - r)),
    r = ICC(A,1). The same df serve ICC(A,k) (corrected tables, 1996, p. 390), so that the bounds of A,k are
    the Spearman-Brown steps of the bounds of A,1, as in psych; irr 0.84.1 has other df, and bounds, for A,k.

    References
    ----------
    McGraw and Wong (1996), doi:10.1037/1082-989X.1.1.30, with the correction in 1(4), 390. Checked against
    psych 2.5.3 (``ICC``, lmer = FALSE), irr 0.84.1 (all but A,k), pingouin and the sums written out.
    """
    error, rest = _error_and_rest(squares, form)
    estimate = _ratio(squares.rows, error, rest, 1.0)
    if not isfinite(estimate):
        return Estimate(estimate=nan, ci_lower=nan, ci_upper=nan, reason="the targets do not differ")
    df = _error_df(squares, form)
    tail = (1 - confidence) / 2
    quantiles = [float(fdtri(squares.n_targets - 1, df, p)) if df > 0 else nan for p in (1 - tail, tail)]
    lower, upper = (_ratio(squares.rows, error, rest, q) for q in quantiles)
    if not (isfinite(lower) and isfinite(upper)):
        reason = "the F interval does not exist here"
        return Estimate(estimate=estimate, ci_lower=nan, ci_upper=nan, reason=reason)
    return Estimate(estimate=estimate, ci_lower=lower, ci_upper=upper)


def agreement_by_surrogates(squares: MeanSquares, form: Form, confidence: float) -> Estimate:
    """Return A,1 or A,k with a surrogate-variable interval, which allows for how little few raters tell of raters.

    Notes
    -----
    Coverage of 95% intervals for A,1, percent of 1500 samples of normal ratings; the three variances are of
    targets, raters and residual.

    ===========================  =====  =========
    targets x raters, variances  F      surrogate
    ===========================  =====  =========
    500 x 4, 1 .05 .2            86.8   95.9
    50 x 3, 1 .2 .8              95.4   96.5
    50 x 4, 1 .2 .8              95.5   97.3
    30 x 2, 1 .1 .4              96.0   95.5
    200 x 10, 1 .1 .5            95.2   96.8
    ===========================  =====  =========
    """
    found = intraclass(squares, form, confidence)
    if not isfinite(found.estimate):
        return found
    n, k = squares.n_targets, squares.n_raters
    surrogates = Surrogates(
        values=np.array([squares.rows, squares.columns, squares.error]),
        df=np.array([n - 1.0, k - 1.0, (n - 1.0) * (k - 1.0)]),
        weights=np.array([[1 / k, 0, -1 / k], [0, 1 / n, -1 / n], [0, 0, 1.0]]),
    )
    noise = np.array([0, 1.0, 1.0]) / (k if form == "A,k" else 1)
    bounds = share_bounds(surrogates, surrogates.draws(), np.array([1.0, 0, 0]), noise, confidence)
    return Estimate(
        estimate=found.estimate, ci_lower=bounds.lower, ci_upper=bounds.upper, reason=bounds.reason
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FTest:
    """The F test of no variance between targets: F, its degrees of freedom, p; nan where there is none."""

    f: float = nan
    df_targets: float = nan
    df_error: float = nan
    p_value: float = nan


def f_test(squares: MeanSquares, form: Form) -> FTest:
    """Return F = MS_R / MS_W (forms 1) or MS_R / MS_E, the test that the intraclass correlation is 0.

    For A the null hypothesis 0 leaves the degrees of freedom of C: b is 1 and a is 0 in the formula of the interval.

    References
    ----------
    McGraw and Wong (1996), doi:10.1037/1082-989X.1.1.30, Table 8. Checked against psych 2.5.3 and irr 0.84.1.
    """
    n, k = squares.n_targets, squares.n_raters
    one_way = form.startswith("1")
    error, df = (squares.within, n * (k - 1)) if one_way else (squares.error, (n - 1) * (k - 1))
    if error <= 0:
        return FTest(df_targets=n - 1, df_error=df)
    f = squares.rows / error
    return FTest(f=f, df_targets=n - 1, df_error=df, p_value=float(fdtrc(n - 1, df, f)))


def _ratio(rows: float, error: float, rest: float, q: float) -> float:
    below = rows + q * rest
    noise = ROUND_OFF_OF_SUMS * (rows + q * error) if rest != 0 else 0.0  # of mean squares that cancel
    return (rows - q * error) / below if isfinite(q) and below > noise else nan


def _error_and_rest(squares: MeanSquares, form: Form) -> tuple[float, float]:
    n, k = squares.n_targets, squares.n_raters
    if form.startswith("1"):
        return squares.within, 0.0 if form == "1,k" else (k - 1) * squares.within
    if form.startswith("C"):
        return squares.error, 0.0 if form == "C,k" else (k - 1) * squares.error
    bias = (squares.columns - squares.error) / n
    return squares.error, bias if form == "A,k" else k * bias + (k - 1) * squares.error


def _error_df(squares: MeanSquares, form: Form) -> float:
    n, k = squares.n_targets, squares.n_raters
    if form.startswith("1"):
        return n * (k - 1)
    if form.startswith("C"):
        return (n - 1) * (k - 1)
    r = _ratio(squares.rows, *_error_and_rest(squares, "A,1"), 1.0)
    a = k * r * squares.columns  # both times n (1 - r), which cancels
    b = (n * (1 - r) + k * r * (n - 1)) * squares.error
    below = a * a / (k - 1) + b * b / ((n - 1) * (k - 1))
    return (a + b) ** 2 / below if below > 0 else (n - 1) * (k - 1)
