"""Which variance components a design can tell apart; and estimates that need no iteration."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.intp]

DEPENDENT = 1e-9


def gram_of_groupings(groupings: list[Integers]) -> Floats:
    """Return tr(Q K_k Q K_l), Q = I - 11'/N, K_k = Z_k Z_k'; the residual (K = I) is last.

    Singular exactly when one component's part of the covariance matrix is a combination of the others', so that
    no estimator can tell them apart.
    """
    n = len(groupings[0])
    sizes = [np.bincount(one).astype(np.float64) for one in groupings]
    own = [size[one] for size, one in zip(sizes, groupings, strict=True)]
    own.append(np.ones(n))
    k = len(own)
    gram = np.empty((k, k))
    for i in range(k):
        for j in range(i, k):
            if j == k - 1:
                both = float(n)
            elif i == j:
                both = float(np.square(sizes[i]).sum())
            else:
                both = float(np.square(joint_sizes(groupings[i], groupings[j])[2]).sum())
            gram[i, j] = (
                both - 2 / n * float(own[i] @ own[j]) + float(own[i].sum()) * float(own[j].sum()) / n**2
            )
            gram[j, i] = gram[i, j]
    return gram


def joint_sizes(one: Integers, other: Integers) -> tuple[Integers, Integers, Floats]:
    """Return the pairs of levels that occur together, and how often each does."""
    width = int(other.max()) + 1
    key = one.astype(np.int64) * width + other
    cells = (int(one.max()) + 1) * width
    if cells <= 4 * len(one):
        counts = np.bincount(key)
        found = np.flatnonzero(counts)
        counts = counts[found]
    else:
        found, counts = np.unique(key, return_counts=True)
    return found // width, found % width, counts.astype(np.float64)


def minque(y: Floats, groupings: list[Integers]) -> Floats:
    """Return MINQUE(0) estimates, the residual last: tr(Q K_k Q K_l) s_l = y'Q K_k Q y.

    Unbiased, may be negative; nan when the components cannot be told apart.

    References
    ----------
    Rao (1971), doi:10.1016/0047-259X(71)90001-7. Checked against the dense formula.
    """
    y = y - y.mean()
    quadratics = [float(np.square(np.bincount(one, weights=y)).sum()) for one in groupings]
    gram = gram_of_groupings(groupings)
    if dependent_groupings(gram):
        return np.full(len(gram), np.nan)
    root = np.sqrt(np.diagonal(gram))
    solved = np.linalg.solve(gram / np.outer(root, root), np.r_[quadratics, y @ y] / root) / root
    found: Floats = solved
    return found


def dependent_groupings(gram: Floats) -> list[list[int]]:
    """Return the sets of components that cannot be told apart; a set of one has no variance of its own."""
    diagonal = np.diagonal(gram)
    largest = diagonal.max(initial=0.0)
    empty = [k for k in range(len(gram)) if diagonal[k] <= DEPENDENT * max(largest, 1.0)]
    rest = [k for k in range(len(gram)) if k not in empty]
    found = [[k] for k in empty]
    while len(rest) > 1:
        root = np.sqrt(diagonal[rest])
        values, vectors = np.linalg.eigh(gram[np.ix_(rest, rest)] / np.outer(root, root))
        if values[0] > DEPENDENT:
            break
        null = (
            np.linalg.qr(vectors[:, values <= DEPENDENT].T)[1] if values[1] <= DEPENDENT else vectors[:, :1].T
        )
        weights = np.abs(null[-1])
        together = [k for k, weight in zip(rest, weights, strict=True) if weight > 1e-5 * weights.max()]
        found.append(together)
        rest = [k for k in rest if k != together[0]]
    return found
