"""Candidates that come from the catalogue: practise a level, go on to what lies next to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from psychometrics.careers.candidates import (
    Candidate,
    Opening,
    SignalRule,
    best_of,
    constant,
    not_surely_met,
    own,
    surely_met,
)
from psychometrics.careers.catalogue import ARROW, Catalogue
from psychometrics.careers.catalogue_format import Link, Node, Rules
from psychometrics.careers.own_candidates import cut_words
from psychometrics.careers.recommendations import ReadOn, Remark
from psychometrics.careers.signals import PersonSignals
from psychometrics.errors import CareersError, Problem, did_you_mean
from psychometrics.instrument import Instrument
from psychometrics.instrument.definition import CutEntry
from psychometrics.norming.normed import NormedScores

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A level of the catalogue with the cut that screens it."""

    node: Node
    skill: Node
    cut: CutEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A link by which a neighbour is reached, and the levels any of which opens it."""

    start: Node
    link: Link
    levels: tuple[Level, ...]

    @property
    def basis(self) -> str:
        """The link as a basis."""
        return f"catalogue:{self.start.id}{ARROW}{self.link.to}"


def screened_levels(catalogue: Catalogue, instrument: Instrument) -> tuple[Level, ...]:
    """Return the levels that an instrument screens; every cut or scale it does not have at once."""
    cuts = {cut.id: cut for cut in instrument.definition.cuts}
    problems, levels = [], []
    for skill in catalogue.skills_of(instrument.id):
        for node in catalogue.levels_of(skill.id):
            for scale in node.scales:
                if scale not in instrument.scale_ids:
                    hint = did_you_mean(scale, instrument.scale_ids)
                    problems.append(Problem(where=f"{node.id}.scales", what=f'no scale "{scale}"', hint=hint))
            if node.cut is None:
                continue
            if node.cut not in cuts:
                hint = did_you_mean(node.cut, cuts)
                problems.append(Problem(where=f"{node.id}.cut", what=f'no cut "{node.cut}"', hint=hint))
            else:
                levels.append(Level(node=node, skill=skill, cut=cuts[node.cut]))
    if problems:
        raise CareersError(f"the catalogue does not fit {instrument.name}", problems=problems)
    return tuple(levels)


def catalogue_candidates(
    catalogue: Catalogue, instrument: Instrument, levels: Sequence[Level], normed: NormedScores | None
) -> Iterator[Candidate]:
    """Return what the catalogue adds for those who took the instrument."""
    for level in levels:
        yield _practise(catalogue, instrument, level, levels)
    for target, ways in _neighbours(catalogue, levels).items():
        yield _go_on(catalogue, catalogue.node(target), ways, normed)


def market_rule(catalogue: Catalogue, node: Node) -> SignalRule:
    """Return the market signal of a node: a share from a claim, or nothing."""
    if node.market is None:
        return constant("market", None, "No evidence of the market.", f"catalogue:{node.id}")
    claim = catalogue.claims.claim(node.market.claim)
    figure = claim.figure(node.market.figure)
    what = "" if figure is None else figure.what
    flag = f" To be read with care: {claim.flagged}." if claim.flagged else ""
    return constant(
        "market",
        catalogue.market_of(node.id),
        f'Share of {what}, by "{claim.source.title}".{flag}',
        f"claim:{claim.id}",
        f"catalogue:{node.id}",
    )


def _practise(
    catalogue: Catalogue, instrument: Instrument, level: Level, levels: Sequence[Level]
) -> Candidate:
    node, cut = level.node, level.cut
    where, basis = cut_words(instrument, cut), f"cut:{cut.id}"
    return Candidate(
        id=f"practise:{node.id}",
        kind="practise",
        node=node.id,
        title=f"Practise: {node.title}",
        text=f'Practise what "{node.title}" asks: the score does not surely reach {where}.',
        bases=(basis, f"catalogue:{node.id}"),
        present=partial(not_surely_met, cut_id=cut.id),
        signals=(
            own(
                "gap",
                cut.id,
                f"Probability that the true score misses {where}, from the score and its error.",
                basis,
            ),
            own(
                "shortfall",
                cut.id,
                f"How far the score lies below {where}, as a share of the way up to it from the lowest score.",
                f"score:{cut.scale}",
                basis,
            ),
            _readiness(level, levels),
            market_rule(catalogue, level.skill),
            own(
                "quality",
                cut.id,
                f'Share of the answers and criteria below "{instrument.scale(cut.scale).title}" that counted.',
                f"score:{cut.scale}",
            ),
        ),
        remarks=(Remark(text=node.text, bases=(f"catalogue:{node.id}",)),),
        read_on=_read_on(node),
        claims=_claims(catalogue, "practise", node, level.skill),
        statements_of=cut.scale,
    )


def _readiness(level: Level, levels: Sequence[Level]) -> SignalRule:
    before = [one for one in levels if _leads(one.node, level.node.id)]
    if not before:
        text = "1: no level comes before this one."
        return constant("readiness", 1.0, text, f"catalogue:{level.node.id}")
    names = " and ".join(f'"{one.node.title}"' for one in before)

    return SignalRule(
        signal="readiness",
        values=partial(_least_sure, cut_ids=tuple(one.cut.id for one in before)),
        text=f"Probability that the true score reaches the cut of {names}, which is learned before; 1 or 0 by the "
        "score where no error is known.",
        bases=(
            *(f"cut:{one.cut.id}" for one in before),
            *(f"catalogue:{one.node.id}{ARROW}{level.node.id}" for one in before),
        ),
    )


def _leads(node: Node, to: str) -> bool:
    return any(link.kind == "learned_next" and link.to == to for link in node.links)


def _sureness(person: PersonSignals, cut_id: str) -> Floats:
    chance = person.of("probability", cut_id)
    return np.where(np.isnan(chance), person.of("met", cut_id), chance)


def _neighbours(catalogue: Catalogue, levels: Sequence[Level]) -> dict[str, tuple[Way, ...]]:
    """Return every node that a screened level or its skill leads on to, with all ways there, in file order.

    What the instrument itself screens is left out: for that there is ``practise``.
    """
    here = {one.node.id for one in levels} | {one.skill.id for one in levels}
    found: dict[str, list[Way]] = {}
    starts: dict[str, tuple[Node, tuple[Level, ...]]] = {}
    for one in levels:
        starts[one.node.id] = (one.node, (one,))
        starts[one.skill.id] = (one.skill, tuple(x for x in levels if x.skill.id == one.skill.id))
    for start, opening in starts.values():
        for link in start.links:
            if link.kind in ("learned_next", "recurs_with") and link.to not in here:
                found.setdefault(link.to, []).append(Way(start=start, link=link, levels=opening))
    order = [node.id for node in catalogue.nodes]
    return {target: tuple(found[target]) for target in sorted(found, key=order.index)}


def _go_on(catalogue: Catalogue, node: Node, ways: Sequence[Way], normed: NormedScores | None) -> Candidate:
    levels = tuple({level.node.id: level for way in ways for level in way.levels}.values())
    names = " or ".join(f'"{level.node.title}"' for level in levels)
    cuts = tuple(f"cut:{level.cut.id}" for level in levels)
    links = tuple(way.basis for way in ways)
    norms = () if normed is None else (f"norms:{normed.norms.name}",)
    return Candidate(
        id=f"go_on:{node.id}",
        kind="go_on",
        node=node.id,
        title=f"Go on to: {node.title}",
        text=f'Go on to "{node.title}".',
        bases=(f"catalogue:{node.id}",),
        present=partial(_any_opened, ways=tuple(ways)),
        signals=(
            SignalRule(
                signal="sureness",
                values=partial(_best, levels=levels, read=_sureness),
                text=f"Probability that the true score reaches the cut of {names}: of the levels that are surely met, "
                "the surest; 1 by the score where no error is known.",
                bases=cuts,
            ),
            SignalRule(
                signal="percentile",
                values=partial(_best, levels=levels, read=_percentile),
                text="Percentile rank / 100 at the levels that are surely met, the highest of them.",
                bases=(*(f"score:{level.cut.scale}" for level in levels), *norms),
            ),
            _adjacency(node, ways, links),
            market_rule(catalogue, node),
        ),
        remarks=(
            Remark(text=node.text, bases=(f"catalogue:{node.id}",)),
            *(Remark(text=way.link.why, bases=_link_bases(way)) for way in ways),
        ),
        read_on=_read_on(node),
        claims=_claims(catalogue, "go_on", node),
        opened_by=tuple(
            Opening(
                cut_id=level.cut.id,
                title=level.node.title,
                bases=(f"cut:{level.cut.id}", *(way.basis for way in ways if level in way.levels)),
            )
            for level in levels
        ),
    )


def _adjacency(node: Node, ways: Sequence[Way], links: tuple[str, ...]) -> SignalRule:
    starts = " or ".join(f'"{way.start.title}"' for way in ways)
    judged = [way for way in ways if way.link.judged]
    origin = "The number is the authors' judgement." if judged else "The number is taken from the claim."
    claims = tuple(way.link.basis for way in ways if way.link.basis.startswith("claim:"))

    return SignalRule(
        signal="adjacency",
        values=partial(_closest, ways=tuple(ways)),
        text=f'How close "{node.title}" lies to {starts} in the catalogue. {origin}',
        bases=(*links, *claims),
    )


def _opened(person: PersonSignals, rules: Rules, way: Way) -> Bools:
    met = [surely_met(person, rules, cut_id=level.cut.id) for level in way.levels]
    opened: Bools = np.any(met, axis=0)
    return opened


def _any_opened(person: PersonSignals, rules: Rules, *, ways: tuple[Way, ...]) -> Bools:
    opened: Bools = np.any([_opened(person, rules, way) for way in ways], axis=0)
    return opened


def _closest(person: PersonSignals, rules: Rules, *, ways: tuple[Way, ...]) -> Floats:
    """Return the largest strength among the links that are open to a person."""
    strengths = [np.nan if way.link.strength is None else float(way.link.strength) for way in ways]
    opened = [_opened(person, rules, way) for way in ways]
    return best_of(*(np.where(is_open, s, np.nan) for is_open, s in zip(opened, strengths, strict=True)))


def _best(
    person: PersonSignals,
    rules: Rules,
    *,
    levels: tuple[Level, ...],
    read: Callable[[PersonSignals, str], Floats],
) -> Floats:
    """Return the largest value among the levels that a person surely meets."""
    met = [surely_met(person, rules, cut_id=level.cut.id) for level in levels]
    numbers = [read(person, level.cut.id) for level in levels]
    return best_of(*(np.where(is_met, x, np.nan) for is_met, x in zip(met, numbers, strict=True)))


def _percentile(person: PersonSignals, cut_id: str) -> Floats:
    return person.of("percentile", cut_id)


def _least_sure(person: PersonSignals, _: Rules, *, cut_ids: tuple[str, ...]) -> Floats:
    found: Floats = np.min([_sureness(person, cut_id) for cut_id in cut_ids], axis=0)
    return found


def _link_bases(way: Way) -> tuple[str, ...]:
    basis = way.link.basis
    return (way.basis, basis) if basis.startswith("claim:") else (way.basis,)


def _read_on(node: Node) -> tuple[ReadOn, ...]:
    return tuple(ReadOn(title=one.title, url=one.url) for one in node.sources)


def _claims(catalogue: Catalogue, kind: str, *nodes: Node) -> tuple[str, ...]:
    named = [claim for node in nodes for claim in node.claims]
    markets = [node.market.claim for node in nodes if node.market is not None]
    return tuple(dict.fromkeys([*catalogue.kinds[kind].claims, *named, *markets]))
