"""The level of a score in words, with the limits it is read by."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING

from psychometrics.report.person.basis import Basis, Sentence
from psychometrics.report.person.building.page import Page, basis, sentence
from psychometrics.report.person.building.people import Person
from psychometrics.report.person.building.words import capital, plain_number

if TYPE_CHECKING:
    from psychometrics.instrument.definition import BandsEntry

T_LIMITS = (30.0, 40.0, 60.0, 70.0)
T_LEVELS = ("level.very_low", "level.low", "level.average", "level.high", "level.very_high")
"""One and two standard deviations from the mean of the norm sample, lower edges included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """The label of a level, and the sentences that say its limits."""

    label: str
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Steps:
    """Edges and labels; ``labels`` has one more where scores below the first edge have a name."""

    edges: tuple[float, ...]
    labels: tuple[str, ...]

    def at(self, value: float) -> int:
        """Return the position of the label a value has; -1 for none."""
        return bisect_right(self.edges, value) - (len(self.edges) - len(self.labels) + 1)


def level_of(page: Page, person: Person, i: int) -> Level | None:
    """Return the level of a scale: the bands of the definition, else plain words for its T score; None for neither."""
    bands = page.bands.get(page.instrument.scale_ids[i], ())
    found = [level for level in (_of_band(page, person, i, band) for band in bands) if level is not None]
    if found:
        return Level(
            label="; ".join(level.label for level in found),
            sentences=tuple(one for level in found for one in level.sentences),
        )
    return None if bands else _of_t(page, person, i)


def _of_t(page: Page, person: Person, i: int) -> Level | None:
    if isnan(person.t[i]):
        return None
    steps = _Steps(edges=T_LIMITS, labels=tuple(page.say(key) for key in T_LEVELS))
    values = (person.t[i], person.t_lower[i], person.t_upper[i])
    return _level(page, steps, values, "", page.place_bases[page.instrument.scale_ids[i]], 1)


def _of_band(page: Page, person: Person, i: int, band: BandsEntry) -> Level | None:
    scale_id = page.instrument.scale_ids[i]
    values = {
        "raw": (person.raw[i], person.score_lower[i], person.score_upper[i]),
        "t": (person.t[i], person.t_lower[i], person.t_upper[i]),
        "percentile_rank": (person.rank[i], person.rank_lower[i], person.rank_upper[i]),
        "z": tuple((value - 50) / 10 for value in (person.t[i], person.t_lower[i], person.t_upper[i])),
    }[band.metric]
    steps = _Steps(
        edges=tuple(float(step.lower) for step in band.steps), labels=tuple(step.label for step in band.steps)
    )
    if isnan(values[0]) or steps.at(values[0]) < 0:
        return None
    more = page.norms_basis if band.metric != "raw" else ()
    bases = (basis("score", scale_id), basis("definition", f"bands.{band.id}"), *more)
    digits = page.digits[scale_id] if band.metric == "raw" else 1
    return _level(page, steps, values, "level.of_bands", bases, digits)


def _level(
    page: Page, steps: _Steps, values: tuple[float, ...], key: str, bases: tuple[Basis, ...], digits: int
) -> Level:
    at = steps.at(values[0])
    known = not isnan(values[1] + values[2])
    low, high = (max(steps.at(values[1]), 0), steps.at(values[2])) if known else (at, at)
    return page.once(
        ("level", bases, at, low, high), lambda: _made(page, steps, (at, low, high), key, bases, digits)
    )


def _made(
    page: Page, steps: _Steps, places: tuple[int, int, int], key: str, bases: tuple[Basis, ...], digits: int
) -> Level:
    at, lowest, highest = places
    label = steps.labels[at]
    said = []
    if key:  # levels by T are the same on all scales: they are explained once
        limits = _limits_of(page, steps, at, digits)
        said.append(sentence(capital(page.say(key, level=label, limits=limits)), *bases))
    around = [steps.labels[j] for j in range(lowest, highest + 1) if j != at]
    if around:
        said.append(
            sentence(page.say("level.also_possible", levels=page.texts.listed(around, "list.or")), *bases)
        )
    return Level(label=label, sentences=tuple(said))


def _limits_of(page: Page, steps: _Steps, at: int, digits: int) -> str:
    first = at - (len(steps.labels) - len(steps.edges))
    low = plain_number(steps.edges[first], digits) if first >= 0 else None
    high = plain_number(steps.edges[first + 1], digits) if first + 1 < len(steps.edges) else None
    return _limits(page, low, high)


def levels_of_t(page: Page) -> str:
    """Say where each level in words begins and ends on the T scale."""
    steps = _Steps(edges=T_LIMITS, labels=tuple(page.say(key) for key in T_LEVELS))
    return "; ".join(
        page.say("level.step", level=label, limits=_limits_of(page, steps, at, 0))
        for at, label in enumerate(steps.labels)
    )


def _limits(page: Page, low: str | None, high: str | None) -> str:
    if low is None:
        return page.say("level.below", high=high)
    return page.say("level.from", low=low) if high is None else page.say("level.from_to", low=low, high=high)
