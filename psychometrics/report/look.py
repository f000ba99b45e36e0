"""The style that every page shares: result pages, the technical manual, the report of a norm edition."""

from __future__ import annotations

from functools import cache
from importlib import resources


@cache
def look() -> str:
    """Return the shared style sheet, to stand inside a page in front of the page's own rules."""
    return resources.files("psychometrics.report").joinpath("look.css").read_text(encoding="utf-8").strip()
