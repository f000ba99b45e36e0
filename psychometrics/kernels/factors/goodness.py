"""How well a fitted factor model reproduces the covariances."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, nan, sqrt

import numpy as np
from scipy.optimize import brentq
from scipy.special import chdtrc, chndtr

from psychometrics.kernels.factors.confirmatory import FactorFit
from psychometrics.kernels.factors.model import Floats, implied


@dataclass(frozen=True, slots=True, kw_only=True)
class Goodness:
    """Fit of a model to normal, complete data; all but ``srmr`` are nan when ``reason`` says so."""

    chi_square: float = nan
    df: int = 0
    p_value: float = nan
    cfi: float = nan
    tli: float = nan
    rmsea: float = nan
    rmsea_lower: float = nan
    rmsea_upper: float = nan
    srmr: float = nan
    reason: str = ""


def goodness(R: Floats, fitted: FactorFit, n_persons: int, confidence: float = 0.9) -> Goodness:
    """Return chi2 = n F, F = log|Sigma| - log|S| + tr(S Sigma^-1) - k, and the indices made from it.

    CFI = 1 - max(chi2 - df, 0) / max(chi2_0 - df_0, chi2 - df, 0); TLI = (chi2_0/df_0 - chi2/df) / (chi2_0/df_0 - 1);
    RMSEA = sqrt(max(chi2 - df, 0) / (n df)), its interval from the noncentral chi-square; 0 stands for the model
    of unrelated items. SRMR is the root mean square of the residual correlations, diagonal included.

    Notes
    -----
    Too high chi-squares for heavy-tailed and categorical items: read as description then, not as a test.

    References
    ----------
    Bentler (1990), doi:10.1037/0033-2909.107.2.238; Tucker and Lewis (1973), doi:10.1007/BF02291170; Steiger (1990),
    doi:10.1207/s15327906mbr2502_4; Hu and Bentler (1999), doi:10.1080/10705519909540118. Checked against lavaan 0.6.14.
    """
    k = len(R)
    residual = R - implied(fitted.loadings, fitted.uniquenesses)
    srmr = sqrt(float(np.square(residual[np.tril_indices(k)]).mean()))
    df = k * (k + 1) // 2 - k - int(fitted.pattern.sum())
    sign, log_det = np.linalg.slogdet(R)
    reason = _why_no_chi_square(fitted, df, bool(sign > 0 and np.linalg.eigvalsh(R)[0] > 1e-10), n_persons)
    if reason:
        return Goodness(df=df, srmr=srmr, reason=reason)
    chi = max(n_persons * (fitted.discrepancy - float(log_det) - k), 0.0)
    chi_0, df_0 = -n_persons * float(log_det), k * (k - 1) // 2
    if df == 0:
        return Goodness(chi_square=chi, df=df, srmr=srmr, reason="the model has no degrees of freedom left")
    excess, excess_0 = max(chi - df, 0.0), max(chi_0 - df_0, chi - df, 0.0)
    lower, upper = _rmsea_bounds(chi, df, n_persons, confidence)
    ratio_0 = chi_0 / df_0
    return Goodness(
        chi_square=chi,
        df=df,
        p_value=float(chdtrc(df, chi)),
        cfi=1 - excess / excess_0 if excess_0 > 0 else 1.0,
        tli=(ratio_0 - chi / df) / (ratio_0 - 1) if ratio_0 > 1 else nan,
        rmsea=sqrt(excess / (n_persons * df)),
        rmsea_lower=lower,
        rmsea_upper=upper,
        srmr=srmr,
        reason="" if ratio_0 > 1 else "the items are unrelated: no tli",
    )


def _why_no_chi_square(fitted: FactorFit, df: int, definite: bool, n_persons: int) -> str:
    reasons = {
        "chi-square belongs to maximum likelihood, not to minres": fitted.estimation != "ml",
        "more parameters than covariances": df < 0,
        "the covariances are not positive definite: no chi-square": not definite,
        "fewer persons than items: no chi-square": n_persons <= len(fitted.uniquenesses),
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def _rmsea_bounds(chi: float, df: int, n: int, confidence: float) -> tuple[float, float]:
    tail = (1 - confidence) / 2
    lower, upper = (_noncentrality(chi, df, share) for share in (1 - tail, tail))
    return sqrt(lower / (n * df)), sqrt(upper / (n * df))


def _noncentrality(chi: float, df: int, share: float) -> float:
    """Return the noncentrality at which a chi-square lies below ``chi`` with this chance; 0 when none does."""

    def above(value: float) -> float:
        return float(chndtr(chi, df, value)) - share

    if not above(0.0) > 0:
        return 0.0
    top = max(chi, 1.0)
    while above(top) > 0 and isfinite(top):
        top *= 2
    return float(brentq(above, 0.0, top, xtol=1e-10, rtol=1e-12))
