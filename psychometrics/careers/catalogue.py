"""The catalogue: roles, skills and levels, and the links between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from psychometrics.careers.catalogue_format import (
    CatalogueFile,
    KindOfRecommendation,
    Link,
    Node,
    Rules,
    Weight,
)
from psychometrics.careers.claims import Claims, load_claims
from psychometrics.careers.graph import graph_problems
from psychometrics.careers.reading import parse, read_text, refused, shipped
from psychometrics.errors import CareersError, did_you_mean
from psychometrics.result import Result, Source
from psychometrics.version import VERSION

ARROW = "->"


@dataclass(frozen=True, kw_only=True, eq=False)
class Catalogue(Result):
    """Roles, skills and levels with their links, the claims they rest on, and the weights of recommendations.

    Attributes
    ----------
    title : str
    nodes : tuple of Node
        In file order; see :class:`~psychometrics.careers.catalogue_format.Node`.
    rules : Rules
        Where the rules of recommendations draw their lines.
    weights : mapping of str to Weight
        Default weight of each signal, with its reason.
    kinds : mapping of str to KindOfRecommendation
        What each kind of recommendation rests on besides the person's own answers.
    claims : Claims
        The claims that nodes, links and kinds name.
    """

    title: str
    nodes: tuple[Node, ...]
    rules: Rules
    weights: Mapping[str, Weight]
    kinds: Mapping[str, KindOfRecommendation]
    claims: Claims
    source: Source

    @cached_property
    def by_id(self) -> Mapping[str, Node]:
        """The nodes by their id."""
        return {node.id: node for node in self.nodes}

    def node(self, node_id: str) -> Node:
        """Return the node of that id; a CareersError names the nearest where there is none."""
        if node_id not in self.by_id:
            raise CareersError(
                f'the catalogue has no node "{node_id}"', hint=did_you_mean(node_id, self.by_id)
            )
        return self.by_id[node_id]

    def links_from(self, node_id: str) -> tuple[Link, ...]:
        """Return the links that lead away from a node."""
        return self.node(node_id).links

    def links_to(self, node_id: str) -> tuple[tuple[Node, Link], ...]:
        """Return the links that lead to a node, each with the node it comes from."""
        self.node(node_id)
        return tuple((node, link) for node in self.nodes for link in node.links if link.to == node_id)

    def link(self, from_id: str, to_id: str) -> Link:
        """Return the link between two nodes, in that direction."""
        for link in self.links_from(from_id):
            if link.to == to_id:
                return link
        raise CareersError(f"the catalogue has no link {from_id}{ARROW}{to_id}")

    def resolve(self, ref: str) -> Node | Link:
        """Return what a basis ``catalogue:<ref>`` names: a node id, or ``from->to`` for a link."""
        from_id, arrow, to_id = ref.partition(ARROW)
        return self.link(from_id, to_id) if arrow else self.node(from_id)

    def skills_of(self, instrument_id: str) -> tuple[Node, ...]:
        """Return the skills that an instrument assesses."""
        return tuple(node for node in self.nodes if node.kind == "skill" and node.instrument == instrument_id)

    def levels_of(self, skill_id: str) -> tuple[Node, ...]:
        """Return the levels of a skill, in file order."""
        return tuple(
            node
            for node in self.nodes
            if node.kind == "level"
            and any(link.kind == "level_of" and link.to == skill_id for link in node.links)
        )

    def market_of(self, node_id: str) -> float | None:
        """Return the market signal of a node, 0 to 1; None where there is no evidence."""
        market = self.node(node_id).market
        if market is None:
            return None
        figure = self.claims.claim(market.claim).figure(market.figure)
        return None if figure is None else float(figure.value / 100)

    def claims_for(self, instrument_id: str) -> tuple[str, ...]:
        """Return the claims at the skills an instrument assesses, at their levels, and at the roles they are part of."""
        skills = self.skills_of(instrument_id)
        ends = [link.to for skill in skills for link in skill.links if link.kind == "part_of"]
        levels = [level for skill in skills for level in self.levels_of(skill.id)]
        nodes = [*(self.node(end) for end in ends), *skills, *levels]
        markets = [node.market.claim for node in nodes if node.market is not None]
        return tuple(dict.fromkeys([*(claim for node in nodes for claim in node.claims), *markets]))

    def columns(self) -> Mapping[str, Any]:
        """One row per link."""
        rows = [(node, link) for node in self.nodes for link in node.links]
        return {
            "from": [node.id for node, _ in rows],
            "from_kind": [node.kind for node, _ in rows],
            "to": [link.to for _, link in rows],
            "link": [link.kind for _, link in rows],
            "strength": [None if link.strength is None else float(link.strength) for _, link in rows],
            "basis": [link.basis for _, link in rows],
            "authors_judgement": [link.judged for _, link in rows],
            "why": [link.why for _, link in rows],
        }

    def __repr__(self) -> str:
        n_links = sum(len(node.links) for node in self.nodes)
        return f"<Catalogue: {len(self.nodes)} nodes, {n_links} links, {len(self.claims)} claims>"


def load_catalogue(path: str | Path | None = None, *, claims: Claims | None = None) -> Catalogue:
    """Load a catalogue and check its graph.

    Parameters
    ----------
    path : str or Path, optional
        Your own catalogue file instead of the one that comes along.
    claims : Claims, optional
        What it may name; :func:`load_claims` by default.

    Returns
    -------
    Catalogue

    Raises
    ------
    CareersError
        The file does not fit the format, a link leads nowhere, a node cannot be reached from a role or leads
        nowhere, a claim is unknown or unused; lists every problem with its place.

    Examples
    --------
    >>> import psychometrics as pm
    >>> [link.to for link in pm.load_catalogue().links_from("rust-senior")]
    ['rust', 'technical-leadership', 'compiler-engineering']
    """
    if path is None and claims is None:
        return _shipped_catalogue()
    file = shipped("catalogue.toml") if path is None else Path(path)
    return parse_catalogue(read_text(file), claims or load_claims(), where=str(file))


@lru_cache(maxsize=1)
def _shipped_catalogue() -> Catalogue:
    file = shipped("catalogue.toml")
    return parse_catalogue(read_text(file), load_claims(), where=str(file))


def parse_catalogue(text: str, claims: Claims, *, where: str = "catalogue") -> Catalogue:
    """Check the text of a catalogue file against claims and return it."""
    file = parse(text, CatalogueFile, where=where)
    problems = graph_problems(file, claims)
    if problems:
        raise refused(where, problems)
    return Catalogue(
        title=file.title,
        nodes=file.nodes,
        rules=file.rules,
        weights={str(name): weight for name, weight in file.weights.items()},
        kinds={str(name): kind for name, kind in file.kinds.items()},
        claims=claims,
        source=Source(package_version=VERSION),
    )
