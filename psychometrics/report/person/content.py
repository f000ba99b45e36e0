"""Everything that a result page says, as plain data; what it looks like is decided elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from math import nan
from pathlib import Path
from typing import Any

from psychometrics.errors import OutputError
from psychometrics.output import write_whole
from psychometrics.report.person.basis import Sentence
from psychometrics.result import Result, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceView:
    """A source of the definition that a statement rests on."""

    id: str
    citation: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleView:
    """One scale: its score, its place, its intervals. Numbers are unrounded; nan where there is none."""

    scale_id: str
    title: str
    direction: str
    method: str  # "self_report" | "keyed" | "rubric" | "mixed" | "composite"
    score: float
    minimum: float
    maximum: float
    score_lower: float
    score_upper: float
    confidence: float
    percentile_rank: float
    percentile_lower: float
    percentile_upper: float
    percentile_interval: str  # "norm_sample" | "total"
    t: float
    t_lower: float
    t_upper: float
    norm_group: str
    norm_n: float
    n_valid: int  # -1 where only normed scores were given
    n_elements: int
    n_raters: int  # -1 where nothing is rated
    band: str
    sentence: Sentence
    """What the place means, or why there is none."""
    notes: tuple[Sentence, ...] = ()
    error: float = nan
    """Standard error of measurement of this score."""
    error_from: str = ""  # "scores" | "reliability" | "norms"
    sources: tuple[SourceView, ...] = ()
    """What the statements among the notes rest on."""
    brief: Sentence | None = None
    """The same place in a few words, to stand where score and norm sample are named already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CutView:
    """One cut (junior, mid, senior), answered for itself."""

    cut_id: str
    scale_id: str
    label: str
    at: float
    score: float
    met: bool | None
    probability: float
    """Probability that the true score meets the cut; nan where the error is not known."""
    basis: str  # "criterion" | "norm"
    rationale: str
    answer: Sentence
    statements: tuple[Sentence, ...]
    """The statements of the definition that hold for this score."""
    metric: str = "raw"  # "raw" | "percentile_rank" | "z" | "t": what ``at`` is on
    rationale_sentence: Sentence | None = None
    """How the cut came about, with its basis."""
    sources: tuple[SourceView, ...] = ()
    """What the statements and the cut rest on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodPair:
    """Self-report beside rubric for one composite."""

    composite_id: str
    title: str
    self_report: ScaleView
    rubric: ScaleView
    exceeds_error: bool | None
    """Whether they differ by more than the standard error of their difference; None where it is not known."""
    sentence: Sentence
    agreement: Sentence
    """How well raters agree on these tasks, or that it is not known."""
    raters: Sentence | None = None
    """How many raters judged this person, and whether an adjudication is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceView:
    """A difference between two scales that exceeds its standard error."""

    first_id: str
    second_id: str
    difference: float  # in T points
    standard_error: float
    reliable: bool
    sentence: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalView:
    """One input of a recommendation: value times weight is its share."""

    signal: str
    title: str
    value: float  # 0..1
    weight: float
    share: float
    sentence: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class RecommendationView:
    """One recommendation with everything it rests on."""

    id: str
    node: str
    title: str
    strength: float  # 0..1: sum of shares over the sum of weights
    rank: int
    rank_without_market: int
    rank_with_full_market: int
    sentence: Sentence
    signals: tuple[SignalView, ...]
    url: str = ""
    step: str = ""
    """The recommendation as the end of "you could ..."."""
    kind: str = ""  # "practise" | "measure_again" | "go_on" | "talk" | "answer" | "rate"
    notes: tuple[Sentence, ...] = ()
    """What the definition and the catalogue say about it."""
    missing: tuple[Sentence, ...] = ()
    """Inputs that have no value here, so that their weight is left out."""
    read_on: tuple[SourceView, ...] = ()
    """Primary sources; the first is ``url``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimView:
    """A claim of the evidence, with its source and what it does not prove."""

    claim_id: str
    kind: str
    flagged: bool
    sentence: Sentence
    source: str
    url: str
    n: str
    population: str
    design: str
    does_not_prove: tuple[str, ...]
    caveats: tuple[str, ...]
    checked: str
    used_by: tuple[str, ...] = ()
    """Ids of the recommendations that use it; none where it is background."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A line of the colophon: ids, versions, fingerprints."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonReport(Result):
    """The result page of one person, as data.

    Attributes
    ----------
    title, person_id, occasion, language : str
    simulated : bool
        Whether responses or norms are simulated; the page says it at the top, at every chart and in print.
    norms_sentence : Sentence or None
        The norm sample by name, with n, date and SIMULATED.
    summary : tuple of Sentence
        The first is the one to read.
    scales, cuts, methods, differences : tuples of views
    no_differences : Sentence or None
        Said when no difference exceeds its standard error.
    means, does_not_mean, not_assessed, quality, retest : tuples of Sentence
    recommendations, market_weight, claims : what to do next, and the evidence
    colophon : tuple of Fact
    source : Source
    construct : str
    cuts_note, differences_note, recommendations_note, scales_note : Sentence or None
    """

    title: str
    person_id: str
    occasion: str
    language: str
    simulated: bool
    norms_sentence: Sentence | None
    summary: tuple[Sentence, ...]
    scales: tuple[ScaleView, ...]
    cuts: tuple[CutView, ...]
    methods: tuple[MethodPair, ...]
    differences: tuple[DifferenceView, ...]
    no_differences: Sentence | None
    means: tuple[Sentence, ...]
    does_not_mean: tuple[Sentence, ...]
    quality: tuple[Sentence, ...]
    not_assessed: tuple[Sentence, ...]
    retest: tuple[Sentence, ...]
    recommendations: tuple[RecommendationView, ...]
    market_weight: float
    claims: tuple[ClaimView, ...]
    colophon: tuple[Fact, ...]
    source: Source
    construct: str = ""
    """What the instrument measures, as its definition says it."""
    cuts_note: Sentence | None = None
    """That every cut is answered for itself, and what a true score is."""
    differences_note: Sentence | None = None
    """How many pairs were compared, and how many would differ by chance."""
    recommendations_note: Sentence | None = None
    """How recommendations were found, or why there are none."""
    scales_note: Sentence | None = None
    """What a percentile rank counts, and what the levels in words mean."""
    simulated_parts: tuple[str, ...] = ()
    """Which of "answers" and "norms" are simulated, where that is known."""

    def sentences(self) -> Iterator[Sentence]:
        """Return every sentence of the page, in order."""
        return _sentences(self)

    def to_html(self) -> str:
        """Return the page as one HTML file that needs nothing else."""
        from psychometrics.report.person.page import page_html

        return page_html(self)

    def to_json(self) -> str:
        """Return the content as JSON: nan is null, every sentence with its bases; the same page, the same bytes."""
        from psychometrics.report.person.json_content import report_json

        return report_json(self)

    def write(self, path: str | Path) -> None:
        """Write the page by the suffix of the path, ``.html`` or ``.json``; whole or not at all."""
        path = Path(path)
        writers = {".html": self.to_html, ".json": self.to_json}
        if path.suffix.lower() not in writers:
            raise OutputError(
                f'{path}: cannot write "{path.suffix}" files', hint="The name must end in .html or .json."
            )
        write_whole(path, writers[path.suffix.lower()]().encode("utf-8", "replace"))

    def columns(self) -> Mapping[str, Any]:
        """One row per scale."""
        parts = ("sentence", "brief", "notes", "sources")
        names = {one.name: one.name for one in fields(ScaleView) if one.name not in parts}
        names["percentile_interval"] = (
            "interval_holds"  # columns that begin with percentile_ are printed as ranks
        )
        table = {shown: [getattr(scale, name) for scale in self.scales] for name, shown in names.items()}
        return {**table, "sentence": [str(scale.sentence) for scale in self.scales]}

    def __repr__(self) -> str:
        simulated = " SIMULATED" if self.simulated else ""
        return f"<PersonReport of {self.person_id} on {self.source.instrument}:{simulated} {len(self.scales)} scales>"


def _sentences(value: Any) -> Iterator[Sentence]:
    if isinstance(value, Sentence):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from _sentences(one)
    elif is_dataclass(value):
        for one in fields(value):
            yield from _sentences(getattr(value, one.name))
