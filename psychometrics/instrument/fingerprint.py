"""The fingerprint of an instrument: a digest of everything that changes a score, and of nothing else."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from fractions import Fraction
from typing import Any

from psychometrics.instrument.instrument import Branch, Criterion, Item, Scale

SILENT = {"text", "labels", "descriptors", "title", "direction", "minimum", "maximum"}


def fingerprint(
    items: tuple[Item, ...],
    criteria: tuple[Criterion, ...],
    branches: tuple[Branch, ...],
    scales: tuple[Scale, ...],
) -> str:
    """Return the SHA-256 of items, options, points, keys, rater rules, branches, scales and missing rules.

    Wording, titles, labels, bands, cuts and the order in the file are left out: they change no score.
    """
    parts = {
        "items": [_audible(asdict(item)) for item in sorted(items, key=lambda item: item.id)],
        "criteria": [_audible(asdict(criterion)) for criterion in sorted(criteria, key=lambda part: part.id)],
        "branches": [_audible(asdict(branch)) for branch in branches],
        "scales": [_audible(asdict(scale)) for scale in sorted(scales, key=lambda scale: scale.id)],
    }
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=_number)
    return "sha256:" + hashlib.sha256(text.encode("ascii")).hexdigest()


def _audible(part: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in part.items() if key not in SILENT}


def _number(value: object) -> str:
    if isinstance(value, Fraction):
        return str(value)
    message = f"cannot take the fingerprint of {value!r}"
    raise TypeError(message)
