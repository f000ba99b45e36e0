"""Two editions side by side: how far the population moved."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from psychometrics.errors import NormMismatchError
from psychometrics.kernels.percentiles import places, rank_table
from psychometrics.norming.cells.counts import CountCell
from psychometrics.norming.editions.disclosure import small_differences
from psychometrics.norming.editions.suppression import SMALLEST, hidden_cells
from psychometrics.norming.norms import Norms
from psychometrics.norming.strata import Key
from psychometrics.result import Result, Source


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NormComparison(Result):
    """One row per stratum and scale that both editions hold."""

    rows: tuple[Mapping[str, Any], ...]
    source: Source

    def columns(self) -> Mapping[str, Any]:
        """Stratum, scale, n, mean and SD of both, standardised shift, largest change of a percentile rank."""
        names = (
            "stratum",
            "scale_id",
            "n_first",
            "n_second",
            "mean_first",
            "mean_second",
            "sd_first",
            "sd_second",
            "shift",
            "rank_change",
            "at_score",
            "reason",
        )
        return {name: [row[name] for row in self.rows] for name in names}

    def __repr__(self) -> str:
        simulated = " SIMULATED" if self.source.simulated else ""
        return f"<NormComparison:{simulated} {len(self.rows)} rows>"


def compare_norms(first: Norms, second: Norms) -> NormComparison:
    """Compare two editions of one fingerprint, cell by cell.

    shift = (mean_2 - mean_1) / SD_1;  rank_change = the largest difference in percentile rank that any score gets

    Parameters
    ----------
    first, second : Norms
        Editions for the same fingerprint with the same strata.

    Returns
    -------
    NormComparison
        Groups of fewer than 10 people are not shown, nor places in which the editions differ by fewer than 10: there
        the two means and n would give away the scores of those few. Simulated editions show everything.
    """
    same = first.head.fingerprint == second.head.fingerprint
    if not same or [v.labels for v in first.head.strata] != [v.labels for v in second.head.strata]:
        raise NormMismatchError(
            f"{first.name} and {second.name} are for different instruments or strata, and cannot be compared"
        )
    shared = [place for place in first.cells if place in second.cells]
    hidden = _hidden(first, second)
    rows = tuple(_row(first, second, place, hidden.get(place)) for place in shared)
    simulated = first.head.simulated or second.head.simulated
    return NormComparison(rows=rows, source=replace(first.source, simulated=simulated))


def _hidden(first: Norms, second: Norms) -> dict[tuple[Key, str], str]:
    """Return what must not be shown: small groups, and small differences, whose scores could be worked out."""
    hidden = {**hidden_cells(first), **hidden_cells(second)}
    if not (first.head.simulated or second.head.simulated):
        few = f"the editions differ by fewer than {SMALLEST} people here: not shown"
        hidden |= dict.fromkeys(small_differences(first, second, SMALLEST), few)
    return hidden


def _row(first: Norms, second: Norms, place: tuple[Key, str], hidden: str | None) -> Mapping[str, Any]:
    if hidden:
        return {**_facts(first, second, place, hide=True), "reason": hidden}
    return {**_facts(first, second, place), "reason": None}


def _facts(first: Norms, second: Norms, place: tuple[Key, str], *, hide: bool = False) -> Mapping[str, Any]:
    a, b = first.cells[place], second.cells[place]
    means, sds = [cell.mean for cell in (a, b)], [cell.sd for cell in (a, b)]
    change, at = (
        _largest_change(a, b)
        if isinstance(a, CountCell) and isinstance(b, CountCell)
        else (math.nan, math.nan)
    )
    where = {"stratum": " / ".join(place[0]) or "whole sample", "scale_id": place[1]}
    numbers = {
        "n_first": math.nan if a.n is None else float(a.n),
        "n_second": math.nan if b.n is None else float(b.n),
        "mean_first": means[0],
        "mean_second": means[1],
        "sd_first": sds[0],
        "sd_second": sds[1],
        "shift": (means[1] - means[0]) / sds[0] if sds[0] > 0 else math.nan,
        "rank_change": change,
        "at_score": at,
    }
    return {**where, **(dict.fromkeys(numbers, math.nan) if hide else numbers)}


def _largest_change(a: CountCell, b: CountCell) -> tuple[float, float]:
    scores = np.union1d(a.scores, b.scores)
    tables = [rank_table(cell.scores, cell.counts) for cell in (a, b)]
    ranks = [table.percentile_rank[places(table.scores, scores)] for table in tables]
    change = ranks[1] - ranks[0]
    largest = int(np.argmax(np.abs(change)))
    return float(change[largest]), float(scores[largest])
