"""Is the population moving? New scores against an edition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import nan
from typing import Any

import numpy as np

from psychometrics.errors import NormError, NormMismatchError
from psychometrics.kernels.drift.stability_index import StabilityIndex, stability_index
from psychometrics.norming.block import score_block
from psychometrics.norming.build import build_norms
from psychometrics.norming.cells.cell import Cell
from psychometrics.norming.cells.counts import CountCell
from psychometrics.norming.drift.rows import DriftRow, Verdict, drift_row, no_stability, with_holm
from psychometrics.norming.editions.suppression import SMALLEST, Place, hidden_cells
from psychometrics.norming.norms import COUNTED, Norms
from psychometrics.norming.weighting.weighting import same_rules
from psychometrics.result import Result, Source
from psychometrics.scoring import Scores

MARGIN = 0.2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NormDrift(Result):
    """How far new scores lie from an edition; the whole sample first, then every stratum.

    Attributes
    ----------
    rows : tuple of DriftRow
    composition : StabilityIndex
        The shares of the strata among the new people against those of the edition.
    margin : float
        A shift of the mean that would matter, in SDs of the edition.
    confidence : float
    source : Source
    """

    rows: tuple[DriftRow, ...]
    composition: StabilityIndex
    margin: float
    confidence: float
    hidden: tuple[bool, ...]
    source: Source

    def row(self, scale_id: str, stratum: str = "whole sample") -> DriftRow:
        """Return the row of a scale."""
        for one in self.rows:
            if (one.scale_id, one.stratum) == (scale_id, stratum):
                return one
        raise NormError(f"no row for {scale_id}, {stratum}")

    @property
    def verdict(self) -> Verdict:
        """The gravest verdict of all rows; unclear only where no row is clear."""
        grave: tuple[Verdict, ...] = ("moved", "watch", "same")
        found = {row.verdict for row in self.rows}
        return next((one for one in grave if one in found), "unclear")

    def columns(self) -> Mapping[str, Any]:
        """One row per stratum and scale."""
        rows = self.rows
        numbers: dict[str, list[float]] = {
            "n_norms": [row.n_norms for row in rows],
            "n_new": [row.n_new for row in rows],
            "mean_norms": [row.mean_norms for row in rows],
            "mean_new": [row.mean_new for row in rows],
            "shift": [row.shift.estimate for row in rows],
            "shift_lower": [row.shift.ci_lower for row in rows],
            "shift_upper": [row.shift.ci_upper for row in rows],
            "sd_ratio": [row.sd_ratio.estimate for row in rows],
            "sd_ratio_lower": [row.sd_ratio.ci_lower for row in rows],
            "sd_ratio_upper": [row.sd_ratio.ci_upper for row in rows],
            "stability_index": [row.stability.index for row in rows],
            "stability_index_by_chance": [row.stability.expected for row in rows],
            "stability_index_critical": [row.stability.critical for row in rows],
            "ks_distance": [row.smirnov.statistic for row in rows],
            "ks_at_score": [row.at_score for row in rows],
            "ks_p": [row.smirnov.p for row in rows],
            "ks_p_holm": [row.ks_p_holm for row in rows],
        }
        few = f"fewer than {SMALLEST} people: not shown"
        seen = {
            name: [nan if gone else value for value, gone in zip(values, self.hidden, strict=True)]
            for name, values in numbers.items()
        }
        return {
            "stratum": [row.stratum for row in rows],
            "scale_id": [row.scale_id for row in rows],
            **seen,
            "verdict": [
                "unclear" if gone else row.verdict for row, gone in zip(rows, self.hidden, strict=True)
            ],
            "reason": [
                few if gone else row.reason or None for row, gone in zip(rows, self.hidden, strict=True)
            ],
        }

    def __repr__(self) -> str:
        simulated = " SIMULATED" if self.source.simulated else ""
        return f"<NormDrift against {self.source.norms}:{simulated} {self.verdict}, {len(self.rows)} rows>"


def norm_drift(
    norms: Norms,
    new: Any,
    *,
    margin: float = MARGIN,
    bins: int = 10,
    confidence: float = 0.95,
) -> NormDrift:
    """Say whether the population that an edition stands for has moved, by scores collected since.

    shift d = (M_new - M_norms) / SD_norms;  r = SD_new / SD_norms;  PSI = sum (q - p) ln(q / p) over deciles of the
    edition;  D = max |F_new - F_norms|

    Parameters
    ----------
    norms : Norms
        The edition.
    new : Scores, frame or Norms
        People who took part since; not those of the edition once more. Frames need the columns of the strata.
    margin : float
        A shift of the mean that would matter, in SDs of the edition; .2 is a small effect by Cohen (1988), 2 T points.
    bins : int
        Bins of the stability index; a score is never split, so there may be fewer.
    confidence : float
        Of intervals and critical values.

    Returns
    -------
    NormDrift
        For the whole sample and each stratum: n, means, shift and ratio of SDs with intervals, stability index with
        what chance alone gives, the Kolmogorov-Smirnov distance with its exact p given the ties (and Holm's, over all
        rows), and a verdict:

        - moved: the interval of the shift lies wholly beyond the margin, or the stability index is .25 or more and
          above its critical value;
        - same: the interval of the shift lies within the margin, and the index is below .10 or not above its critical
          value, however small a p value many people give;
        - watch: neither, but something differs beyond chance (the shift's interval is without 0, the index is above
          its critical value, or Holm's p below 1 - confidence);
        - unclear: too few people to say; always below 30.

    Raises
    ------
    NormMismatchError
        Scores or edition of another fingerprint.

    Notes
    -----
    In the whole sample a change of composition (more women, say) shows as a shift; ``composition`` and the rows per
    stratum tell the two apart. Not a test of the norms' quality: new people may differ because they were found
    differently. With weighted norms the weighted distribution is the yardstick for means and index, and the distance
    is taken without weights, with a reason.

    References
    ----------
    Thresholds .10 and .25: Siddiqi (2006), Credit risk scorecards, chapter 8; that they depend on n: Yurdakul (2018).
    Holm (1979), Scandinavian Journal of Statistics 6, 65-70. Cohen (1988), Statistical power analysis, chapter 2.
    """
    if not 0 < confidence < 1 or not margin > 0 or bins < 2:
        raise NormError(
            f"confidence {confidence}, margin {margin}, bins {bins} cannot be used",
            hint="confidence in 0..1, margin above 0, bins 2 or more.",
        )
    other = new if isinstance(new, Norms) else counted_as(norms, new)
    check_same(norms, other)
    pairs = list(_pairs(norms, other))
    judged = [drift_row(place, a, b, margin, bins, confidence) for place, a, b in pairs]
    rows = with_holm(judged, margin, confidence)
    return NormDrift(
        rows=rows,
        composition=_composition(norms, other, confidence),
        margin=margin,
        confidence=confidence,
        hidden=_hidden(norms, other, [place for place, _, _ in pairs]),
        source=replace(
            norms.source,
            simulated=norms.head.simulated or other.head.simulated,
            input_sha256=other.source.input_sha256,
            options=(("margin", str(margin)), ("bins", str(bins)), ("confidence", str(confidence))),
        ),
    )


def counted_as(norms: Norms, new: Any, *, weighted: bool = False) -> Norms:
    """Count new scores into the strata of the edition; ``weighted`` into its weight cells too, to be added to it."""
    own = new.scale_ids if isinstance(new, Scores) else norms.scale_ids
    scales = [scale_id for scale_id in norms.scale_ids if scale_id in own]
    block = score_block(new, scales)
    counted = build_norms(
        new,
        scale=scales,
        edition="new",
        provenance={"description": "new scores"},
        strata=norms.head.strata,
        weights=same_rules(norms.head.weighting, block.persons)
        if weighted and norms.head.weighting
        else None,
        simulated=norms.head.simulated,
    )
    if block.instrument is None:
        update = {"instrument": norms.head.instrument, "fingerprint": norms.head.fingerprint}
        counted = replace(counted, head=counted.head.model_copy(update=update))
    return replace(counted, source=replace(counted.source, input_sha256=block.source.input_sha256))


def check_same(norms: Norms, other: Norms) -> None:
    """Refuse scores of another fingerprint, other strata, and editions that are no distribution of scores."""
    if norms.head.fingerprint != other.head.fingerprint or norms.head.instrument != other.head.instrument:
        raise NormMismatchError(
            f"the new scores are of {other.head.instrument} with another fingerprint than {norms.name}",
            hint="Scores of different keys, items or rules cannot be compared.",
        )
    if [v.labels for v in norms.head.strata] != [v.labels for v in other.head.strata]:
        raise NormMismatchError(f"{norms.name} and {other.name} are divided differently")
    if norms.head.kind == "continuous" or norms.head.conversion:
        raise NormError(
            f"{norms.name} is a model or reads scores through a conversion: it holds no distribution of these scores",
            hint="Drift is seen against an edition of counts: build one from the same sample.",
        )


def _pairs(norms: Norms, other: Norms) -> list[tuple[Place, Cell, Cell]]:
    """Return the cells to compare: the whole sample where counts allow it, then every stratum."""
    found: list[tuple[Place, Cell, Cell]] = []
    if norms.head.strata and norms.head.kind in COUNTED and other.head.kind in COUNTED:
        whole, whole_other = norms.over([]), other.over([])
        for scale_id in whole.scale_ids:
            a, b = whole.cell((), scale_id), whole_other.cell((), scale_id)
            if a is not None and b is not None:
                found.append((((), scale_id), a, b))
    empty = CountCell(scores=np.zeros(0), counts=np.zeros(0, np.int64))
    found += [(place, cell, other.cells.get(place, empty)) for place, cell in norms.cells.items()]
    return found


def _composition(norms: Norms, other: Norms, confidence: float) -> StabilityIndex:
    """Compare the shares of the strata, by the scale that most people have."""
    if not norms.head.strata:
        return no_stability("the edition has no strata")
    sizes = [
        {
            key: max((cell.n or 0 for (k, _), cell in edition.cells.items() if k == key), default=0)
            for key, _ in norms.cells
        }
        for edition in (norms, other)
    ]
    if not sum(sizes[0].values()):
        return no_stability("the sizes of the strata were not published")
    own, others = (np.array([size[key] for key in sizes[0]], np.float64) for size in sizes)
    return stability_index(own, others, confidence)


def _hidden(norms: Norms, other: Norms, places: Sequence[Place]) -> tuple[bool, ...]:
    gone = {*hidden_cells(norms), *hidden_cells(other)}
    return tuple(place in gone for place in places)
