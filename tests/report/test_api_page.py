"""The page of the Python interface names every result, so that nobody guesses attributes."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

import psychometrics as pm
from psychometrics.result import Result

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "api.md"
ABSTRACT = {"Tally"}


def results(kind: type) -> set[str]:
    own = {one for one in kind.__subclasses__() if one.__module__.startswith("psychometrics.")}
    return {one.__name__ for one in own}.union(*(results(one) for one in own))


def test_every_result_class_is_on_the_page() -> None:
    for module in pkgutil.walk_packages(pm.__path__, "psychometrics."):
        importlib.import_module(module.name)
    page = PAGE.read_text(encoding="utf-8")
    listed = {
        line.split("autoclass::")[1].strip().split(".")[-1]
        for line in page.splitlines()
        if "autoclass::" in line
    }
    assert results(Result) - ABSTRACT <= listed
