"""Is the catalogue a graph in which every node can be reached and left, and every name is known? All problems at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import get_args

from psychometrics.careers.catalogue_format import CatalogueFile, KindName, Link, Node, SignalName
from psychometrics.careers.claims import Claims
from psychometrics.careers.reading import repeated_ids
from psychometrics.errors import Problem, did_you_mean

PRIMARY_KINDS = ("learned_next", "recurs_with")
SHAPES = {
    "level_of": ({"level"}, {"skill"}),
    "part_of": ({"skill"}, {"role", "skill"}),
    "practised_in": ({"skill", "level"}, {"role"}),
    "recurs_with": ({"role", "skill"}, {"skill"}),
    "learned_next": ({"skill", "level"}, {"skill", "level", "role"}),
}
"""Kind of link -> kinds of node it may come from, kinds it may lead to."""


def graph_problems(file: CatalogueFile, claims: Claims) -> list[Problem]:
    """Return every problem of a catalogue that fits its format."""
    places = {node.id: f"nodes[{i}] ({node.id})" for i, node in enumerate(file.nodes)}
    problems = [*repeated_ids(file.nodes, "nodes")]
    for node in file.nodes:
        problems += _link_problems(node, places[node.id], file.nodes)
        problems += _level_problems(node, places[node.id], file.nodes)
        problems += _market_problems(node, places[node.id], claims)
    problems += _reach_problems(file.nodes, places)
    problems += _claim_problems(file, claims, places)
    problems += _completeness(file)
    if not file.rules.surely_missed <= file.rules.surely_met:
        problems.append(
            Problem(where="rules.surely_missed", what="above surely_met", expected="at most that")
        )
    return problems


def _link_problems(node: Node, where: str, nodes: Iterable[Node]) -> Iterator[Problem]:
    kinds = {one.id: one.kind for one in nodes}
    for i, link in enumerate(node.links):
        place = f"{where}.links[{i}] ({link.to})"
        if link.to not in kinds:
            yield Problem(where=f"{place}.to", what="leads to no node", hint=did_you_mean(link.to, kinds))
            continue
        if link.to == node.id:
            yield Problem(where=f"{place}.to", what="leads to the node itself")
        start, end = SHAPES[link.kind]
        if node.kind not in start or kinds[link.to] not in end:
            yield Problem(
                where=f"{place}.kind",
                what=f"{link.kind} from a {node.kind} to a {kinds[link.to]}",
                expected=f"from {_either(start)} to {_either(end)}",
            )
        yield from _strength_problems(link, place)
    ends = [link.to for link in node.links]
    for name in sorted({name for name in ends if ends.count(name) > 1}):
        yield Problem(where=f"{where}.links", what=f'two links to "{name}"', expected="one")


def _strength_problems(link: Link, place: str) -> Iterator[Problem]:
    if link.kind in PRIMARY_KINDS and link.strength is None:
        yield Problem(where=f"{place}.strength", what="missing", expected="a number from 0 to 1")
    if link.kind not in PRIMARY_KINDS and link.strength is not None:
        yield Problem(
            where=f"{place}.strength", what=f"a {link.kind} link has no strength", expected="no such key"
        )


def _either(names: set[str]) -> str:
    return "a " + " or ".join(sorted(names))


def _level_problems(node: Node, where: str, nodes: Iterable[Node]) -> Iterator[Problem]:
    if node.kind != "level":
        if node.cut is not None or node.scales:
            yield Problem(
                where=where, what=f"a {node.kind} with a cut or scales", expected="only levels have them"
            )
        if node.kind == "role" and node.instrument is not None:
            yield Problem(where=f"{where}.instrument", what="a role names an instrument", expected="a skill")
        return
    if node.instrument is not None:
        yield Problem(
            where=f"{where}.instrument", what="on a level", expected="on the skill it is a level of"
        )
    skills = [link.to for link in node.links if link.kind == "level_of"]
    if len(skills) != 1:
        yield Problem(
            where=f"{where}.links", what=f"{len(skills)} links of the kind level_of", expected="one"
        )
        return
    skill = next((one for one in nodes if one.id == skills[0]), None)
    if node.cut is not None and skill is not None and skill.instrument is None:
        yield Problem(where=f"{where}.cut", what=f'"{skill.id}" names no instrument that could have the cut')


def _market_problems(node: Node, where: str, claims: Claims) -> Iterator[Problem]:
    market = node.market
    if market is None or market.claim not in claims.by_id:
        return  # an unknown claim is reported with the others
    figure = claims.claim(market.claim).figure(market.figure)
    known = [one.id for one in claims.claim(market.claim).figures if one.id]
    if figure is None:
        hint = did_you_mean(market.figure, known)
        yield Problem(
            where=f"{where}.market.figure", what=f'"{market.figure}" is no figure of the claim', hint=hint
        )
    elif figure.unit != "percent" or not 0 <= figure.value <= 100:
        yield Problem(
            where=f"{where}.market.figure",
            what=f"{figure.value} {figure.unit}",
            expected="a figure from 0 to 100 percent",
        )


def _reach_problems(nodes: tuple[Node, ...], places: dict[str, str]) -> Iterator[Problem]:
    roles = [node.id for node in nodes if node.kind == "role"]
    if not roles:
        yield Problem(
            where="nodes", what="no role", expected="one or more, from which all else can be reached"
        )
    neighbours = _neighbours(nodes)
    reached, open_ends = set(roles), list(roles)
    while open_ends:
        fresh = neighbours[open_ends.pop()] - reached
        reached |= fresh
        open_ends.extend(fresh)
    for node in nodes:
        if node.id not in reached and roles:
            yield Problem(where=places[node.id], what="cannot be reached from a role", hint="Link it.")
        if not any(link.to in places and link.to != node.id for link in node.links):
            yield Problem(where=places[node.id], what="a dead end", expected="a link to another node")


def _neighbours(nodes: tuple[Node, ...]) -> dict[str, set[str]]:
    """Return for each node those that a reader gets to: along its links, and back along links to it.

    A page shows both directions, so a skill that says what it is part of can be reached from there.
    """
    found: dict[str, set[str]] = {node.id: set() for node in nodes}
    for node in nodes:
        for link in node.links:
            if link.to in found:
                found[node.id].add(link.to)
                found[link.to].add(node.id)
    return found


def named_claims(file: CatalogueFile, places: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Return every place that names a claim, and the claim."""
    for name, kind in file.kinds.items():
        yield from ((f"kinds.{name}.claims", claim) for claim in kind.claims)
    for node in file.nodes:
        yield from ((f"{places[node.id]}.claims", claim) for claim in node.claims)
        if node.market is not None:
            yield f"{places[node.id]}.market.claim", node.market.claim
        for i, link in enumerate(node.links):
            if link.basis.startswith("claim:"):
                yield f"{places[node.id]}.links[{i}] ({link.to}).basis", link.basis.removeprefix("claim:")


def _claim_problems(file: CatalogueFile, claims: Claims, places: dict[str, str]) -> Iterator[Problem]:
    not_admitted = {one.id for one in claims.refused}
    used = set()
    for where, claim in named_claims(file, places):
        used.add(claim)
        if claim in not_admitted:
            yield Problem(where=where, what=f'"{claim}" is a refused claim')
        elif claim not in claims.by_id:
            yield Problem(where=where, what=f'no claim "{claim}"', hint=did_you_mean(claim, claims.by_id))
    for claim in claims.by_id:
        if claim not in used:
            yield Problem(
                where="nodes", what=f'nothing uses the claim "{claim}"', hint="Name it at a node or drop it."
            )


def _completeness(file: CatalogueFile) -> Iterator[Problem]:
    for table, known, present in (
        ("weights", get_args(SignalName), set(file.weights)),
        ("kinds", get_args(KindName), set(file.kinds)),
    ):
        for name in known:
            if name not in present:
                yield Problem(where=f"{table}.{name}", what="missing", expected="an entry with its reason")
