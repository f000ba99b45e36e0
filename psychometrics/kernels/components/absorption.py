"""Ratings by any number of groupings: what is nested in one grouping is absorbed, block by block."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from psychometrics.errors import EstimationError

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.intp]

CHUNK = 4_000_000
MOST_PRODUCTS = 600_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Patterns:
    """Blocks of one size that are alike inside, stacked.

    Attributes
    ----------
    same : ndarray of float64, shape (n_inner, n_patterns, size, size)
        1 where two ratings of a block share a level of the inner grouping, else 0.
    counts : ndarray of float64, shape (n_patterns,)
        Blocks of each pattern.
    """

    same: Floats
    counts: Floats

    def inverse(self, ratios: Floats) -> tuple[Floats, float]:
        """Return B^-1 of every pattern, B = I + sum_k ratio_k K_k, and the sum of log|B| over the blocks."""
        size = self.same.shape[-1]
        b = np.eye(size) + np.tensordot(ratios, self.same, axes=1)
        log_det = 2 * np.log(np.diagonal(np.linalg.cholesky(b), axis1=1, axis2=2)).sum(axis=1)
        return np.asarray(np.linalg.inv(b), np.float64), float(self.counts @ log_det)


class Absorption:
    """Cross products A = W' B^-1 W with W = [outer groupings, 1, y], for any ratios of the inner components.

    One grouping, the *block*, is chosen such that the groupings not nested in it have the fewest levels. The
    nested ones (inner) make V block diagonal: B = I + sum ratio_k Z_k Z_k'. Blocks that are alike share one
    B^-1, so A is linear in few numbers: A = sum_t c_t C_t. The C_t are summed once, over all ratings; after
    that the number of ratings no longer counts.
    """

    def __init__(self, y: Floats, groupings: list[Integers]) -> None:
        self.n = len(y)
        block, self.inner, self.outer = _choose_block(groupings)
        self.levels = [int(groupings[k].max()) + 1 for k in self.outer]
        self.width = sum(self.levels) + 2
        starts = np.cumsum([0, *self.levels])[:-1]
        places = [groupings[k] + start for k, start in zip(self.outer, starts, strict=True)]
        columns = np.array(
            [*places, np.full(self.n, self.width - 2), np.full(self.n, self.width - 1)], np.int64
        ).reshape(-1, self.n)
        self.patterns: list[Patterns] = []
        self.sizes: Floats = np.zeros(0)
        self.counts: Floats = np.zeros(0)
        if len(self.inner) == 1:
            self._absorb_sizes(columns, y, groupings[block])
        else:
            self._absorb_patterns(columns, y, groupings[block], [groupings[k] for k in self.inner])

    def _absorb_sizes(self, columns: Integers, y: Floats, block: Integers) -> None:
        """Only the block itself is inside: B^-1 = I - ratio / (1 + n ratio) 11'."""
        values = np.ones(columns.shape)
        values[-1] = y
        rows = np.broadcast_to(np.arange(self.n), columns.shape)
        shape = (self.n, self.width)
        wide = sparse.csr_matrix((values.ravel(), (rows.ravel(), columns.ravel())), shape=shape)
        members = sparse.csr_matrix((np.ones(self.n), (block, np.arange(self.n))))
        sums = members @ wide
        per_block = np.bincount(block)
        sizes, counts = np.unique(per_block, return_counts=True)
        self.sizes, self.counts = sizes.astype(np.float64), counts.astype(np.float64)
        grams = [wide.T @ wide, *(part.T @ part for part in (sums[per_block == size] for size in sizes))]
        flat = [sparse.triu(gram, format="coo") for gram in grams]
        self._keep(
            np.concatenate([one.row.astype(np.int64) * self.width + one.col for one in flat]),
            np.repeat(np.arange(len(flat)), [one.nnz for one in flat]),
            np.concatenate([one.data for one in flat]),
            len(flat),
        )

    def _absorb_patterns(self, columns: Integers, y: Floats, block: Integers, inner: list[Integers]) -> None:
        order = np.lexsort((*reversed(inner), block))
        columns, y, block = columns[:, order], y[order], block[order]
        local = np.array([_rank_within(block, one[order]) for one in inner])
        per_block = np.bincount(block)
        first = np.cumsum(per_block) - per_block
        _refuse_what_is_too_large(per_block, len(columns))
        kept: list[tuple[Integers, Integers, Floats]] = []
        n_terms = 0
        for size in np.unique(per_block).tolist():
            rows = first[per_block == size][:, None] + np.arange(size)
            labels, which, counts = np.unique(
                local[:, rows].transpose(1, 0, 2).reshape(len(rows), -1),
                axis=0,
                return_inverse=True,
                return_counts=True,
            )
            labels = labels.reshape(len(labels), len(inner), size).transpose(1, 0, 2)
            same = (labels[..., :, None] == labels[..., None, :]).astype(np.float64)
            self.patterns.append(Patterns(same=same, counts=counts.astype(np.float64)))
            n_pairs = size * (size + 1) // 2
            step = max(1, CHUNK // (n_pairs * len(columns) ** 2))
            for start in range(0, len(rows), step):
                part = slice(start, start + step)
                kept.append(_pair_products(columns, y, rows[part], which.ravel()[part], self.width, n_terms))
            n_terms += len(counts) * n_pairs
        place, term, value = (np.concatenate(parts) for parts in zip(*kept, strict=True))
        self._keep(place, term, value, n_terms)

    def _keep(self, place: Integers, term: Integers, value: Floats, n_terms: int) -> None:
        """Store the C_t as one sparse matrix: a row for each place in the upper triangle of A."""
        places, row = _numbered(place, self.width**2)
        self.row, self.column = np.divmod(places, self.width)
        self.products = sparse.csr_matrix((value, (row, term)), shape=(len(places), n_terms))
        self.transposed = self.products.T.tocsr()
        self.twice = np.where(self.row == self.column, 1.0, 2.0)

    def cross_products(self, ratios: Floats) -> tuple[Floats, float, list[Floats]]:
        """Return A, log|B| over all blocks, and B^-1 of the patterns, at these inner ratios."""
        inverses: list[Floats] = []
        if len(self.inner) == 1:
            terms = np.r_[1.0, -ratios[0] / (1 + self.sizes * ratios[0])]
            log_det = float(self.counts @ np.log1p(self.sizes * ratios[0]))
        else:
            log_det, parts = 0.0, []
            for pattern in self.patterns:
                inverse, part = pattern.inverse(ratios)
                inverses.append(inverse)
                log_det += part
                parts.append(inverse[:, *np.triu_indices(inverse.shape[-1])].ravel())
            terms = np.concatenate(parts)
        values = np.asarray(self.products @ terms)
        a = np.zeros((self.width, self.width))
        a[self.row, self.column] = values
        a[self.column, self.row] = values
        return a, log_det, inverses

    def inner_gradient(self, ratios: Floats, weights: Floats, inverses: list[Floats]) -> Floats:
        """Return d/d ratio_k of log|B| + sum of weights * A, ``weights`` symmetric and constant."""
        slope = np.asarray(self.transposed @ (self.twice * weights[self.row, self.column]))
        if len(self.inner) == 1:
            below = 1 + self.sizes * ratios[0]
            gradient = self.counts @ (self.sizes / below) - slope[1:] @ (1 / below**2)
            return np.array([gradient])
        total, start = np.zeros(len(self.inner)), 0
        for pattern, inverse in zip(self.patterns, inverses, strict=True):
            size = inverse.shape[-1]
            i, j = np.triu_indices(size)
            part = slope[start : start + len(inverse) * len(i)].reshape(len(inverse), len(i))
            start += part.size
            full = np.zeros_like(inverse)
            full[:, i, j] = part / 2
            full += full.transpose(0, 2, 1)
            change = pattern.counts[:, None, None] * inverse - inverse @ full @ inverse
            total += np.einsum("kpij,pij->k", pattern.same, change, optimize=True)
        return total


def _choose_block(groupings: list[Integers]) -> tuple[int, list[int], list[int]]:
    """Return the block, what is nested in it (the block first) and the rest, with the fewest levels in the rest."""
    levels = [int(one.max()) + 1 for one in groupings]
    best: tuple[int, int, list[int], list[int]] | None = None
    for block, of_block in enumerate(groupings):
        inner = [block]
        for k, one in enumerate(groupings):
            if k != block and _nested(one, of_block, levels[k], levels[block]):
                inner.append(k)
        outer = [k for k in range(len(groupings)) if k not in inner]
        cost = sum(levels[k] for k in outer)
        if best is None or cost < best[0]:
            best = cost, block, inner, outer
    if best is None:
        raise EstimationError("no groupings were given")
    return best[1:]


def _nested(one: Integers, block: Integers, n_levels: int, n_blocks: int) -> bool:
    if n_levels < n_blocks:
        return False
    home = np.zeros(n_levels, np.intp)
    home[one] = block
    return bool((home[one] == block).all())


def _rank_within(block: Integers, labels: Integers) -> Integers:
    """Return 0, 1, ... for the labels of each block, in their order; ``block`` is sorted."""
    order = np.lexsort((labels, block))
    sorted_labels, sorted_blocks = labels[order], block[order]
    fresh = np.r_[True, (np.diff(sorted_labels) != 0) | (np.diff(sorted_blocks) != 0)]
    running = np.cumsum(fresh) - 1
    starts = np.searchsorted(sorted_blocks, np.arange(int(block.max()) + 1))
    ranks = np.empty(len(labels), np.intp)
    ranks[order] = running - running[starts][sorted_blocks]
    return ranks


def _pair_products(
    columns: Integers, y: Floats, rows: Integers, which: Integers, width: int, first_term: int
) -> tuple[Integers, Integers, Floats]:
    """Return place in A, term and value of w_a w_b' + w_b w_a' for all pairs of ratings inside the blocks."""
    size = rows.shape[1]
    i, j = np.triu_indices(size)
    term = np.broadcast_to(first_term + which[:, None] * len(i) + np.arange(len(i)), (len(rows), len(i)))
    a, b = rows[:, i], rows[:, j]
    own = np.broadcast_to(i == j, a.shape)
    weight = [np.ones(len(y))] * (len(columns) - 1) + [y]
    parts = []
    for k in range(len(columns)):
        for other in range(len(columns)):
            left, right = columns[k][a], columns[other][b]
            value = weight[k][a] * weight[other][b]
            value = np.where(left == right, np.where(own, value, 2 * value), value)
            there = ~own | (other >= k)
            place = np.minimum(left, right) * width + np.maximum(left, right)
            parts.append((place[there], term[there], value[there]))
    place, term, value = (np.concatenate(one) for one in zip(*parts, strict=True))
    return _summed(place, term, value, width**2)


def _numbered(values: Integers, limit: int) -> tuple[Integers, Integers]:
    """Return the distinct values, sorted, and the place of each value among them; values are below the limit."""
    if limit > 8 * len(values):
        return np.unique(values, return_inverse=True)
    there = np.zeros(limit, bool)
    there[values] = True
    return np.flatnonzero(there), (np.cumsum(there) - 1)[values]


def _summed(place: Integers, term: Integers, value: Floats, limit: int) -> tuple[Integers, Integers, Floats]:
    """Add up what falls in one place of one term; places are below the limit."""
    places, row = _numbered(place, limit)
    first = int(term.min())
    terms, column = _numbered(term - first, int(term.max()) - first + 1)
    terms = terms + first
    summed = sparse.csr_matrix((value, (row, column)), shape=(len(places), len(terms))).tocoo()
    return places[summed.row], terms[summed.col], summed.data


def _refuse_what_is_too_large(per_block: Integers, n_columns: int) -> None:
    products = float((per_block.astype(np.float64) ** 2).sum()) / 2 * n_columns**2
    if products > MOST_PRODUCTS:
        raise EstimationError(
            f"the likelihood needs {products:.3g} products of pairs of ratings: too many for memory",
            hint='Use method="anova", or fewer facets.',
        )
