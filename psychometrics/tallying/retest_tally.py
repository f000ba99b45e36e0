"""How many persons went from each score to each score between two occasions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from psychometrics.errors import TallyError, did_you_mean
from psychometrics.result import Source
from psychometrics.scoring import Scores
from psychometrics.tallying.arithmetic import Tally
from psychometrics.tallying.cells import Cells, distinct
from psychometrics.version import VERSION

Counts = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RetestTally(Tally):
    """How many persons had score s first and score t later, scale by scale; no person is in it.

    Attributes
    ----------
    scale_ids : tuple of str
    scores : ndarray of float64, shape (n_cells, 3)
        Position of the scale, first score, second score; in rising order.
    counts : ndarray of int64, shape (n_cells,)
        Persons with that pair of scores.
    persons : ndarray of int64, shape (3,)
        Persons on the first occasion, on the second, on both.
    source : Source
    """

    scale_ids: tuple[str, ...]
    scores: Floats
    counts: Counts
    persons: Counts
    source: Source = field(default_factory=Source)

    @property
    def n_first(self) -> int:
        """Persons on the first occasion."""
        return int(self.persons[0])

    @property
    def n_second(self) -> int:
        """Persons on the second occasion."""
        return int(self.persons[1])

    @property
    def n_both(self) -> int:
        """Persons on both occasions."""
        return int(self.persons[2])

    def pairs(self, scale_id: str) -> tuple[Floats, Floats, Counts]:
        """Return each distinct pair of scores of a scale: first, second, and how many persons had it.

        Only persons with a score on both occasions are in it.
        """
        if scale_id not in self.scale_ids:
            raise TallyError(
                f'no scale "{scale_id}" was counted', hint=did_you_mean(scale_id, self.scale_ids)
            )
        mine = self.scores[:, 0] == self.scale_ids.index(scale_id)
        return self.scores[mine, 1], self.scores[mine, 2], self.counts[mine]

    def described(self) -> dict[str, Any]:
        """Return what must be alike in two tallies that are added."""
        return {"fingerprint": self.source.fingerprint, "scales": list(self.scale_ids)}

    def cells(self) -> dict[str, Cells]:
        """Return the counts."""
        return {"pairs": Cells(self.counts, self.scores), "persons": Cells(self.persons)}

    @classmethod
    def made_of(
        cls,
        described: Mapping[str, Any],
        names: tuple[str, ...],  # noqa: ARG003
        cells: Mapping[str, Cells],
        source: Source,
    ) -> Self:
        """Make a tally of its parts."""
        keys = cells["pairs"].keys
        return cls(
            scale_ids=tuple(described["scales"]),
            scores=np.empty((0, 3)) if keys is None else keys,
            counts=cells["pairs"].counts,
            persons=cells["persons"].counts,
            source=source,
        )

    def place(self, cell: str, where: tuple[int, ...], key: Any) -> str:
        """Say in words what a count is of."""
        if cell == "persons":
            return ("persons on the first occasion", "persons on the second", "persons on both")[where[0]]
        return f"scale {self.scale_ids[int(key[0])]}, {key[1]:g} then {key[2]:g}"

    def columns(self) -> Mapping[str, Any]:
        """One row per scale and pair of scores."""
        return {
            "scale_id": [self.scale_ids[int(i)] for i in self.scores[:, 0]],
            "first": self.scores[:, 1],
            "second": self.scores[:, 2],
            "n_persons": self.counts,
        }

    def __repr__(self) -> str:
        name = self.source.instrument or "a table"
        return f"<RetestTally of {name}: {self.n_both:,} persons on both occasions, {len(self.scale_ids)} scales>"


def tally_retest(first: Scores, second: Scores) -> RetestTally:
    """Count how many persons went from each score to each score between two occasions.

    Parameters
    ----------
    first, second : Scores
        Scores of the same instrument on two occasions, each person once on each; paired by ``person_id``.

    Returns
    -------
    RetestTally

    Raises
    ------
    TallyError
        Different instruments, or a person twice on one occasion.

    Notes
    -----
    Tallies of different persons add up. A person whose two occasions stand in two different tallies is paired in
    neither.

    Examples
    --------
    >>> import psychometrics as pm
    >>> answers = pm.read_responses({"person_id": ["a", "b"], **{f"q{i}": [0, 3] for i in range(1, 8)}}, "gad-7")
    >>> scores = pm.score("gad-7", answers)
    >>> tally_retest(scores, scores).pairs("total")
    (array([ 0., 21.]), array([ 0., 21.]), array([1, 1]))
    """
    if first.instrument.fingerprint != second.instrument.fingerprint:
        raise TallyError(f"{first.instrument.name} and {second.instrument.name} are not the same instrument")
    rows_first, rows_second = _pair(first.persons, second.persons)
    keys = [np.empty((0, 3))]
    for place, (before, after) in enumerate(zip(first.raw, second.raw, strict=True)):
        pair = np.column_stack(
            [np.full(len(rows_first), float(place)), before[rows_first], after[rows_second]]
        )
        keys.append(pair[~np.isnan(pair).any(axis=1)])
    cells = {
        "pairs": distinct(np.concatenate(keys)),
        "persons": Cells(np.array([first.n_rows, second.n_rows, len(rows_first)], np.int64)),
    }
    source = Source(
        instrument=first.instrument.name,
        fingerprint=first.instrument.fingerprint,
        simulated=first.source.simulated or second.source.simulated,
        package_version=VERSION,
    )
    return RetestTally.made_of({"scales": list(first.scale_ids)}, (), cells, source)


def _pair(first: pa.Table, second: pa.Table) -> tuple[Rows, Rows]:
    for name, table in (("first", first), ("second", second)):
        ids = table.column("person_id")
        if len(pc.unique(ids)) < len(ids):
            raise TallyError(
                f"a person stands twice on the {name} occasion", hint="Give one occasion on each side."
            )
    known = first.column("person_id").combine_chunks()
    found = pc.index_in(second.column("person_id"), known).fill_null(-1).to_numpy().astype(np.intp)
    rows_second = np.flatnonzero(found >= 0)
    return found[rows_second], rows_second
