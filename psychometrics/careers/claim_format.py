"""Files of claims and of refused claims, format 1: what they may say, key by key."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
)

FORMAT = 1

Kind = Literal[
    "peer_reviewed", "government", "court", "first_party_research", "vendor_survey", "employer_survey"
]
MUST_BE_FLAGGED = ("vendor_survey", "employer_survey")


def _exact(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        msg = "expected a number, written without quotes"
        raise ValueError(msg)
    return Decimal(value)


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


Number = Annotated[Decimal, BeforeValidator(_exact), WithJsonSchema({"type": "number"})]


def _printable(value: str) -> str:
    if any(ord(letter) < 32 and letter not in "\n\t" for letter in value):
        msg = "expected a text without control characters"
        raise ValueError(msg)
    return value


Text = Annotated[
    str,
    StringConstraints(min_length=1, max_length=2000, strip_whitespace=True),
    AfterValidator(_printable),
]
Texts = Annotated[tuple[Text, ...], BeforeValidator(_tuple)]
Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$", max_length=64)]
Ids = Annotated[tuple[Id, ...], BeforeValidator(_tuple)]
ADDRESS = r"://[A-Za-z0-9][A-Za-z0-9.-]*(:\d+)?(/[A-Za-z0-9._~:/?#@!$&()*+,;=%\[\]-]*)?$"
Url = Annotated[str, StringConstraints(pattern=f"^https?{ADDRESS}", max_length=500)]
PrimaryUrl = Annotated[str, StringConstraints(pattern=f"^https{ADDRESS}", max_length=500)]
Doi = Annotated[str, StringConstraints(pattern=r"^10\.\d{4,9}/[!#-&(-;=?-~]+$", max_length=200)]


class Part(BaseModel):
    """Base of all parts: unknown keys are refused, nothing can be changed afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Figure(Part):
    """One number of a statement, kept as data so that a test can hold the words against it."""

    id: Id | None = Field(default=None, description="a name, where a market signal refers to the figure")
    value: Number
    unit: Text
    what: Text


class ClaimSource(Part):
    """The primary source of a claim: who found it, how, and in whom."""

    authors: Text
    title: Text
    year: Annotated[int, Field(ge=1800, le=2100)]
    venue: Text
    doi: Doi | None = None
    url: PrimaryUrl | None = Field(default=None, description="needed where there is no doi; https")
    n: int | Text = Field(description="how many were studied, or in words why there is no number")
    population: Text
    design: Text

    @property
    def link(self) -> str:
        """Where the source is: its DOI as an address, or its address."""
        return f"https://doi.org/{self.doi}" if self.doi else self.url or ""

    @property
    def citation(self) -> str:
        """Authors (year). Title. Venue."""
        return f"{self.authors} ({self.year}). {self.title}. {self.venue}."


class Claim(Part):
    """A claim in our words, its primary source, and what it does not prove."""

    id: Id
    statement: Text
    kind: Kind
    flagged: Text | None = Field(
        default=None, description="why to read it with care; needed for surveys of vendors and of employers"
    )
    figures: Annotated[tuple[Figure, ...], BeforeValidator(_tuple)] = ()
    source: ClaimSource
    does_not_prove: Annotated[Texts, Field(min_length=1)]
    caveats: Texts = Field(default=(), description="shown beside the claim wherever it is shown")
    checked: datetime.date = Field(description="the day on which the source was looked up")
    checked_in: Text = Field(description="what was read on that day")

    def figure(self, figure_id: str) -> Figure | None:
        """Return the figure of that id, or None."""
        return next((one for one in self.figures if one.id == figure_id), None)


class RefusedClaim(Part):
    """A figure that is often repeated and that no source carries."""

    id: Id
    figure: Text = Field(description="as it is commonly repeated")
    repeated: Annotated[Texts, Field(min_length=1, description="where it is repeated")]
    why: Text = Field(description="why it is refused")
    traced: Annotated[
        tuple[Url, ...], BeforeValidator(_tuple), Field(min_length=1, description="who followed it back")
    ]
    checked: datetime.date


class ClaimsFile(Part):
    """A file of claims."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, title="psychometrics claims, format 1"
    )

    format: Literal[1]
    claims: Annotated[tuple[Claim, ...], BeforeValidator(_tuple)] = ()


class RefusedFile(Part):
    """A file of refused claims."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, title="psychometrics refused claims, format 1"
    )

    format: Literal[1]
    refused: Annotated[tuple[RefusedClaim, ...], BeforeValidator(_tuple)] = ()
