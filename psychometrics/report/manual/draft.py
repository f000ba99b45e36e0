"""A section while it is being written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from psychometrics.report.manual.content import (
    Answered,
    Block,
    Facts,
    FigureRef,
    Heading,
    Judgement,
    Judgements,
    Listing,
    Missing,
    Paragraph,
    Section,
    Table,
)
from psychometrics.report.manual.questions import BY_ID

LONG = 25
"""Tables of more rows are folded on a screen."""


class Draft:
    """Collects what a section says; questions of the review are answered or left open on the way."""

    def __init__(
        self,
        section_id: str,
        title: str,
        *,
        rests_on: Literal["definition", "data", "norms"] = "definition",
        simulated: bool = False,
        statements: Mapping[str, str] | None = None,
    ) -> None:
        self._id, self._title, self._rests_on, self._simulated = section_id, title, rests_on, simulated
        self._statements = statements or {}
        self._finding: list[str] = []
        self._blocks: list[Block] = []
        self._answers: dict[str, Answered] = {}

    def find(self, text: str) -> None:
        """Add a sentence to read first."""
        self._finding.append(text)

    def say(self, text: str) -> None:
        """Add a paragraph."""
        self._blocks.append(Paragraph(text=text))

    def note(self, text: str) -> None:
        """Add a paragraph in small print."""
        self._blocks.append(Paragraph(text=text, role="note"))

    def head(self, text: str) -> None:
        """Add a heading."""
        self._blocks.append(Heading(text=text))

    def listing(self, items: Iterable[str]) -> None:
        """Add a list; nothing where it is empty."""
        found = tuple(items)
        if found:
            self._blocks.append(Listing(items=found))

    def facts(self, rows: Iterable[tuple[str, str]]) -> None:
        """Add names and values; those without a value are left out."""
        self._blocks.append(Facts(rows=tuple((name, value) for name, value in rows if value)))

    def table(
        self,
        title: str,
        head: Sequence[str],
        rows: Iterable[Sequence[str]],
        *,
        numbers: Iterable[str] = (),
        below: str = "",
        keep: Iterable[str] = (),
        folded: bool | None = None,
    ) -> None:
        """Add a table; columns that are empty throughout are left out, unless ``keep`` names them."""
        table = set_table(title, head, rows, numbers=numbers, below=below, keep=keep, folded=folded)
        if table.rows:
            self._blocks.append(table)

    def figures(self, figures: Iterable[FigureRef]) -> None:
        """Add figures."""
        self._blocks.extend(figures)

    def judge(self, title: str, rows: Iterable[Judgement]) -> None:
        """Add verdicts; nothing where there is none."""
        found = tuple(rows)
        if found:
            self._blocks.append(Judgements(title=title, rows=found))

    def answer(self, *questions: str) -> None:
        """Mark questions of the review as answered here."""
        for one in questions:
            self._answers[f"{self._id}.{one}"] = "yes"

    def skip(self, *questions: str) -> None:
        """Mark questions as not applicable to this instrument."""
        for one in questions:
            self._answers[f"{self._id}.{one}"] = "not applicable"

    def lack(self, question: str, what: str, why: str, fill: str = "") -> None:
        """Leave a question open: what is not there, why, and what would fill it; unless the authors answer it."""
        name = f"{self._id}.{question}"
        if name in self._statements:
            self.ask_authors(question, what)
            return
        self._answers[name] = "no"
        fill = fill or BY_ID[name].fill
        self._blocks.append(Missing(what=what, why=why, fill=fill, question=name))

    def gap(self, what: str, why: str, fill: str) -> None:
        """Say that a part is not there, though the question as such is answered."""
        self._blocks.append(Missing(what=what, why=why, fill=fill))

    def ask_authors(self, question: str, heading: str) -> None:
        """Print what the authors state to a question, or leave it open."""
        name = f"{self._id}.{question}"
        text = self._statements.get(name, "")
        if text:
            self._blocks += [Heading(text=heading), Paragraph(text=text, role="stated")]
            self._answers[name] = "authors"
        else:
            self.lack(question, heading, "")

    def done(self) -> Section:
        """Return the section; every question it owns has been dealt with."""
        open_ = [q for q in BY_ID if BY_ID[q].section == self._id and q not in self._answers]
        for name in open_:
            self.lack(name.partition(".")[2], BY_ID[name].ask, "nothing was given that answers it")
        return Section(
            id=self._id,
            title=self._title,
            finding=tuple(self._finding),
            blocks=tuple(self._blocks),
            answers=tuple(self._answers.items()),
            rests_on=self._rests_on,
            simulated=self._simulated,
        )


def set_table(
    title: str,
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    numbers: Iterable[str] = (),
    below: str = "",
    keep: Iterable[str] = (),
    folded: bool | None = None,
) -> Table:
    """Return a table without the columns that are empty throughout."""
    lines = [tuple(row) for row in rows]
    stay = set(keep)
    kept = [i for i, name in enumerate(head) if name in stay or any(row[i] for row in lines)]
    return Table(
        title=title,
        head=tuple(head[i] for i in kept),
        rows=tuple(tuple(row[i] for i in kept) for row in lines),
        numbers=frozenset(numbers),
        below=below,
        folded=len(lines) > LONG if folded is None else folded,
    )
