"""Analysis of variance of a design: sums of squares, what they expect, and the components that follow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from psychometrics.kernels.components.identification import joint_sizes
from psychometrics.kernels.generalizability.design import Design, Effect

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.intp]

ROUND_OFF = 1e-28


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Groups:
    """For each effect of a design the cell of each rating: 0, 1, ... without gaps, in the order of the effects."""

    cells: tuple[Integers, ...]

    @property
    def n_levels(self) -> tuple[int, ...]:
        """Cells with a rating, per effect."""
        return tuple(int(cell.max()) + 1 for cell in self.cells)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AnovaTable:
    """Sums of squares of a design.

    Attributes
    ----------
    df, sum_of_squares : ndarray of float64, shape (n_effects,)
    expected : ndarray of float64, shape (n_effects, n_effects)
        E(SS) = expected @ components.
    balanced : bool
        Every combination that the design allows has one rating.
    """

    df: Floats
    sum_of_squares: Floats
    expected: Floats
    balanced: bool

    def components(self) -> Floats:
        """Return the variances that make the expected sums of squares equal to the observed; may be negative."""
        return np.asarray(np.linalg.solve(self.expected, self.sum_of_squares), np.float64)

    def weights(self) -> Floats:
        """Return W with components = W @ mean squares (balanced designs)."""
        return np.asarray(np.linalg.inv(self.expected / self.df[:, None]), np.float64)


def group(design: Design, levels: dict[str, Integers]) -> Groups:
    """Return the cells of all effects from the level of each rating on each facet.

    A level of a nested facet is a new one in each level of what it is nested in, whatever its label.
    """
    cells = []
    for effect in design.effects:
        key = np.zeros(len(next(iter(levels.values()))), np.int64)
        for facet in design.facets:
            if facet in effect:
                key = key * (int(levels[facet].max()) + 1) + levels[facet]
                key = np.unique(key, return_inverse=True)[1].astype(np.int64)
        cells.append(key.astype(np.intp))
    return Groups(cells=tuple(cells))


def is_balanced(design: Design, groups: Groups) -> bool:
    """Return whether every combination that the design allows is there equally often (once in the last effect)."""
    n = len(groups.cells[0])
    per_effect = [np.bincount(cell) for cell in groups.cells]
    if any(counts.min() != counts.max() for counts in per_effect):
        return False
    sizes = facet_sizes(design, groups)
    product = 1
    for facet in design.facets:
        product *= round(sizes[facet])
    return product == n and groups.n_levels[-1] == n


def facet_sizes(design: Design, groups: Groups) -> dict[str, float]:
    """Return the mean number of levels of each facet within what it is nested in."""
    levels = dict(zip(design.effects, groups.n_levels, strict=True))
    sizes = {}
    for facet in design.facets:
        home = design.within[facet]
        sizes[facet] = levels[home | {facet}] / (levels[home] if home else 1)
    return sizes


def anova(design: Design, groups: Groups, y: Floats) -> AnovaTable:
    """Return sums of squares with their expectations under random effects.

    SS(a) = T(a) - sum of SS(b) over the effects b inside a - T(mean), T(a) = sum over its cells of
    total^2 / n: with every cell filled equally, the analysis of variance; otherwise Henderson's first method
    ("analogous" sums of squares), unbiased, where a sum of squares may be negative.

    References
    ----------
    Henderson (1953), doi:10.2307/3001853; Brennan (2001), Generalizability theory,
    doi:10.1007/978-1-4757-3456-0, chapters 3 and 7. Checked against dense quadratic forms, and Brennan's
    synthetic data sets 3 and 4.
    """
    y = y - y[0]  # equal ratings become exactly 0, whatever the mean rounds to
    y -= y.mean()
    n, size = len(y), len(design.effects)
    counts = [np.bincount(cell).astype(np.float64) for cell in groups.cells]
    t = np.array(
        [
            float((np.bincount(cell, weights=y) ** 2 / count).sum())
            for cell, count in zip(groups.cells, counts, strict=True)
        ]
    )
    of_mean = np.array([float(np.square(count).sum()) / n for count in counts])
    expected_t = np.empty((size, size))
    for i, (cell, count) in enumerate(zip(groups.cells, counts, strict=True)):
        for j, (other, effect) in enumerate(zip(groups.cells, design.effects, strict=True)):
            if design.effects[i] >= effect:
                expected_t[i, j] = n
            else:
                left, _, both = joint_sizes(cell, other)
                expected_t[i, j] = float((both**2 / count[left]).sum())
    expected_t -= of_mean
    ss, df, expected = np.empty(size), np.empty(size), np.empty((size, size))
    for i, effect in enumerate(design.effects):
        inside = [k for k in range(i) if design.effects[k] < effect]
        ss[i] = t[i] - ss[inside].sum()
        df[i] = groups.n_levels[i] - 1 - df[inside].sum()
        expected[i] = expected_t[i] - expected[inside].sum(axis=0)
    ss[np.abs(ss) <= ROUND_OFF**0.5 * max(float(y @ y), ROUND_OFF)] = 0.0
    return AnovaTable(df=df, sum_of_squares=ss, expected=expected, balanced=is_balanced(design, groups))


def sizes_seen(
    design: Design, groups: Groups, object_: Effect, fixed: frozenset[str] = frozenset()
) -> dict[str, float]:
    """Return for each facet how many levels an object has: the harmonic mean within what the facet is nested in.

    Of the objects themselves, their number; of a fixed facet all levels there are, whether an object has them
    or not. In a balanced design the sizes of the design.
    """
    cells = dict(zip(design.effects, groups.cells, strict=True))
    sizes = {}
    for facet in design.facets:
        if facet in object_:
            sizes[facet] = facet_sizes(design, groups)[facet]
            continue
        home = design.within[facet] if facet in fixed else design.closure(object_ | design.within[facet])
        own = cells[design.closure(home | {facet})]
        _, first = np.unique(own, return_index=True)
        per_home = np.bincount(cells[home][first]) if home else np.array([len(first)])
        even = per_home.min() == per_home.max()
        sizes[facet] = float(per_home[0] if even else len(per_home) / (1 / per_home).sum())
    return sizes
