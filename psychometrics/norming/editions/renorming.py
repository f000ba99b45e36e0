"""Who would be told something else under another edition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import nan
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from psychometrics.errors import NormError
from psychometrics.norming.editions.suppression import SMALLEST
from psychometrics.norming.normed import NormedScores
from psychometrics.norming.norms import Norms
from psychometrics.result import Result, Source
from psychometrics.scoring.cuts import CutDecisions
from psychometrics.scoring.scores import repeat_rows, tile_names

Floats = npt.NDArray[np.float64]
Texts = npt.NDArray[np.object_]

NO_BANDS = "the instrument has no bands on normed scores: give ranks=[...]"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BandChanges(Result):
    """Every person's place and band under two editions; arrays of shape (n_scales, n_rows).

    Attributes
    ----------
    old, new : NormedScores
        The same scores in both editions.
    band_old, band_new : ndarray of object
        Labels of the bands; None where there is none.
    cuts_old, cuts_new : CutDecisions
        The instrument's cuts under both.
    source : Source
    """

    old: NormedScores
    new: NormedScores
    band_old: Texts
    band_new: Texts
    cuts_old: CutDecisions
    cuts_new: CutDecisions
    source: Source

    @property
    def rank_change(self) -> Floats:
        """Percentile rank under the new edition minus that under the old."""
        return self.new.percentile_rank - self.old.percentile_rank

    def columns(self) -> Mapping[str, Any]:
        """One row per person, occasion and scale; ``changes_band`` is 1, 0, or nan where a band is missing."""
        persons, n_scales = self.old.persons, len(self.old.scale_ids)
        keys = [name for name in ("person_id", "occasion") if name in persons.column_names]
        n_rows = persons.num_rows
        old_bands, new_bands = (_flat_texts(bands) for bands in (self.band_old, self.band_new))
        return {
            **{name: repeat_rows(persons.column(name), n_scales) for name in keys},
            "scale_id": tile_names(self.old.scale_ids, n_rows),
            "raw_score": _flat(self.old.raw),
            "percentile_old": _flat(self.old.percentile_rank),
            "percentile_new": _flat(self.new.percentile_rank),
            "rank_change": _flat(self.rank_change),
            "band_old": old_bands,
            "band_new": new_bands,
            "changes_band": _flat(_changed(self.band_old, self.band_new)),
            "cuts_changed": _flat_texts(self._cut_words()),
            "norms_old": tile_names((self.old.norms.name,), n_scales * n_rows),
            "norms_new": tile_names((self.new.norms.name,), n_scales * n_rows),
            "reason": _flat_texts(self._reasons()),
        }

    def _cut_words(self) -> Texts:
        words = np.full(self.old.raw.shape, None, object)
        for place, cut in enumerate(self.cuts_old.cuts):
            before, after = self.cuts_old.met[place], self.cuts_new.met[place]
            row = self.old.scale_ids.index(cut.scale_id)
            for way, wanted in (("met now", after > before), ("no longer met", after < before)):
                for person in np.flatnonzero(wanted):
                    said = words[row, person]
                    words[row, person] = f"{f'{said}; ' if said else ''}{cut.id}: {way}"
        return words

    def _reasons(self) -> Texts:
        reasons = np.full(self.old.raw.shape, None, object)
        for row in range(len(self.old.scale_ids)):
            if all(label is None for bands in (self.band_old, self.band_new) for label in bands[row]):
                reasons[row] = NO_BANDS
        gone = np.isnan(self.old.percentile_rank) | np.isnan(self.new.percentile_rank)
        reasons[gone] = "no percentile rank in one of the editions"
        return reasons

    def summary(self) -> BandChangeSummary:
        """How many change band or cross a cut, in all and by stratum of the new edition."""
        parts: list[tuple[str, npt.NDArray[np.bool_]]] = [
            ("whole sample", np.ones(self.old.raw.shape[1], bool))
        ]
        if self.new.norms.head.strata:
            parts += [(label, self.new.stratum == i) for i, label in enumerate(self.new.strata)]
        rows = [
            _summary_row(self, scale_id, row, label, inside)
            for row, scale_id in enumerate(self.old.scale_ids)
            for label, inside in parts
        ]
        rows += [
            _cut_row(self, place, label, inside)
            for place in range(len(self.cuts_old.cuts))
            for label, inside in parts
        ]
        return BandChangeSummary(rows=tuple(rows), source=self.source)

    def __repr__(self) -> str:
        simulated = " SIMULATED" if self.source.simulated else ""
        changed = _changed(self.band_old, self.band_new)
        return (
            f"<BandChanges {self.old.norms.name} to {self.new.norms.name}:{simulated} "
            f"{int(np.nansum(changed)):,} of {int(np.sum(~np.isnan(changed))):,} change band>"
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BandChangeSummary(Result):
    """Shares that change band or cross a cut; one row per scale or cut, and stratum."""

    rows: tuple[Mapping[str, Any], ...]
    source: Source

    def columns(self) -> Mapping[str, Any]:
        """Return the table; groups of fewer than 10 people are not shown, unless simulated."""
        shown = [_shown(row, simulated=self.source.simulated) for row in self.rows]
        return {name: [row[name] for row in shown] for name in self.rows[0]}


def who_changes_band(
    scores: Any,
    old: Norms,
    new: Norms,
    *,
    ranks: Sequence[float] | None = None,
    labels: Sequence[str] | None = None,
    **options: Any,
) -> BandChanges:
    """Place the same scores in two editions and say who is told something else.

    Parameters
    ----------
    scores : Scores or frame
        Scores of the fingerprint that both editions were made for.
    old, new : Norms
        The edition in use and the one that would follow it. They may be divided by different strata.
    ranks : sequence of float, optional
        Percentile ranks at which bands begin (lower edges included), such as ``[25, 75]``; the bands of the
        instrument on normed scores when left out.
    labels : sequence of str, optional
        Names of these bands, one more than ``ranks``.
    **options
        For :meth:`Norms.apply`, the same for both: ``method``, ``standard``, ``smoothing``, ``outdated``, ``today``.

    Returns
    -------
    BandChanges
        Per person and scale: both ranks, their difference, both bands, which cuts are met now or no longer;
        ``summary()`` for the shares.

    Raises
    ------
    NormError
        Ranks that do not rise within 0..100.
    NormMismatchError
        Scores of another fingerprint than an edition's.
    """
    edges = _edges(ranks)
    before, after = (norms.apply(scores, **options) for norms in (old, new))
    before, after = _shared(before, after)
    names = _labels(edges, labels)
    return BandChanges(
        old=before,
        new=after,
        band_old=_bands(before, edges, names),
        band_new=_bands(after, edges, names),
        cuts_old=before.cuts(),
        cuts_new=after.cuts(),
        source=Source(
            instrument=after.source.instrument,
            fingerprint=after.source.fingerprint,
            norms=f"{old.name}, {new.name}",
            simulated=before.source.simulated or after.source.simulated,
            input_sha256=after.source.input_sha256,
            options=after.source.options,
            package_version=after.source.package_version,
        ),
    )


def _edges(ranks: Sequence[float] | None) -> Floats | None:
    if ranks is None:
        return None
    edges = np.asarray(ranks, np.float64)
    if edges.ndim != 1 or not len(edges) or (np.diff(edges) <= 0).any() or edges[0] <= 0 or edges[-1] >= 100:
        raise NormError(f"ranks {list(ranks)} must rise and lie between 0 and 100", hint="Such as [25, 75].")
    return edges


def _labels(edges: Floats | None, given: Sequence[str] | None) -> list[str]:
    if edges is None:
        return []
    if given is None:
        inner = [f"{a:g} to below {b:g}" for a, b in pairwise(edges.tolist())]
        return [f"below {edges[0]:g}", *inner, f"{edges[-1]:g} and above"]
    if len(given) != len(edges) + 1:
        raise NormError(f"{len(given)} labels for {len(edges) + 1} bands")
    return list(given)


def _shared(before: NormedScores, after: NormedScores) -> tuple[NormedScores, NormedScores]:
    """Refuse editions that hold different scales: a frame has then been read twice in different ways."""
    if before.scale_ids != after.scale_ids:
        raise NormError(
            f"{before.norms.name} and {after.norms.name} hold different scales",
            hint=f"{', '.join(before.scale_ids)} and {', '.join(after.scale_ids)}.",
        )
    return before, after


def _bands(normed: NormedScores, edges: Floats | None, labels: Sequence[str]) -> Texts:
    shape = normed.raw.shape
    if edges is None:
        flat = pa.array(normed.columns()["band"]).to_pylist()
        return np.array(flat, object).reshape(shape[1], shape[0]).T
    names = np.array([*labels, None], object)
    # 100 (B + F / 2) / n may miss an edge by its last digit
    place = np.searchsorted(edges, np.round(normed.percentile_rank, 9), side="right")
    return np.asarray(names[np.where(np.isnan(normed.percentile_rank), len(labels), place)])


def _changed(before: Texts, after: Texts) -> Floats:
    known = np.array(before != None) & np.array(after != None)  # noqa: E711  (elementwise)
    return np.where(known, (before != after).astype(np.float64), nan)


def _flat(values: Floats) -> Floats:
    return values.T.reshape(-1)


def _flat_texts(values: Texts) -> pa.Array:
    return pa.array(values.T.reshape(-1).tolist(), pa.string())


def _summary_row(
    changes: BandChanges, scale_id: str, row: int, label: str, inside: npt.NDArray[np.bool_]
) -> Mapping[str, Any]:
    change = changes.rank_change[row][inside]
    changed = _changed(changes.band_old[row], changes.band_new[row])[inside]
    both = ~np.isnan(change)
    banded = ~np.isnan(changed)
    up = (changed == 1) & (np.where(both, change, 0) > 0)
    raw = changes.old.raw[row][inside]
    return _facts(label, scale_id, "bands", changed[banded], up[banded], change[both], raw[both])


def _cut_row(
    changes: BandChanges, place: int, label: str, inside: npt.NDArray[np.bool_]
) -> Mapping[str, Any]:
    cut = changes.cuts_old.cuts[place]
    before, after = changes.cuts_old.met[place][inside], changes.cuts_new.met[place][inside]
    known = ~np.isnan(before) & ~np.isnan(after)
    change = changes.rank_change[changes.old.scale_ids.index(cut.scale_id)][inside]
    raw = changes.old.raw[changes.old.scale_ids.index(cut.scale_id)][inside]
    both = ~np.isnan(change)
    moved = (before != after)[known].astype(np.float64)
    return _facts(
        label, cut.scale_id, f"cut {cut.id}", moved, (after > before)[known], change[both], raw[both]
    )


def _facts(
    label: str,
    scale_id: str,
    what: str,
    changed: Floats,
    up: npt.NDArray[np.bool_],
    change: Floats,
    raw: Floats,
) -> Mapping[str, Any]:
    largest, at = nan, nan
    if len(change):
        far = int(np.argmax(np.abs(change)))
        largest, at = float(change[far]), float(raw[far])
    n = float(len(changed))
    return {
        "scale_id": scale_id,
        "what": what,
        "stratum": label,
        "n_ranked": float(len(change)),
        "n": n,
        "n_changed": float(changed.sum()) if n else nan,
        "share_changed": float(changed.mean()) if n else nan,
        "n_up": float(up.sum()) if n else nan,
        "n_down": float(changed.sum() - up.sum()) if n else nan,
        "mean_rank_change": float(change.mean()) if len(change) else nan,
        "largest_rank_change": largest,
        "at_score": at,
        "reason": None if n else "nobody has a band under both editions",
    }


def _shown(row: Mapping[str, Any], *, simulated: bool) -> Mapping[str, Any]:
    if simulated or not 0 < max(row["n"], row["n_ranked"]) < SMALLEST:
        return row
    hidden = {name: nan for name, value in row.items() if isinstance(value, float)}
    return {**row, **hidden, "reason": f"fewer than {SMALLEST} people: not shown"}
