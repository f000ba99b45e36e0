"""What all pages of one call share: the texts, the words of the norm sample, sentences that are the same for everybody."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from math import isnan
from typing import TYPE_CHECKING, Any, TypeVar

from psychometrics.careers.statements import scales_told_with
from psychometrics.instrument import Instrument, Scale
from psychometrics.norming.editions.ageing import last_date
from psychometrics.report.person.basis import Basis, BasisKind, Sentence
from psychometrics.report.person.building.asked import Asked
from psychometrics.report.person.building.people import People, contents, holders, people
from psychometrics.report.person.building.words import clipped, score_digits
from psychometrics.report.person.content import SourceView
from psychometrics.report.person.rounding import level
from psychometrics.report.person.texts import Texts

if TYPE_CHECKING:
    from psychometrics.instrument.definition import BandsEntry, StatementEntry

T = TypeVar("T")
LONGEST_TITLE = 120
DIFFERS = -1.0
"""In place of the size of the norm sample, where it is not the same for all scales of a sentence."""
STATEMENT = "statements."
ORIGIN = {"scores": "error.from_scores", "reliability": "error.from_reliability", "norms": "error.from_norms"}
ORIGIN_OF_ALL = {
    "scores": "error.all_from_scores",
    "reliability": "error.all_from_reliability",
    "norms": "error.all_from_norms",
}


def basis(kind: BasisKind, ref: str) -> Basis:
    """Return a basis."""
    return Basis(kind=kind, ref=ref)


def sentence(text: str, *bases: Basis) -> Sentence:
    """Return a sentence with its bases, each named once."""
    return Sentence(text=text, bases=bases if len(bases) < 2 else tuple(dict.fromkeys(bases)))


@dataclass(frozen=True, kw_only=True, eq=False)
class Page:
    """The shared part of all pages of one call."""

    asked: Asked
    texts: Texts
    known: dict[tuple[Any, ...], Any] = field(default_factory=dict)

    def once(self, key: tuple[Any, ...], make: Callable[[], T]) -> T:
        """Return what was made under a key, made the first time it is asked for."""
        if key not in self.known:
            self.known[key] = make()
        found: T = self.known[key]
        return found

    def say(self, key: str, **values: Any) -> str:
        """Return the sentence of a key."""
        return self.texts.say(key, **values)

    def quoted(self, names: Iterable[str], last: str = "list.and") -> str:
        """Return names in quotation marks in a row."""
        return self.texts.quoted(names, last)

    @cached_property
    def level(self) -> str:
        """The level of the intervals, as it is written."""
        return level(self.asked.confidence)

    @cached_property
    def above(self) -> bool:
        """Whether a place counts people with the same score in full: then it is "as high as or higher than"."""
        normed = self.asked.normed
        return normed is not None and normed.placing.method == "at_or_below"

    @cached_property
    def people(self) -> People:
        """Everything about all people."""
        return people(self.asked)

    @cached_property
    def instrument(self) -> Instrument:
        """What was asked."""
        return self.asked.instrument

    @cached_property
    def place(self) -> dict[str, int]:
        """Position of each scale."""
        return {scale_id: i for i, scale_id in enumerate(self.instrument.scale_ids)}

    @cached_property
    def titles(self) -> dict[str, str]:
        """Titles of the scales, short enough to stand inside a sentence."""
        return {scale.id: clipped(scale.title, LONGEST_TITLE) for scale in self.instrument.scales}

    @cached_property
    def digits(self) -> dict[str, int]:
        """Decimals with which scores of each scale are written."""
        return {scale.id: score_digits(scale.minimum, scale.maximum) for scale in self.instrument.scales}

    @cached_property
    def norms_basis(self) -> tuple[Basis, ...]:
        """The edition as a basis; nothing without norms."""
        return () if self.asked.norms is None else (basis("norms", self.asked.norms.name),)

    @cached_property
    def sources(self) -> dict[str, SourceView]:
        """Sources of the definition, by id."""
        return {
            one.id: SourceView(
                id=one.id,
                citation=one.citation,
                url=f"https://doi.org/{one.doi}" if one.doi else one.url or "",
            )
            for one in self.instrument.definition.sources
        }

    @cached_property
    def methods(self) -> dict[str, str]:
        """What each scale is made of; ``keyed`` where all its items have right answers or points of their own."""
        found = {}
        for scale in self.instrument.scales:
            kinds = {self.instrument.item(item_id).kind for item_id in scale.items}
            keyed = scale.method == "self_report" and kinds == {"keyed"}
            found[scale.id] = "keyed" if keyed else scale.method
        return found

    @cached_property
    def rated(self) -> dict[str, bool]:
        """Whether ratings stand behind a scale."""
        return {scale.id: bool(self.instrument.criteria_under(scale)) for scale in self.instrument.scales}

    @cached_property
    def bands(self) -> dict[str, list[BandsEntry]]:
        """Bands of each scale."""
        found: dict[str, list[BandsEntry]] = {}
        for band in self.instrument.definition.bands:
            found.setdefault(band.scale, []).append(band)
        return found

    @cached_property
    def told_with_cuts(self) -> dict[str, tuple[str, ...]]:
        """By scale with a cut: it and its parts. Their statements stand with the cut."""
        cuts = self.instrument.definition.cuts
        return {cut.scale: scales_told_with(self.instrument, cut.scale) for cut in cuts}

    @cached_property
    def scales_with_cuts(self) -> frozenset[str]:
        """Scales whose statements stand with a cut."""
        return frozenset(name for names in self.told_with_cuts.values() for name in names)

    @cached_property
    def statements(self) -> dict[str, list[StatementEntry]]:
        """Statements for each scale."""
        found: dict[str, list[StatementEntry]] = {}
        for one in self.instrument.definition.statements:
            found.setdefault(one.scale, []).append(one)
        return found

    @cached_property
    def statement_entries(self) -> dict[str, StatementEntry]:
        """Statements by id."""
        return {one.id: one for one in self.instrument.definition.statements}

    @cached_property
    def statement_sentences(self) -> dict[str, Sentence]:
        """Statements as they stand in the definition, by id."""
        return {
            one.id: sentence(one.text, basis("definition", f"{STATEMENT}{one.id}"), basis("score", one.scale))
            for one in self.instrument.definition.statements
        }

    @cached_property
    def evidence(self) -> dict[str, list[str]]:
        """Ids of the sources behind each statement."""
        return {one.id: list(one.evidence) for one in self.instrument.definition.statements}

    @cached_property
    def error_notes(self) -> dict[str, Sentence]:
        """Where the standard error of each scale comes from; nothing for scales whose error is not known."""
        return {
            scale_id: sentence(self.say(ORIGIN[origin]), *self.error_bases(scale_id))
            for scale_id, origin in self.asked.origins.items()
        }

    def error_bases(self, scale_id: str) -> tuple[Basis, ...]:
        """Return what the standard error of a scale rests on."""
        origin = self.asked.origins[scale_id]
        own = basis("reliability", scale_id) if origin == "reliability" else basis("score", scale_id)
        return (own, *(self.norms_basis if origin == "norms" else ()))

    @cached_property
    def one_origin(self) -> str:
        """Where all standard errors come from; empty where there are none, or where they come from several places."""
        origins = set(self.asked.origins.values())
        return origins.pop() if len(origins) == 1 else ""

    @cached_property
    def key_scales(self) -> tuple[Scale, ...]:
        """Scales that decisions rest on: those with cuts; else those that are part of no other."""
        with_cuts = dict.fromkeys(cut.scale for cut in self.instrument.definition.cuts)
        if with_cuts:
            return tuple(self.instrument.scale(scale_id) for scale_id in with_cuts)
        return self.top_scales

    @cached_property
    def top_scales(self) -> tuple[Scale, ...]:
        """Scales that no larger scale holds."""
        under = contents(self.instrument)
        return tuple(scale for scale in self.instrument.scales if not holders(under, scale.id))

    @cached_property
    def lead_scale(self) -> Scale | None:
        """The scale that holds everything; None where there is none."""
        under = contents(self.instrument)
        everything = frozenset().union(*under.values())
        return next((scale for scale in self.top_scales if under[scale.id] == everything), None)

    @cached_property
    def norms_date(self) -> str:
        """When the norm sample was collected, as the edition says it; else when it was released."""
        norms = self.asked.norms
        if norms is None:
            return ""
        collected = norms.head.population.collected or ""
        if last_date(collected) is not None:
            return self.say("norms.collected", when=collected)
        released = norms.head.released
        return self.say("norms.released", when=released) if released else self.say("norms.undated")

    @cached_property
    def score_bases(self) -> dict[str, tuple[Basis, ...]]:
        """The score of each scale as a basis."""
        return {scale_id: (basis("score", scale_id),) for scale_id in self.instrument.scale_ids}

    @cached_property
    def place_bases(self) -> dict[str, tuple[Basis, ...]]:
        """The score of each scale and the norms."""
        return {scale_id: (*own, *self.norms_basis) for scale_id, own in self.score_bases.items()}

    def sample(self, group: str, n: float) -> str:
        """Name the norm sample inside a sentence: SIMULATED, edition, part, date, n."""
        return self.once(("sample", group, n), lambda: self._sample(group, n))

    def _sample(self, group: str, n: float) -> str:
        norms = self.asked.norms
        if norms is None:
            return ""
        key = "norms.sample_simulated" if norms.head.simulated else "norms.sample"
        part = "" if not group or not norms.head.strata else self.say("norms.part", group=group)
        return self.say(key, edition=norms.head.edition, part=part, date=self.norms_date, size=self._size(n))

    def _size(self, n: float) -> str:
        if n == DIFFERS:
            return self.say("norms.size_differs")
        return self.say("norms.size_unknown") if isnan(n) else self.say("norms.size", n=f"{n:,.0f}")
