"""Definition file, format 1: what a TOML file may say, key by key.

This is the shape only. That the words make sense together (an item named in a scale exists, bands rise) is
checked in ``checks.py``; ``instrument.py`` turns a checked definition into what the engine computes with.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    WithJsonSchema,
)

FORMAT = 1

MissingReasonName = Literal[
    "skipped", "dont_know", "not_applicable", "not_reached", "not_presented", "invalid"
]


def _exact(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        msg = "expected a number, written without quotes"
        raise ValueError(msg)
    return Decimal(value)


Number = Annotated[Decimal, BeforeValidator(_exact), WithJsonSchema({"type": "number"})]
Code = Annotated[
    int | str, Field(description="what the data hold: a whole number or a text", union_mode="smart")
]
Id = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$", max_length=64),
    Field(description="letters, digits, _ and -, beginning with a letter"),
]
InstrumentId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$", max_length=64)]
Version = Annotated[str, StringConstraints(pattern=r"^\d+\.\d+\.\d+$")]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Range = Annotated[list[Number], Field(min_length=2, max_length=2)]


class Part(BaseModel):
    """Base of all parts: unknown keys are refused, nothing can be changed afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class SourceEntry(Part):
    """A publication or page that something in the definition rests on."""

    id: Id
    citation: Text
    doi: Annotated[str, StringConstraints(pattern=r"^10\.\d{4,9}/\S+$")] | None = None
    url: Annotated[str, StringConstraints(pattern=r"^https?://\S+$")] | None = None
    used_for: list[Text] = Field(default_factory=list, description="what was taken from it")


class OptionEntry(Part):
    """One response option. ``points`` may be left out when ``code`` is a whole number."""

    code: Code
    label: str = ""
    points: Number | None = None


class OptionSetEntry(Part):
    """Response options shared by items, in the order in which they are shown."""

    options: Annotated[list[OptionEntry], Field(min_length=2, max_length=100)]


class LevelEntry(Part):
    """One level of a rubric criterion, lowest first."""

    code: Code
    points: Number | None = None
    label: Text
    descriptor: Text


class RatersEntry(Part):
    """How the ratings of several raters become one."""

    minimum: Annotated[int, Field(ge=1, description="fewest raters for a criterion to count")] = 1
    combine: Literal["mean", "median", "severity_adjusted"] = "mean"
    adjudicate_gap: Annotated[
        Number | None, Field(description="flag for adjudication when highest minus lowest points reach this")
    ] = None


class CriterionEntry(Part):
    """One rubric criterion of a task."""

    id: Id
    title: Text
    weight: Number = Decimal(1)
    levels: Annotated[list[LevelEntry], Field(min_length=2, max_length=100)]


class SelfReportItem(Part):
    """An item the person answers about themselves."""

    id: Id
    kind: Literal["self_report"] = "self_report"
    text: Text | None = Field(default=None, description="the wording, where it is ours or free to use")
    topic: Text | None = Field(default=None, description="what it asks about, in our own words")
    options: str = Field(description="name of an option set")
    reversed: bool = Field(default=False, description="points become lowest + highest - points")
    points: dict[str, Number] | None = Field(
        default=None, description="points per option code, instead of the set's"
    )
    weight: Number = Decimal(1)
    scored: bool = Field(default=True, description="false: asked and kept, in no scale")


class KeyedItem(Part):
    """An item with right and wrong answers, or points per option."""

    id: Id
    kind: Literal["keyed"]
    text: Text | None = None
    topic: Text | None = None
    options: str
    key: list[Code] | None = Field(
        default=None, description="codes of the right options: 1 point, all others 0"
    )
    points: dict[str, Number] | None = None
    weight: Number = Decimal(1)
    scored: bool = True


class RubricItem(Part):
    """A task whose product raters judge on one or more criteria."""

    id: Id
    kind: Literal["rubric"]
    text: Text | None = None
    topic: Text | None = None
    minutes: Range | None = None
    raters: RatersEntry | None = Field(default=None, description="instead of the instrument's rater rules")
    criteria: Annotated[list[CriterionEntry], Field(min_length=1)]


def _kind(value: Any) -> str | None:
    kind = value.get("kind", "self_report") if isinstance(value, dict) else getattr(value, "kind", None)
    return kind if isinstance(kind, str) else None


ItemEntry = Annotated[
    Annotated[SelfReportItem, Tag("self_report")]
    | Annotated[KeyedItem, Tag("keyed")]
    | Annotated[RubricItem, Tag("rubric")],
    Discriminator(_kind),
]


