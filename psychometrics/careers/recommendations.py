"""What comes out of the rules: recommendations with their signals, weights and bases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from psychometrics.result import Result, Source, counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """A sentence and what it rests on, each basis as ``kind:ref``.

    Kinds: ``score``, ``cut``, ``norms``, ``response``, ``rating``, ``claim``, ``catalogue``, ``definition``.
    """

    text: str
    bases: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalShare:
    """One input of a recommendation.

    Attributes
    ----------
    signal, title : str
        Its name, and its name in words.
    value : float
        0 to 1.
    weight : float
        0 to 1, as the reader set it.
    share : float
        value * weight; the strength is the sum of shares over the sum of weights.
    text : str
        How the value was computed.
    bases : tuple of str
        What it rests on.
    """

    signal: str
    title: str
    value: float
    weight: float
    share: float
    text: str
    bases: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingSignal:
    """A signal that has no value here, so that its weight leaves the sum; ``reason`` says why."""

    signal: str
    title: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOn:
    """A page of a primary source."""

    title: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """One thing to do next.

    Attributes
    ----------
    id : str
        ``kind:what``, such as ``practise:rust-mid``.
    kind : str
        ``practise``, ``measure_again``, ``go_on``, ``talk``, ``answer`` or ``rate``.
    node : str
        The catalogue's node; empty where none belongs to it.
    title, step, text : str
        In a few words; as the end of "you could ..."; in a sentence.
    bases : tuple of str
        What the sentence rests on.
    strength : float
        sum(value * weight) / sum(weight) over the signals that have a value; 0 to 1.
    rank, rank_without_market, rank_with_full_market : int
        1 for the strongest; and what the rank would be with the market's weight at 0 and at 1.
    signals, missing : tuples
        The inputs, and those that have no value for this person.
    remarks : tuple of Remark
        What the definition and the catalogue say about it.
    read_on : tuple of ReadOn
        Primary sources.
    claims : tuple of str
        Ids of the claims it touches.
    """

    id: str
    kind: str
    node: str
    title: str
    step: str
    text: str
    bases: tuple[str, ...]
    strength: float
    rank: int
    rank_without_market: int
    rank_with_full_market: int
    signals: tuple[SignalShare, ...]
    missing: tuple[MissingSignal, ...] = ()
    remarks: tuple[Remark, ...] = ()
    read_on: tuple[ReadOn, ...] = ()
    claims: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        """The first page to read on; empty where there is none."""
        return self.read_on[0].url if self.read_on else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendations(Result):
    """The recommendations of one person, strongest first.

    strength = sum(weight * value) / sum(weight), over the signals that have a value for this person. Only the
    person's own answers bring a recommendation up; the catalogue and the market can change its place, never add it.

    Attributes
    ----------
    person_id, occasion : str
    items : tuple of Recommendation
    weights : mapping of str to float
        The weight of every signal, the market's included.
    market_weight : float
    notes : tuple of Remark
        What could not be recommended, and why.
    """

    person_id: str
    occasion: str
    items: tuple[Recommendation, ...]
    weights: Mapping[str, float]
    market_weight: float
    notes: tuple[Remark, ...]
    source: Source

    def __iter__(self) -> Iterator[Recommendation]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    @property
    def claims(self) -> tuple[str, ...]:
        """Ids of all claims that the recommendations touch, each once, in order."""
        return tuple(dict.fromkeys(claim for item in self.items for claim in item.claims))

    def columns(self) -> Mapping[str, Any]:
        """One row per recommendation."""
        names = (
            "rank",
            "id",
            "kind",
            "node",
            "title",
            "strength",
            "rank_without_market",
            "rank_with_full_market",
        )
        table: dict[str, Any] = {name: [getattr(item, name) for item in self.items] for name in names}
        return {
            **table,
            "signals": [
                "; ".join(f"{one.signal} {one.value:.3g} x {one.weight:.3g}" for one in item.signals)
                for item in self.items
            ],
            "missing": ["; ".join(one.signal for one in item.missing) for item in self.items],
            "text": [item.text for item in self.items],
        }

    def __repr__(self) -> str:
        return f"<Recommendations for {self.person_id}: {counted(len(self.items), 'recommendation')}>"
