"""The sentences of recommendations: every key that is used is there, every key that is there is used, places match."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import get_args

import pytest

import psychometrics.careers as careers
from psychometrics import sentences
from psychometrics.careers.catalogue_format import SignalName
from psychometrics.careers.texts import LANGUAGES, texts
from psychometrics.sentences import places, template_problem

SOURCES = [*sorted(Path(careers.__file__).parent.rglob("*.py")), Path(sentences.__file__)]
KEYS = texts("en").sentences
BY_NAME = {f"{part}.{name}" for part in ("signal", "absent") for name in get_args(SignalName)}
"""Keys that are put together from the name of a signal."""


def nodes() -> list[ast.AST]:
    return [node for file in SOURCES for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))]


def test_every_key_is_used_and_every_signal_has_its_words() -> None:
    literals = {node.value for node in nodes() if isinstance(node, ast.Constant)}
    assert sorted(set(KEYS) - literals - BY_NAME) == []
    assert set(KEYS) >= BY_NAME


def test_every_key_that_is_said_is_there_and_gets_its_places() -> None:
    found = 0
    for node in nodes():
        if (
            not isinstance(node, ast.Call)
            or getattr(node.func, "attr", getattr(node.func, "id", "")) != "say"
        ):
            continue
        key = node.args[0]
        if not isinstance(key, ast.Constant):
            continue
        found += 1
        names = {one.arg for one in node.keywords if one.arg}
        more = any(one.arg is None for one in node.keywords)
        needed = places(KEYS[key.value]) | (set() if isinstance(KEYS[key.value], str) else {"n"})
        assert names <= needed, f"{key.value} has no place for {names - needed}"
        assert more or needed <= names, f"{key.value} lacks {needed - names}"
    assert found > 40


@pytest.mark.parametrize("language", LANGUAGES)
def test_languages_have_the_same_keys_and_places(language: str) -> None:
    mine = texts(language)
    assert set(mine.sentences) == set(KEYS)
    for key, template in mine.sentences.items():
        assert places(template) == places(KEYS[key]), key


def test_names_stand_in_a_row() -> None:
    listed = texts("en").listed
    assert [listed(names, "list.or") for names in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a or b",
        "a, b or c",
    ]


def test_a_template_without_names_or_forms_is_found() -> None:
    assert "places must have names" in template_problem("key", "{} of {0}")
    assert "the forms one and other" in template_problem("key", {"one": "", "other": "x"})
    assert template_problem("key", {"one": "one", "other": "{n}"}) == ""
