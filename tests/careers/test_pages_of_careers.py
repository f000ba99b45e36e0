"""The files that the how-to shows can be loaded, and the pages list what the code has."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from careers_for_tests import HEAD_OF_CATALOGUE, REFUSED

from psychometrics.careers import load_catalogue, parse_catalogue, parse_claims
from psychometrics.careers.catalogue_format import KindName, SignalName
from psychometrics.careers.graph import SHAPES

DOCS = Path(__file__).resolve().parents[2] / "docs"


def page(*parts: str) -> str:
    return DOCS.joinpath(*parts).read_text(encoding="utf-8")


def test_the_files_of_the_how_to_load() -> None:
    text = page("how-to", "change-the-catalogue.md")
    claims_file, nodes = re.findall(r"^```toml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    claims = parse_claims(claims_file, REFUSED)
    assert parse_catalogue(HEAD_OF_CATALOGUE + nodes, claims).levels_of("handover")[0].cut == "basic"


def test_the_page_lists_every_signal_with_its_weight_and_every_kind() -> None:
    text = page("explanation", "claims-and-recommendations.md")
    weights = load_catalogue().weights
    for name in get_args(SignalName):
        (weight,) = re.findall(rf"^\| `{name}` \| .* \| ([\d.]+) \|$", text, re.MULTILINE)
        assert float(weight) == float(weights[name].weight), name
    for kind in get_args(KindName):
        assert f"\n| `{kind}` | " in text, kind


def test_the_reference_has_every_kind_of_link() -> None:
    text = page("reference", "claims-format.md")
    for kind, (start, end) in SHAPES.items():
        (row,) = re.findall(rf"^\| `{kind}` \| (.*) \| (.*) \|$", text, re.MULTILINE)
        assert [set(cell.split(", ")) for cell in row] == [start, end], kind
