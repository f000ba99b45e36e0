"""Log-linear models of score counts: the fitted distribution keeps the moments of the sample and loses its noise."""

from __future__ import annotations

from dataclasses import dataclass
from math import log, nan, sqrt

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln, xlogy

Floats = npt.NDArray[np.float64]

ITERATIONS = 80
HALVINGS = 30
DECREMENT = 1e-22
NEAR = 1e-8
RIDGE = 1e-13


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LogLinearFit:
    """A fitted log-linear model.

    Attributes
    ----------
    probabilities : ndarray, shape (n_cells,)
        Fitted share of each cell; nan where the fit does not exist.
    terms : ndarray, shape (n_cells, n_terms)
        Orthonormal columns that span the terms of the model.
    n : float
        People, or their total weight.
    log_likelihood : float
        Of the counts as independent Poisson variables, as ``glm(family = poisson)`` in R reports it.
    deviance : float
        Likelihood ratio chi-square against the observed counts.
    aic, bic : float
        -2 log-likelihood + 2 (T + 1) and + log(n) (T + 1), T terms.
    residual_df : int
        Cells - T - 1.
    reason : str
        Why there is no fit; empty when there is one.
    """

    probabilities: Floats
    terms: Floats
    n: float
    log_likelihood: float
    deviance: float
    aic: float
    bic: float
    residual_df: int
    reason: str = ""

    def factor(self) -> Floats:
        """Return C, shape (n_cells, n_terms), with C C' the covariance matrix of the fitted probabilities.

        C = n^(-1/2) D Q, D = diag(sqrt p), Q from the QR decomposition of (D - sqrt(p) p') B, B the terms.

        References
        ----------
        von Davier, Holland and Thayer (2004), The kernel method of test equating, equation 3.18, doi:10.1007/b97446.
        """
        root = np.sqrt(self.probabilities)
        centred = self.terms - self.probabilities @ self.terms
        factor: Floats = root[:, None] * np.linalg.qr(root[:, None] * centred)[0] / sqrt(self.n)
        return factor


def fit_log_linear(counts: Floats, terms: Floats) -> LogLinearFit:
    """Fit log p_k = a + b_1 t_k1 + ... + b_T t_kT by maximum likelihood (Newton's method with step halving).

    Parameters
    ----------
    counts : ndarray, shape (n_cells,)
        People in each cell, or weights; 0 or more.
    terms : ndarray, shape (n_cells, T)
        From :func:`polynomial_terms` or :func:`bivariate_terms`.

    Returns
    -------
    LogLinearFit
        The fit keeps every mean of a term: with powers 1..T the first T moments are those of the sample.
        It does not exist when no one was seen in more than T cells; then ``reason`` says so and numbers are nan.

    References
    ----------
    Holland and Thayer (2000), doi:10.3102/10769986025002133. Checked against R's equate 2.0.9 and glm.
    """
    counts = np.asarray(counts, np.float64)
    n, used, n_terms = float(counts.sum()), int(np.count_nonzero(counts)), terms.shape[1]
    residual = len(counts) - n_terms - 1
    if used <= n_terms:
        reason = f"{n_terms} terms need people in more than {n_terms} cells; there are people in {used}"
        return _no_fit(terms, n, residual, reason)
    p, converged = fit_many(counts[None, :], terms)
    if not converged[0]:
        return _no_fit(
            terms, n, residual, "the log-linear fit did not converge: too few people for its terms"
        )
    fitted = n * p[0]
    likelihood = float((xlogy(counts, fitted) - fitted - gammaln(counts + 1)).sum())
    ratio = np.divide(counts, fitted, out=np.ones_like(counts), where=counts > 0)
    return LogLinearFit(
        probabilities=p[0],
        terms=terms,
        n=n,
        log_likelihood=likelihood,
        deviance=2 * float(xlogy(counts, ratio).sum()),
        aic=-2 * likelihood + 2 * (n_terms + 1),
        bic=-2 * likelihood + log(n) * (n_terms + 1),
        residual_df=residual,
    )


