"""A cell that holds a model: the distribution of a score as a smooth function of age."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from psychometrics.errors import NormError
from psychometrics.kernels.continuous.model import Model
from psychometrics.kernels.continuous.standing import mean_and_sd, standing
from psychometrics.kernels.percentile_definitions import SHARES
from psychometrics.kernels.standard_scores import t_score
from psychometrics.norming.cells.cell import CROWDED, Floats, NoRank, Note, Places, Placing, thin_note
from psychometrics.norming.cells.continuous_rows import model_of_rows, model_rows, row_problems

NODES = 513
BEYOND = 1.0
CHUNK = 1 << 16
ON_SCORE = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ContinuousCell:
    """A fitted model and the sample it was fitted to.

    Attributes
    ----------
    model : Model
        Taylor surface or family of distributions.
    n : int
        People it was fitted to.
    mean, sd : float
        Of their scores, over all ages.
    ends : tuple of float
        Least and greatest score among them.
    z_limit : float
        No rank further out than Phi(-z_limit)..Phi(z_limit) is told.
    """

    model: Model
    n: int
    mean: float
    sd: float
    ends: tuple[float, float]
    z_limit: float

    table_columns: ClassVar[tuple[str, ...]] = ("quantity", "row", "column", "value")
    text_columns: ClassVar[tuple[str, ...]] = ("quantity",)

    def place(self, scores: Floats, placing: Placing) -> Places:  # noqa: ARG002
        """Refused: a place needs an age."""
        raise NormError(
            "continuous norms place a score at an age", hint="Give the column of ages along with the scores."
        )

    def raw_cut(self, metric: str, at: float, placing: Placing) -> float:  # noqa: ARG002
        """Refused: a cut needs an age."""
        raise NormError("continuous norms have a cut for every age", hint="Use raw_cuts with ages.")

    def place_at(self, scores: Floats, ages: Floats, placing: Placing) -> Places:
        """Place scores at exact ages.

        The model is worked out on 513 ages and every score, and read off between two of them along a straight line: at most
        two thousandths of a T score off, and the same whoever else is placed along with it.
        """
        nodes = _Nodes(self.model.age_range, ages)
        table, ends = self._table(nodes.ages, placing)
        out = np.full((len(scores), 4), np.nan)
        note = np.zeros(len(scores), np.int16)
        lattice = self.model.lattice
        for start in range(0, len(scores), CHUNK):
            rows = slice(start, start + CHUNK)
            at = np.clip((scores[rows] - lattice.least) / lattice.step, 0, table.shape[1] - 1)
            at = np.where(nodes.covered[rows] & ~np.isnan(at), at, 0.0)
            out[rows] = _between(table, nodes.left[rows], nodes.part[rows], at)
            self._within_limit(out[rows])
            note[rows] = self._notes(scores[rows], at, ends[nodes.left[rows]], out[rows, 3])
        out[~nodes.covered] = np.nan
        if placing.standard == "linear":
            out[:, 3] = self._linear(scores, nodes)
        return Places(
            rank=100 * out[:, 0],
            lower=100 * out[:, 1],
            upper=100 * out[:, 2],
            z=out[:, 3],
            n=self.n,
            reason=np.where(
                nodes.covered, NoRank.RANKED, np.where(np.isnan(ages), NoRank.NO_AGE, NoRank.OUTSIDE_AGES)
            ),
            note=note | thin_note(self.n),
        )

    def raw_cuts(self, metric: str, at: float, placing: Placing, ages: Floats) -> Floats:
        """Return the lowest possible score that meets a cut on ``percentile_rank``, ``z`` or ``t`` at each age; nan if none does."""
        distinct, place = np.unique(ages, return_inverse=True)
        found = np.full(len(distinct), np.nan)
        scores = self.model.lattice.scores
        for start in range(0, len(distinct), max(1, CHUNK // len(scores))):
            some = distinct[start : start + max(1, CHUNK // len(scores))]
            placed = self.place_at(np.tile(scores, len(some)), np.repeat(some, len(scores)), placing)
            values = {"percentile_rank": placed.rank, "z": placed.z, "t": t_score(placed.z)}[metric]
            met = values.reshape(len(some), -1) >= at
            first = np.where(met.any(axis=1), scores[np.argmax(met, axis=1)], np.nan)
            found[start : start + len(some)] = first
        cuts: Floats = found[place]
        return cuts

    def _table(self, ages: Floats, placing: Placing) -> tuple[Floats, Floats]:
        if placing.method not in SHARES:
            raise NormError(
                f"continuous norms know no percentile rank of the kind {placing.method!r}",
                hint=f"Use {', '.join(SHARES)}. A plotting position is chosen when the norms are built.",
            )
        beyond = self.z_limit + BEYOND  # the bend at the limit is put in after reading off
        found = standing(
            self.model, ages, method=placing.method, confidence=placing.confidence, z_limit=beyond
        )
        return np.stack([found.share, found.lower, found.upper, found.z], axis=2), found.ends

    def _within_limit(self, found: Floats) -> None:
        """Keep ranks, ends and z within the limit; 0 and 100 stay where nobody can score lower or higher."""
        low, high = float(ndtr(-self.z_limit)), float(ndtr(self.z_limit))
        ranks = found[:, :3]
        sure = (ranks[:, :1] == 0) | (ranks[:, :1] == 1)
        np.copyto(ranks, np.clip(ranks, low, high), where=~sure)
        np.clip(found[:, 3], -self.z_limit, self.z_limit, out=found[:, 3])

    def _notes(self, scores: Floats, at: Floats, ends: Floats, z: Floats) -> npt.NDArray[np.int16]:
        lattice = self.model.lattice
        last = len(lattice.scores) - 1
        outside = (scores < lattice.least - ON_SCORE) | (scores > lattice.most + ON_SCORE)
        flags = [
            (Note.OUTSIDE, outside),
            (Note.EXTREME, np.abs(z) >= self.z_limit - 1e-9),
            (Note.FLOOR, (at <= 0) & (ends[:, 0] >= CROWDED)),
            (Note.CEILING, (at >= last) & (ends[:, 1] >= CROWDED)),
        ]
        return np.asarray(sum(np.where(where, int(flag), 0) for flag, where in flags), np.int16)

    def _linear(self, scores: Floats, nodes: _Nodes) -> Floats:
        """Return (score - mean) / SD, mean and SD at the age."""
        mean, sd = mean_and_sd(self.model, nodes.ages)
        m, s = (one[nodes.left] * (1 - nodes.part) + one[nodes.left + 1] * nodes.part for one in (mean, sd))
        z = np.divide(scores - m, s, out=np.full(len(scores), np.nan), where=s > 0)
        return np.where(nodes.covered, z, np.nan)

    def rows(self) -> Iterable[tuple[Any, ...]]:
        """Every number of the model, by name."""
        yield from [
            ("n", 0, 0, self.n),
            ("sample", 0, 0, self.mean),
            ("sample", 1, 0, self.sd),
            ("sample", 2, 0, self.ends[0]),
            ("sample", 3, 0, self.ends[1]),
            ("z_limit", 0, 0, self.z_limit),
        ]
        yield from model_rows(self.model)

    @classmethod
    def problems(cls, rows: Sequence[Mapping[str, Any]]) -> list[str]:
        """Say which quantities are missing or make no sense."""
        return row_problems(rows)

    @classmethod
    def of_rows(cls, rows: Sequence[Mapping[str, Any]], *, normal: bool) -> ContinuousCell:  # noqa: ARG003
        """Make a cell of rows of the table."""
        of = {(row["quantity"], int(row["row"])): row["value"] for row in rows}
        return cls(
            model=model_of_rows(rows),
            n=int(of["n", 0]),
            mean=of["sample", 0],
            sd=of["sample", 1],
            ends=(of["sample", 2], of["sample", 3]),
            z_limit=of["z_limit", 0],
        )


class _Nodes:
    """The ages a table is made for: those on both sides of every age asked for."""

    def __init__(self, age_range: tuple[float, float], ages: Floats) -> None:
        low, high = age_range
        self.covered = (ages >= low) & (ages <= high)
        at = np.where(self.covered, (ages - low) / (high - low), 0.0) * (NODES - 1)
        left = np.minimum(at.astype(np.intp), NODES - 2)
        used = np.zeros(NODES, bool)
        used[left] = used[left + 1] = True
        used[:2] |= not len(ages)
        self.ages = low + (high - low) * (np.flatnonzero(used) / (NODES - 1))
        self.left = (np.cumsum(used) - 1)[left]
        self.part = at - left


def _between(table: Floats, left: npt.NDArray[np.intp], part: Floats, at: Floats) -> Floats:
    """Read off a table, shape (m, S, q), between two ages and, for a score off the lattice, between two scores."""
    n_scores = table.shape[1]
    flat = table.reshape(-1, table.shape[2])
    below = np.minimum((at + ON_SCORE).astype(np.intp), n_scores - 1)
    first = left * n_scores + below
    found: Floats = flat[first]
    found += (flat[first + n_scores] - found) * part[:, None]
    rest = at - below
    off = np.flatnonzero(np.abs(rest) > ON_SCORE)
    if len(off):
        above = first[off] + 1
        upper = flat[above]
        upper += (flat[above + n_scores] - upper) * part[off, None]
        found[off] += (upper - found[off]) * rest[off, None]
    return found
