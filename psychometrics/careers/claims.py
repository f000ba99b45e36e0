"""Claims with their sources, and figures that are refused: read, checked, frozen."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from psychometrics.careers.claim_format import (
    MUST_BE_FLAGGED,
    Claim,
    ClaimsFile,
    RefusedClaim,
    RefusedFile,
)
from psychometrics.careers.reading import parse, read_text, refused, repeated_ids, shipped
from psychometrics.errors import CareersError, Problem, did_you_mean
from psychometrics.result import Result, Source
from psychometrics.version import VERSION

NUMBER = re.compile(r"(?<![\w.])\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")


@dataclass(frozen=True, kw_only=True, eq=False)
class Claims(Result):
    """What is claimed beyond the scores, each with its primary source.

    Attributes
    ----------
    claims : tuple of Claim
        In file order; see :class:`~psychometrics.careers.claim_format.Claim`.
    refused : tuple of RefusedClaim
        Figures that are often repeated and that no source carries.
    """

    claims: tuple[Claim, ...]
    refused: tuple[RefusedClaim, ...]
    source: Source

    @cached_property
    def by_id(self) -> Mapping[str, Claim]:
        """The claims by their id."""
        return {claim.id: claim for claim in self.claims}

    def claim(self, claim_id: str) -> Claim:
        """Return the claim of that id.

        Raises
        ------
        CareersError
            There is none; says so when the figure was refused, and why.
        """
        if claim_id in self.by_id:
            return self.by_id[claim_id]
        for one in self.refused:
            if one.id == claim_id:
                raise CareersError(f'"{claim_id}" is a refused claim: {one.why}')
        raise CareersError(f'no claim "{claim_id}"', hint=did_you_mean(claim_id, self.by_id))

    def __iter__(self) -> Iterator[Claim]:
        return iter(self.claims)

    def __len__(self) -> int:
        return len(self.claims)

    def columns(self) -> Mapping[str, Any]:
        """One row per claim."""
        return {
            "claim": [one.id for one in self.claims],
            "kind": [one.kind for one in self.claims],
            "flagged": [one.flagged is not None for one in self.claims],
            "statement": [one.statement for one in self.claims],
            "source": [one.source.citation for one in self.claims],
            "link": [one.source.link for one in self.claims],
            "n": [str(one.source.n) for one in self.claims],
            "checked": [one.checked.isoformat() for one in self.claims],
        }

    def __repr__(self) -> str:
        return f"<Claims: {len(self.claims)} with a primary source, {len(self.refused)} refused>"


def load_claims(path: str | Path | None = None, *, refused_path: str | Path | None = None) -> Claims:
    """Load claims, and the list of figures that are refused.

    A claim is loaded only with a primary source (a DOI or an https address), with something it does not prove, with
    every number of its statement among its figures, and, where it comes from a survey by a vendor or of employers,
    with the reason why it is flagged. A claim whose id stands among the refused is not loaded.

    Parameters
    ----------
    path : str or Path, optional
        Your own file of claims instead of the one that comes along.
    refused_path : str or Path, optional
        Your own list of refused claims.

    Returns
    -------
    Claims

    Raises
    ------
    CareersError
        A file does not fit the format or breaks a rule; lists every problem with its place.

    Examples
    --------
    >>> import psychometrics as pm
    >>> pm.load_claims().claim("noy-zhang-2023").source.n
    453
    """
    if path is None and refused_path is None:
        return _shipped_claims()
    return _load(path, refused_path)


@lru_cache(maxsize=1)
def _shipped_claims() -> Claims:
    return _load(None, None)


def _load(path: str | Path | None, refused_path: str | Path | None) -> Claims:
    claims_file = shipped("claims.toml") if path is None else Path(path)
    refused_file = shipped("refused_claims.toml") if refused_path is None else Path(refused_path)
    return parse_claims(
        read_text(claims_file),
        read_text(refused_file),
        where=str(claims_file),
        refused_where=str(refused_file),
    )


def parse_claims(
    text: str, refused_text: str, *, where: str = "claims", refused_where: str = "refused claims"
) -> Claims:
    """Check the text of a file of claims and of a list of refused claims, and return both."""
    listed = parse(refused_text, RefusedFile, where=refused_where)
    claims = parse(text, ClaimsFile, where=where)
    repeated = repeated_ids(listed.refused, "refused")
    if repeated:
        raise refused(refused_where, repeated)
    problems = [*repeated_ids(claims.claims, "claims")]
    not_admitted = {one.id: one.why for one in listed.refused}
    for i, claim in enumerate(claims.claims):
        problems += claim_problems(claim, f"claims[{i}] ({claim.id})", not_admitted)
    if problems:
        raise refused(where, problems)
    source = Source(package_version=VERSION)
    return Claims(claims=claims.claims, refused=listed.refused, source=source)


def claim_problems(claim: Claim, where: str, not_admitted: Mapping[str, str]) -> list[Problem]:
    """Return what keeps a claim out: no primary source, no flag, a refused id, a number without a figure."""
    problems = []
    if claim.id in not_admitted:
        problems.append(Problem(where=where, what=f"a refused claim: {not_admitted[claim.id]}"))
    if not claim.source.link:
        problems.append(
            Problem(
                where=f"{where}.source",
                what="no primary source",
                expected="a doi or an https url",
                hint="A claim without a primary source is not loaded.",
            )
        )
    if claim.kind in MUST_BE_FLAGGED and claim.flagged is None:
        problems.append(
            Problem(
                where=f"{where}.flagged",
                what=f"missing, and the claim is of the kind {claim.kind}",
                expected="why it is to be read with care",
            )
        )
    figures = {abs(figure.value) for figure in claim.figures}
    problems += [
        Problem(
            where=f"{where}.statement",
            what=f"the number {number} is not among its figures",
            expected="a figure with value, unit and what for every number of the statement",
        )
        for number in numbers_of(claim.statement)
        if number not in figures
    ]
    names = [figure.id for figure in claim.figures if figure.id]
    problems += [
        Problem(where=f"{where}.figures", what=f'two figures with the id "{name}"')
        for name in sorted({name for name in names if names.count(name) > 1})
    ]
    return problems


def numbers_of(statement: str) -> list[Decimal]:
    """Return every number written in digits in a statement, without its sign."""
    return [Decimal(text.replace(",", "")) for text in NUMBER.findall(statement)]
