"""Norms as curves: percentile ranks over the score, or scores at percentile ranks over age."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtri

from psychometrics.errors import ReportError, did_you_mean
from psychometrics.evidence.matrix import Floats
from psychometrics.kernels.continuous.standing import standing
from psychometrics.norming.cells.cell import Cell, Placing
from psychometrics.norming.cells.continuous import ContinuousCell
from psychometrics.norming.editions.suppression import SMALLEST, hidden_cells
from psychometrics.norming.norms import Norms
from psychometrics.report.figures.canvas import INK, PALE, as_simulated, axes_of, make_figure, no_figure
from psychometrics.report.figures.figure import Figure
from psychometrics.report.figures.words import number
from psychometrics.result import counted

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Sheet

RANKS = (2.0, 10.0, 25.0, 50.0, 75.0, 90.0, 98.0)
QUARTILES = (25.0, 50.0, 75.0)
POINTS = 121


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Rank:
    """Percentile ranks along the score of one cell."""

    scores: Floats
    rank: Floats
    lower: Floats
    upper: Floats
    n: float


def percentile_curves(
    norms: Norms,
    scale: str | None = None,
    *,
    stratum: Sequence[str] | None = None,
    title: str = "",
    smallest: int = SMALLEST,
    simulated: bool = False,
) -> Figure:
    """Draw norms as curves.

    Of norms of counts or published figures: the percentile rank of every score, with its interval. Of continuous
    norms: the scores at the percentile ranks 2, 10, 25, 50, 75, 90 and 98 over age.

    Parameters
    ----------
    norms : Norms
    scale : str, optional
        The first one when left out.
    stratum : sequence of str, optional
        Labels of one stratum. Left out: the whole sample where counts can be added up, else the first stratum.
    title : str
        Name of the scale; its id when left out.
    smallest : int
        Cells with fewer persons are not drawn.
    simulated : bool
        Says SIMULATED even where the edition does not.

    Returns
    -------
    Figure
        ``table``: score, percentile_rank, percentile_lower and percentile_upper; of continuous norms age,
        percentile_rank and score.
    """
    scale_id = _scale(norms, scale)
    key, cell, part = _cell(norms, scale_id, stratum)
    what, place = title or scale_id, " / ".join(key) or "whole sample"
    source = as_simulated(norms.source, simulated=simulated or norms.head.simulated)
    name = f"percentile-curves-{scale_id}-{'-'.join(key)}"
    hidden = hidden_cells(part, smallest).get((key, scale_id))
    caption = f"Norms of {what}: {norms.name}, {place}"
    if hidden:
        return no_figure(name, f"not shown: {hidden}", caption=f"{caption}.", source=source)
    if isinstance(cell, ContinuousCell):
        return _over_age(norms, cell, name=name, what=what, caption=caption, source=source)
    found = _ranks(cell)
    if found is None:
        return no_figure(name, "these norms give no percentile ranks", caption=f"{caption}.", source=source)
    points = [float(np.interp(rank, found.rank, found.scores)) for rank in QUARTILES]
    people = "" if isnan(found.n) else f", {counted(round(found.n), 'person')}"
    return make_figure(
        name,
        lambda sheet: _draw_ranks(sheet, found, what),
        heading=f"{what}: percentile rank of each score{people}",
        alt=(
            f"Percentile rank over the score of {what}, {norms.name}, {place}{people}: rank 25 is reached at a score of about "
            f"{number(points[0], 1)}, 50 at {number(points[1], 1)}, 75 at {number(points[2], 1)}."
        ),
        caption=f"{caption}{people}. {_reading(found)}",
        table={
            "score": tuple(found.scores.tolist()),
            "percentile_rank": tuple(found.rank.tolist()),
            "percentile_lower": tuple(found.lower.tolist()),
            "percentile_upper": tuple(found.upper.tolist()),
        },
        source=source,
    )


def _scale(norms: Norms, scale: str | None) -> str:
    if scale is None:
        return norms.scale_ids[0]
    if scale not in norms.scale_ids:
        raise ReportError(
            f'{norms.name} has no norms of "{scale}"', hint=did_you_mean(scale, norms.scale_ids)
        )
    return scale


def _cell(norms: Norms, scale_id: str, stratum: Sequence[str] | None) -> tuple[tuple[str, ...], Cell, Norms]:
    """Return the stratum, its cell, and the edition that holds it."""
    part = norms
    if stratum is None and norms.head.kind == "counts":
        part = norms.over([])
    keys = [key for key, one in part.cells if one == scale_id]
    key = keys[0] if stratum is None else tuple(stratum)
    cell = part.cell(key, scale_id)
    if cell is None:
        known = "; ".join(" / ".join(one) or "whole sample" for one in keys)
        raise ReportError(f"{norms.name} has no stratum {' / '.join(key)}", hint=f"There are: {known}.")
    return key, cell, part


def _ranks(cell: Cell) -> _Rank | None:
    low, high = cell.ends
    if isnan(low) or isnan(high) or not low < high:
        if isnan(cell.mean) or isnan(cell.sd):
            return None
        low, high = cell.mean - 3 * cell.sd, cell.mean + 3 * cell.sd
    whole = float(low).is_integer() and float(high).is_integer() and high - low <= POINTS
    scores = np.arange(low, high + 1) if whole else np.linspace(low, high, POINTS)
    found = cell.place(scores, Placing())
    known = ~np.isnan(found.rank)
    if known.sum() < 2:
        return None
    return _Rank(
        scores=scores[known],
        rank=found.rank[known],
        lower=np.broadcast_to(found.lower, scores.shape)[known],
        upper=np.broadcast_to(found.upper, scores.shape)[known],
        n=float(found.n),
    )


def _reading(found: _Rank) -> str:
    what = "Percentile rank (share below plus half the ties) of each score"
    if np.isnan(found.lower).all():
        return f"{what}; the edition gives no interval."
    return f"{what}; shaded: its 95% interval from the sampling of the norm sample."


def _draw_ranks(sheet: Sheet, found: _Rank, what: str) -> None:
    axes = axes_of(sheet, grid="both")
    axes.fill_between(found.scores, found.lower, found.upper, color=PALE, linewidth=0)
    axes.plot(found.scores, found.rank, color=INK, linewidth=1.8)
    axes.set_ylim(0, 100)
    axes.set_yticks([0, 25, 50, 75, 100])
    axes.set_xlabel(f"score on {what}")
    axes.set_ylabel("percentile rank")


def _over_age(
    norms: Norms, cell: ContinuousCell, *, name: str, what: str, caption: str, source: Any
) -> Figure:
    ages = np.linspace(*cell.model.age_range, POINTS)
    z = standing(cell.model, ages, z_limit=cell.z_limit).z
    curves = {rank: _curve(float(ndtri(rank / 100)), z, cell.model.lattice.scores) for rank in RANKS}
    column = norms.head.continuous.column if norms.head.continuous else "age"
    middle = curves[50.0]
    flat = [
        (float(age), rank, float(at))
        for rank, curve in curves.items()
        for age, at in zip(ages, curve, strict=True)
    ]
    known = np.flatnonzero(~np.isnan(middle))
    if not len(known):
        return no_figure(name, "the model reaches no percentile rank", caption=f"{caption}.", source=source)
    first, last = int(known[0]), int(known[-1])
    return make_figure(
        name,
        lambda sheet: _draw_ages(sheet, ages, curves, what, column),
        heading=f"{what}: percentile curves over {column}",
        alt=(
            f"Percentile curves of {what} over {column}, {norms.name}: the median goes from {number(float(middle[first]), 1)} at "
            f"{ages[first]:.3g} to {number(float(middle[last]), 1)} at {ages[last]:.3g}. Curves for the percentile ranks "
            f"{', '.join(f'{rank:g}' for rank in RANKS)}."
        ),
        caption=f"{caption}. Score at each percentile rank over {column}; the number at the end of a curve is its rank.",
        table={
            head: tuple(row[i] for row in flat) for i, head in enumerate((column, "percentile_rank", "score"))
        },
        source=source,
        height=380,
    )


def _curve(z: float, table: Floats, scores: Floats) -> Floats:
    """Return the score at which z is reached at each age, between scores; nan outside."""
    found = np.full(len(table), np.nan)
    for i, row in enumerate(table):
        rising = np.flatnonzero(np.diff(row) > 0)
        if len(rising):
            there = slice(int(rising[0]), int(rising[-1]) + 2)
            found[i] = np.interp(z, row[there], scores[there], left=np.nan, right=np.nan)
    return found


def _draw_ages(sheet: Sheet, ages: Floats, curves: dict[float, Floats], what: str, column: str) -> None:
    axes = axes_of(sheet, grid="y")
    for rank, curve in curves.items():
        axes.plot(ages, curve, color=INK, linewidth=2.4 if rank == 50 else 1.1)
        known = np.flatnonzero(~np.isnan(curve))
        if len(known):
            end = (float(ages[known[-1]]), float(curve[known[-1]]))
            axes.annotate(
                f"{rank:g}", end, xytext=(5, 0), textcoords="offset points", va="center", fontsize=11
            )
    axes.set_xlabel(column)
    axes.set_ylabel(f"score on {what}")
