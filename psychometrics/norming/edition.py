"""The head of a norm edition file: what the numbers are and where they came from."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from psychometrics.errors import NormError, Problem

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=64)]


class Part(BaseModel):
    """Base of all parts: unknown keys are refused, nothing can be changed afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


class Population(Part):
    """Who the norm sample stands for, and how it came about."""

    description: Text
    country: str | None = None
    sampling: str | None = None
    participation: str | None = None
    administration: str | None = None
    collected: str | None = None
    n: Annotated[int, Field(ge=1)] | None = None
    exclusions: str | None = None
    weights: str | None = None


class Publication(Part):
    """Where the figures were published."""

    citation: Text
    doi: str | None = None
    url: str | None = None


class StratumBand(Part):
    """A range of a number: ``from`` included, ``below`` not; an end left out is open."""

    label: Text
    lower: float | int | None = Field(default=None, alias="from")
    below: float | int | None = None


class StratumVariable(Part):
    """One variable that divides the norm sample: its levels, or ranges of a number."""

    name: Name
    column: Text
    levels: list[str] | None = None
    bands: list[StratumBand] | None = None

    @property
    def labels(self) -> list[str]:
        """The strata of this variable, in order."""
        return list(self.levels) if self.levels is not None else [band.label for band in self.bands or []]


class ScaleReliability(Part):
    """What is known of the reliability of a scale in the norm sample."""

    scale: Text
    coefficient: Text
    estimate: float
    standard_error_of_measurement: float
    n_persons: int


class MarginLevel(Part):
    """A level of a margin and its share of the population."""

    labels: list[str]
    share: float


class Margin(Part):
    """What is known of the population: shares of the levels of one variable, or of several crossed."""

    variables: list[str]
    levels: list[MarginLevel]


class WeightCell(Part):
    """People alike in every weighting variable, and their weight."""

    labels: list[str]
    n_persons: Annotated[int, Field(ge=1)]
    base: Annotated[float, Field(ge=0)] = 1.0
    weight: Annotated[float, Field(ge=0)]


class WeightTable(Part):
    """How the norm sample was weighted: enough to do it again when people are added."""

    variables: list[StratumVariable]
    base: str | None = None
    cap: float | None = None
    margins: list[Margin] = Field(default_factory=list)
    cells: list[WeightCell]


class Smoothing(Part):
    """How the score distributions of an edition are smoothed when it is applied."""

    method: Literal["log_linear", "kernel", "beta_binomial"]
    degree: Annotated[int, Field(ge=1)] | None = None
    criterion: Literal["aic", "bic", "likelihood_ratio"] | None = None
    parameters: Literal[2, 4] | None = None
    bandwidth: Annotated[float, Field(gt=0)] | None = None
    minimum: float | None = None
    maximum: float | None = None


class ModelRow(Part):
    """A model that was tried for one scale and stratum of a continuous edition."""

    scale: str
    stratum: str
    method: str
    terms: str
    n_parameters: int
    log_likelihood: float
    aic: float
    bic: float
    converged: bool
    chosen: bool


class ContinuousDesign(Part):
    """What a continuous edition runs along, what it covers, and how its models were chosen."""

    column: Text
    lower: float = Field(alias="from")
    upper: float = Field(alias="to")
    method: str
    criterion: Literal["bic", "aic"]
    z_limit: float
    position: str
    width: float | None = None
    models: list[ModelRow] = Field(default_factory=list)


class Conversion(Part):
    """How scores of this version of a scale are brought to the scale of the version the counts are of."""

    scale: Text
    old_scale: Text
    old_instrument: Text
    old_version: str
    old_fingerprint: str
    old_edition: Text
    how: Text
    method: Text
    design: Text
    error_method: str
    n_new: Annotated[int, Field(ge=0)]
    n_old: Annotated[int, Field(ge=0)]
    scores: Annotated[list[float], Field(min_length=2)]
    equated: list[float]
    standard_error: list[float]
    old_scores: Annotated[list[float], Field(min_length=2)]
    notes: list[str] = Field(default_factory=list)

    @model_validator(mode="after")
    def _one_row_per_score(self) -> Conversion:
        lengths = {len(self.scores), len(self.equated), len(self.standard_error)}
        if len(lengths) > 1:
            raise ValueError("scores, equated and standard_error must be of one length")
        for name, values, strict in (
            ("scores", self.scores, True),
            ("old_scores", self.old_scores, True),
            ("equated", self.equated, False),
        ):
            if not all(a < b or (a == b and not strict) for a, b in pairwise(values)):
                raise ValueError(f"{name} must rise")
        return self


class Change(Part):
    """One step in the life of an edition."""

    action: Literal["built", "merged", "removed", "converted"]
    date: Text
    why: str = ""
    who: str = ""
    n_before: Annotated[int, Field(ge=0)] | None = None


class EditionHead(Part):
    """The TOML file of a norm edition."""

    format: Literal[1]
    instrument: Text
    version: Text
    fingerprint: Annotated[str, StringConstraints(pattern=r"^(sha256:[0-9a-f]{64})?$")]
    edition: Name
    title: Text
    kind: Literal["counts", "weighted_counts", "moments", "percentile_points", "continuous"]
    simulated: bool
    normal: bool = False
    released: str | None = None
    licence: str | None = None
    script: str | None = None
    parent: str | None = None
    table: Text
    table_sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    notes: list[str] = Field(default_factory=list)
    population: Population
    source: Publication | None = None
    strata: list[StratumVariable] = Field(default_factory=list)
    weighting: WeightTable | None = None
    smoothing: Smoothing | None = None
    conversion: list[Conversion] | None = None
    continuous: ContinuousDesign | None = None
    reliability: list[ScaleReliability] = Field(default_factory=list)
    history: list[Change] = Field(default_factory=list)


def head_problems(error: ValidationError) -> list[Problem]:
    """Return what is wrong with a head, one problem each, with its path."""
    return [Problem(where=".".join(map(str, one["loc"])), what=one["msg"]) for one in error.errors()]


def checked_head(raw: Mapping[str, Any]) -> EditionHead:
    """Return the head of a new edition, or one error with all that is wrong with it."""
    try:
        return EditionHead.model_validate(dict(raw))
    except ValidationError as error:
        raise NormError("the edition cannot be written down", problems=head_problems(error)) from error
