"""Pictures of continuous norms: percentile curves, Q-Q plot, worm plot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from psychometrics.errors import NormError
from psychometrics.kernels.continuous.standing import standing
from psychometrics.norming.cells.continuous import ContinuousCell
from psychometrics.norming.continuous.frame import ages_of
from psychometrics.norming.norms import Norms

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = npt.NDArray[np.float64]
RANKS = (2.0, 10.0, 25.0, 50.0, 75.0, 90.0, 98.0)
INK, LIGHT, BAND = "#1f3a5f", "#8aa4c8", "#d9e2ee"


def percentile_curves(
    norms: Norms,
    scores: Any = None,
    *,
    scale: str | None = None,
    stratum: Sequence[str] = (),
    ranks: Sequence[float] = RANKS,
) -> Figure:
    """Draw the scores at given percentile ranks over age, one curve each, with the persons behind them.

    Parameters
    ----------
    norms : Norms
        A continuous edition.
    scores : Scores or frame, optional
        Persons to draw as dots, of that stratum.
    scale : str, optional
        The first one when left out.
    stratum : sequence of str
        Labels of the stratum; the first one when left out.
    ranks : sequence of float
        Percentile ranks within 0..100.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.figure import Figure

    key, scale_id, cell = _cell(norms, scale, stratum)
    ages = np.linspace(*cell.model.age_range, 201)
    z = standing(cell.model, ages, z_limit=cell.z_limit).z
    figure = Figure(figsize=(7.5, 5), layout="constrained")
    axes = figure.subplots()
    if scores is not None:
        _dots(axes, norms, scores, scale_id, key)
    for rank in ranks:
        curve = [_score_at(float(ndtri(rank / 100)), row, cell.model.lattice.scores) for row in z]
        axes.plot(ages, curve, color=INK, linewidth=2.2 if rank == 50 else 1.2)
        known = np.flatnonzero(np.isfinite(curve))
        if len(known):
            end = (ages[known[-1]], curve[known[-1]])
            axes.annotate(
                f"{rank:g}", end, xytext=(4, 0), textcoords="offset points", va="center", fontsize=9
            )
    axes.set_xlabel(norms.head.continuous.column if norms.head.continuous else "")
    axes.set_ylabel(scale_id)
    axes.set_title(_title(norms, key, "percentile ranks"), loc="left", fontsize=11)
    _plain(axes)
    return figure


