"""Where pictures are drawn: one look, the same bytes each time, SVG that can stand inside a page."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING, Any

from psychometrics.report.figures.figure import SIMULATED, Figure
from psychometrics.report.figures.words import plain_text, slug
from psychometrics.result import Source

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Sheet

WIDTH = 640
INK, MID, PALE, ACCENT, QUIET = "#1f4e80", "#6b8bb8", "#d5e2f0", "#86500a", "#545e69"
"""Dark blue, mid blue, pale blue, brown, grey: told apart in print and by the colour-blind; no red, no green.
Those of ``report/look.css``, which the pages have."""
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Noto Sans', 'Liberation Sans', Arial, sans-serif"
NIGHT = {INK: "#90bdec", MID: "#7f9cc3", PALE: "#24405e", ACCENT: "#e2b26b", QUIET: "#aab3bc"}

LOOK: Mapping[str, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "psychometrics",
    "text.parse_math": False,
    "font.family": ["DejaVu Sans"],
    "font.size": 12,
    "axes.labelsize": 12,
    "axes.labelcolor": QUIET,
    "axes.edgecolor": QUIET,
    "axes.titlesize": 12,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelsize": 11,
    "ytick.labelsize": 11,
    "axes.axisbelow": True,
    "axes.unicode_minus": False,
    "grid.color": PALE,
    "lines.solid_capstyle": "round",
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
}

Draw = Callable[["Sheet"], object]


def make_figure(
    name: str,
    draw: Draw,
    *,
    heading: str,
    alt: str,
    caption: str,
    table: Mapping[str, tuple[Any, ...]],
    source: Source,
    height: float = 320,
) -> Figure:
    """Draw a picture and return it with its words; SIMULATED goes into the picture, its label and its caption."""
    mark = f"{SIMULATED}. " if source.simulated else ""
    words = plain_text(f"{mark}{alt}", None)
    return Figure(
        name=slug(name),
        svg=draw_svg(slug(name), draw, heading=plain_text(f"{mark}{heading}"), label=words, height=height),
        alt=words,
        caption=plain_text(f"{mark}{caption}", None),
        table=table,
        source=source,
    )


def no_figure(name: str, reason: str, *, caption: str, source: Source) -> Figure:
    """Return a figure that says why there is nothing to draw."""
    mark = f"{SIMULATED}. " if source.simulated else ""
    return Figure(
        name=slug(name),
        svg="",
        alt="",
        caption=plain_text(f"{mark}{caption}", None),
        table={},
        reason=reason,
        source=source,
    )


def draw_svg(name: str, draw: Draw, *, heading: str, label: str, height: float) -> str:
    """Return the picture as an ``<svg>`` element; the same call gives the same bytes on any machine."""
    import matplotlib.style
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure as Sheet
    from matplotlib.text import Text

    with matplotlib.style.context(["default", dict(LOOK)]), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # the reader's own font draws it
        sheet = Sheet(figsize=(WIDTH / 72, height / 72), layout="constrained")
        FigureCanvasSVG(sheet)
        sheet.suptitle(heading, x=0.008, ha="left", fontsize=13, fontweight="bold")
        draw(sheet)
        for text in sheet.findobj(Text):
            text.set_text(plain_text(text.get_text()))
        file = io.StringIO()
        sheet.savefig(
            file, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None}
        )
    return _for_a_page(file.getvalue(), name, label, height)


def as_simulated(source: Source, *, simulated: bool) -> Source:
    """Return the source, marked as simulated where the caller knows that it is."""
    return replace(source, simulated=True) if simulated else source


def axes_of(sheet: Sheet, *, grid: str = "") -> Axes:
    """Return the one pair of axes of a sheet, with faint grid lines across ``grid`` ("x", "y" or none)."""
    axes: Axes = sheet.subplots()
    if grid:
        axes.grid(axis=grid, linewidth=1)  # type: ignore[arg-type]
    return axes


def _for_a_page(svg: str, name: str, label: str, height: float) -> str:
    """Take the prolog off, make ids the picture's own, name the system's fonts, and follow a dark page."""
    body = svg[svg.index("<svg") :]
    body = body[body.index(">") + 1 :].rstrip()
    body = re.sub(r"<metadata>.*?</metadata>\s*", "", body, flags=re.DOTALL)
    body = re.sub(r'\b(id|href)="(#?)', rf'\1="\2{name}-', body)
    body = body.replace("url(#", f"url(#{name}-").replace("'DejaVu Sans'", FONT)
    body = re.sub(r"\n +", "\n", body)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" class="figure" id="{name}"'
        f' role="img" aria-label="{escape(label)}" viewBox="0 0 {WIDTH:g} {height:g}" width="100%"'
        f' style="max-width: {WIDTH}px; height: auto">\n'
    )
    return f"{head}<style>{_night()}</style>\n{body.strip()}\n"


def _night() -> str:
    """Return the rules of a dark page; markers are drawn through ``use``, where no rule knows the svg around them."""
    rules = "".join(
        f'[style*="{part}: {day}"]{{{part}:{dark}!important}}'
        for day, dark in NIGHT.items()
        for part in ("fill", "stroke")
    )
    return f"@media screen and (prefers-color-scheme: dark){{{rules}}}"
