"""How many persons of each stratum have each score."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from psychometrics.errors import Problem, TallyError, did_you_mean
from psychometrics.responses.tables import as_text
from psychometrics.result import Source
from psychometrics.scoring import Scores
from psychometrics.scoring.cells import ScoreCells
from psychometrics.tallying.arithmetic import Tally
from psychometrics.tallying.cells import Cells, distinct
from psychometrics.version import VERSION

Counts = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Key = tuple[str, ...]

JOIN = "\x1f"
SPAN = 100_000
MOST_CELLS = 100_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoreTally(Tally):
    """How many persons of each stratum have each score, scale by scale; no person is in it.

    Attributes
    ----------
    scale_ids : tuple of str
    variables : tuple of str
        Names of the variables that divide the sample; none for the whole sample.
    strata : tuple of tuple of str
        Every stratum with a score, its labels in the order of ``variables``; sorted.
    scores : ndarray of float64, shape (n_cells, 3)
        Position of the stratum, position of the scale, raw score; in rising order.
    counts : ndarray of int64, shape (n_cells,)
        Persons with that score.
    source : Source
    """

    scale_ids: tuple[str, ...]
    variables: tuple[str, ...]
    strata: tuple[Key, ...]
    scores: Floats
    counts: Counts
    source: Source = field(default_factory=Source)

    def distribution(self, scale_id: str, stratum: Key | None = None) -> tuple[Floats, Counts]:
        """Return the distinct scores, rising, and how many persons have each.

        Parameters
        ----------
        scale_id : str
        stratum : tuple of str, optional
            Labels in the order of ``variables``; all strata together when left out.
        """
        if scale_id not in self.scale_ids:
            raise TallyError(
                f'no scale "{scale_id}" was counted', hint=did_you_mean(scale_id, self.scale_ids)
            )
        mine = self.scores[:, 1] == self.scale_ids.index(scale_id)
        if stratum is not None:
            mine &= self.scores[:, 0] == (self.strata.index(stratum) if stratum in self.strata else -1)
        found = distinct(self.scores[mine, 2:], self.counts[mine])
        return (np.empty(0) if found.keys is None else found.keys[:, 0]), found.counts

    def described(self) -> dict[str, Any]:
        """Return what must be alike in two tallies that are added."""
        return {
            "fingerprint": self.source.fingerprint,
            "scales": list(self.scale_ids),
            "strata": list(self.variables),
        }

    def names(self) -> tuple[str, ...]:
        """Return the strata, their labels joined."""
        return tuple(JOIN.join(stratum) for stratum in self.strata)

    def cells(self) -> dict[str, Cells]:
        """Return the counts."""
        return {"scores": Cells(self.counts, self.scores)}

    def renamed(self, names: tuple[str, ...]) -> dict[str, Cells]:
        """Return the counts with their strata numbered as in ``names``."""
        place = np.array([names.index(name) for name in self.names()], np.float64)
        keys = self.scores.copy()
        keys[:, 0] = place[keys[:, 0].astype(np.intp)]
        return {"scores": Cells(self.counts, keys)}

    @classmethod
    def made_of(
        cls, described: Mapping[str, Any], names: tuple[str, ...], cells: Mapping[str, Cells], source: Source
    ) -> Self:
        """Make a tally of its parts; strata without a score are dropped."""
        found = cells["scores"]
        keys = np.empty((0, 3)) if found.keys is None else found.keys.reshape(-1, 3).copy()
        used, place = np.unique(keys[:, 0].astype(np.intp), return_inverse=True)
        keys[:, 0] = place
        return cls(
            scale_ids=tuple(described["scales"]),
            variables=tuple(described["strata"]),
            strata=tuple(tuple(names[i].split(JOIN)) if described["strata"] else () for i in used),
            scores=keys,
            counts=found.counts,
            source=source,
        )

    def place(self, cell: str, where: tuple[int, ...], key: Any) -> str:  # noqa: ARG002
        """Say in words what a count is of."""
        return f"scale {self.scale_ids[int(key[1])]}, score {key[2]:g}"

    def columns(self) -> Mapping[str, Any]:
        """One row per stratum, scale and score."""
        strata = [self.strata[int(i)] for i in self.scores[:, 0]]
        return {
            **{name: [stratum[i] for stratum in strata] for i, name in enumerate(self.variables)},
            "scale_id": [self.scale_ids[int(i)] for i in self.scores[:, 1]],
            "raw_score": self.scores[:, 2],
            "n_persons": self.counts,
        }

    def __repr__(self) -> str:
        n = max(
            (int(self.counts[self.scores[:, 1] == i].sum()) for i in range(len(self.scale_ids))), default=0
        )
        return (
            f"<ScoreTally of {self.source.instrument or 'a table'}: {n:,} persons, "
            f"{len(self.scale_ids)} scales, {len(self.strata)} strata>"
        )


def tally_scores(scores: Scores, *, strata: Iterable[str] | Mapping[str, Any] = ()) -> ScoreTally:
    """Count how many persons of each stratum have each score on each scale.

    Not norms: no provenance, no percentiles; :func:`build_norms` makes norms from the same counts.

    Parameters
    ----------
    scores : Scores
        Persons without a score on a scale are not counted there.
    strata : iterable of str, or mapping
        Columns of ``scores.persons`` whose values divide the sample; or the name of a variable to one label per
        row, for bands of your own. Rows with a blank label are left out.

    Returns
    -------
    ScoreTally

    Raises
    ------
    TallyError
        No such column, or labels of the wrong length.

    Examples
    --------
    >>> import psychometrics as pm
    >>> answers = pm.read_responses({"person_id": ["a", "b"], **{f"q{i}": [0, 3] for i in range(1, 8)}}, "gad-7")
    >>> tally_scores(pm.score("gad-7", answers)).distribution("total")
    (array([ 0., 21.]), array([1, 1]))
    """
    source = Source(
        instrument=scores.instrument.name,
        fingerprint=scores.instrument.fingerprint,
        simulated=scores.source.simulated,
        package_version=VERSION,
    )
    return count_scores(scores.raw, scores.scale_ids, _labels(strata, scores.persons), source)


def count_scores(
    raw: Floats,
    scale_ids: Sequence[str],
    labels: Mapping[str, pa.Array],
    source: Source,
    cells: Sequence[ScoreCells | None] | None = None,
) -> ScoreTally:
    """Count scores, shape (n_scales, n_rows), nan where there is none, by labels of the rows, null where outside.

    Where the cells of the scores are known they are counted in place of the scores: the same counts, sooner.
    """
    index, names = _strata(labels, raw.shape[1])
    inside = index >= 0
    whole = bool(inside.all())
    index = index if whole else index[inside]
    keys, counts = [], []
    for place, row in enumerate(raw):
        own = None if cells is None else cells[place]
        if own is not None:
            found = _count_cells(index, own.place if whole else own.place[inside], own.values, len(names))
        else:
            found = _count_row(index, row if whole else row[inside], len(names))
        keys.append(np.insert(found[0], 1, float(place), axis=1))
        counts.append(found[1])
    counted = distinct(
        np.concatenate([np.empty((0, 3)), *keys]), np.concatenate([np.empty(0, np.int64), *counts])
    )
    described = {"scales": list(scale_ids), "strata": list(labels)}
    return ScoreTally.made_of(described, names, {"scores": counted}, source)


def _count_cells(
    stratum: npt.NDArray[np.intp], place: npt.NDArray[np.int16], values: Floats, n_strata: int
) -> tuple[Floats, Counts]:
    """Return (stratum, score) of each cell and its count, from the places of scores in a table of them."""
    width = len(values)
    where = stratum * width
    where += place
    counts = np.bincount(where, minlength=n_strata * width)
    cells = np.flatnonzero(counts)
    cells = cells[~np.isnan(values[cells % width])]
    return np.column_stack([cells // width, values[cells % width]]), counts[cells].astype(np.int64)


def _count_row(stratum: npt.NDArray[np.intp], values: Floats, n_strata: int) -> tuple[Floats, Counts]:
    """Return (stratum, score) of each cell and its count."""
    there = ~np.isnan(values)
    if not there.all():
        stratum, values = stratum[there], values[there]
    if not len(values):
        return np.empty((0, 2)), np.empty(0, np.int64)
    low, high = values.min(), values.max()
    if high - low < SPAN and np.array_equal(values, np.rint(values)):
        distinct_values, place = np.arange(low, high + 1), (values - low).astype(np.intp)
    else:
        encoded = pc.dictionary_encode(
            pa.array(values)
        )  # quicker than sorting: the cells are put in order later
        distinct_values, place = encoded.dictionary.to_numpy(), encoded.indices.to_numpy().astype(np.intp)
    width = len(distinct_values)
    counts = np.bincount(stratum * width + place, minlength=n_strata * width)
    cells = np.flatnonzero(counts)
    return np.column_stack([cells // width, distinct_values[cells % width]]), counts[cells].astype(np.int64)


def _strata(labels: Mapping[str, pa.Array], n_rows: int) -> tuple[npt.NDArray[np.intp], tuple[str, ...]]:
    """Return the stratum of each row, -1 for none, and the strata, labels joined, sorted."""
    if not labels:
        return np.zeros(n_rows, np.intp), ("",)
    columns = [_level_codes(column) for column in labels.values()]
    levels = [own for _, own in columns]
    shape = [len(own) for own in levels]
    blank = [codes < 0 for codes, _ in columns if codes.min(initial=0) < 0]
    index, _ = columns[0]
    for codes, own in columns[1:]:
        index *= max(len(own), 1)
        index += codes
    for gone in blank:
        index[gone] = -1
    used = _used(index, prod(shape))
    found = [
        JOIN.join(own[place] for own, place in zip(levels, np.unravel_index(one, shape), strict=True))
        for one in used.tolist()
    ]
    names = tuple(sorted(found))
    where = {name: place for place, name in enumerate(names)}
    rank = np.array([*(where[name] for name in found), -1], np.intp)
    if found == list(names) and len(used) == prod(shape):
        return index, names
    if prod(shape) > MOST_CELLS:
        return np.where(index < 0, -1, rank[np.searchsorted(used, index)]), names
    table = np.full(prod(shape) + 1, -1, np.intp)
    table[used] = rank[:-1]
    return table[index], names


def _used(index: npt.NDArray[np.int64], n: int) -> npt.NDArray[np.int64]:
    """Return the numbers from 0 to below ``n`` that occur, rising."""
    if n > MOST_CELLS:
        return np.unique(index[index >= 0])
    inside = index if index.min(initial=0) == 0 else index[index >= 0]
    return np.flatnonzero(np.bincount(inside, minlength=n))


def _level_codes(column: pa.Array | pa.ChunkedArray) -> tuple[npt.NDArray[np.int64], list[str]]:
    """Return the position of the label of each row among the distinct labels, -1 where blank, and the labels."""
    encoded = column if pa.types.is_dictionary(column.type) else pc.dictionary_encode(column)
    encoded = encoded.combine_chunks() if isinstance(encoded, pa.ChunkedArray) else encoded
    labels = encoded.dictionary.to_pylist()
    where = {label: place for place, label in enumerate(dict.fromkeys(labels))}
    indices = encoded.indices.fill_null(len(labels)) if encoded.indices.null_count else encoded.indices
    codes = indices.to_numpy(zero_copy_only=False)
    if len(where) == len(labels) and not encoded.indices.null_count:
        return codes.astype(np.int64), labels
    place = np.array([*(where[label] for label in labels), -1], np.int64)
    return place[codes], list(where)


def _labels(strata: Iterable[str] | Mapping[str, Any], persons: pa.Table) -> dict[str, pa.Array]:
    if isinstance(strata, str):
        strata = [strata]
    given = strata if isinstance(strata, Mapping) else dict.fromkeys(strata)
    problems, labels = [], {}
    for name, own in given.items():
        if own is None and name not in persons.column_names:
            hint = did_you_mean(name, persons.column_names)
            problems.append(Problem(where=name, what="no such column", hint=hint))
        elif own is not None and len(own) != persons.num_rows:
            problems.append(
                Problem(where=name, what=f"{len(own)} labels", expected=f"{persons.num_rows}, one per row")
            )
        else:
            column = persons.column(name) if own is None else pa.chunked_array([pa.array(own)])
            labels[name] = as_text(column)
    if problems:
        raise TallyError("the scores cannot be divided by these strata", problems=problems)
    return labels
