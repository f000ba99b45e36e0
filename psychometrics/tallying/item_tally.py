"""Joint counts of the options of every pair of items: all that item statistics need of a sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, combinations
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt

from psychometrics.errors import TallyError, did_you_mean
from psychometrics.kernels.covariance import Moments, moments_from_counts
from psychometrics.result import Source
from psychometrics.tallying.arithmetic import Tally
from psychometrics.tallying.cells import Cells

Counts = npt.NDArray[np.int64]
Missing = Literal["pairwise", "listwise"]
Pairs = Literal["all", "within_scales"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ItemTally(Tally):
    """How many persons chose option a of item i together with option b of item j; no person is in it.

    Missing is one more option, the last, of every item. Persons fall into blocks by a hash of their id, for
    intervals by leaving a block out. Tallies of the same instrument add and subtract, bit for bit, in whatever
    order or partition the data came.

    Attributes
    ----------
    item_ids : tuple of str
    options : tuple of tuple of str
        Codes of the options of each item; ``not_applicable`` is one where the definition gives points for it.
    points : tuple of tuple of float
        Points of each option, reversed and weighted.
    scales : mapping of str to tuple of str
        Item ids of each scale that stands on items.
    joint : ndarray of int64, shape (n_blocks, K, K)
        K = sum over items of (options + 1), items in order, missing last in each. Symmetric.
    listwise : mapping of str to ndarray of int64, shape (n_blocks, L, L)
        Per scale, among the persons who answered all its items; L = sum over its items of the options.
    reasons : tuple of str
        Why a response may be missing.
    missing : ndarray of int64, shape (n_blocks, n_items, n_reasons)
        Missing responses by reason.
    persons : ndarray of int64, shape (n_blocks,)
        Rows that were counted: one per person and occasion.
    answered, complete : ndarray of int64, shape (n_blocks, n_scales)
        Persons with at least one item of the scale, and with all of them.
    source : Source
        Instrument and fingerprint.
    pairs : {"all", "within_scales"}
        Which pairs of items were counted; the others are 0 in ``joint`` and mean nothing.
    """

    item_ids: tuple[str, ...]
    options: tuple[tuple[str, ...], ...]
    points: tuple[tuple[float, ...], ...]
    scales: Mapping[str, tuple[str, ...]]
    joint: Counts
    listwise: Mapping[str, Counts]
    reasons: tuple[str, ...]
    missing: Counts
    persons: Counts
    answered: Counts
    complete: Counts
    source: Source = field(default_factory=Source)
    pairs: Pairs = "all"

    @classmethod
    def from_points(cls, x: Any, *, options: Sequence[float] | None = None, blocks: int = 1) -> ItemTally:
        """Count a table of discrete points, persons by items; every distinct value is an option.

        Parameters
        ----------
        x : array-like or data frame, shape (n_persons, n_items)
            At most 64 distinct values per item; nan where missing.
        options : sequence of float, optional
            The points that all items can give; as found in each item when left out. Name them when tallies of
            several tables are to be added.
        blocks : int
            Rows are dealt out to the blocks in turn, since a table has no person ids. Other than those of
            :func:`tally`, such blocks depend on the order of the rows.

        Returns
        -------
        ItemTally
            One scale, ``"all"``.

        Raises
        ------
        TallyError
            More than 64 distinct values in an item, or values that are not among ``options``.

        Examples
        --------
        >>> ItemTally.from_points([[1, 2], [2, 2], [2, float("nan")]])
        <ItemTally of a table: 3 persons, 2 items, 1 block>
        """
        from psychometrics.tallying.points import tally_points

        return tally_points(x, options, blocks)

    @property
    def n_persons(self) -> int:
        """Rows that were counted: one per person and occasion."""
        return int(self.persons.sum())

    @property
    def n_items(self) -> int:
        """Items."""
        return len(self.item_ids)

    @property
    def n_blocks(self) -> int:
        """Blocks of persons."""
        return len(self.persons)

    @property
    def n_options(self) -> tuple[int, ...]:
        """Options of each item, without missing."""
        return tuple(len(one) for one in self.options)

    @property
    def instrument(self) -> str:
        """``id@version``; empty when a table was counted."""
        return self.source.instrument

    @property
    def fingerprint(self) -> str:
        """Fingerprint of the instrument; empty when a table was counted."""
        return self.source.fingerprint

    def table(self, first: str, second: str) -> Counts:
        """Return how many chose each pair of options of two items, shape (options of first, options of second)."""
        a, b = self._options_of(first), self._options_of(second)
        self.check_pairs([first, second])
        table: Counts = self.joint[:, a, b].sum(axis=0)
        return table

    def missing_with(self, item_id: str) -> Counts:
        """Return, per column of ``joint``, how many had it while ``item_id`` was missing; shape (K,)."""
        self.check_pairs([item_id, *self.item_ids])
        counts: Counts = self.joint[:, self._options_of(item_id).stop].sum(axis=0)
        return counts

    def check_pairs(self, item_ids: Sequence[str]) -> None:
        """Refuse items that were not all counted in pairs with each other.

        Raises
        ------
        TallyError
            Only pairs inside the scales were counted, and these items are in no scale together.
        """
        if self.pairs == "all":
            return
        columns = [self._options_of(item) for item in dict.fromkeys(item_ids)]
        for a, b in combinations(columns, 2):
            pair = self.joint[:, a.start : a.stop + 1, b.start : b.stop + 1]
            if int(pair.sum()) != self.n_persons:
                raise TallyError(
                    f"{self.instrument}: only pairs of items inside a scale were counted",
                    hint='Count all of them: tally(..., pairs="all").',
                )

    def counts(self, item_id: str) -> Counts:
        """Return how many chose each option of an item, missing last."""
        own = self._options_of(item_id)
        places = slice(own.start, own.stop + 1)
        counts: Counts = np.diagonal(self.joint[:, places, places].sum(axis=0)).copy()
        return counts

    def option_counts(self, scale: str, missing: Missing = "pairwise") -> Counts:
        """Return the joint counts of the options of a scale, block by block, without those of missing.

        Shape (n_blocks, L, L), L = sum over the items of the scale of their options.
        """
        self._check_scale(scale)
        if missing == "listwise":
            return self.listwise[scale]
        own = [self._options_of(item) for item in self.scales[scale]]
        places = np.array([place for one in own for place in range(one.start, one.stop)], np.intp)
        return np.asarray(self.joint[:, places[:, None], places])

    def moments(self, scale: str, missing: Missing = "pairwise") -> Moments:
        """Return means and covariances of the items of a scale, the same bits as from the persons themselves."""
        return self._moments(
            self.option_counts(scale, missing).sum(axis=0), self._used(scale, missing).sum(), scale, missing
        )

    def block_moments(self, scale: str, missing: Missing = "pairwise") -> list[Moments]:
        """Return the moments with each block left out in turn; blocks without persons are passed over."""
        counts, used = self.option_counts(scale, missing), self._used(scale, missing)
        total, n = counts.sum(axis=0), used.sum()
        blocks = np.flatnonzero(used)
        if len(blocks) < 2:
            return []
        return [self._moments(total - counts[block], n - used[block], scale, missing) for block in blocks]

    def _moments(self, counts: Counts, n_persons: Any, scale: str, missing: Missing) -> Moments:
        points = [self.points[self.item_ids.index(item)] for item in self.scales[scale]]
        return moments_from_counts(counts, points, n_persons=int(n_persons), missing=missing)

    def _used(self, scale: str, missing: Missing) -> Counts:
        place = list(self.scales).index(scale)
        used: Counts = (self.complete if missing == "listwise" else self.answered)[:, place]
        return used

    def without_block(self, block: int) -> ItemTally:
        """Return the counts of all blocks but one; that one stays, empty."""
        if not 0 <= block < self.n_blocks:
            raise TallyError(f"block {block}: there are {self.n_blocks}, counted from 0")
        kept = np.arange(self.n_blocks) != block
        cells = {
            name: Cells(cell.counts * kept.reshape(-1, *[1] * (cell.counts.ndim - 1)))
            for name, cell in self.cells().items()
        }
        return self.made_of(self.described(), (), cells, self.source)

    def scale(self, scale_id: str) -> ItemTally:
        """Return the counts of the items of one scale only."""
        self._check_scale(scale_id)
        items = self.scales[scale_id]
        rows = [self.item_ids.index(item) for item in items]
        own = [self._options_of(item) for item in items]
        places = np.array([place for one in own for place in range(one.start, one.stop + 1)], np.intp)
        column = list(self.scales).index(scale_id)
        return ItemTally(
            item_ids=items,
            options=tuple(self.options[row] for row in rows),
            points=tuple(self.points[row] for row in rows),
            scales={scale_id: items},
            joint=self.joint[:, places[:, None], places],
            listwise={scale_id: self.listwise[scale_id]},
            reasons=self.reasons,
            missing=self.missing[:, rows],
            persons=self.persons,
            answered=self.answered[:, [column]],
            complete=self.complete[:, [column]],
            source=self.source,
        )

    def the_scale(self, scale: str | None) -> str:
        """Return the scale of that id, or the only one."""
        if scale is None and len(self.scales) != 1:
            raise TallyError(
                f"{self.instrument or 'the table'} has {len(self.scales)} scales that stand on items",
                hint=f"Say which: scale= one of {', '.join(self.scales)}.",
            )
        scale = next(iter(self.scales)) if scale is None else scale
        self._check_scale(scale)
        return scale

    def _check_scale(self, scale: str) -> None:
        if scale not in self.scales:
            raise TallyError(
                f'{self.instrument or "the table"} has no scale "{scale}" that stands on items',
                hint=did_you_mean(scale, self.scales),
            )

    def _options_of(self, item_id: str) -> slice:
        """Return the columns of the options of an item; the column after them is missing."""
        if item_id not in self.item_ids:
            raise TallyError(f'no item "{item_id}" was counted', hint=did_you_mean(item_id, self.item_ids))
        row = self.item_ids.index(item_id)
        start = list(accumulate((n + 1 for n in self.n_options), initial=0))[row]
        return slice(start, start + self.n_options[row])

    def columns(self) -> Mapping[str, Any]:
        """One row per item and option, missing last: how many chose it."""
        labels = [(*codes, "missing") for codes in self.options]
        return {
            "item_id": [item for item, own in zip(self.item_ids, labels, strict=True) for _ in own],
            "option": [label for own in labels for label in own],
            "points": [value for own in self.points for value in (*own, float("nan"))],
            "n_persons": np.diagonal(self.joint.sum(axis=0)).copy(),
        }

    def described(self) -> dict[str, Any]:
        """Return what must be alike in two tallies that are added."""
        return {
            "fingerprint": self.fingerprint,
            "items": list(self.item_ids),
            "options": [list(codes) for codes in self.options],
            "points": [list(values) for values in self.points],
            "scales": {scale: list(items) for scale, items in self.scales.items()},
            "reasons": list(self.reasons),
            "blocks": self.n_blocks,
            "pairs": self.pairs,
        }

    def cells(self) -> dict[str, Cells]:
        """Return the counts by name."""
        return {
            "joint": Cells(self.joint),
            **{f"listwise {scale}": Cells(self.listwise[scale]) for scale in self.scales},
            "missing": Cells(self.missing),
            "persons": Cells(self.persons),
            "answered": Cells(self.answered),
            "complete": Cells(self.complete),
        }

    @classmethod
    def made_of(
        cls,
        described: Mapping[str, Any],
        names: tuple[str, ...],  # noqa: ARG003
        cells: Mapping[str, Cells],
        source: Source,
    ) -> Self:
        """Make a tally of its parts."""
        scales = {scale: tuple(items) for scale, items in described["scales"].items()}
        return cls(
            item_ids=tuple(described["items"]),
            options=tuple(tuple(codes) for codes in described["options"]),
            points=tuple(tuple(values) for values in described["points"]),
            scales=scales,
            joint=cells["joint"].counts,
            listwise={scale: cells[f"listwise {scale}"].counts for scale in scales},
            reasons=tuple(described["reasons"]),
            missing=cells["missing"].counts,
            persons=cells["persons"].counts,
            answered=cells["answered"].counts,
            complete=cells["complete"].counts,
            source=source,
            pairs=described.get("pairs", "all"),
        )

    def place(self, cell: str, where: tuple[int, ...], key: Any) -> str:  # noqa: ARG002
        """Say in words what a count is of: the item, or what was counted."""
        if cell == "missing":
            return f"item {self.item_ids[where[1]]}"
        if cell == "joint":
            items = [
                item for item, n in zip(self.item_ids, self.n_options, strict=True) for _ in range(n + 1)
            ]
            return f"item {items[where[1]]}"
        if cell in {"answered", "complete"}:
            return f"scale {list(self.scales)[where[1]]}"
        return "persons" if cell == "persons" else f"scale {cell.removeprefix('listwise ')}"

    def __repr__(self) -> str:
        blocks = "1 block" if self.n_blocks == 1 else f"{self.n_blocks} blocks"
        return f"<ItemTally of {self.instrument or 'a table'}: {self.n_persons:,} persons, {self.n_items} items, {blocks}>"


def tallies_as_blocks(tallies: Sequence[ItemTally]) -> ItemTally:
    """Return the sum of several tallies with each of them as one block: months, sites, waves."""
    from psychometrics.tallying.arithmetic import check_alike

    first = tallies[0]
    merged = [
        first.made_of(
            {**one.described(), "blocks": 1},
            (),
            {name: Cells(cell.counts.sum(axis=0, keepdims=True)) for name, cell in one.cells().items()},
            one.source,
        )
        for one in tallies
    ]
    for other in merged[1:]:
        check_alike(merged[0], other)
    parts = [one.cells() for one in merged]
    cells = {name: Cells(np.concatenate([part[name].counts for part in parts])) for name in parts[0]}
    return first.made_of({**first.described(), "blocks": len(tallies)}, (), cells, first.source)
