"""Numbers of sections, tables and figures; and texts free of control characters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Any, TypeVar

from psychometrics.report.manual.content import Block, FigureRef, Judgements, Section, Table
from psychometrics.report.manual.words import clean

T = TypeVar("T")


def numbered(sections: Iterable[Section]) -> list[Section]:
    """Return the sections numbered from 1, and in each the tables and the figures."""
    return [_numbered(section, place) for place, section in enumerate(sections, 1)]


def _numbered(section: Section, place: int) -> Section:
    tables = figures = 0
    blocks: list[Block] = []
    for block in section.blocks:
        if isinstance(block, Table | Judgements):
            tables += 1
            blocks.append(replace(block, label=f"Table {place}.{tables}"))
        elif isinstance(block, FigureRef):
            figures += 1
            label = f"Figure {place}.{figures}"
            blocks.append(replace(block, label=label, table=replace(block.table, label=label)))
        else:
            blocks.append(block)
    return replace(section, number=place, blocks=tuple(blocks))


def tidy(value: T) -> T:
    """Return the same content with every text cleaned; SVG is left as it was drawn."""
    cleaned: Any = value
    if isinstance(value, str):
        cleaned = clean(value)
    elif isinstance(value, tuple):
        cleaned = tuple(map(tidy, value))
    elif hasattr(value, "__dataclass_fields__"):
        own = {one.name: getattr(value, one.name) for one in fields(value)}  # type: ignore[arg-type]
        cleaned = type(value)(**{name: part if name == "svg" else tidy(part) for name, part in own.items()})
    return cleaned  # type: ignore[no-any-return]
