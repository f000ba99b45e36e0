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
    Wording,
    best_of,
    constant,
    is_open,
    not_surely_met,
    own,
    surely_met,
    surely_missed,
)
from psychometrics.careers.catalogue import ARROW, Catalogue
from psychometrics.careers.catalogue_format import Link, Node, Rules
from psychometrics.careers.own_candidates import Asked
from psychometrics.careers.recommendations import ReadOn, Remark
from psychometrics.careers.signals import PersonSignals
from psychometrics.careers.texts import Texts
from psychometrics.errors import CareersError, Problem, did_you_mean
from psychometrics.instrument import Instrument
from psychometrics.instrument.definition import CutEntry

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


def catalogue_candidates(catalogue: Catalogue, asked: Asked, levels: Sequence[Level]) -> Iterator[Candidate]:
    """Return what the catalogue adds for those who took the instrument."""
    for level in levels:
        yield _practise(catalogue, asked, level, levels)
    for target, ways in _neighbours(catalogue, levels).items():
        yield _go_on(catalogue, asked, catalogue.node(target), ways)


def market_rule(catalogue: Catalogue, node: Node, texts: Texts) -> SignalRule:
    """Return the market signal of a node: a share from a claim, or nothing."""
    if node.market is None:
        return constant("market", None, texts.say("value.no_market"), f"catalogue:{node.id}")
    claim = catalogue.claims.claim(node.market.claim)
    figure = claim.figure(node.market.figure)
    what = "" if figure is None else figure.what
    text = texts.say("value.market", what=what, source=claim.source.title)
    if claim.flagged:
        text = f"{text} {texts.say('value.flagged', why=ended(claim.flagged))}"
    value = catalogue.market_of(node.id)
    return constant("market", value, text, f"claim:{claim.id}", f"catalogue:{node.id}")


def ended(text: str) -> str:
    """Return a text of the catalogue with a full stop."""
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _practise(catalogue: Catalogue, asked: Asked, level: Level, levels: Sequence[Level]) -> Candidate:
    say, node, cut = asked.texts.say, level.node, level.cut
    where, basis = asked.cut_words(cut), f"cut:{cut.id}"
    values = {"cut": where, "level": node.title}
    scale = asked.instrument.scale(cut.scale).title
    return Candidate(
        id=f"practise:{node.id}",
        kind="practise",
        node=node.id,
        title=say("practise.title", level=node.title),
        step=say("practise.step", level=node.title),
        about=node.title,
        text=say("practise.below", **values),
        bases=(basis, f"catalogue:{node.id}"),
        present=partial(not_surely_met, cut_id=cut.id),
        signals=(
            own("gap", cut.id, say("value.gap", cut=where), basis),
            own("shortfall", cut.id, say("value.shortfall", cut=where), f"score:{cut.scale}", basis),
            _readiness(asked.texts, level, levels),
            market_rule(catalogue, level.skill, asked.texts),
            own("quality", cut.id, say("value.quality", scale=scale), f"score:{cut.scale}"),
        ),
        wordings=(
            Wording(holds=partial(surely_missed, cut_id=cut.id), text=say("practise.missed", **values)),
            Wording(holds=partial(is_open, cut_id=cut.id), text=say("practise.open", **values)),
        ),
        remarks=(Remark(text=node.text, bases=(f"catalogue:{node.id}",)),),
        read_on=_read_on(node),
        claims=_claims(catalogue, "practise", node, level.skill),
        statements_of=cut.scale,
    )


def _readiness(texts: Texts, level: Level, levels: Sequence[Level]) -> SignalRule:
    before = [one for one in levels if _leads(one.node, level.node.id)]
    if not before:
        return constant("readiness", 1.0, texts.say("value.first_level"), f"catalogue:{level.node.id}")
    names = texts.quoted((one.node.title for one in before), "list.and")
    return SignalRule(
        signal="readiness",
        values=partial(_least_sure, cut_ids=tuple(one.cut.id for one in before)),
        text=texts.say("value.readiness", n=len(before), levels=names),
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


def _go_on(catalogue: Catalogue, asked: Asked, node: Node, ways: Sequence[Way]) -> Candidate:
    levels = tuple({level.node.id: level for way in ways for level in way.levels}.values())
    say = asked.texts.say
    return Candidate(
        id=f"go_on:{node.id}",
        kind="go_on",
        node=node.id,
        title=say("go_on.title", node=node.title),
        step=say("go_on.step", node=node.title),
        about=node.title,
        text=say("go_on.title", node=node.title),
        bases=(f"catalogue:{node.id}",),
        present=partial(_any_opened, ways=tuple(ways)),
        signals=(
            *_of_levels(asked, levels),
            _adjacency(asked.texts, node, ways),
            market_rule(catalogue, node, asked.texts),
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


def _of_levels(asked: Asked, levels: tuple[Level, ...]) -> tuple[SignalRule, SignalRule]:
    """Return how surely the levels are met that open a way, and the place in the norm sample there."""
    names = asked.texts.quoted((level.node.title for level in levels), "list.or")
    norms = () if asked.normed is None else (f"norms:{asked.normed.norms.name}",)
    return (
        SignalRule(
            signal="sureness",
            values=partial(_best, levels=levels, read=_sureness),
            text=asked.texts.say("value.sureness", n=len(levels), levels=names),
            bases=tuple(f"cut:{level.cut.id}" for level in levels),
        ),
        SignalRule(
            signal="percentile",
            values=partial(_best, levels=levels, read=_percentile),
            text=asked.texts.say("value.percentile"),
            bases=(*(f"score:{level.cut.scale}" for level in levels), *norms),
        ),
    )


def _adjacency(texts: Texts, node: Node, ways: Sequence[Way]) -> SignalRule:
    starts = texts.quoted((way.start.title for way in ways), "list.or")
    judged = any(way.link.judged for way in ways)
    origin = texts.say("value.judged") if judged else texts.say("value.claimed")
    claims = tuple(way.link.basis for way in ways if way.link.basis.startswith("claim:"))
    return SignalRule(
        signal="adjacency",
        values=partial(_closest, ways=tuple(ways)),
        text=f"{texts.say('value.adjacency', node=node.title, starts=starts)} {origin}",
        bases=(*(way.basis for way in ways), *claims),
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
