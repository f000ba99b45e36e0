"""The wording of a definition as blocks: paragraphs, numbered points, indented code. All of it is text, never markup."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from textwrap import dedent
from typing import Literal

POINT = re.compile(r"(\d{1,3})\.\s+(.*)")
INDENT = "    "


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of text; ``code`` where it stood between backticks."""

    text: str
    code: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A paragraph (one line of spans), points (a line of spans each, counted from ``start``) or code (``text``)."""

    kind: Literal["paragraph", "points", "code"]
    lines: tuple[tuple[Span, ...], ...] = ()
    start: int = 1
    text: str = ""


def blocks(text: str) -> tuple[Block, ...]:
    """Return the blocks of a text: a blank line parts them, four spaces begin code, "1. " begins a point.

    Line breaks inside a paragraph are those of the file's editor and are not kept; those of code are.
    """
    return tuple(_blocks(text.expandtabs(4).replace("\r\n", "\n").strip("\n")))


def spans(text: str) -> tuple[Span, ...]:
    """Return a line as spans; what stands between two backticks is code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:  # a backtick without a partner is a backtick
        parts[-2:] = ["`".join(parts[-2:])]
    return tuple(Span(text=part, code=place % 2 == 1) for place, part in enumerate(parts) if part)


def has_code(found: tuple[Block, ...]) -> bool:
    """Return whether there is a block of code."""
    return any(block.kind == "code" for block in found)


def _blocks(text: str) -> Iterator[Block]:
    for is_code, chunk in groupby(_chunks(text), key=lambda lines: lines[0].startswith(INDENT)):
        if is_code:
            yield Block(kind="code", text=dedent("\n\n".join("\n".join(lines) for lines in chunk)))
        else:
            for lines in chunk:
                yield from _prose(lines)


def _chunks(text: str) -> Iterator[list[str]]:
    """Cut at blank lines, and where code follows prose or prose follows code."""
    lines: list[str] = []
    for line in text.split("\n"):
        if lines and (not line.strip() or line.startswith(INDENT) != lines[-1].startswith(INDENT)):
            yield lines
            lines = []
        if line.strip():
            lines.append(line.rstrip())
    if lines:
        yield lines


def _prose(lines: list[str]) -> Iterator[Block]:
    points: list[list[str]] = []
    before: list[str] = []
    start = 1
    for line in lines:
        point = POINT.match(line)
        if point:
            start = start if points else int(point[1])
            points.append([point[2]])
        else:
            (points[-1] if points else before).append(line.strip())
    if before:
        yield Block(kind="paragraph", lines=(spans(" ".join(before)),))
    if points:
        yield Block(kind="points", lines=tuple(spans(" ".join(point)) for point in points), start=start)
