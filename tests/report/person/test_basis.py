"""A sentence without a basis cannot be built."""

from __future__ import annotations

import pytest

from psychometrics.errors import ReportError
from psychometrics.report.person.basis import KINDS, Basis, Sentence


@pytest.mark.parametrize("kind", KINDS)
def test_a_basis_reads_kind_and_ref(kind: str) -> None:
    assert str(Basis(kind=kind, ref="x")) == f"{kind}:x"


@pytest.mark.parametrize(("kind", "ref"), [("opinion", "x"), ("score", ""), ("", "x")])
def test_what_is_no_basis_is_refused(kind: str, ref: str) -> None:
    with pytest.raises(ReportError, match="is no basis"):
        Basis(kind=kind, ref=ref)


@pytest.mark.parametrize(
    ("text", "bases"), [("Words.", ()), ("", (Basis(kind="score", ref="a"),)), (" ", ())]
)
def test_a_sentence_needs_words_and_a_basis(text: str, bases: tuple[Basis, ...]) -> None:
    with pytest.raises(ReportError, match="needs words and a basis"):
        Sentence(text=text, bases=bases)
