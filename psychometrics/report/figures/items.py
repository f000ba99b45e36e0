"""Items of a scale: how much of their points persons have, and how well they go with the rest."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from psychometrics.errors import ReportError, did_you_mean
from psychometrics.evidence.items.analysis import InstrumentItems
from psychometrics.evidence.items.flags import LOW_ITEM_REST
from psychometrics.evidence.items.statistics import ItemAnalysis
from psychometrics.report.figures.canvas import as_simulated, make_figure, no_figure
from psychometrics.report.figures.dots import Dot, Line, draw_dots, height_of
from psychometrics.report.figures.figure import Figure
from psychometrics.report.figures.words import interval, number
from psychometrics.result import counted, format_number


def item_means(
    items: ItemAnalysis | InstrumentItems,
    scale: str | None = None,
    *,
    title: str = "",
    names: Mapping[str, str] = MappingProxyType({}),
    simulated: bool = False,
) -> Figure:
    """Draw the mean of every item as a share of the points that can be had, in the order of the scale.

    Parameters
    ----------
    items : ItemAnalysis or InstrumentItems
        What :func:`psychometrics.item_analysis` or ``item_statistics`` gives.
    scale : str, optional
        Which scale of InstrumentItems.
    title : str
        Name of the scale; its id when left out.
    names : mapping of str to str
        What an item is called, by its id; the id alone when left out.
    simulated : bool
        Says SIMULATED even where the result does not know it.

    Returns
    -------
    Figure
        ``table``: item_id, mean, sd, minimum, maximum, item_proportion and n of each item.
    """
    scale_id, own = _one_scale(items, scale)
    title = title or scale_id
    caption = (
        "Mean of each item as a percentage of the points that can be had (reverse-keyed items already reversed); "
        "the mean in points is at the right. Items near 0 or 100 tell few persons apart."
    )
    name = f"item-means-{scale_id}"
    known = np.flatnonzero(~np.isnan(own.item_proportion))
    if not len(known):
        return no_figure(
            name,
            "no item has any answers",
            caption=caption,
            source=as_simulated(own.source, simulated=simulated),
        )
    shares = 100 * own.item_proportion
    dots = [
        Dot(name=names.get(item, item), at=float(at), label=format_number(float(mean)))
        for item, at, mean in zip(own.item_id, shares, own.mean, strict=True)
    ]
    low, high = known[shares[known].argmin()], known[shares[known].argmax()]
    columns = ("item_id", "mean", "sd", "minimum", "maximum", "item_proportion", "n")
    return make_figure(
        name,
        lambda sheet: draw_dots(
            sheet,
            dots,
            axis="mean, % of the points that can be had",
            limits=(0, 100),
            ticks=range(0, 101, 20),
        ),
        heading=_heading(title, "item means"),
        alt=(
            f"Dot chart of the means of {counted(len(dots), 'item')}{_of(title)}, as percentage of the points that can be had: "
            f"lowest {own.item_id[low]} with {shares[low]:.0f}%, highest {own.item_id[high]} with {shares[high]:.0f}%, "
            f"median {float(np.median(shares[known])):.0f}%."
        ),
        caption=caption,
        table={column: tuple(np.asarray(getattr(own, column)).tolist()) for column in columns},
        source=as_simulated(own.source, simulated=simulated),
        height=height_of(dots),
    )


def item_rest(
    items: ItemAnalysis | InstrumentItems,
    scale: str | None = None,
    *,
    title: str = "",
    names: Mapping[str, str] = MappingProxyType({}),
    simulated: bool = False,
) -> Figure:
    """Draw the correlation of every item with the rest of its scale, with its interval.

    Parameters
    ----------
    items : ItemAnalysis or InstrumentItems
    scale : str, optional
        Which scale of InstrumentItems.
    title : str
        Name of the scale; its id when left out.
    names : mapping of str to str
        What an item is called, by its id; the id alone when left out.
    simulated : bool
        Says SIMULATED even where the result does not know it.

    Returns
    -------
    Figure
        ``table``: item_id, item_rest_correlation, ci_lower, ci_upper, n and flags of each item.
    """
    scale_id, own = _one_scale(items, scale)
    title = title or scale_id
    caption = (
        f"Correlation of each item with the sum of the other items, with its {own.confidence:.0%} interval. Hollow: below "
        f"{LOW_ITEM_REST:g} (dashed line), where an item is looked at again."
    )
    name = f"item-rest-{scale_id}"
    known = np.flatnonzero(~np.isnan(own.item_rest_correlation))
    if not len(known):
        reason = next((why for why in own.reason if why), "no item-rest correlation exists")
        return no_figure(name, reason, caption=caption, source=as_simulated(own.source, simulated=simulated))
    at = own.item_rest_correlation
    dots = [
        Dot(
            name=names.get(item, item),
            at=float(at[i]),
            lower=float(own.ci_lower[i]),
            upper=float(own.ci_upper[i]),
            label=format_number(float(at[i])),
            marked=bool(at[i] < LOW_ITEM_REST),
        )
        for i, item in enumerate(own.item_id)
    ]
    ends = (min(0.0, np.floor(float(np.nanmin([at[known], own.ci_lower[known]])) * 5) / 5), 1.0)
    lines = [Line(at=LOW_ITEM_REST), Line(at=0.0, main=True)]
    columns = ("item_id", "item_rest_correlation", "ci_lower", "ci_upper", "n", "flags")
    return make_figure(
        name,
        lambda sheet: draw_dots(
            sheet, dots, axis="correlation with the other items", limits=ends, lines=lines
        ),
        heading=_heading(title, "item-rest correlations"),
        alt=_rest_alt(title, own, known),
        caption=caption,
        table={column: tuple(np.asarray(getattr(own, column)).tolist()) for column in columns},
        source=as_simulated(own.source, simulated=simulated),
        height=height_of(dots),
    )


def _rest_alt(title: str, own: ItemAnalysis, known: np.ndarray[tuple[int], np.dtype[np.intp]]) -> str:
    at = own.item_rest_correlation
    low, high = int(known[at[known].argmin()]), int(known[at[known].argmax()])
    below = int((at[known] < LOW_ITEM_REST).sum())
    return (
        f"Dot chart of item-rest correlations of {counted(len(own.item_id), 'item')}{_of(title)}: lowest {own.item_id[low]} with "
        f"{number(float(at[low]))} ({interval(float(own.ci_lower[low]), float(own.ci_upper[low]))}), highest {own.item_id[high]} "
        f"with {number(float(at[high]))}, median {number(float(np.median(at[known])))}; {below or 'none'} below {LOW_ITEM_REST:g}."
    )


def _one_scale(items: ItemAnalysis | InstrumentItems, scale: str | None) -> tuple[str, ItemAnalysis]:
    if isinstance(items, ItemAnalysis):
        return scale or "", items
    ids = list(items.scales)
    if scale is None and len(ids) == 1:
        scale = ids[0]
    if scale is None:
        raise ReportError("there are several scales", hint=f"Say which: scale= one of {', '.join(ids)}.")
    if scale not in items.scales:
        raise ReportError(f'there is no scale "{scale}" with items', hint=did_you_mean(scale, ids))
    return scale, items.scales[scale]


def _heading(title: str, what: str) -> str:
    return f"{title}: {what}" if title else what.capitalize()


def _of(title: str) -> str:
    return f" of {title}" if title else ""
