"""What could be recommended to anybody who took an instrument: built once, then weighed for every person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from psychometrics.careers.catalogue_format import Rules
from psychometrics.careers.recommendations import ReadOn, Remark
from psychometrics.careers.signals import PersonSignals

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
FROM_CATALOGUE = ("adjacency", "market")
"""Signals that can move a recommendation and never bring one up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalRule:
    """How one signal of a candidate gets its value, in code and in words.

    Functions here and in candidates are partial ones of a module, never lambdas: so a batch can go to other processes.
    """

    signal: str
    values: Callable[[PersonSignals, Rules], Floats]
    text: str
    bases: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """A sentence, and for whom it holds."""

    holds: Callable[[PersonSignals, Rules], Bools]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A level that opens a way when it is surely met, and what the way rests on."""

    cut_id: str
    title: str
    bases: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Something that can be recommended: when, with which signals, in which words.

    ``about`` is the title of what it is about, ``step`` the recommendation as the end of "you could ...". ``text`` is
    said to those for whom none of ``wordings`` holds.
    """

    id: str
    kind: str
    node: str
    title: str
    step: str
    about: str
    text: str
    bases: tuple[str, ...]
    present: Callable[[PersonSignals, Rules], Bools]
    signals: tuple[SignalRule, ...]
    wordings: tuple[Wording, ...] = ()
    remarks: tuple[Remark, ...] = ()
    read_on: tuple[ReadOn, ...] = ()
    claims: tuple[str, ...] = ()
    statements_of: str = ""
    """A scale whose statements in the definition belong to it, where they hold for the score."""
    opened_by: tuple[Opening, ...] = ()
    """Levels any of which brings it up where it is surely met; its sentence names those that are."""


def own(name: str, id_: str, text: str, *bases: str) -> SignalRule:
    """Return a rule that reads one of the person's signals as it is."""
    return SignalRule(signal=name, values=partial(_own, name=name, id_=id_), text=text, bases=bases)


def _own(person: PersonSignals, _: Rules, *, name: str, id_: str) -> Floats:
    return person.of(name, id_)


def constant(name: str, value: float | None, text: str, *bases: str) -> SignalRule:
    """Return a rule with the same value for everybody; None where there is no evidence."""
    number = np.nan if value is None else value
    return SignalRule(signal=name, values=partial(_constant, number=number), text=text, bases=bases)


def _constant(person: PersonSignals, _: Rules, *, number: float) -> Floats:
    return np.full(person.n_rows, number)


def surely_met(person: PersonSignals, rules: Rules, *, cut_id: str) -> Bools:
    """Return where a cut is surely met: by its probability, or, where that is not known, by the score."""
    chance = person.of("probability", cut_id)
    met = person.of("met", cut_id) == 1
    return np.where(np.isnan(chance), met, chance > float(rules.surely_met)).astype(np.bool_)


def not_surely_met(person: PersonSignals, rules: Rules, *, cut_id: str) -> Bools:
    """Return where there is a score and the cut is not surely met."""
    there = ~np.isnan(person.of("met", cut_id))
    return there & ~surely_met(person, rules, cut_id=cut_id)


def surely_missed(person: PersonSignals, rules: Rules, *, cut_id: str) -> Bools:
    """Return where a cut is surely missed; nowhere where the probability is not known."""
    return person.of("probability", cut_id) < float(rules.surely_missed)


def is_open(person: PersonSignals, rules: Rules, *, cut_id: str) -> Bools:
    """Return where it is open whether the true score reaches a cut."""
    chance = person.of("probability", cut_id)
    low, high = float(rules.surely_missed), float(rules.surely_met)
    return (chance >= low) & (chance <= high)  # nan is in no interval


def is_above(person: PersonSignals, _: Rules, *, name: str, id_: str) -> Bools:
    """Return where a signal of the person is above 0."""
    return person.of(name, id_) > 0


def best_of(*arrays: Floats) -> Floats:
    """Return the largest value of each row, without nan; nan where there is none."""
    found: Floats = np.fmax.reduce(np.array(arrays), axis=0)
    return found
