"""Means and covariances by maximum likelihood when values are missing at random: the EM algorithm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from psychometrics.kernels.covariance import ROUNDING, Moments, rounded_means

Floats = npt.NDArray[np.float64]

MAX_ITERATIONS = 5_000
TOLERANCE = 1e-9
CHUNK_CELLS = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Patterns:
    """Sums of the persons who miss the same items; patterns of two sets of persons add and subtract.

    Attributes
    ----------
    observed : ndarray of bool, shape (n_patterns, n_items)
    counts : ndarray of float64, shape (n_patterns,)
    sums : ndarray of float64, shape (n_patterns, n_items)
        Sum of each observed item, shifted; 0 where missing.
    products : ndarray of float64, shape (n_patterns, n_items, n_items)
        Sum of products of two observed items, shifted; 0 where one is missing.
    shift : ndarray of float64, shape (n_items,)
        What was taken from each item first.
    """

    observed: npt.NDArray[np.bool_]
    counts: Floats
    sums: Floats
    products: Floats
    shift: Floats


def pattern_of_each(x: Floats) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.intp]]:
    """Return the patterns of observed items, and which of them each person shows."""
    patterns, which = np.unique(~np.isnan(x), axis=0, return_inverse=True)
    return patterns, which.reshape(-1)


def pattern_sums(
    x: Floats, patterns: npt.NDArray[np.bool_], which: npt.NDArray[np.intp], shift: Floats
) -> Patterns:
    """Return the sums of every pattern over the persons of ``x``."""
    n_patterns, k = patterns.shape
    z = np.where(np.isnan(x), 0.0, x - shift)
    order = np.argsort(which, kind="stable")
    counts = np.bincount(which, minlength=n_patterns)
    sums, products = np.zeros((n_patterns, k)), np.zeros((n_patterns, k, k))
    ends = np.cumsum(counts)
    for pattern in np.flatnonzero(counts):
        mine = z[order[ends[pattern] - counts[pattern] : ends[pattern]]]
        sums[pattern], products[pattern] = mine.sum(axis=0), mine.T @ mine
    return Patterns(
        observed=patterns, counts=counts.astype(np.float64), sums=sums, products=products, shift=shift
    )


def em_moments(x: Floats) -> Moments:
    """Return means and covariances by maximum likelihood, for normal items with values missing at random.

    EM: expect x_m given x_o under mu, Sigma (E); mu = mean of the expected x, Sigma = mean of the expected xx'
    - mu mu' (M). The covariance is n/(n-1) Sigma, so that complete data give the usual one. Persons without any
    item take no part. The work per round depends on the patterns of missing items, not on the persons.

    Parameters
    ----------
    x : ndarray of float64, shape (n_persons, n_items)
        Points; nan where missing.

    Returns
    -------
    Moments
        ``missing`` is ``"em"``; ``reason`` says why the covariance is nan: an item without persons or without
        variance, two items never answered together (their covariance is not in the data), no convergence.

    References
    ----------
    Dempster, Laird and Rubin (1977), doi:10.1111/j.2517-6161.1977.tb01600.x; Little and Rubin (2002),
    doi:10.1002/9781119013563, section 11.2. Checked against lavaan 0.6.20 (saturated model, missing = "ml") and
    against rounds written as a loop over persons.
    """
    x = x[~np.isnan(x).all(axis=1)]
    patterns, which = pattern_of_each(x)
    return em_from_patterns(pattern_sums(x, patterns, which, rounded_means(x, ~np.isnan(x))))


def em_without_groups(x: Floats, groups: npt.NDArray[np.intp]) -> list[Moments]:
    """Return the moments with each group of persons left out in turn, each from the whole sample's solution."""
    keep = ~np.isnan(x).all(axis=1)
    x, groups = x[keep], groups[keep]
    patterns, which = pattern_of_each(x)
    shift = rounded_means(x, ~np.isnan(x))
    whole = pattern_sums(x, patterns, which, shift)
    start = em_from_patterns(whole)
    found = []
    for group in range(int(groups.max(initial=-1)) + 1):
        mine = groups == group
        out = pattern_sums(x[mine], patterns, which[mine], shift)
        left = Patterns(
            observed=patterns,
            counts=whole.counts - out.counts,
            sums=whole.sums - out.sums,
            products=whole.products - out.products,
            shift=shift,
        )
        found.append(em_from_patterns(left, start))
    return found


