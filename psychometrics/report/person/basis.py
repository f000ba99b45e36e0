"""Sentences of a result page and what each rests on: without a basis there is no sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from psychometrics.errors import ReportError

BasisKind = Literal[
    "score", "cut", "norms", "response", "rating", "reliability", "claim", "catalogue", "definition"
]
"""What a sentence may rest on.

``score``, ``cut``: a scale or cut of this person. ``norms``: an edition. ``response``, ``rating``: what the person
answered, what raters gave (an item, a task, a scale). ``reliability``: a scale in the reliability table. ``claim``,
``catalogue``: an id in the files of claims, a node or link of the catalogue. ``definition``: a place in the definition
file, such as ``statements.junior_met`` or ``misuse.0``.
"""
KINDS: tuple[str, ...] = get_args(BasisKind)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Basis:
    """One thing that a sentence rests on; ``str(basis)`` is ``kind:ref``, as it stands in the page."""

    kind: BasisKind
    ref: str

    def __post_init__(self) -> None:
        if self.kind not in KINDS or not self.ref:
            raise ReportError(f'"{self.kind}:{self.ref}" is no basis', hint=f"Kinds: {', '.join(KINDS)}.")

    def __str__(self) -> str:
        return f"{self.kind}:{self.ref}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence of the page and its bases; refuses to be built without one."""

    text: str
    bases: tuple[Basis, ...]

    def __post_init__(self) -> None:
        if not self.text.strip() or not self.bases:
            raise ReportError(
                f'a sentence of a result page needs words and a basis: "{self.text}"',
                hint="Give the score, norms, claim, catalogue node or place in the definition it rests on.",
            )

    def __str__(self) -> str:
        return self.text
