"""Ordinal items as counts of their options, whatever they came as."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from psychometrics.errors import EstimationError, Problem
from psychometrics.evidence.checks import check_confidence, check_word
from psychometrics.evidence.matrix import Floats, Matrix
from psychometrics.evidence.sample import as_points, as_tally
from psychometrics.kernels.polychoric.tables import PairTables, pair_tables, tables_of_burt
from psychometrics.responses import Responses
from psychometrics.result import Source
from psychometrics.tallying.item_tally import ItemTally

Missing = Literal["pairwise", "listwise"]
Codes = npt.NDArray[np.int8]

MISSING_RULES: tuple[Missing, ...] = ("pairwise", "listwise")
MOST_OPTIONS = 64


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Blocks:
    """Joint counts of the options of a tally, block by block, and which options are one.

    Attributes
    ----------
    joint : ndarray of int64, shape (n_blocks, L, L)
    collapse : ndarray of float64, shape (L, n_items * n_options)
        1 where an option of the tally becomes an option of the sample.
    n_items : int
    """

    joint: npt.NDArray[np.int64]
    collapse: Floats
    n_items: int

    def tables(self, joint: npt.NDArray[np.int64]) -> PairTables:
        """Return the pair tables of some joint counts."""
        burt = self.collapse.T @ joint.astype(np.float64) @ self.collapse
        return tables_of_burt(burt.reshape((self.n_items, burt.shape[0] // max(self.n_items, 1)) * 2))

    def without_each(self) -> Iterator[PairTables]:
        """Yield the tables with each block left out; nothing when all persons are in one."""
        there = self.joint[self.joint.any(axis=(1, 2))]
        whole = there.sum(axis=0)
        yield from (self.tables(whole - own) for own in there if len(there) > 1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OrdinalSample:
    """Items of one scale as positions of options and counts of them.

    Attributes
    ----------
    item_ids : tuple of str
    points : tuple of ndarray of float64
        Points of the options that somebody chose, rising, per item. Options of equal points are one.
    tables : PairTables
    codes : ndarray of int8, shape (n_items, n_persons), or None
        Position of the option chosen, -1 where missing; None when only counts are known.
    blocks : Blocks or None
        Joint counts of each block of a tally.
    n_persons : int
        Persons used.
    missing : {"pairwise", "listwise"}
    source : Source
    """

    item_ids: tuple[str, ...]
    points: tuple[Floats, ...]
    tables: PairTables
    codes: Codes | None
    blocks: Blocks | None
    n_persons: int
    missing: Missing
    source: Source = field(default_factory=Source)

    @property
    def n_items(self) -> int:
        """Items."""
        return len(self.item_ids)

    @property
    def n_options(self) -> int:
        """Options of the item that has most."""
        return int(self.tables.margins.shape[1])

    def padded_points(self) -> Floats:
        """Return the points as one table, shape (n_items, n_options); nothing depends on the padding."""
        out = np.tile(np.arange(self.n_options, dtype=np.float64), (self.n_items, 1))
        for row, own in zip(out, self.points, strict=True):
            row[: len(own)] = own
        return out

    def without_each_group(self, groups: int, seed: int) -> Iterator[PairTables]:
        """Yield the tables with each block of the tally, or each of ``groups`` groups of persons, left out."""
        if self.codes is None:
            yield from self.blocks.without_each() if self.blocks is not None else ()
            return
        dealt = min(groups, self.codes.shape[1])
        group = np.random.default_rng(seed).permutation(self.codes.shape[1]) % max(dealt, 1)
        yield from (pair_tables(self.codes[:, group != one], self.n_options) for one in range(dealt))


def as_ordinal_sample(
    x: Matrix | Responses | ItemTally | Sequence[ItemTally],
    *,
    scale: str | None = None,
    missing: Missing = "pairwise",
) -> OrdinalSample:
    """Return the items of one scale as counts of options.

    Parameters
    ----------
    x : array-like, data frame, Responses, ItemTally, list of ItemTally
        A table holds discrete points, persons by items; every distinct value is an option, in rising order.
        Responses and tallies give the points of their instrument: reversed, and options of equal points together.
    scale : str, optional
    missing : {"pairwise", "listwise"}

    Raises
    ------
    EstimationError
        More than 64 distinct values in an item; text or infinities; an unknown scale.
    """
    check_word("missing", missing, MISSING_RULES)
    counts = as_tally(x)
    if counts is not None:
        return _of_tally(counts, scale, missing)
    given = as_points(x, scale=scale)
    return ordinal_sample_of_points(given.values, given.item_ids, missing, given.source)


def ordinal_sample_of_points(
    points: Floats, item_ids: tuple[str, ...], missing: Missing, source: Source
) -> OrdinalSample:
    """Return the sample of a table of discrete points, shape (n_persons, n_items)."""
    answered = ~np.isnan(points)
    keep = answered.all(axis=1) if missing == "listwise" else answered.any(axis=1)
    values, codes = option_codes(points[keep], item_ids)
    return OrdinalSample(
        item_ids=item_ids,
        points=values,
        tables=pair_tables(codes, most_options(values)),
        codes=codes,
        blocks=None,
        n_persons=codes.shape[1],
        missing=missing,
        source=source,
    )


def option_codes(points: Floats, item_ids: tuple[str, ...]) -> tuple[tuple[Floats, ...], Codes]:
    """Return the distinct points of each item, rising, and the place among them of each response; -1 where missing."""
    columns = np.ascontiguousarray(points.T)
    answered = ~np.isnan(columns)
    values = tuple(_distinct(column[there]) for column, there in zip(columns, answered, strict=True))
    _refuse_many_options(values, item_ids)
    codes = np.full(columns.shape, -1, np.int8)
    for row, column, there, own in zip(codes, columns, answered, values, strict=True):
        row[there] = np.searchsorted(own, column[there])
    return values, codes


def _distinct(column: Floats) -> Floats:
    """Return the distinct values, rising: those of the first thousand, and what else there is (no sort of all)."""
    found = np.unique(column[:1000])
    if len(column) <= 1000:
        return found
    nearest = found[np.minimum(np.searchsorted(found, column), len(found) - 1)]
    return np.union1d(found, column[nearest != column])


def most_options(values: Sequence[Floats]) -> int:
    """Return the options of the item that has most, at least 1."""
    return max(1, *(len(own) for own in values), 1)


def check_common(confidence: float, continuity: float) -> None:
    """Refuse a confidence or a correction for continuity that has no meaning."""
    check_confidence(confidence)
    if not 0 <= continuity <= 1:
        raise EstimationError(f"continuity={continuity!r}; expected a count from 0 (none) to 1, such as 0.5")


def _refuse_many_options(values: Sequence[Any], item_ids: tuple[str, ...]) -> None:
    problems = [
        Problem(where=item, what=f"{len(own)} distinct values", expected=f"at most {MOST_OPTIONS} options")
        for item, own in zip(item_ids, values, strict=True)
        if len(own) > MOST_OPTIONS
    ]
    if problems:
        hint = "For continuous items use mixed_correlations, which says which items are ordinal."
        raise EstimationError("some items have too many options to be ordinal", problems=problems, hint=hint)


def _of_tally(counts: ItemTally, scale: str | None, missing: Missing) -> OrdinalSample:
    own = counts.scale(counts.the_scale(scale))
    name = own.the_scale(None)
    joint = own.option_counts(name, missing)
    chosen = np.diagonal(joint.sum(axis=0)) > 0
    points = np.concatenate([np.asarray(one, float) for one in own.points]) if own.points else np.empty(0)
    item = np.repeat(np.arange(own.n_items), own.n_options)
    values = tuple(np.unique(points[(item == row) & chosen]) for row in range(own.n_items))
    _refuse_many_options(values, own.item_ids)
    n_options = most_options(values)
    to = np.zeros((len(points), own.n_items * n_options))
    for column in np.flatnonzero(chosen):
        to[column, item[column] * n_options + np.searchsorted(values[item[column]], points[column])] = 1
    blocks = Blocks(joint=joint, collapse=to, n_items=own.n_items)
    used = own.complete if missing == "listwise" else own.answered
    return OrdinalSample(
        item_ids=own.item_ids,
        points=values,
        tables=blocks.tables(joint.sum(axis=0)),
        codes=None,
        blocks=blocks,
        n_persons=int(used.sum()),
        missing=missing,
        source=own.source,
    )
