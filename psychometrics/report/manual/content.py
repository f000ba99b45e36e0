"""What a technical manual says, as plain data: sections of paragraphs, tables, figures, verdicts and gaps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Answered = Literal["yes", "authors", "no", "not applicable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """Plain text. ``stated`` marks what the authors of the instrument say and neither definition nor data show."""

    text: str
    role: Literal["text", "note", "stated"] = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A heading inside a section."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A list of points."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Names and what belongs to them."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of finished texts; ``numbers`` names the columns on the right, ``folded`` tables open on a click."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: frozenset[str] = frozenset()
    below: str = ""
    folded: bool = False
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureRef:
    """A picture as SVG with its words, and the table that holds the same."""

    svg: str
    alt: str
    caption: str
    table: Table
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a rule says of a figure: never without the threshold and where it comes from.

    ``confirmed`` is False where the threshold was not seen in its source.
    """

    about: str
    value: str
    verdict: str
    system: str
    threshold: str
    source: str
    confirmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgements:
    """Verdicts, set as one table with the sources below."""

    title: str
    rows: tuple[Judgement, ...]
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """What is not there, why, and what would fill it; ``question`` is the question of the review it leaves open."""

    what: str
    why: str
    fill: str
    question: str = ""


Block = Paragraph | Heading | Listing | Facts | Table | FigureRef | Judgements | Missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One section: what it finds in a sentence or two, then everything behind it.

    Attributes
    ----------
    id : str
        Also the anchor.
    number : int
    title : str
    finding : tuple of str
        To be read first.
    blocks : tuple of Block
    answers : mapping as tuple of (str, Answered)
        Questions of the review that it answers, and how.
    rests_on : {"definition", "data", "norms"}
        Whose word it is.
    simulated : bool
        Whether what it rests on is simulated.
    """

    id: str
    number: int = 0
    title: str
    finding: tuple[str, ...]
    blocks: tuple[Block, ...]
    answers: tuple[tuple[str, Answered], ...] = ()
    rests_on: Literal["definition", "data", "norms"] = "definition"
    simulated: bool = False

    @property
    def missing(self) -> tuple[Missing, ...]:
        """What this section lacks."""
        return tuple(block for block in self.blocks if isinstance(block, Missing))

    @property
    def figures(self) -> tuple[FigureRef, ...]:
        """Its figures."""
        return tuple(block for block in self.blocks if isinstance(block, FigureRef))

    @property
    def judgements(self) -> tuple[Judgement, ...]:
        """Its verdicts."""
        return tuple(row for block in self.blocks if isinstance(block, Judgements) for row in block.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A question of the review and where the manual stands on it."""

    id: str
    group: str
    ask: str
    asked_by: str
    answered: Answered
    section: str
    number: int
    fill: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """The first page."""

    facts: tuple[tuple[str, str], ...]
    scales: Table
    gaps: Table
