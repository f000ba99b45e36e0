"""What a manual is made from, and every result that its sections share, worked out once and only when asked for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import numpy as np

from psychometrics.errors import PsychometricsError
from psychometrics.instrument import Instrument, Scale
from psychometrics.norming.norms import Norms
from psychometrics.report.manual.small_cells import is_small, without_figures, without_small_items
from psychometrics.responses import Ratings, Responses
from psychometrics.scoring import Scores, score

if TYPE_CHECKING:
    from psychometrics.evidence.items.analysis import InstrumentItems
    from psychometrics.evidence.overview.table import InstrumentReliability
    from psychometrics.evidence.stability.occasions import Stability
    from psychometrics.report.norms_report import NormsReport

SELECTION = re.compile(
    r"\b(select(ion|ing|ed)?|hir(e|ed|ing)|recruit\w*|admission|promot(e|ed|ion)|placement)\b", re.IGNORECASE
)
"""Words of an intended use that chooses among persons: who is hired, admitted, placed, promoted."""
WIDE = 50
"""Points from end to end of a scale from which one decimal is enough."""
TOPIC = 40
"""Letters of a topic that stands beside a picture."""
P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """Why something is not known."""

    why: str


def attempt(compute: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | Absent:
    """Return a result, or why the library refuses it; a fault of the program is not caught."""
    try:
        return compute(*args, **kwargs)
    except PsychometricsError as error:
        return Absent(why=" ".join(str(error).split()))


@dataclass(frozen=True, kw_only=True)
class Material:
    """What was given, with everything that follows from it."""

    instrument: Instrument
    responses: Responses | None
    ratings: Ratings | None
    retest: Stability | Scores | None
    occasions: tuple[str, ...]
    norms: Norms | Absent
    criteria: Any
    groups: tuple[str, ...]
    known_reliability: InstrumentReliability | None
    statements: Mapping[str, str]
    reviewed: str
    changelog: Sequence[tuple[str, str]]
    today: date | None
    confidence: float
    smallest: int
    simulated: bool
    selection: bool | None

    @property
    def least(self) -> int:
        """The fewest persons whose figures are shown; simulated data are nobody's and shown whole."""
        return 1 if self.simulated else self.smallest

    @property
    def few(self) -> str:
        """Why a figure of fewer persons is not shown."""
        return f"fewer than {self.least} persons: not shown"

    @property
    def selects(self) -> bool:
        """Whether persons are selected by the scores: as the caller says, else as the intended use of the definition says."""
        if self.selection is not None:
            return self.selection
        return any(SELECTION.search(use) for use in self.instrument.definition.intended_use)

    @property
    def has_data(self) -> bool:
        """Whether anybody answered or was rated."""
        return self.responses is not None or self.ratings is not None

    @property
    def has_criteria(self) -> bool:
        """Whether a criterion was given, by name or as a frame."""
        return self.criteria is not None and (not isinstance(self.criteria, tuple) or bool(self.criteria))

    @property
    def level(self) -> str:
        """The level of the intervals in words."""
        return f"{100 * self.confidence:g}%"

    @cached_property
    def needs_data(self) -> str:
        """What to give, where nothing is there."""
        parts = [
            name
            for name, wanted in (
                ("responses", self.instrument.items),
                ("ratings", self.instrument.criteria),
            )
            if wanted
        ]
        return " and ".join(parts)

    @cached_property
    def titles(self) -> Mapping[str, str]:
        """Titles of the scales, with the id where two are alike."""
        own = Counter(scale.title for scale in self.instrument.scales)
        return {
            scale.id: scale.title if own[scale.title] == 1 else f"{scale.title} ({scale.id})"
            for scale in self.instrument.scales
        }

    def name(self, thing: str) -> str:
        """Return the title of a scale, or the id of a task or criterion."""
        return self.titles.get(thing, thing)

    def titled(self, note: str) -> str:
        """Return a note with the titles of scales where it speaks of them by id: at its start, or after "on"."""
        ids = "|".join(map(re.escape, self.titles))
        return re.sub(rf"(^|\bon )({ids})(?=[:,.]|$)", lambda found: found[1] + self.titles[found[2]], note)

    @cached_property
    def item_names(self) -> Mapping[str, str]:
        """What items are called in pictures: the id with the topic, or with a text that is as short."""
        found = {}
        for item in self.instrument.definition.items:
            said = item.topic or item.text or ""
            found[item.id] = f"{item.id}  {said}" if said and len(said) <= TOPIC else item.id
        return found

    def digits(self, scale_id: str) -> int:
        """Return the decimals that means and errors of a scale are written with: two where the scale is short."""
        scale = self.instrument.scale(scale_id)
        return 1 if scale.maximum - scale.minimum >= WIDE else 2

    @cached_property
    def main(self) -> tuple[str, ...]:
        """Scales that decide something, by cuts or bands; where none does, those that lie in no larger scale of items."""
        told = self.instrument.definition
        deciding = {*(cut.scale for cut in told.cuts), *(bands.scale for bands in told.bands)}
        if deciding:
            return tuple(name for name in self.instrument.scale_ids if name in deciding)
        return tuple(scale.id for scale in self.instrument.scales if not self.inside_another(scale))

    def inside_another(self, scale: Scale) -> bool:
        """Say whether all items of a scale are items of a larger scale."""
        own = set(scale.items)
        return bool(own) and not scale.criteria and any(own < set(one.items) for one in self.item_scales)

    @property
    def main_first(self) -> tuple[str, ...]:
        """All scales, those that decide something in front."""
        return tuple(dict.fromkeys([*self.main, *self.instrument.scale_ids]))

    @cached_property
    def item_scales(self) -> tuple[Scale, ...]:
        """Scales that stand on items which persons answer."""
        return tuple(scale for scale in self.instrument.scales if scale.items)

    @cached_property
    def scores(self) -> Scores | Absent:
        """Scores of the people of this manual."""
        if not self.has_data:
            return Absent(why=f"no {self.needs_data} given")
        return attempt(score, self.instrument, self.responses, self.ratings)

    @cached_property
    def stability(self) -> Stability | Absent:
        """Stability over two occasions."""
        from psychometrics.evidence.stability.occasions import test_retest

        if self.retest is None:
            return Absent(why="no second occasion given")
        if not isinstance(self.retest, Scores):
            return self._of_enough_pairs(self.retest)
        if isinstance(self.scores, Absent):
            return self.scores
        found = attempt(test_retest, self.scores, self.retest, confidence=self.confidence, tests=False)
        return found if isinstance(found, Absent) else self._of_enough_pairs(found)

    def _of_enough_pairs(self, found: Stability) -> Stability | Absent:
        scales = {name: one for name, one in found.scales.items() if not is_small(one.n_pairs, self.least)}
        return replace(found, scales=scales) if scales or not found.scales else Absent(why=self.few)

    @cached_property
    def reliability(self) -> InstrumentReliability | Absent:
        """Every coefficient of every scale."""
        from psychometrics.evidence.overview.reliability import reliability

        if self.known_reliability is not None:
            return self._of_enough_persons(self.known_reliability)
        stability = None if isinstance(self.stability, Absent) else self.stability
        if not self.has_data and stability is None:
            return Absent(why=f"no {self.needs_data} given")
        found = attempt(
            reliability,
            self.instrument,
            self.responses,
            self.ratings,
            scores=None if isinstance(self.scores, Absent) else self.scores,
            retest=stability,
            detail="all",
            confidence=self.confidence,
        )
        return found if isinstance(found, Absent) else self._of_enough_persons(found)

    def _of_enough_persons(self, found: InstrumentReliability) -> InstrumentReliability:
        return replace(
            found,
            rows=tuple(
                without_figures(row, self.few) if is_small(row.n_persons, self.least) else row
                for row in found.rows
            ),
        )

    @cached_property
    def errors(self) -> Mapping[str, float]:
        """Standard error of measurement per scale, where known."""
        if isinstance(self.reliability, Absent):
            return {}
        found = self.reliability.standard_errors()
        return {name: error for name, error in found.items() if np.isfinite(error) and error >= 0}

    @cached_property
    def items(self) -> InstrumentItems | Absent:
        """The item analysis."""
        from psychometrics.evidence.items.analysis import item_analysis

        if self.responses is None:
            return Absent(why="no responses given")
        found = attempt(
            item_analysis, self.instrument, self.responses, self.ratings, confidence=self.confidence
        )
        if isinstance(found, Absent):
            return found
        if is_small(self.responses.n_rows, self.least):
            return Absent(why=self.few)
        scales = {name: without_small_items(one, self.least, self.few) for name, one in found.scales.items()}
        return replace(found, scales=scales)

    @cached_property
    def norms_report(self) -> NormsReport | Absent:
        """Everything the norm edition says of itself.

        Its age never comes from the clock: the same call must give the same manual tomorrow.
        """
        from psychometrics.report.norms_report import norms_report

        if isinstance(self.norms, Absent):
            return self.norms
        day = self.today or date.min
        return attempt(
            norms_report, self.norms, confidence=self.confidence, smallest=self.smallest, today=day
        )
