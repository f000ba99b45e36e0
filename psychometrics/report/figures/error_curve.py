"""The standard error of measurement along the score."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from psychometrics.evidence.error.result import ConditionalErrors
from psychometrics.evidence.matrix import Floats
from psychometrics.report.figures.canvas import ACCENT, INK, as_simulated, axes_of, make_figure, no_figure
from psychometrics.report.figures.figure import Figure
from psychometrics.report.figures.words import number

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Sheet


def conditional_error(
    errors: ConditionalErrors, method: str | None = None, *, title: str = "", simulated: bool = False
) -> Figure:
    """Draw the standard error of measurement at each score, beside the one overall error.

    Parameters
    ----------
    errors : ConditionalErrors
        What :func:`psychometrics.conditional_standard_errors` gives.
    method : str, optional
        One of its methods; its default method when left out.
    title : str
        Name of the scale; its id when left out.
    simulated : bool
        Says SIMULATED even where the result does not know it.

    Returns
    -------
    Figure
        ``table``: score, standard_error_of_measurement and n_persons.
    """
    source = as_simulated(errors.source, simulated=simulated)
    curve = errors.curve(method or errors.default_method or errors.methods[0])
    start, slope = errors.line
    scores, own = start + slope * errors.groups.scores, abs(slope) * curve.standard_errors
    overall = abs(slope) * errors.standard_error_of_measurement
    what = title or errors.scale_id or "score"
    caption = (
        f"Standard error of measurement at each score of {what} (method: {curve.method.replace('_', ' ')}), in points. "
        "The dashed line is the one overall error of the scale. A score that only one pattern of answers can give has an "
        "error of 0 here; that does not make it free of error."
    )
    name = f"conditional-error-{errors.scale_id}-{curve.method}"
    known = ~np.isnan(own)
    if not known.any():
        return no_figure(name, curve.reason or "no error is known", caption=caption, source=source)
    most = int(np.nanargmax(own))
    return make_figure(
        name,
        lambda sheet: _draw(sheet, scores[known], own[known], overall, what),
        heading=f"{what}: error along the score",
        alt=(
            f"Line of the standard error of measurement over the score of {what}, {errors.n_persons:,} persons: between "
            f"{number(float(np.nanmin(own)))} and {number(float(own[most]))} points, largest at a score of "
            f"{number(float(scores[most]))}; the overall error is {number(overall)}."
        ),
        caption=caption,
        table={
            "score": tuple(scores.tolist()),
            "standard_error_of_measurement": tuple(own.tolist()),
            "n_persons": tuple(errors.groups.counts.tolist()),
        },
        source=source,
    )


def _draw(sheet: Sheet, scores: Floats, own: Floats, overall: float, what: str) -> None:
    axes = axes_of(sheet, grid="y")
    axes.plot(scores, own, color=INK, linewidth=1.8, marker="o", markersize=3 if len(scores) > 40 else 5)
    axes.set_ylim(0, 1.25 * max(float(own.max()), 0.0 if np.isnan(overall) else overall, 1e-9))
    if not np.isnan(overall):
        axes.axhline(overall, color=ACCENT, linewidth=1.2, linestyle=(0, (4, 3)))
        axes.annotate(
            f"overall {number(overall)}",
            (1.0, overall),
            xycoords=("axes fraction", "data"),
            xytext=(0, 5),
            textcoords="offset points",
            ha="right",
            fontsize=11,
            color=ACCENT,
        )
    axes.set_xlabel(f"score on {what}" if what != "score" else "score")
    axes.set_ylabel("standard error, points")
