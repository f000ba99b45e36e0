"""Statements of the definition that hold for a score, with the pages they rest on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from psychometrics.careers.recommendations import ReadOn, Remark
from psychometrics.careers.signals import PersonSignals
from psychometrics.instrument import Instrument
from psychometrics.instrument.definition import SourceEntry, StatementEntry

Floats = npt.NDArray[np.float64]
Held = tuple[npt.NDArray[np.bool_], Remark, tuple[ReadOn, ...]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StatementBook:
    """By scale: where each statement of it and of its parts holds, what it says, what it rests on."""

    held: Mapping[str, tuple[Held, ...]]

    def of(self, scale_id: str, row: int) -> tuple[tuple[Remark, ...], tuple[ReadOn, ...]]:
        """Return the statements that hold for one row, on this scale and its parts, and their pages."""
        mine = [one for one in self.held.get(scale_id, ()) if one[0][row]]
        return tuple(remark for _, remark, _ in mine), tuple(page for _, _, pages in mine for page in pages)


def statement_book(person: PersonSignals) -> StatementBook:
    """Return the statements of the instrument and for whom each holds."""
    definition = person.instrument.definition
    sources = {source.id: source for source in definition.sources}
    held: dict[str, list[Held]] = {}
    for one in definition.statements:
        pages = tuple(_page(sources[name]) for name in one.evidence if _link(sources[name]))
        remark = Remark(text=one.text, bases=(f"definition:statements.{one.id}",))
        held.setdefault(one.scale, []).append((_holds(person, one), remark, pages))
    return StatementBook(
        held={
            scale.id: tuple(
                one for part in scales_told_with(person.instrument, scale.id) for one in held.get(part, ())
            )
            for scale in person.instrument.scales
        }
    )


def scales_told_with(instrument: Instrument, scale_id: str) -> tuple[str, ...]:
    """Return a scale and the scales it is made of; parts that have a cut of their own are told with that."""
    with_cuts = {cut.scale for cut in instrument.definition.cuts}
    found = [scale_id]
    for name in found:  # grows on the way down
        parts = (part.scale_id for part in instrument.scale(name).components)
        found += [part for part in parts if part not in with_cuts and part not in found]
    return tuple(found)


def _holds(person: PersonSignals, one: StatementEntry) -> npt.NDArray[np.bool_]:
    place = _places(person, one.scale, one.metric)
    holds = ~np.isnan(place)
    if one.at_least is not None:
        holds &= place >= float(one.at_least)
    if one.below is not None:
        holds &= place < float(one.below)
    return holds


def _places(person: PersonSignals, scale_id: str, metric: str) -> Floats:
    if metric == "raw":
        return person.scores.of(scale_id)
    normed = person.normed
    if normed is None or scale_id not in normed.scale_ids:
        return np.full(person.n_rows, np.nan)
    row = normed.scale_ids.index(scale_id)
    place: Floats = {"percentile_rank": normed.percentile_rank, "z": normed.z, "t": normed.t}[metric][row]
    return place


def _link(source: SourceEntry) -> str:
    return f"https://doi.org/{source.doi}" if source.doi else source.url or ""


def _page(source: SourceEntry) -> ReadOn:
    return ReadOn(title=source.citation, url=_link(source))
