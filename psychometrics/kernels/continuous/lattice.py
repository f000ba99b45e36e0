"""The scores there can be, and the edges between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import logit

Floats = npt.NDArray[np.float64]

STEPS = (1.0, 0.5, 0.25, 0.2, 0.1, 0.05, 0.025, 0.02, 0.01)
MOST_SCORES = 1001
NODES = 401
LEAST_SCORES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Lattice:
    """Scores from ``least`` to ``most`` in equal steps.

    Attributes
    ----------
    least, most : float
        Ends of the range.
    step : float
        Distance of two neighbours; for scores that can be any number, the distance of the nodes they are counted on.
    discrete : bool
        Whether only these scores can occur.
    """

    least: float
    most: float
    step: float
    discrete: bool

    @property
    def scores(self) -> Floats:
        """All of them, rising."""
        n = round((self.most - self.least) / self.step) + 1
        return np.asarray(self.least + self.step * np.arange(n), np.float64)

    @property
    def edges(self) -> Floats:
        """Edges between neighbours, half a step from each."""
        return self.scores[:-1] + self.step / 2


def lattice_of(scores: Floats, least: float | None = None, most: float | None = None) -> Lattice:
    """Return the coarsest lattice that holds all scores and both ends; where none does, a fine one for continuous scores.

    Steps are 1, .5, .25, ... .01, or a multiple of one of them when 8 or more different scores have it in common.
    """
    low = float(scores.min()) if least is None else least
    high = float(scores.max()) if most is None else most
    distinct = np.append(np.unique(scores), high)
    for unit in STEPS:
        steps = np.round((distinct - low) / unit)
        if np.allclose((distinct - low) / unit, steps, rtol=0, atol=1e-6):
            common = int(np.gcd.reduce(steps.astype(np.int64))) if len(distinct) > LEAST_SCORES else 1
            step = unit * max(common, 1)
            if (high - low) / step < MOST_SCORES:
                return Lattice(least=low, most=high, step=step, discrete=True)
    return Lattice(least=low, most=high, step=(high - low) / (NODES - 1), discrete=False)


def linked(scores: Floats, lattice: Lattice, link: str) -> Floats:
    """Return g(score): the score, or the logit of (score - least + step/2) / (most - least + step)."""
    if link == "identity":
        return scores
    half = lattice.step / 2
    bent: Floats = logit((scores - lattice.least + half) / (lattice.most - lattice.least + 2 * half))
    return bent
