"""A picture of the manual: SVG, what it shows in words, and the same numbers as a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

from psychometrics.result import Result, Source

SIMULATED = "SIMULATED DATA"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Figure(Result):
    """One picture.

    Attributes
    ----------
    name : str
        For file names and ids: small letters, digits and hyphens.
    svg : str
        An ``<svg>`` element without prolog, to stand in a page as it is; its text stays text. Width 100%, made for
        640 pixels. Empty where there is nothing to draw; ``reason`` says why.
    alt : str
        What the picture shows, with its numbers; also inside the SVG, as its label.
    caption : str
        What is drawn and how to read it; SIMULATED where it is.
    table : mapping of str to tuple
        The numbers that are drawn, unrounded: column name to cells.
    reason : str
        Why there is no picture.
    source : Source
    """

    name: str
    svg: str
    alt: str
    caption: str
    table: Mapping[str, tuple[Any, ...]]
    reason: str = ""
    source: Source = field(default_factory=Source)

    def columns(self) -> Mapping[str, Any]:
        """Return the numbers that are drawn."""
        return {name: list(cells) for name, cells in self.table.items()}

    def _repr_html_(self) -> str:
        body = self.svg or f"<p>{escape(self.reason)}</p>"
        return f"<figure>{body}<figcaption>{escape(self.caption)}</figcaption></figure>"

    def __repr__(self) -> str:
        return f"<Figure {self.name}: {self.alt or self.reason}>"