def qq_plot(norms: Norms, scores: Any, *, scale: str | None = None, seed: int = 0) -> Figure:
    """Draw the persons' residuals against the normal quantiles they should have.

    Residuals are randomised quantile residuals (Dunn & Smyth 1996, doi:10.1080/10618600.1996.10474708): Phi^-1 of a random
    point between the share below and the share at or below; standard normal when the norms are right, discrete scores or not.

    Parameters
    ----------
    norms : Norms
        A continuous edition.
    scores : Scores or frame
        Persons with scores, ages and strata.
    scale : str, optional
    seed : int
        Of the random points.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.figure import Figure

    found, _ = residuals(norms, scores, scale=scale, seed=seed)
    ordered = np.sort(found[np.isfinite(found)])
    expected = _expected(len(ordered))
    figure = Figure(figsize=(5, 5), layout="constrained")
    axes = figure.subplots()
    axes.plot([-3.5, 3.5], [-3.5, 3.5], color=LIGHT, linewidth=1)
    axes.plot(expected, ordered, ".", color=INK, markersize=4)
    axes.set_xlabel("normal quantile")
    axes.set_ylabel("residual")
    axes.set_title(_title(norms, (), f"Q-Q, {len(ordered):,} persons"), loc="left", fontsize=11)
    _plain(axes)
    return figure


def worm_plot(
    norms: Norms, scores: Any, *, scale: str | None = None, panels: int = 4, seed: int = 0
) -> Figure:
    """Draw a worm plot: the Q-Q plot minus its diagonal, in parts of the age range (van Buuren & Fredriks 2001, doi:10.1002/sim.746).

    A worm above or below 0 is a wrong mean at these ages, a slope a wrong SD, a bow skewness, an S wrong tails. 95% of the dots
    should lie between the lines.

    Parameters
    ----------
    norms, scores, scale, seed
        As for :func:`qq_plot`.
    panels : int
        Parts with equally many persons.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.figure import Figure

    found, ages = residuals(norms, scores, scale=scale, seed=seed)
    known = np.isfinite(found)
    found, ages = found[known], ages[known]
    edges = np.quantile(ages, np.linspace(0, 1, panels + 1))
    part = np.clip(np.searchsorted(edges, ages, side="right") - 1, 0, panels - 1)
    columns = min(panels, 2)
    figure = Figure(figsize=(4 * columns, 3 * -(-panels // columns)), layout="constrained")
    grid = figure.subplots(-(-panels // columns), columns, sharex=True, sharey=True, squeeze=False)
    for number, axes in enumerate(grid.flat):
        if number < panels and (part == number).any():
            _worm(axes, np.sort(found[part == number]))
            axes.set_title(f"{edges[number]:.4g} to {edges[number + 1]:.4g}", loc="left", fontsize=10)
    figure.supxlabel("normal quantile", fontsize=10)
    figure.supylabel("residual minus quantile", fontsize=10)
    figure.suptitle(_title(norms, (), "worm plot"), x=0.01, ha="left", fontsize=11)
    return figure


def residuals(norms: Norms, scores: Any, *, scale: str | None = None, seed: int = 0) -> tuple[Floats, Floats]:
    """Return randomised quantile residuals and ages of persons; nan where there is no rank."""
    _, scale_id, _ = _cell(norms, scale, ())
    below = norms.apply(scores, method="below")
    row = below.scale_ids.index(scale_id)
    low = below.percentile_rank[row] / 100
    high = norms.apply(scores, method="at_or_below").percentile_rank[row] / 100
    part = np.random.default_rng(seed).random(len(low))
    column = norms.head.continuous.column if norms.head.continuous else ""
    return ndtri(low + part * (high - low)), ages_of(below.persons, column)


def _cell(
    norms: Norms, scale: str | None, stratum: Sequence[str]
) -> tuple[tuple[str, ...], str, ContinuousCell]:
    scale_id = scale or norms.scale_ids[0]
    key = tuple(stratum) or next((k for k, s in norms.cells if s == scale_id), ())
    cell = norms.cell(key, scale_id)
    if not isinstance(cell, ContinuousCell):
        raise NormError(
            f"{norms.name} has no continuous norms of {scale_id}, {' / '.join(key) or 'whole sample'}",
            hint="Build them with continuous=..., and name a scale and stratum they hold.",
        )
    return key, scale_id, cell


def _score_at(z: float, row: Floats, scores: Floats) -> float:
    """Return the score at which z is reached, between scores; nan outside."""
    inside = np.flatnonzero(np.diff(row) > 0)
    if not len(inside):
        return float("nan")
    there = slice(int(inside[0]), int(inside[-1]) + 2)
    return float(np.interp(z, row[there], scores[there], left=np.nan, right=np.nan))


def _dots(axes: Axes, norms: Norms, scores: Any, scale_id: str, key: tuple[str, ...]) -> None:
    placed = norms.apply(scores)
    label = " / ".join(key) or "whole sample"
    inside = placed.stratum == placed.strata.index(label)
    ages = ages_of(placed.persons, norms.head.continuous.column if norms.head.continuous else "")
    raw = placed.raw[placed.scale_ids.index(scale_id)]
    axes.plot(ages[inside], raw[inside], ".", color=LIGHT, markersize=3, alpha=0.35)


def _worm(axes: Axes, ordered: Floats) -> None:
    n = len(ordered)
    expected = _expected(n)
    line = np.linspace(-3, 3, 121)
    p = np.exp(-0.5 * line**2) / np.sqrt(2 * np.pi)
    share = ndtr(line)
    band = 1.96 * np.sqrt(share * (1 - share) / n) / p
    axes.fill_between(line, -band, band, color=BAND, linewidth=0)
    axes.axhline(0, color=LIGHT, linewidth=1)
    axes.plot(expected, ordered - expected, ".", color=INK, markersize=3)
    axes.set_xlim(-3.2, 3.2)
    axes.set_ylim(-0.8, 0.8)
    _plain(axes)


def _expected(n: int) -> Floats:
    quantiles: Floats = ndtri((np.arange(n) + 0.5) / n)
    return quantiles


def _title(norms: Norms, key: tuple[str, ...], what: str) -> str:
    simulated = "SIMULATED, " if norms.head.simulated else ""
    place = f", {' / '.join(key)}" if key else ""
    return f"{norms.name}{place}: {simulated}{what}"


def _plain(axes: Axes) -> None:
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
