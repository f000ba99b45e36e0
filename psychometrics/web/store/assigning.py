"""Who rates what: a plan on plain data, the same for the same answers, raters and seed.

Answers are taken in an order that a hash of seed and answer gives. Of each task a share is rated once more than the
rest, spread evenly over that order. Each answer goes to the raters who have least to do; among equals to the one who
has seen least of this person (so that one answer does not colour the next), then to the pair that has met least.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from psychometrics.errors import StoreError
from psychometrics.result import counted


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Answer:
    """One answer that can be rated."""

    sitting_id: str
    person_id: str
    occasion: str
    item_id: str

    @property
    def place(self) -> tuple[str, str]:
        """Sitting and task."""
        return self.sitting_id, self.item_id


@dataclass(slots=True, kw_only=True)
class Plan:
    """Who has what already, and what is added."""

    raters: Sequence[str]
    seed: int
    held: dict[tuple[str, str], list[str]]
    load: Counter[str] = field(default_factory=Counter)
    seen: Counter[tuple[str, str]] = field(default_factory=Counter)
    met: Counter[tuple[str, str]] = field(default_factory=Counter)
    added: list[tuple[Answer, str]] = field(default_factory=list)

    def give(self, answer: Answer, rater_id: str, *, new: bool = True) -> None:
        """Note that a rater has an answer."""
        for other in self.held.setdefault(answer.place, []) if new else ():
            self.met[min(other, rater_id), max(other, rater_id)] += 1
        if new:
            self.held[answer.place].append(rater_id)
            self.added.append((answer, rater_id))
        self.load[rater_id] += 1
        self.seen[answer.person_id, rater_id] += 1

    def choose(self, answer: Answer) -> str | None:
        """Return the rater whose turn it is, None where nobody is left."""
        holders = self.held.get(answer.place, [])
        free = [one for one in self.raters if one not in holders and one != answer.person_id]
        if not free:
            return None
        return min(free, key=lambda one: self._rank(answer, one, holders))

    def _rank(self, answer: Answer, rater_id: str, holders: Sequence[str]) -> tuple[int, int, int, str]:
        pairs = sum(self.met[min(one, rater_id), max(one, rater_id)] for one in holders)
        return (
            self.load[rater_id],
            self.seen[answer.person_id, rater_id],
            pairs,
            mixed(self.seed, answer, rater_id),
        )


def mixed(seed: int, answer: Answer, rater_id: str = "") -> str:
    """Return a number without meaning by which things are ordered, the same in every store."""
    parts = (str(seed), answer.person_id, answer.occasion, answer.item_id, rater_id)
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def start(
    answers: Sequence[Answer], raters: Sequence[str], held: Mapping[tuple[str, str], list[str]], seed: int
) -> Plan:
    """Return a plan that holds what was handed out before."""
    plan = Plan(raters=sorted(raters), seed=seed, held={place: list(who) for place, who in held.items()})
    for answer in answers:
        who = plan.held.get(answer.place, [])
        for position, rater_id in enumerate(who):
            plan.give(answer, rater_id, new=False)
            for other in who[:position]:
                plan.met[min(other, rater_id), max(other, rater_id)] += 1
    return plan


def assign(plan: Plan, answers: Sequence[Answer], *, raters_per_answer: int, double_share: float) -> None:
    """Give every answer its raters; what was handed out before stays."""
    _check(plan, raters_per_answer, double_share)
    for item_id in sorted({answer.item_id for answer in answers}):
        mine = sorted(
            (answer for answer in answers if answer.item_id == item_id), key=lambda one: mixed(plan.seed, one)
        )
        before = [answer for answer in mine if plan.held.get(answer.place)]
        double = sum(len(plan.held[answer.place]) > raters_per_answer for answer in before)
        count = len(before)
        for answer in before:
            _fill(plan, answer, raters_per_answer)
        for answer in mine:
            if plan.held.get(answer.place):
                continue
            count += 1
            one_more = math.floor(double_share * count + 1e-9) > double
            double += one_more
            _fill(plan, answer, raters_per_answer + one_more)


def assign_one_more(plan: Plan, answer: Answer) -> None:
    """Give an answer to one rater more."""
    _fill(plan, answer, len(plan.held.get(answer.place, [])) + 1)


def _fill(plan: Plan, answer: Answer, wanted: int) -> None:
    while len(plan.held.get(answer.place, [])) < wanted:
        rater_id = plan.choose(answer)
        if rater_id is None:
            raise StoreError(
                "too few raters for these answers: nobody rates the same answer twice, or an own one",
                hint="Add raters, or ask for fewer per answer.",
            )
        plan.give(answer, rater_id)


def _check(plan: Plan, raters_per_answer: int, double_share: float) -> None:
    if raters_per_answer < 1 or not 0 <= double_share <= 1:
        raise StoreError(
            f"raters_per_answer {raters_per_answer} and double_share {double_share:g} make no sense together",
            hint="raters_per_answer is 1 or more, double_share lies in 0..1.",
        )
    needed = raters_per_answer + (double_share > 0)
    if len(plan.raters) < needed:
        raise StoreError(
            f"{counted(len(plan.raters), 'rater')} in this store, and {needed} are needed",
            hint="Add raters: psychometrics sittings raters STORE --add RATER; or set double_share to 0.",
        )
