"""The JSON Schemas of claims, refused claims and catalogue, made from the code so that they cannot drift."""

from __future__ import annotations

from typing import Any

from psychometrics.careers.catalogue_format import CatalogueFile
from psychometrics.careers.claim_format import ClaimsFile, RefusedFile

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def claims_schema() -> dict[str, Any]:
    """Return the JSON Schema of a file of claims, format 1, for editors that check TOML while typing."""
    return {"$schema": DIALECT, **ClaimsFile.model_json_schema()}


def refused_claims_schema() -> dict[str, Any]:
    """Return the JSON Schema of a file of refused claims, format 1."""
    return {"$schema": DIALECT, **RefusedFile.model_json_schema()}


def catalogue_schema() -> dict[str, Any]:
    """Return the JSON Schema of a catalogue file, format 1."""
    return {"$schema": DIALECT, **CatalogueFile.model_json_schema()}
