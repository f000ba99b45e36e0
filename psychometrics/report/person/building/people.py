"""Everything about all people, worked out once: places, errors, intervals, cuts and differences as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from itertools import combinations
from math import nan
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from psychometrics.instrument import Instrument
from psychometrics.norming import NormedScores
from psychometrics.norming.cells.cell import NoRank
from psychometrics.norming.differences.result import ScoreDifferences
from psychometrics.norming.differences.scores import score_differences
from psychometrics.norming.differences.z_errors import z_errors
from psychometrics.report.person.building.asked import Asked
from psychometrics.scoring.cuts import CutDecisions
from psychometrics.scoring.scores import scale_ends

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]

T_ENDS = (10.0, 90.0)
"""T scores and their intervals are shown no further out than four standard deviations."""
UNKNOWN_COUNT = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """The column of one person in every array of ``People``; lists run over scales, cuts or pairs."""

    row: int
    raw: list[float]
    error: list[float]
    score_lower: list[float]
    score_upper: list[float]
    rank: list[float]
    rank_lower: list[float]
    rank_upper: list[float]
    total: list[bool]
    t: list[float]
    t_lower: list[float]
    t_upper: list[float]
    norm_n: list[float]
    no_rank: list[int]
    note: list[int]
    no_score: list[int]
    n_valid: list[int]
    n_raters: list[int]
    adjudicate: list[bool]
    met: list[float]
    probability: list[float]
    difference: list[float]
    difference_error: list[float]
    reliable: list[float]


ARRAYS = tuple(one.name for one in fields(Person) if one.name != "row")


@dataclass(frozen=True, kw_only=True, eq=False)
class People:
    """Arrays with one column per person; see :class:`Person`.

    ``no_score`` is -1 where only normed scores were given: why a score is missing is then not known.
    """

    asked: Asked
    differences: ScoreDifferences | None
    arrays: dict[str, Array]

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The pairs of scales that are compared."""
        return () if self.differences is None else self.differences.pairs

    def person(self, row: int) -> Person:
        """Return one person's column of everything."""
        return Person(row=row, **{name: self.arrays[name][:, row].tolist() for name in ARRAYS})

    @cached_property
    def ids(self) -> list[str]:
        """Ids of the persons, one per row."""
        return [str(one) for one in self.asked.persons.column("person_id").to_pylist()]

    @cached_property
    def occasions(self) -> list[str]:
        """Occasions, one per row; empty where there is none."""
        if "occasion" not in self.asked.persons.column_names:
            return [""] * len(self.ids)
        return ["" if one is None else str(one) for one in self.asked.persons.column("occasion").to_pylist()]

    @cached_property
    def strata(self) -> list[str]:
        """The part of the norm sample that each person is compared with; why there is none where there is none."""
        normed = self.asked.normed
        if normed is None:
            return [""] * len(self.ids)
        names = [*normed.strata, *normed.outside_strata]
        return [names[s] if s >= 0 else _lost(normed, s) for s in normed.stratum.tolist()]


def _lost(normed: NormedScores, stratum: int) -> str:
    place = -1 - stratum
    return normed.outside_strata[place] if place < len(normed.outside_strata) else ""


def people(asked: Asked) -> People:
    """Work everything out for all people."""
    shape = (len(asked.instrument.scale_ids), asked.persons.num_rows)
    scored = _scored(asked, shape)
    found = _differences(asked)
    differences = _in_t_points(found, asked.persons.num_rows)
    arrays = {**scored, **_placed(asked, scored, shape), **_cuts(asked), **differences}
    return People(asked=asked, differences=found, arrays=arrays)


def _scored(asked: Asked, shape: tuple[int, int]) -> dict[str, Array]:
    """Return scores, their errors and intervals, and what counted."""
    scores, normed = asked.scores, asked.normed
    ids = asked.instrument.scale_ids
    raw, error = np.full(shape, nan), np.full(shape, nan)
    counts: dict[str, Array] = {
        name: np.full(shape, UNKNOWN_COUNT, np.int32) for name in ("no_score", "n_valid", "n_raters")
    }
    adjudicate = np.zeros(shape, np.bool_)
    if scores is not None:
        raw, error = scores.raw, scores.errors()
        counts["no_score"], counts["n_valid"] = scores.reason, scores.n_valid
        if scores.n_raters.size:
            counts["n_raters"], adjudicate = scores.n_raters, scores.adjudicate
    elif normed is not None:
        rows = [ids.index(scale_id) for scale_id in normed.scale_ids]
        raw[rows], error[rows] = normed.raw, normed.errors()
        if normed.n_raters is not None:
            counts["n_raters"][rows] = normed.n_raters
    margin = NormalDist().inv_cdf(0.5 + asked.confidence / 2) * error
    least, most = scale_ends(asked.instrument, ids, 1)
    return {
        "raw": raw,
        "error": error,
        "score_lower": np.maximum(raw - margin, least[:, None]),
        "score_upper": np.minimum(raw + margin, most[:, None]),
        **counts,
        "adjudicate": adjudicate,
    }


