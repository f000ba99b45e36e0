"""What the mean of the ratings a person really has is averaged over, where a design has gaps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from psychometrics.kernels.generalizability.design import Design, Effect
from psychometrics.kernels.generalizability.mean_squares import Groups

ROUND_OFF = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OwnCells:
    """Shares of the ratings of an object (a person) at the levels of each effect, for the average object.

    The mean of the ratings of a person holds a component a with the variance sum_l s_l^2 variance(a), s_l the
    share of the ratings of the person at level l. The products of numbers of conditions, 1 / (n_r n_t), say the
    same only where every person has every combination.

    Attributes
    ----------
    squares : dict of frozenset of str to float
        Facets without the objects to the mean over objects of sum_l s_l^2; 1 over it is a number of conditions.
    equal : dict of frozenset of str to float
        The same with every level there is in equal shares: the mean over all levels of a fixed facet.
    of_mean : dict of frozenset of str to float
        Effect to the sum of squared shares of its levels in all ratings.
    """

    squares: dict[Effect, float]
    equal: dict[Effect, float]
    of_mean: dict[Effect, float]

    def uneven(self, facets: Effect) -> float:
        """Return the mean over objects of sum_l (s_l - 1/N)^2 = sum_l s_l^2 - 1/N over all N levels."""
        excess = self.squares[facets] - self.equal[facets]
        return excess if excess > ROUND_OFF else 0.0


def own_cells(design: Design, groups: Groups, objects: Effect) -> OwnCells:
    """Return the shares of a design; ``objects`` is the object of measurement with all it is nested in."""
    cells = dict(zip(design.effects, groups.cells, strict=True))
    owner = cells[objects]
    n_ratings = np.bincount(owner)
    squares, equal, of_mean = {}, {}, {}
    for effect, cell in cells.items():
        count = np.bincount(cell).astype(np.float64)
        of_mean[effect] = float(np.square(count / len(cell)).sum())
        if not objects <= effect:
            continue
        first = np.unique(cell, return_index=True)[1]
        own = np.bincount(owner[first], weights=np.square(count / n_ratings[owner[first]]))
        squares[effect - objects] = float(own.mean())
        equal[effect - objects] = _equal_shares(design, groups, objects, effect - objects)
    return OwnCells(squares=squares, equal=equal, of_mean=of_mean)


def _equal_shares(design: Design, groups: Groups, objects: Effect, facets: Effect) -> float:
    """Return the mean over objects of 1 / N; levels nested in the objects are those of the object itself."""
    if not facets:
        return 1.0
    cells = dict(zip(design.effects, groups.cells, strict=True))
    levels = design.closure(facets)
    home = levels & objects
    if not home:
        return 1 / (int(cells[levels].max()) + 1)
    first = np.unique(cells[levels], return_index=True)[1]
    per_home = np.bincount(cells[home][first])
    one_of_each = np.unique(cells[objects], return_index=True)[1]
    return float((1 / per_home[cells[home][one_of_each]]).mean())
