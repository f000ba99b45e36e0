"""The catalogue of texts: every key that is used is there, every key that is there is used, places match."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import psychometrics.report.person as person
from psychometrics import sentences
from psychometrics.errors import ReportError
from psychometrics.report.person.texts import LANGUAGES, texts
from psychometrics.sentences import places

FOLDER = Path(person.__file__).parent
SOURCES = [*sorted(FOLDER.glob("building/*.py")), Path(sentences.__file__)]
KEYS = texts("en").sentences


def literals() -> dict[str, set[str]]:
    """Every text in the sources of the builders, by file."""
    return {
        file.name: {
            node.value
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        for file in SOURCES
    }


def said() -> list[tuple[str, str, set[str], bool]]:
    """Every ``say("key", name=...)``: file, key, names that are filled in, whether more come from a mapping."""
    found = []
    for file in SOURCES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            first = node.args[0]
            if name == "say" and isinstance(first, ast.Constant) and isinstance(first.value, str):
                names = {one.arg for one in node.keywords if one.arg}
                found.append((file.name, first.value, names, any(one.arg is None for one in node.keywords)))
    return found


def test_every_key_that_is_said_is_there_and_gets_its_places() -> None:
    assert len(said()) > 80
    for file, key, names, more in said():
        assert key in KEYS, f"{file}: {key}"
        needed = places(KEYS[key]) | (set() if isinstance(KEYS[key], str) else {"n"})
        assert names <= needed, f"{file}: {key} has no place for {names - needed}"
        assert more or needed <= names, f"{file}: {key} lacks {needed - names}"


def test_every_key_is_used() -> None:
    used = set().union(*literals().values())
    assert sorted(set(KEYS) - used) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_languages_have_the_same_keys_and_places(language: str) -> None:
    mine = texts(language)
    assert set(mine.sentences) == set(KEYS)
    assert set(mine.labels) == set(texts("en").labels)
    for key, template in mine.sentences.items():
        assert places(template) == places(KEYS[key]), key


def test_an_unknown_language_is_refused_with_what_there_is() -> None:
    with pytest.raises(ReportError, match="There is: en"):
        texts("tlh")


def test_plural_forms_follow_the_number() -> None:
    say = texts("en").say
    assert say("quality.complete", n=1) == "You answered the one question."
    assert say("quality.complete", n=7) == "You answered all 7 questions."


def test_braces_in_values_stay_text() -> None:
    assert "{rank} {0}" in texts("en").say("summary.next", step="{rank} {0}")


def test_sentences_are_plain() -> None:
    """Short sentences, no promise, no diagnosis, no shouting but for SIMULATED."""
    for key, template in KEYS.items():
        for text in [template] if isinstance(template, str) else template.values():
            for sentence in text.split(". "):
                assert len(sentence.split()) <= 32, f"{key}: {sentence}"
            for word in ("you suffer", "disorder", "guarantee", "you will be", "!"):
                assert word not in text.lower(), f"{key}: {word}"