class AskedIf(Part):
    """When the items of a branch are asked: one item's option, or the points of some items together."""

    item: Id | None = None
    options: list[Code] | None = Field(
        default=None, description="asked if ``item`` was answered with one of these"
    )
    points_of: list[Id] | None = None
    at_least: Number | None = Field(
        default=None, description="asked if the points of ``points_of`` sum to this"
    )


class BranchEntry(Part):
    """Items asked only if other items were answered so."""

    items: Annotated[list[Id], Field(min_length=1)]
    asked_if: AskedIf
    points_when_not_asked: Number | None = Field(
        default=None, description="points that then count as an answer; left out: the item leaves the scale"
    )


class RoundingEntry(Part):
    """How the finished score is rounded."""

    digits: Annotated[int, Field(ge=0, le=6)] = 0
    rule: Literal["half_up", "half_even"] = "half_up"


class ComponentEntry(Part):
    """One scale inside a composite; with mean and sd it enters as a standard score."""

    scale: Id
    weight: Number = Decimal(1)
    mean: Number | None = None
    sd: Number | None = None


class ScaleEntry(Part):
    """A score: over items, or over other scales (a composite)."""

    id: Id
    title: Text
    description: Text | None = None
    direction: Text | None = Field(default=None, description="what a higher score means")
    items: list[str] | None = Field(
        default=None, description='item ids; "task" for all criteria of a task, "task.criterion" for one'
    )
    components: list[ComponentEntry] | None = None
    aggregate: Literal["sum", "mean", "percent"] = "sum"
    multiplier: Number = Decimal(1)
    rounding: RoundingEntry | None = None
    missing: Literal["refuse", "available_mean", "prorate"] = "refuse"
    minimum_valid: Annotated[int, Field(ge=1)] | None = None
    minimum_valid_share: Annotated[Number, Field(gt=0, le=1)] | None = None


class BandStep(Part):
    """A band begins at ``from``, that score included."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)

    lower: Number = Field(alias="from")
    label: Text


Metric = Literal["raw", "percentile_rank", "z", "t"]


class BandsEntry(Part):
    """Named ranges of a scale, lowest first; lower edges are included."""

    id: Id
    scale: Id
    metric: Metric = "raw"
    basis: Literal["criterion", "norm"]
    source: Id | None = None
    rationale: Text | None = None
    steps: Annotated[list[BandStep], Field(min_length=1)]


class CutEntry(Part):
    """A score that is met from ``at`` on, that score included."""

    id: Id
    scale: Id
    label: Text
    at: Number
    metric: Metric = "raw"
    basis: Literal["criterion", "norm"]
    source: Id | None = None
    rationale: Text | None = None


class PublishedEntry(Part):
    """A published figure that data can be held against."""

    scale: Id
    statistic: Literal["mean", "sd", "alpha", "omega", "retest_r", "retest_icc"]
    value: Number
    n: Annotated[int, Field(ge=1)] | None = None
    population: Text
    source: Id


class StatementEntry(Part):
    """A sentence for the result page, the scores it is for, and what it rests on."""

    id: Id
    scale: Id
    metric: Metric = "raw"
    at_least: Number | None = None
    below: Number | None = None
    text: Text
    evidence: Annotated[list[Id], Field(min_length=1, description="ids of sources")]


class Definition(Part):
    """A whole definition file."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        populate_by_name=True,
        title="psychometrics instrument, format 1",
    )

    format: Literal[1]
    id: InstrumentId
    version: Version
    title: Text
    construct_text: Text = Field(alias="construct", description="what is measured")
    intended_use: Annotated[list[Text], Field(min_length=1)]
    misuse: Annotated[list[Text], Field(min_length=1, description="what it must not be used for")]
    population: Text
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$")]
    minutes: Range | None = None
    retest_days: Range | None = Field(default=None, description="window in which a retest is meaningful")
    licence: Text = Field(description="licence of the item texts")
    wording: Literal["full", "topics"] = Field(
        description="whether items carry their text or a topic of our own words"
    )
    left_out: list[Text] = Field(
        default_factory=list, description="what is known to be missing here, and why"
    )
    missing_codes: dict[str, MissingReasonName] = Field(default_factory=dict)
    default_norms: str | None = None
    sources: list[SourceEntry] = Field(default_factory=list)
    option_sets: dict[str, OptionSetEntry] = Field(default_factory=dict)
    raters: RatersEntry = RatersEntry()
    items: Annotated[list[ItemEntry], Field(min_length=1)]
    branches: list[BranchEntry] = Field(default_factory=list)
    scales: Annotated[list[ScaleEntry], Field(min_length=1)]
    bands: list[BandsEntry] = Field(default_factory=list)
    cuts: list[CutEntry] = Field(default_factory=list)
    published: list[PublishedEntry] = Field(default_factory=list)
    statements: list[StatementEntry] = Field(default_factory=list)