def _placed(asked: Asked, scored: dict[str, Array], shape: tuple[int, int]) -> dict[str, Array]:
    """Return places in the norm sample; the whole interval where the error is known, else that of the sample."""
    normed = asked.normed
    names = ("rank", "rank_lower", "rank_upper", "t", "t_lower", "t_upper", "norm_n")
    out: dict[str, Array] = {name: np.full(shape, nan) for name in names}
    out |= {
        "total": np.zeros(shape, np.bool_),
        "no_rank": np.where(np.isnan(scored["raw"]), NoRank.NO_SCORE, NoRank.NO_NORMS).astype(np.int8),
        "note": np.zeros(shape, np.int16),
    }
    if normed is None:
        return out
    rows = [asked.instrument.scale_ids.index(scale_id) for scale_id in normed.scale_ids]
    unsure = normed.uncertainty(confidence=asked.confidence)
    total = ~np.isnan(unsure.lower["total"]) & ~np.isnan(unsure.upper["total"])
    lower, upper = (
        np.where(total, ends["total"], ends["norm_sample"]) for ends in (unsure.lower, unsure.upper)
    )
    out["rank"][rows] = normed.percentile_rank
    out["rank_lower"][rows], out["rank_upper"][rows], out["total"][rows] = lower, upper, total
    for name, values in zip(("t", "t_lower", "t_upper"), _t_scores(normed, asked, lower, upper), strict=True):
        out[name][rows] = np.clip(values, *T_ENDS)
    out["norm_n"][rows], out["no_rank"][rows], out["note"][rows] = normed.norm_n, normed.reason, normed.note
    return out


def _t_scores(
    normed: NormedScores, asked: Asked, lower: Floats, upper: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return T with its interval.

    It is that of the percentile rank on the T axis; for linear T, and where no rank can be read off the norms, it is
    T -/+ z * standard error of T.
    """
    with np.errstate(divide="ignore"):
        curved = 50 + 10 * ndtri(lower / 100), 50 + 10 * ndtri(upper / 100)
    normalised = normed.placing.standard == "normalised"
    known = ~np.isnan(curved[0]) & ~np.isnan(curved[1])
    if normalised and (known | np.isnan(normed.z)).all():
        return normed.t, *curved
    margin = 10 * NormalDist().inv_cdf(0.5 + asked.confidence / 2) * z_errors(normed)
    straight = normed.t - margin, normed.t + margin
    low, high = (
        np.where(np.isnan(a), b, a) if normalised else b for a, b in zip(curved, straight, strict=True)
    )
    return normed.t, np.asarray(low), np.asarray(high)


def _cuts(asked: Asked) -> dict[str, Array]:
    """Return which cuts are met and how surely, shape (n_cuts, n_rows), in the order of the definition."""
    entries, n_rows = asked.instrument.definition.cuts, asked.persons.num_rows
    met, probability = np.full((len(entries), n_rows), nan), np.full((len(entries), n_rows), nan)
    found: list[CutDecisions] = [one.cuts() for one in (asked.normed, asked.scores) if one is not None]
    place = {entry.id: i for i, entry in enumerate(entries)}
    for decisions in found:
        chances = decisions.probability()
        for i, cut in enumerate(decisions.cuts):
            met[place[cut.id]], probability[place[cut.id]] = decisions.met[i], chances[i]
    return {"met": met, "probability": probability}


def _differences(asked: Asked) -> ScoreDifferences | None:
    """Return the differences of the pairs that are compared; None where there are none."""
    normed = asked.normed
    pairs = () if normed is None else profile_pairs(asked.instrument, normed.scale_ids)
    if normed is None or not pairs:
        return None
    return score_differences(normed, pairs=pairs, confidence=asked.confidence)


def _in_t_points(found: ScoreDifferences | None, n_rows: int) -> dict[str, Array]:
    """Return differences and their errors in T points, shape (n_pairs, n_rows)."""
    if found is None:
        return dict.fromkeys(("difference", "difference_error", "reliable"), np.empty((0, n_rows)))
    return {
        "difference": 10 * found.difference,
        "difference_error": 10 * found.standard_error,
        "reliable": found.reliable,
    }


def profile_pairs(instrument: Instrument, scale_ids: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return the pairs worth comparing: scales that lie side by side in the same larger scale, or in none; nothing shared."""
    under = contents(instrument)
    families: dict[str, list[str]] = {}
    for scale_id in instrument.scale_ids:
        for larger in holders(under, scale_id) or [""]:
            families.setdefault(larger, []).append(scale_id)
    pairs = [
        (a, b)
        for family in families.values()
        for a, b in combinations(family, 2)
        if a in scale_ids and b in scale_ids and not under[a] & under[b]
    ]
    return tuple(dict.fromkeys(pairs))


def contents(instrument: Instrument) -> dict[str, frozenset[str]]:
    """Return the items and criteria under each scale."""
    return {
        scale.id: frozenset((*instrument.items_under(scale), *instrument.criteria_under(scale)))
        for scale in instrument.scales
    }


def holders(under: Mapping[str, frozenset[str]], scale_id: str) -> list[str]:
    """Return the smallest scales that hold all that a scale holds, and more."""
    larger = [one for one, inside in under.items() if under[scale_id] < inside]
    return [one for one in larger if not any(under[other] < under[one] for other in larger)]
