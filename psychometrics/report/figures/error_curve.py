"""The standard error of measurement along the score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from psychometrics.evidence.error.result import ConditionalErrors
from psychometrics.evidence.matrix import Floats
from psychometrics.report.figures.canvas import ACCENT, INK, as_simulated, axes_of, make_figure, no_figure
from psychometrics.report.figures.figure import Figure
from psychometrics.report.figures.words import number
from psychometrics.result import counted

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
        ``table``: scores, standard_error_of_measurement and n_persons. Scores that were merged until they hold
        ``errors.minimum_group`` persons stand together, and the ends of what was observed are not named.
    """
    source = as_simulated(errors.source, simulated=simulated)
    curve = errors.curve(method or errors.default_method or errors.methods[0])
    parts = score_parts(errors, curve.method)
    scores, own = np.array([one.at for one in parts]), np.array([one.error for one in parts])
    overall = abs(errors.line[1]) * errors.standard_error_of_measurement
    what = title or errors.scale_id or "score"
    caption = (
        f"Standard error of measurement at each score of {what} (method: {curve.method.replace('_', ' ')}), in points. "
        "Neighbouring scores with few persons are put together. The dashed line is the one overall error of the same persons, "
        "SD sqrt(1 - alpha). A score that only one pattern of answers can give has an "
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
            f"Line of the standard error of measurement over the score of {what}, {counted(errors.n_persons, 'person')}: between "
            f"{number(float(np.nanmin(own)))} and {number(float(own[most]))} points, largest at a score of {parts[most].label}; "
            f"the overall error is {number(overall)}."
        ),
        caption=caption,
        table={
            "scores": tuple(one.label for one in parts),
            "standard_error_of_measurement": tuple(own.tolist()),
            "n_persons": tuple(one.n_persons for one in parts),
        },
        source=source,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorePart:
    """Scores that stand together: their words, their mean over the persons, their error, and how many persons they are of."""

    label: str
    at: float
    error: float
    n_persons: int


def score_parts(errors: ConditionalErrors, method: str) -> list[ScorePart]:
    """Return the error at each score from low to high, merged scores as one part.

    The lowest and the highest part name only the end towards the middle: the lowest score of all may be one person's.
    """
    curve, groups = errors.curve(method), errors.groups
    start, slope = errors.line
    scores, own = start + slope * groups.scores, abs(slope) * curve.standard_errors
    found = []
    for group in np.unique(groups.group).tolist():
        mine = groups.group == group
        n = groups.counts[mine]
        found.append((scores[mine], float(np.sqrt(np.average(own[mine] ** 2, weights=n))), n))
    found.sort(key=lambda one: float(one[0].min()))
    last = len(found) - 1
    return [
        ScorePart(
            label=_label(at, first=i == 0, last=i == last),
            at=float(np.average(at, weights=n)),
            error=error,
            n_persons=int(n.sum()),
        )
        for i, (at, error, n) in enumerate(found)
    ]


def _label(scores: Floats, *, first: bool, last: bool) -> str:
    low, high = (number(round(float(end), 1), 1) for end in (scores.min(), scores.max()))
    if len(scores) == 1 and not (first and last):
        return low
    if first and last:
        return "all"
    if first:
        return f"up to {high}"
    return f"from {low}" if last else f"{low} to {high}"


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
