"""The pages of an instrument: a few questions that are answered alike, or one task."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import ceil
from typing import Literal

from psychometrics.errors import InstrumentError
from psychometrics.instrument import Instrument
from psychometrics.instrument.definition import ItemEntry, RubricItem

QUESTIONS_PER_PAGE = 6
"""As many as a phone shows with little scrolling, and as few as are worth a page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page: ``number`` counts from 1, ``kind`` says whether it holds questions or one task."""

    number: int
    kind: Literal["questions", "task"]
    item_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class PagePlan:
    """All pages of an instrument, in the order of the file."""

    pages: tuple[Page, ...]

    @cached_property
    def page_of(self) -> dict[str, Page]:
        """Item id to the page it stands on."""
        return {item_id: page for page in self.pages for item_id in page.item_ids}

    def page(self, number: int) -> Page | None:
        """Return the page of that number, or None."""
        return self.pages[number - 1] if 0 < number <= len(self.pages) else None

    def __repr__(self) -> str:
        return f"<PagePlan: {len(self.page_of)} items on {len(self.pages)} pages>"


def page_plan(instrument: Instrument, *, per_page: int = QUESTIONS_PER_PAGE) -> PagePlan:
    """Return the pages on which an instrument is taken.

    Neighbouring items with the same options share a page, ``per_page`` at most, in blocks of about equal length.
    A task has a page of its own, and an item stands on a later page than the answer that decides about it.

    Raises
    ------
    InstrumentError
        If the definition carries topics in place of the wording: then there is nothing to show a person.
    """
    if instrument.definition.wording == "topics":
        raise InstrumentError(
            f"{instrument.name} cannot be taken in the browser: its file holds topics, not the wording of the items",
            hint='Copy the definition, put in the wording you have a licence for, and set wording = "full".',
        )
    groups: list[tuple[Literal["questions", "task"], list[str]]] = []
    for run in _runs(instrument):
        if isinstance(run[0], RubricItem):
            groups.append(("task", [run[0].id]))
        else:
            groups += [("questions", block) for block in _blocks([entry.id for entry in run], per_page)]
    return PagePlan(
        pages=tuple(
            Page(number=number, kind=kind, item_ids=tuple(ids))
            for number, (kind, ids) in enumerate(groups, 1)
        )
    )


def _runs(instrument: Instrument) -> list[list[ItemEntry]]:
    """Cut the file into neighbours that may share a page."""
    apart = _deciding_pairs(instrument)
    runs: list[list[ItemEntry]] = []
    for entry in instrument.definition.items:
        if runs and _belongs(entry, runs[-1], apart):
            runs[-1].append(entry)
        else:
            runs.append([entry])
    return runs


def _belongs(entry: ItemEntry, run: list[ItemEntry], apart: set[frozenset[str]]) -> bool:
    first = run[0]
    if isinstance(entry, RubricItem) or isinstance(first, RubricItem):
        return False
    return entry.options == first.options and not any(frozenset((entry.id, one.id)) in apart for one in run)


def _deciding_pairs(instrument: Instrument) -> set[frozenset[str]]:
    """Pairs of items of which one decides whether the other is asked; they never share a page."""
    return {
        frozenset((item_id, decider))
        for branch in instrument.branches
        for item_id in branch.items
        for decider in (*branch.points_of, *filter(None, [branch.item]))
    }


def _blocks(ids: list[str], most: int) -> list[list[str]]:
    """Cut a run into as few blocks as needed, of about equal length: 7 become 4 and 3, not 6 and 1."""
    n_blocks = ceil(len(ids) / most)
    edges = [round(len(ids) * block / n_blocks) for block in range(n_blocks + 1)]
    return [ids[start:stop] for start, stop in zip(edges, edges[1:], strict=False)]