def em_from_patterns(patterns: Patterns, start: Moments | None = None) -> Moments:
    """Return the maximum-likelihood moments of the sums of all patterns; ``start`` is where to begin."""
    observed = patterns.observed.astype(np.float64)
    n_pairs = np.einsum("p,pi,pj->ij", patterns.counts, observed, observed)
    n = int(patterns.counts.sum())
    means = patterns.shift + patterns.sums.sum(axis=0) / np.maximum(np.diagonal(n_pairs), 1)
    squares = np.einsum("pii->i", patterns.products) / np.maximum(np.diagonal(n_pairs), 1)
    off = np.abs(means - patterns.shift)
    variances = squares - off**2
    variances[variances <= ROUNDING * off * (off + np.abs(patterns.shift))] = 0.0
    reason = _why_not(n_pairs, variances, n)
    mu, sigma = means - patterns.shift, np.diag(variances)
    if not reason and start is not None and not start.reason:
        mu, sigma = start.means - patterns.shift, start.covariance * (n - 1) / n
    if not reason:
        mu, sigma, reason = _iterate(patterns, mu, sigma)
    nothing = np.full(n_pairs.shape, np.nan)
    return Moments(
        means=np.where(np.diagonal(n_pairs) > 0, mu + patterns.shift, np.nan),
        covariance=nothing if reason else sigma * n / (n - 1),
        n_pairs=n_pairs,
        n_persons=n,
        missing="em",
        reason=reason,
    )


def _why_not(n_pairs: Floats, variances: Floats, n_persons: int) -> str:
    if n_persons < 2:
        return "fewer than 2 persons"
    if np.any(n_pairs < 2):
        return "em: two items, or one, are answered together by fewer than 2 persons"
    if np.any(variances <= 0):
        return "em: an item does not vary"
    return ""


def _iterate(patterns: Patterns, mu: Floats, sigma: Floats) -> tuple[Floats, Floats, str]:
    """Repeat E and M until no mean or covariance moves by more than TOLERANCE standard deviations."""
    there = patterns.counts > 0
    observed, counts = patterns.observed[there], patterns.counts[there]
    sums, products = patterns.sums[there], patterns.products[there]
    if observed.all():
        mu = sums[0] / counts[0]
        return mu, products[0] / counts[0] - np.outer(mu, mu), ""
    sd = np.sqrt(np.diagonal(products.sum(axis=0)) / np.maximum(counts @ observed, 1))
    for _ in range(MAX_ITERATIONS):
        found = _round(observed, counts, sums, products, mu, sigma)
        if found is None:
            return (
                mu,
                sigma,
                "em: the covariance became singular: too few persons, or items that say the same",
            )
        change = max(
            float(np.abs((found[0] - mu) / sd).max()),
            float(np.abs((found[1] - sigma) / np.outer(sd, sd)).max()),
        )
        mu, sigma = found
        if change < TOLERANCE:
            return mu, sigma, ""
    return mu, sigma, f"em: no convergence in {MAX_ITERATIONS} rounds"


def _round(
    observed: npt.NDArray[np.bool_],
    counts: Floats,
    sums: Floats,
    products: Floats,
    mu: Floats,
    sigma: Floats,
) -> tuple[Floats, Floats] | None:
    """Return mu and Sigma after one E and one M step; None when Sigma of some pattern is singular."""
    k = len(mu)
    expected_sum, expected_products = np.zeros(k), np.zeros((k, k))
    step = max(CHUNK_CELLS // (k * k), 1)
    for start in range(0, len(counts), step):
        part = slice(start, start + step)
        regression = _regressions(observed[part], sigma)
        if regression is None:
            return None
        count = counts[part]
        fixed = mu - np.einsum("pij,j->pi", regression, mu)
        seen = np.einsum("pij,pj->pi", regression, sums[part])
        expected_sum += seen.sum(axis=0) + count @ fixed
        crossed = np.einsum("pi,pj->ij", seen, fixed)
        expected_products += (
            (regression @ products[part] @ regression.transpose(0, 2, 1)).sum(axis=0)
            + crossed
            + crossed.T
            + np.einsum("p,pi,pj->ij", count, fixed, fixed)
        )
        # what is left of the variance of the missing items given the observed ones
        left = np.where(observed[part][:, :, None], 0.0, sigma - regression @ sigma)
        expected_products += np.einsum("p,pij->ij", count, left)
    n = counts.sum()
    new_mu = expected_sum / n
    new_sigma = expected_products / n - np.outer(new_mu, new_mu)
    return new_mu, (new_sigma + new_sigma.T) / 2


def _regressions(observed: npt.NDArray[np.bool_], sigma: Floats) -> Floats | None:
    """Return, per pattern, the matrix that takes observed items to all of them: identity, and Sigma_mo Sigma_oo^-1."""
    both = observed[:, :, None] & observed[:, None, :]
    k = len(sigma)
    own = np.where(both, sigma, 0.0)
    own[:, np.arange(k), np.arange(k)] += ~observed * np.diagonal(sigma)
    try:
        np.linalg.cholesky(own)
        inverse = np.where(both, np.linalg.inv(own), 0.0)
    except np.linalg.LinAlgError:
        return None
    regression: Floats = np.where(observed[:, :, None], np.eye(k), sigma @ inverse)
    return regression
