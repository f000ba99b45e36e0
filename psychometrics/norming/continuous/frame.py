"""Ages and scores of a norm sample, ready to be fitted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from psychometrics.errors import NormError, Problem
from psychometrics.kernels.continuous.lattice import Lattice, lattice_of
from psychometrics.kernels.continuous.sample import Sample, sample_of
from psychometrics.norming.block import ScoreBlock
from psychometrics.norming.continuous.settings import ContinuousNorming
from psychometrics.scoring.scores import scale_ends

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NormData:
    """Persons of one scale and stratum with a score and an age; arrays of one length.

    Attributes
    ----------
    scores, ages, weights : ndarray
    lattice : Lattice
        The scores there can be.
    """

    scores: Floats
    ages: Floats
    weights: Floats
    lattice: Lattice

    @property
    def at(self) -> npt.NDArray[np.int64]:
        """Position of each score in the lattice."""
        return np.round((self.scores - self.lattice.least) / self.lattice.step).astype(np.int64)

    @property
    def age_range(self) -> tuple[float, float]:
        """Youngest and oldest."""
        return float(self.ages.min()), float(self.ages.max())

    def sample(self, chosen: npt.NDArray[np.bool_] | None = None) -> Sample:
        """Return the persons as counts, on the age range of all of them."""
        who = slice(None) if chosen is None else chosen
        return sample_of(self.at[who], self.ages[who], self.weights[who], self.age_range)


def ages_of(persons: pa.Table, column: str) -> Floats:
    """Return the covariate of each person; nan where blank.

    Raises
    ------
    NormError
        No such column, or one that holds no numbers.
    """
    if column not in persons.column_names:
        raise NormError(
            f'continuous norms need the column "{column}"',
            problems=[
                Problem(
                    where=column, what="no such column", expected=f"one of {', '.join(persons.column_names)}"
                )
            ],
        )
    values = persons.column(column)
    if not (pa.types.is_integer(values.type) or pa.types.is_floating(values.type)):
        raise NormError(f'column "{column}" must hold numbers', hint=f"It holds {values.type}.")
    ages: Floats = values.cast(pa.float64()).to_numpy()
    return np.where(np.isfinite(ages), ages, np.nan)


def norm_data(
    block: ScoreBlock,
    scale_id: str,
    inside: npt.NDArray[np.bool_],
    ages: Floats,
    weights: Floats,
    settings: ContinuousNorming,
) -> NormData:
    """Return the persons of a stratum that have a score, an age and a weight above 0.

    Raises
    ------
    NormError
        Scores outside the stated range, one age only, or one score only.
    """
    raw = block.raw[block.scale_ids.index(scale_id)]
    who = inside & ~np.isnan(raw) & ~np.isnan(ages) & (weights > 0)
    scores = raw[who]
    if not len(scores):
        raise NormError(f"{scale_id}: nobody has a score and {settings.column}")
    least, most = _ends(block, scale_id, settings, scores)
    outside = (scores < least) | (scores > most)
    problems = []
    if outside.any():
        problems.append(
            Problem(
                where=scale_id,
                what=f"scores from {scores.min():g} to {scores.max():g}",
                expected=f"{least:g} to {most:g}",
            )
        )
    if np.ptp(scores) == 0:
        problems.append(
            Problem(where=scale_id, what="everybody has the same score", expected="scores that differ")
        )
    if np.ptp(ages[who]) == 0:
        hint = "Build norms without continuous=: there is nothing to run along."
        problems.append(
            Problem(
                where=settings.column,
                what=f"everybody is {ages[who][0]:g}",
                expected="two values or more",
                hint=hint,
            )
        )
    if problems:
        raise NormError(f"{scale_id}: continuous norms cannot be built", problems=problems)
    lattice = lattice_of(scores, least, most)
    return NormData(scores=scores, ages=ages[who], weights=weights[who], lattice=lattice)


def _ends(
    block: ScoreBlock, scale_id: str, settings: ContinuousNorming, scores: Floats
) -> tuple[float, float]:
    stated = settings.ends(scale_id)
    if stated is not None:
        return float(stated[0]), float(stated[1])
    if block.instrument is not None:
        least, most = (
            float(np.asarray(one).reshape(-1)[0]) for one in scale_ends(block.instrument, (scale_id,), 1)
        )
        if np.isfinite(least) and np.isfinite(most):
            return least, most
    return float(scores.min()), float(scores.max())
