"""Weights that make a norm sample stand for its population: raking and post-stratification to known margins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from psychometrics.errors import NormError
from psychometrics.kernels.raking import RakedWeights, effective_size, rake_cells
from psychometrics.norming.edition import Margin, WeightCell, WeightTable
from psychometrics.norming.weighting.frame import cell_labels, margin_codes, person_labels
from psychometrics.norming.weighting.margins import check_filled, check_outside, read_margins
from psychometrics.responses.tables import load_table
from psychometrics.result import Result, Source
from psychometrics.scoring import Scores
from psychometrics.version import VERSION

Floats = npt.NDArray[np.float64]
Shares = Mapping[Any, float]

THIN_LEVEL = 30
REACHED = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weighting(Result):
    """Weights of a sample, one per weight cell: people alike in every weighting variable.

    Attributes
    ----------
    table : WeightTable
        Variables, margins, cap, and the cells: labels, people, base weight, weight (of mean 1 over people).
    n_persons : int
        People with a weight.
    n_outside : int
        People left out: blank or outside every level.
    effective_n : float
        Kish's effective sample size, (sum w)^2 / sum w^2.
    design_effect : float
        n_persons / effective_n: how many times the weights multiply the variance of a mean that has nothing to do
        with them.
    margin_error : float
        Largest difference between a wanted and a reached share; above 0 only when a cap stands in the way.
    iterations : int
    n_capped : int
        People whose weight was cut.
    """

    table: WeightTable
    n_persons: int
    n_outside: int
    effective_n: float
    design_effect: float
    margin_error: float
    iterations: int
    n_capped: int
    source: Source

    @property
    def weights(self) -> Floats:
        """Weight of each cell, shape (H,)."""
        return np.array([cell.weight for cell in self.table.cells])

    def of(self, persons: Any) -> Floats:
        """Return the weight of each person; nan for who is in no weight cell.

        Parameters
        ----------
        persons : Scores or frame
            With the weighting columns.
        """
        where = cell_index(self.table, persons_of(persons))
        return np.append(self.weights, np.nan)[where]

    def columns(self) -> Mapping[str, Any]:
        """One row per margin and level: people, share in the sample, wanted, reached, and what to look at."""
        rows = [row for margin in self.table.margins for row in self._rows(margin)]
        names = ("margin", "level", "n_persons", "sample_share", "wanted_share", "reached_share", "note")
        return {name: [row[i] for row in rows] for i, name in enumerate(names)}

    def _rows(self, margin: Margin) -> list[tuple[Any, ...]]:
        n = np.array([cell.n_persons for cell in self.table.cells], np.float64)
        code = margin_codes(self.table, margin)
        size = len(margin.levels)
        people = np.bincount(code, n, size)
        mass = np.bincount(code, n * self.weights, size)
        name = " x ".join(margin.variables)
        return [
            (
                name,
                " / ".join(level.labels),
                int(k),
                k / n.sum(),
                level.share,
                m / mass.sum(),
                self._note(k, level.share, m / mass.sum()),
            )
            for level, k, m in zip(margin.levels, people.tolist(), mass.tolist(), strict=True)
        ]

    def _note(self, n: float, wanted: float, reached: float) -> str:
        thin = [f"fewer than {THIN_LEVEL} people"] if n < THIN_LEVEL else []
        missed = ["not reached: the cap stands in the way"] if abs(wanted - reached) > REACHED else []
        return "; ".join(thin + missed)

    def cells(self) -> Mapping[str, Any]:
        """Return the weight cells as columns: labels, people, base weight, weight."""
        cells = self.table.cells
        return {
            **{v.name: [c.labels[i] for c in cells] for i, v in enumerate(self.table.variables)},
            "n_persons": [c.n_persons for c in cells],
            "base": [c.base for c in cells],
            "weight": [c.weight for c in cells],
        }

    def __repr__(self) -> str:
        return (
            f"<Weighting of {self.n_persons:,} persons in {len(self.table.cells)} cells: "
            f"effective n {self.effective_n:.1f}, design effect {self.design_effect:.2f}>"
        )


def rake(
    persons: Any,
    margins: Mapping[str | tuple[str, ...], Shares],
    *,
    base: str | None = None,
    cap: float | None = None,
    outside: Literal["error", "leave_out"] = "error",
) -> Weighting:
    """Weight a sample so that it has the margins of its population.

    w_h <- w_h W_l / (weighted share of level l), margin after margin, until nothing changes

    Parameters
    ----------
    persons : Scores or frame
        The sample, with the columns that the margins name.
    margins : mapping
        Variable -> {level: share or number in the population}. A variable is a column (``"gender"``) or bands of a
        number (``"age:18,30,45,65"``). A tuple of variables crosses them, its levels are tuples of labels; one
        crossed margin alone is post-stratification.
    base : str, optional
        Column of design weights to start from; 1 for everybody when left out.
    cap : float, optional
        Largest weight allowed, as a multiple of the mean weight. The margins are then reached as far as it lets
        them; the table says how far.
    outside : {"error", "leave_out"}
        What to do with people who are blank on a variable or in none of its levels.

    Returns
    -------
    Weighting
        Weights of mean 1, one per cell of the crossed variables, with effective sample size, design effect and the
        coverage of every margin. It is NOT a cure for a sample that lacks people: a level nobody fills is an error.

    Raises
    ------
    NormError
        Levels that nobody fills, people outside every level, margins that contradict each other; all at once.

    References
    ----------
    Deming and Stephan (1940), doi:10.1214/aoms/1177731829. Kish (1992) for the design effect, Journal of Official
    Statistics 8, 183-200. Checked against R's survey 4.1-1, ``rake`` and ``postStratify``.

    Examples
    --------
    >>> import psychometrics as pm
    >>> sample = {"x": [1, 2, 3, 4], "gender": ["f", "f", "f", "m"]}
    >>> rake(sample, {"gender": {"f": 0.5, "m": 0.5}})
    <Weighting of 4 persons in 2 cells: effective n 3.0, design effect 1.33>
    """
    frame = persons_of(persons)
    variables, wanted = read_margins(margins, frame)
    if cap is not None and not cap > 1:
        raise NormError(f"cap {cap} must be above 1", hint="It is a multiple of the mean weight, such as 5.")
    if base is not None:
        _check_base(base, frame)
    place, labels, words = person_labels(variables, base, frame)
    check_outside(place, words, variables, outside)
    cells = _cells(place, labels, len(variables), base)
    table = WeightTable(variables=variables, base=base, cap=cap, margins=wanted, cells=cells)
    return raked(table, int(np.count_nonzero(place < 0)))


def _cells(
    place: npt.NDArray[np.int64], labels: Sequence[tuple[str, ...]], width: int, base: str | None
) -> list[WeightCell]:
    n = np.bincount(place[place >= 0], minlength=len(labels))
    return [
        WeightCell(
            labels=list(key[:width]),
            n_persons=k,
            base=float(key[-1]) if base is not None else 1.0,
            weight=1.0,
        )
        for key, k in zip(labels, n.tolist(), strict=True)
        if k
    ]


def same_rules(table: WeightTable, persons: Any) -> Weighting:
    """Count other people into weight cells by the rules of a table; their weights come when both are put together.

    A few people need not fill every level of the margins, so they are not raked by themselves: all have weight 1.
    """
    frame = persons_of(persons)
    if table.base is not None:
        _check_base(table.base, frame)
    place, labels, _ = person_labels(list(table.variables), table.base, frame)
    cells = _cells(place, labels, len(table.variables), table.base)
    n = sum(cell.n_persons for cell in cells)
    return Weighting(
        table=table.model_copy(update={"cells": cells}),
        n_persons=n,
        n_outside=len(place) - n,
        effective_n=float(n),
        design_effect=1.0,
        margin_error=float("nan"),
        iterations=0,
        n_capped=0,
        source=Source(package_version=VERSION),
    )


def raked(table: WeightTable, n_outside: int = 0) -> Weighting:
    """Rake a table of cells to the margins it holds; without margins the base weights are the weights."""
    check_filled(table)
    counts = np.array([cell.n_persons for cell in table.cells], np.float64)
    base = np.array([cell.base for cell in table.cells], np.float64)
    codes = [margin_codes(table, margin) for margin in table.margins]
    shares = [np.array([level.share for level in margin.levels]) for margin in table.margins]
    found = rake_cells(counts, base, codes, shares, cap=table.cap)
    _check_settled(found, table)
    cells = [
        cell.model_copy(update={"weight": weight})
        for cell, weight in zip(table.cells, found.weights.tolist(), strict=True)
    ]
    effective = effective_size(counts, found.weights)
    return Weighting(
        table=table.model_copy(update={"cells": cells}),
        n_persons=int(counts.sum()),
        n_outside=n_outside,
        effective_n=effective,
        design_effect=float(counts.sum()) / effective,
        margin_error=found.error,
        iterations=found.iterations,
        n_capped=found.capped,
        source=Source(package_version=VERSION),
    )


def given_weights(persons: Any, column: str) -> Weighting:
    """Take weights as they stand in a column: every distinct weight is a weight cell.

    The weights are treated as fixed: standard errors know nothing of how they were made, and are then usually too
    large for weights that were calibrated.

    Parameters
    ----------
    persons : Scores or frame
    column : str
        Numbers, 0 or more, none blank; scaled to a mean of 1.

    Returns
    -------
    Weighting
    """
    frame = persons_of(persons)
    _check_base(column, frame)
    place, labels, _ = person_labels([], column, frame)
    n = np.bincount(place, minlength=len(labels))
    cells = [
        WeightCell(labels=[], n_persons=int(k), base=float(key[-1]), weight=1.0)
        for key, k in zip(labels, n.tolist(), strict=True)
    ]
    return raked(WeightTable(variables=[], base=column, cells=cells))


def persons_of(persons: Any) -> pa.Table:
    """Return the person columns of Scores or of a frame."""
    if isinstance(persons, Scores):
        return persons.persons
    return persons if isinstance(persons, pa.Table) else load_table(persons, text=()).table


def cell_index(table: WeightTable, persons: pa.Table) -> npt.NDArray[np.intp]:
    """Return the weight cell of each person; -1 for none."""
    place, labels, _ = person_labels(list(table.variables), table.base, persons)
    known = cell_labels(table)
    where = np.array([*(known.get(key, -1) for key in labels), -1], np.intp)
    return where[np.where(place < 0, len(labels), place)]


def _check_base(column: str, frame: pa.Table) -> None:
    if column not in frame.column_names:
        raise NormError(
            f'no column "{column}" of weights', hint=f"There are: {', '.join(frame.column_names)}."
        )
    values = frame.column(column)
    if not (pa.types.is_integer(values.type) or pa.types.is_floating(values.type)):
        raise NormError(f'column "{column}" holds {values.type}; weights are numbers')
    numbers = np.asarray(values.cast(pa.float64()).to_numpy())
    bad = np.flatnonzero(~(numbers >= 0) | np.isinf(numbers)) + 1
    if len(bad):
        raise NormError(
            f'column "{column}": {len(bad)} weights are blank, negative or infinite, first in row {bad[0]}',
            hint="Give every person a weight of 0 or more.",
        )
    if not numbers.sum() > 0:
        raise NormError(f'column "{column}": all weights are 0')


def _check_settled(found: RakedWeights, table: WeightTable) -> None:
    if table.cap is None and found.error > REACHED:
        raise NormError(
            f"the margins cannot all be reached: after {found.iterations} rounds a share is off by {found.error:.4g}",
            hint="Some crossed cells are empty, or the margins contradict each other. Put levels together, or leave a margin out.",
        )


def variables_in(margins: Sequence[Margin]) -> str:
    """Return the margins in words."""
    return ", ".join(" x ".join(margin.variables) for margin in margins)
