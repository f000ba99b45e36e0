"""Does a person stay in the band: moves between the bands or over the cuts of a scale on two occasions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from psychometrics.errors import EstimationError
from psychometrics.evidence.checks import check_confidence
from psychometrics.evidence.matrix import Floats, as_vector
from psychometrics.evidence.stability.band_moves import BandStability, Transitions
from psychometrics.evidence.stability.pairing import match_arrays, match_scores
from psychometrics.evidence.stability.verdicts import weighted_kappa_verdict
from psychometrics.instrument import Instrument
from psychometrics.kernels.agreement.chance import beyond_chance
from psychometrics.kernels.agreement.intervals import standard_error, wald_bounds
from psychometrics.kernels.agreement.units import Units
from psychometrics.kernels.agreement.weights import Scheme, weight_matrix
from psychometrics.kernels.bounds import Estimate
from psychometrics.kernels.stability.attrition import share
from psychometrics.kernels.stability.pairs import Pairs, pairs_of
from psychometrics.result import Source
from psychometrics.scoring import Scores
from psychometrics.tallying.retest_tally import RetestTally

BELOW = "below"
KAPPAS: dict[str, Scheme] = {"kappa": "identity", "kappa_linear": "linear", "kappa_quadratic": "quadratic"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bands:
    """Lower edges, included, from low to high, with their labels."""

    scale_id: str
    bands_id: str
    edges: tuple[float, ...]
    labels: tuple[str, ...]


def band_stability(
    first: Any,
    second: Any = None,
    *,
    edges: Sequence[float] | None = None,
    labels: Sequence[str] | None = None,
    instrument: Instrument | None = None,
    confidence: float = 0.95,
) -> BandStability:
    """Say how many persons keep their band on a second occasion, with kappas and the table of moves.

    A decision taken at a cut is as stable as this, not as the correlation of the scores. Kappa falls when nearly
    all persons are in one band, however few move: read it beside ``share_same``.

    Parameters
    ----------
    first, second : Scores, array-like, or first alone a RetestTally
        Scores of the same persons on two occasions, as in :func:`test_retest`.
    edges : sequence of float, optional
        For arrays: lower edges of the bands, included, rising. Scores below the lowest form a band of their own.
    labels : sequence of str, optional
        Names of the bands; ``from <edge>`` when not given.
    instrument : Instrument, optional
        For a tally: whose raw bands and cuts to use. Scores bring theirs.
    confidence : float
        Level of the intervals.

    Returns
    -------
    BandStability

    Raises
    ------
    EstimationError
        No bands; edges that do not rise; labels of another number.

    References
    ----------
    Cohen (1968), doi:10.1037/h0026256; Fleiss, Cohen and Everitt (1969), doi:10.1037/h0028106. Checked against
    psych 2.5.3 ``cohen.kappa`` and kappa written out.

    Examples
    --------
    >>> found = band_stability([1, 3, 5, 7, 9, 4], [2, 4, 5, 8, 9, 6], edges=[0, 5, 8], labels=["low", "mid", "high"])
    >>> found.sets[0].table.tolist()
    [[2, 1, 0], [0, 1, 1], [0, 0, 1]]
    """
    check_confidence(confidence)
    pairs, own, source = _pairs(first, second)
    sets = _bands_of(own or instrument) if edges is None else [_given(edges, labels, tuple(pairs))]
    if not sets:
        raise EstimationError(
            "there are no bands or cuts on raw scores",
            hint="Give edges=, or an instrument whose definition has bands or cuts with metric raw.",
        )
    made = tuple(_transitions(pairs[one.scale_id], one, confidence) for one in sets if one.scale_id in pairs)
    return BandStability(sets=made, confidence=confidence, source=source)


def _pairs(first: Any, second: Any) -> tuple[dict[str, Pairs], Instrument | None, Source]:
    if isinstance(first, RetestTally) and second is None:
        return {one: pairs_of(*first.pairs(one)) for one in first.scale_ids}, None, first.source
    if second is None:
        raise EstimationError("there is one occasion only", hint="Give two, or a tally of retests.")
    scored = isinstance(first, Scores), isinstance(second, Scores)
    if any(scored) and not all(scored):
        raise EstimationError(
            "one of the two is Scores and the other is not", hint="Give two Scores or two arrays."
        )
    matched = match_scores((first, second)) if all(scored) else match_arrays((first, second), None)
    found = {}
    for scale_id, table in matched.tables.items():
        both = ~np.isnan(table).any(axis=1)
        found[scale_id] = pairs_of(table[both, 0], table[both, 1])
    return found, matched.instrument, matched.source


def _bands_of(instrument: Instrument | None) -> list[Bands]:
    if instrument is None:
        return []
    definition = instrument.definition
    bands = [
        Bands(
            scale_id=one.scale,
            bands_id=one.id,
            edges=tuple(float(step.lower) for step in one.steps),
            labels=tuple(step.label for step in one.steps),
        )
        for one in definition.bands
        if one.metric == "raw"
    ]
    cuts = [
        Bands(scale_id=one.scale, bands_id=one.id, edges=(float(one.at),), labels=(one.id,))
        for one in definition.cuts
        if one.metric == "raw"
    ]
    return bands + cuts


def _given(edges: Sequence[float], labels: Sequence[str] | None, scale_ids: tuple[str, ...]) -> Bands:
    steps = tuple(as_vector(list(edges) if np.iterable(edges) else edges, "edges").tolist())
    if len(scale_ids) != 1:
        raise EstimationError(
            "edges= goes with one score; Scores of several scales use the bands of the instrument"
        )
    if (
        not steps
        or np.isnan(steps).any()
        or any(not low < high for low, high in zip(steps, steps[1:], strict=False))
    ):
        raise EstimationError(f"edges={list(edges)!r}; expected rising numbers, at least one")
    names = tuple(f"from {edge:g}" for edge in steps) if labels is None else tuple(labels)
    if len(names) != len(steps):
        raise EstimationError(f"{len(names)} labels for {len(steps)} edges; expected one label per edge")
    return Bands(scale_id=scale_ids[0], bands_id="", edges=steps, labels=names)


def _transitions(pairs: Pairs, bands: Bands, confidence: float) -> Transitions:
    edges = np.array(bands.edges)
    rows, columns = (np.searchsorted(edges, part, side="right") for part in (pairs.first, pairs.second))
    q = len(edges) + 1
    table = np.zeros((q, q), np.int64)
    np.add.at(table, (rows, columns), pairs.count)
    labels = (BELOW, *bands.labels)
    if len(edges) > 1 and not table[0].any() and not table[:, 0].any():
        table, labels = table[1:, 1:], bands.labels
    n = int(table.sum())
    kappas = {name: _kappa(table, scheme, confidence) for name, scheme in KAPPAS.items()}
    return Transitions(
        scale_id=bands.scale_id,
        bands_id=bands.bands_id,
        labels=labels,
        table=table,
        share_same=share(int(np.trace(table)), n, confidence),
        share_higher=share(int(np.triu(table, 1).sum()), n, confidence),
        share_lower=share(int(np.tril(table, -1).sum()), n, confidence),
        **kappas,
        verdict=weighted_kappa_verdict(kappas["kappa_quadratic"]),
        n_pairs=n,
    )


def _kappa(table: npt.NDArray[np.int64], scheme: Scheme, confidence: float) -> Estimate:
    n, q = int(table.sum()), len(table)
    if n < 2:
        return Estimate(estimate=np.nan, ci_lower=np.nan, ci_upper=np.nan, reason="fewer than 2 pairs")
    position: Floats = np.arange(q, dtype=np.float64)
    units = _units(table)
    found = beyond_chance(units, "cohen", weight_matrix(scheme, position))
    if np.isnan(found.estimate):
        reason = "all persons are in one band on both occasions: chance alone would agree"
        return Estimate(estimate=np.nan, ci_lower=np.nan, ci_upper=np.nan, reason=reason)
    bounds = wald_bounds(found.estimate, standard_error(found, fixed_comparisons=False), n, confidence)
    return Estimate(
        estimate=found.estimate, ci_lower=bounds.lower, ci_upper=bounds.upper, reason=bounds.reason
    )


def _units(table: npt.NDArray[np.int64]) -> Units:
    """Return the table as units rated by two raters: the occasions."""
    before, after = np.nonzero(table)
    cells = np.arange(len(before))
    counts = np.zeros((len(cells), len(table)))
    np.add.at(counts, (cells, before), 1.0)
    np.add.at(counts, (cells, after), 1.0)
    return Units(
        counts=counts,
        multiplicity=table[before, after].astype(np.float64),
        row=np.concatenate([cells, cells]),
        rater=np.repeat([0, 1], len(cells)),
        category=np.concatenate([before, after]),
        n_raters=2,
    )
