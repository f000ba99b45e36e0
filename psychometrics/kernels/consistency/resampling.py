"""Bootstrap of coefficients of a covariance matrix: weights times sums, thousands of samples at a time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from psychometrics.kernels.bounds import ROUND_OFF
from psychometrics.kernels.consistency.complete_alpha import CompleteSums
from psychometrics.kernels.covariance import rounded_means

Floats = npt.NDArray[np.float64]

CELLS = 4_000_000


def resampled_counts(n_persons: int, replicates: int, seed: int) -> Iterator[Floats]:
    """Give how often each person is drawn, some replicates at a time, shape (some, n_persons).

    The same seed gives the same samples, however many are made at a time.
    """
    rng = np.random.default_rng(seed)
    step = max(CELLS // max(n_persons, 1), 1)
    for start in range(0, replicates, step):
        some = min(step, replicates - start)
        drawn = rng.integers(n_persons, size=(some, n_persons))
        drawn += np.arange(some)[:, None] * n_persons
        counts = np.bincount(drawn.ravel(), minlength=some * n_persons)
        yield counts.reshape(some, n_persons).astype(np.float64)


def complete_alphas(x: Floats, sums: CompleteSums, replicates: int, seed: int) -> Floats:
    """Return alpha of bootstrap samples of complete data; nan where a sample has none.

    Only the total and the sum of squares of each person, and the item sums, are weighted: no matrix is made.
    """
    n, k = x.shape
    y = x - x.mean(axis=0)
    parts = np.column_stack([y, sums.squares, sums.totals**2])
    found = []
    for counts in resampled_counts(n, replicates, seed):
        weighted = counts @ parts
        means = weighted[:, :k]
        trace = weighted[:, k] - (means**2).sum(axis=1) / n
        total = weighted[:, k + 1] - means.sum(axis=1) ** 2 / n
        found.append(_alphas(trace, total, k))
    return np.concatenate(found)


def resampled_covariances(x: Floats, replicates: int, seed: int) -> Iterator[Floats]:
    """Give pairwise covariances of bootstrap samples, shape (some, n_items, n_items).

    Nan for a sample in which two items are answered together by fewer than 2 persons.
    """
    n, k = x.shape
    mask = (~np.isnan(x)).astype(np.float64)
    z = np.where(mask > 0, x - rounded_means(x, mask > 0), 0.0)
    step = max(CELLS // (3 * k * k), 1)
    for counts in resampled_counts(n, replicates, seed):
        for start in range(0, len(counts), step):
            yield _covariances(counts[start : start + step], z, mask)


def raw_alphas(covariances: Floats) -> Floats:
    """Return alpha of each covariance matrix; nan where it does not exist."""
    trace, total = np.einsum("rii->r", covariances), covariances.sum(axis=(1, 2))
    return _alphas(trace, total, covariances.shape[1])


def standardized_alphas(covariances: Floats) -> Floats:
    """Return standardised alpha of each covariance matrix; nan where it does not exist."""
    k = covariances.shape[1]
    variances = np.einsum("rii->ri", covariances)
    there = (variances > 0).all(axis=1)
    alphas = np.full(len(covariances), np.nan)
    scale = 1 / np.sqrt(variances[there])
    total = np.einsum("ri,rij,rj->r", scale, covariances[there], scale)
    alphas[there] = _alphas(np.full(len(total), float(k)), total, k)
    return alphas


def _covariances(counts: Floats, z: Floats, mask: Floats) -> Floats:
    products, sums, pairs = (
        _pair_products(counts, first, second) for first, second in ((z, z), (z, mask), (mask, mask))
    )
    covariances = (products - sums * sums.transpose(0, 2, 1) / np.maximum(pairs, 1)) / np.maximum(
        pairs - 1, 1
    )
    covariances[(pairs < 2).any(axis=(1, 2))] = np.nan
    return covariances


def _pair_products(counts: Floats, first: Floats, second: Floats) -> Floats:
    """Return sum_p c_rp a_pi b_pj for each replicate r, shape (replicates, n_items, n_items)."""
    n, k = first.shape
    found = np.zeros((len(counts), k * k))
    step = max(CELLS // (k * k), 1)
    for start in range(0, n, step):
        some = slice(start, start + step)
        pairs = (first[some, :, None] * second[some, None, :]).reshape(-1, k * k)
        found += counts[:, some] @ pairs
    return found.reshape(len(counts), k, k)


def _alphas(trace: Floats, total: Floats, k: int) -> Floats:
    """Return alpha; nan where the total does not vary or contradicting covariances give more than 1."""
    alphas = np.full(len(trace), np.nan)
    there = (trace > 0) & (total > ROUND_OFF * trace)
    alphas[there] = k / (k - 1) * (1 - trace[there] / total[there])
    alphas[alphas > 1 + ROUND_OFF] = np.nan
    return alphas