def _no_fit(terms: Floats, n: float, residual: int, reason: str) -> LogLinearFit:
    return LogLinearFit(
        probabilities=np.full(len(terms), nan),
        terms=terms,
        n=n,
        log_likelihood=nan,
        deviance=nan,
        aic=nan,
        bic=nan,
        residual_df=residual,
        reason=reason,
    )


def fit_many(
    counts: Floats, terms: Floats, start: Floats | None = None
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Fit one model to many samples at once.

    Parameters
    ----------
    counts : ndarray, shape (n_samples, n_cells)
    terms : ndarray, shape (n_cells, T)
    start : ndarray, shape (n_cells,), optional
        Probabilities of a fit with these terms to start from: the one the samples were drawn from.

    Returns
    -------
    probabilities : ndarray, shape (n_samples, n_cells)
        nan where the fit did not converge.
    converged : ndarray of bool, shape (n_samples,)
    """
    targets = counts @ terms / counts.sum(axis=1, keepdims=True)
    n_terms = terms.shape[1]
    products = np.einsum("ki,kj->kij", terms, terms).reshape(len(terms), -1)
    b = np.zeros((len(counts), n_terms))
    if start is not None:
        b += _coefficients(start, terms)
    p, level = _at(b, terms, targets)
    open_rows = np.arange(len(counts))
    converged = np.zeros(len(counts), np.bool_)
    for _ in range(ITERATIONS):
        step, decrement = _newton_step(p[open_rows], terms, products, targets[open_rows])
        done = decrement <= DECREMENT
        converged[open_rows[done]] = True
        open_rows, step, near = open_rows[~done], step[~done], decrement[~done] < NEAR
        if not len(open_rows):
            break
        before = level[open_rows]
        moved = _walk(b[open_rows], step, terms, targets[open_rows], before, near)
        b[open_rows], p[open_rows], level[open_rows] = moved
        open_rows = open_rows[near | (moved[2] > before)]
    p[~converged] = nan
    return p, converged


def _coefficients(probabilities: Floats, terms: Floats) -> Floats:
    """Return the coefficients of fitted shares; cells whose shares are next to nothing have no say."""
    root = np.sqrt(probabilities)
    design = np.column_stack([np.ones(len(terms)), terms])
    linear = np.log(np.maximum(probabilities, np.finfo(np.float64).tiny))
    found: Floats = np.linalg.lstsq(root[:, None] * design, root * linear)[0][1:]
    return found


def _at(b: Floats, terms: Floats, targets: Floats) -> tuple[Floats, Floats]:
    """Return probabilities and log-likelihood per person of coefficients b, shape (n_samples, T)."""
    linear = b @ terms.T
    top = linear.max(axis=1, keepdims=True)
    p = np.exp(linear - top)
    total = p.sum(axis=1, keepdims=True)
    level: Floats = np.einsum("rt,rt->r", b, targets) - (top + np.log(total))[:, 0]
    return p / total, level


def _newton_step(p: Floats, terms: Floats, products: Floats, targets: Floats) -> tuple[Floats, Floats]:
    n_terms = terms.shape[1]
    means = p @ terms
    gradient = targets - means
    information = (p @ products).reshape(-1, n_terms, n_terms) - means[:, :, None] * means[:, None, :]
    size = np.einsum("rtt->r", information)[:, None, None]
    step = np.linalg.solve(information + RIDGE * size * np.eye(n_terms), gradient[:, :, None])[:, :, 0]
    return step, np.einsum("rt,rt->r", gradient, step)


def _walk(
    b: Floats,
    step: Floats,
    terms: Floats,
    targets: Floats,
    level: Floats,
    near: npt.NDArray[np.bool_],
) -> tuple[Floats, Floats, Floats]:
    """Take the step, or the largest half, quarter, ... of it that raises the likelihood; else stay.

    Near the top the likelihood is too flat to be compared, and whole steps are safe.
    """
    length = np.ones(len(b))
    for _ in range(HALVINGS):
        there = b + length[:, None] * step
        p, reached = _at(there, terms, targets)
        falls = ~(reached >= level) & ~near
        if not falls.any():
            return there, p, reached
        length[falls] /= 2
    there = np.where(falls[:, None], b, there)
    p, reached = _at(there, terms, targets)
    return there, p, np.where(falls, level, reached)
