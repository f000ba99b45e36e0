"""Catalogue file, format 1: roles, skills, levels, their links, and the weights of recommendations."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints

from psychometrics.careers.claim_format import ADDRESS, Id, Ids, Number, Part, Text, Url

FORMAT = 1

AUTHORS_JUDGEMENT = "authors_judgement"

NodeKind = Literal["role", "skill", "level"]
LinkKind = Literal["part_of", "learned_next", "recurs_with", "level_of", "practised_in"]
Basis = Annotated[
    str,
    StringConstraints(
        pattern=rf"^(authors_judgement$|claim:[a-z][a-z0-9-]*$|https?{ADDRESS})", max_length=500
    ),
]
Share = Annotated[Number, Field(ge=0, le=1)]


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


class SourceLink(Part):
    """A page to read on: the primary documentation of what the node is about."""

    title: Text
    url: Url


class Link(Part):
    """A link to another node: why it is there, how strong, and what that rests on."""

    to: Id
    kind: LinkKind
    why: Text
    strength: Share | None = Field(
        default=None, description="adjacency, 0 to 1; needed for learned_next and recurs_with"
    )
    basis: Basis = Field(description="authors_judgement, claim:<id>, or the address of a source")

    @property
    def judged(self) -> bool:
        """Whether the authors' judgement is in it: a page can show that two things go together, not how close they lie."""
        if self.strength is not None:
            return not self.basis.startswith("claim:")
        return self.basis == AUTHORS_JUDGEMENT


class Market(Part):
    """The market signal of a node: a figure of a claim, never a number of its own."""

    claim: Id
    figure: Id = Field(description="a figure of the claim with the unit percent; its share is the signal")


class Node(Part):
    """A role, a skill, or a level of a skill."""

    id: Id
    kind: NodeKind
    title: Text
    text: Text
    claims: Ids = ()
    sources: Annotated[tuple[SourceLink, ...], BeforeValidator(_tuple)] = ()
    links: Annotated[tuple[Link, ...], BeforeValidator(_tuple)] = ()
    instrument: Text | None = Field(default=None, description="id of the instrument that assesses the skill")
    cut: Text | None = Field(default=None, description="of a level: the cut of that instrument")
    scales: Annotated[tuple[Text, ...], BeforeValidator(_tuple)] = Field(
        default=(), description="of a level: the scales of the instrument that belong to it"
    )
    market: Market | None = None


class Weight(Part):
    """The default weight of one signal, and the reason for it."""

    weight: Share
    why: Text


class KindOfRecommendation(Part):
    """What a kind of recommendation rests on besides the person's own answers."""

    claims: Ids = ()
    why: Text


class Rules(Part):
    """Where rules draw their lines; each is a choice, so each has a reason."""

    surely_met: Share = Field(description="a cut is surely met above this probability")
    surely_missed: Share = Field(description="and surely missed below this one; between them it is open")
    method_gap: Share = Field(
        description="gap between methods, of the scale or of percentile ranks / 100, that counts where no error is known"
    )
    confidence: Share = Field(description="level at which a gap between methods exceeds its error")
    why: Text


SignalName = Literal[
    "gap",
    "shortfall",
    "readiness",
    "nearness",
    "few_raters",
    "sureness",
    "percentile",
    "adjacency",
    "market",
    "quality",
    "blank",
    "rating_open",
    "method_gap",
]
KindName = Literal["practise", "measure_again", "go_on", "talk", "answer", "rate"]


class CatalogueFile(Part):
    """A whole catalogue file."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, title="psychometrics catalogue, format 1"
    )

    format: Literal[1]
    title: Text
    rules: Rules
    weights: dict[SignalName, Weight]
    kinds: dict[KindName, KindOfRecommendation]
    nodes: Annotated[tuple[Node, ...], BeforeValidator(_tuple), Field(min_length=1)]
