"""Pages of people that the tests share, and the golden contents: rewritten by ``python tests/person_pages_for_tests.py --update``."""

from __future__ import annotations

import sys
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import psychometrics as pm
from psychometrics import catalog
from psychometrics.evidence.overview.reliability import reliability
from psychometrics.instrument import Instrument
from psychometrics.norming import Norms
from psychometrics.report.person.building import PersonReports, person_reports
from psychometrics.report.person.content import PersonReport
from psychometrics.responses import Ratings, Responses
from psychometrics.scoring import Scores

FLAGSHIP = "skill-rust-backend"
DAY = date(2026, 11, 25)
GOLDEN = Path(__file__).parent / "golden" / "person"
FIRST = 60
CASES = {"high": "P0003", "middle": "P0013", "low": "P0004", "open": "P0012", "unfinished": "P0026"}
"""People among the first of the simulated sample."""


@cache
def flagship() -> tuple[Instrument, Responses, Ratings, Scores]:
    """The first people of the simulated sample, scored."""
    instrument = pm.load_instrument(FLAGSHIP)
    folder = Path(str(catalog.root("norms") / FLAGSHIP))
    answers = pm.read_responses(folder / "simulated-2026.responses.csv.gz", instrument)
    judged = pm.read_ratings(folder / "simulated-2026.ratings.csv.gz", instrument)
    few = answers.select(np.arange(FIRST))
    mine = set(few.persons.column("person_id").to_pylist())
    those = np.array([one in mine for one in judged.persons.column("person_id").to_pylist()])
    judged = judged.select(those)
    return instrument, few, judged, pm.score(instrument, few, judged)


@cache
def edition() -> Norms:
    """The norms of the flagship, read once."""
    return pm.load_norms(flagship()[0].definition.default_norms or "")


@cache
def flagship_pages() -> PersonReports:
    """Pages with everything there is: norms, answers, ratings, reliability of these few people, catalogue."""
    instrument, answers, judged, scores = flagship()
    evidence = reliability(instrument, answers, judged, scores=scores)
    options: dict[str, Any] = {"responses": answers, "ratings": judged, "reliability": evidence, "today": DAY}
    return person_reports(scores, norms=edition(), **options)


def made_up(instrument: Instrument, n: int = 6, seed: int = 1) -> Responses:
    """Answers by chance, with a few blanks; the last person answered nothing."""
    rng = np.random.default_rng(seed)
    table: dict[str, list[Any]] = {
        "person_id": [f"p{i}" for i in range(n)],
        "gender": [("male", "female", "other")[i % 3] for i in range(n)],
        "age": [20 + 10 * i for i in range(n)],
    }
    for item in instrument.items:
        codes: list[Any] = [item.codes[int(i)] for i in rng.integers(len(item.codes), size=n)]
        blank = rng.random(n) < 0.03
        table[item.id] = [
            None if gone or i == n - 1 else code
            for i, (code, gone) in enumerate(zip(codes, blank, strict=True))
        ]
    return pm.read_responses(table, instrument)


def bases(page: PersonReport) -> set[str]:
    """Every basis of a page, as text."""
    return {str(basis) for sentence in page.sentences() for basis in sentence.bases}


@cache
def golden_contents() -> dict[str, str]:
    """The contents that are kept, by the name of their file."""
    pages = flagship_pages()
    instrument, answers, _, _ = flagship()
    only_answers = person_reports(pm.score(instrument, answers), responses=answers, today=DAY)
    found = {f"{case}.json": pages.of(person).to_json() for case, person in CASES.items()}
    return {**found, "only_answers.json": only_answers.of(CASES["middle"]).to_json()}


if __name__ == "__main__":
    if sys.argv[1:] != ["--update"]:
        raise SystemExit("usage: python tests/person_pages_for_tests.py --update")
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for name, text in golden_contents().items():
        (GOLDEN / name).write_text(text, encoding="utf-8")
        print(GOLDEN / name)
