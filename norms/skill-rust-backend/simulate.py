"""Make the SIMULATED sample for skill-rust-backend. It contains no person.

Every row is drawn from a random number generator with a fixed seed. Nobody answered, nobody was rated. The sample
shows how norms, reliability and rater agreement are worked out; it says nothing about real developers. No group
differs from another by design: gender and country are drawn independently of ability.

Run ``python simulate.py``; the files are written beside this script.
"""

from __future__ import annotations

import csv
import gzip
import io
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

HERE = Path(__file__).resolve().parent
DEFINITION = HERE.parents[1] / "instruments" / "skill-rust-backend" / "1.0.0.toml"
STEM = "simulated-2026"
SEED = 20261101

# The sample
N_PERSONS = 2000
N_RETEST = 300
RETEST_DAYS = 28
FIRST_DAY, N_DAYS = date(2026, 3, 2), 180
GENDERS = {"female": 0.21, "male": 0.74, "nonbinary": 0.03, "": 0.02}
COUNTRIES = {
    "US": 0.20,
    "DE": 0.15,
    "IN": 0.12,
    "GB": 0.10,
    "FR": 0.08,
    "PL": 0.08,
    "BR": 0.08,
    "CA": 0.07,
    "NL": 0.06,
    "JP": 0.06,
}
AGE_MEAN, AGE_SD, AGE_LEAST, AGE_MOST = 32.0, 8.5, 18, 65

# Ability: a general part, a part of its own per level, and a slight rise with age
LEVELS = ("j", "m", "s")
GENERAL_SHARE = 0.70  # of the variance of ability at one level
AGE_CORRELATION = 0.15

# Self-report: latent answer = easiness + inflation + loading * factor + rest
SELF_EASINESS = (0.55, 0.20, -0.20)  # by level; junior behaviours are the most frequent
SELF_INFLATION = 0.30
SELF_LOADING = 0.64
SELF_ABILITY, SELF_STYLE, SELF_LEVEL = 0.65, 0.50, 0.57  # what the factor is made of: squares sum to about 1
SELF_THRESHOLDS = (-1.60, -0.80, 0.10, 1.15)
SELF_STATE_SHARE = 0.09  # of the factor, new at each occasion
SELF_ITEM_STABLE = 0.25  # share of an item's rest that stays from occasion to occasion
ITEM_SPREAD = 0.20  # sd of easiness among the items or criteria of a level

# Tasks: latent rating = easiness + loading * performance + rest of the criterion - severity + halo + noise
TASK_EASINESS = (0.75, 0.10, -0.45)
TASK_ABILITY, TASK_METHOD, TASK_LEVEL = 0.85, 0.35, 0.39  # squares sum to about 1
TASK_LOADING = 0.85
TASK_THRESHOLDS = (-0.95, 0.10, 1.15)
TASK_STATE_SHARE = 0.02
TASK_REST_STABLE = 0.80

# Raters
N_RATERS = 12
SEVERITY_SD = 0.22
HALO_SD = 0.46  # one rater's impression of one person at one level
NOISE_LEAST, NOISE_MOST = 0.45, 0.75  # sd of a single rating, a different one for each rater

# Missing answers and practice
MISSING_RATE = 0.014
CARELESS_SHARE, CARELESS_MISSING = 0.008, 0.50
PRACTICE = 0.08  # rise of every latent value at the retest


@dataclass(frozen=True)
class Content:
    """Items and criteria of the definition, in its order."""

    items: list[str]
    reversed_items: list[bool]
    criteria: list[tuple[str, str]]

    def item_levels(self) -> Ints:
        """Return the position of the level of each item."""
        return np.array([LEVELS.index(name[0]) for name in self.items])

    def criterion_levels(self) -> Ints:
        """Return the position of the level of each criterion."""
        return np.array([LEVELS.index(task[0]) for task, _ in self.criteria])


@dataclass(frozen=True)
class People:
    """What stays the same about the simulated persons, one row each."""

    number: Ints
    ability: Floats  # persons by levels
    style: Floats  # how favourably a person describes themselves
    self_level: Floats  # persons by levels
    self_rest: Floats  # persons by items
    method: Floats  # how well a person does short tasks as such
    task_level: Floats  # persons by levels
    task_rest: Floats  # persons by criteria
    gender: NDArray[Any]
    age: Ints
    country: NDArray[Any]
    day: Ints

    def take(self, rows: Ints) -> People:
        """Return some of the persons."""
        return replace(self, **{one.name: getattr(self, one.name)[rows] for one in fields(self)})


@dataclass(frozen=True)
class Raters:
    """Severity and noise of each rater."""

    severity: Floats
    noise: Floats


@dataclass(frozen=True)
class Easiness:
    """Easiness of every item and criterion: the level's and its own."""

    items: Floats
    criteria: Floats


def read_content() -> Content:
    """Read item ids, reversals and criteria from the definition."""
    items = tomllib.loads(DEFINITION.read_text(encoding="utf-8"))["items"]
    asked = [item for item in items if item.get("kind", "self_report") == "self_report"]
    tasks = [item for item in items if item.get("kind") == "rubric"]
    return Content(
        items=[item["id"] for item in asked],
        reversed_items=[item.get("reversed", False) for item in asked],
        criteria=[(task["id"], criterion["id"]) for task in tasks for criterion in task["criteria"]],
    )


def draw_people(content: Content, rng: np.random.Generator) -> People:
    """Draw the lasting features of all persons."""
    n, n_levels = N_PERSONS, len(LEVELS)
    age_z = rng.standard_normal(n)
    general = AGE_CORRELATION * age_z + np.sqrt(1 - AGE_CORRELATION**2) * rng.standard_normal(n)
    own = rng.standard_normal((n, n_levels))
    return People(
        number=np.arange(1, n + 1),
        ability=np.sqrt(GENERAL_SHARE) * general[:, None] + np.sqrt(1 - GENERAL_SHARE) * own,
        style=rng.standard_normal(n),
        self_level=rng.standard_normal((n, n_levels)),
        self_rest=rng.standard_normal((n, len(content.items))),
        method=rng.standard_normal(n),
        task_level=rng.standard_normal((n, n_levels)),
        task_rest=rng.standard_normal((n, len(content.criteria))),
        gender=rng.choice(list(GENDERS), size=n, p=list(GENDERS.values())),
        age=np.clip(np.rint(AGE_MEAN + AGE_SD * age_z), AGE_LEAST, AGE_MOST).astype(np.int64),
        country=rng.choice(list(COUNTRIES), size=n, p=list(COUNTRIES.values())),
        day=rng.integers(0, N_DAYS, size=n),
    )


def draw_easiness(content: Content, rng: np.random.Generator) -> Easiness:
    """Draw how easy each item and criterion is, around the easiness of its level."""
    own_items = ITEM_SPREAD * rng.standard_normal(len(content.items))
    own_criteria = ITEM_SPREAD * rng.standard_normal(len(content.criteria))
    item_levels, criterion_levels = content.item_levels(), content.criterion_levels()
    return Easiness(
        items=np.array(SELF_EASINESS)[item_levels] + centred(own_items, item_levels) + SELF_INFLATION,
        criteria=np.array(TASK_EASINESS)[criterion_levels] + centred(own_criteria, criterion_levels),
    )


def centred(values: Floats, groups: Ints) -> Floats:
    """Return the values with the mean of each group taken off."""
    means = np.array([values[groups == one].mean() for one in range(len(LEVELS))])
    result: Floats = values - means[groups]
    return result


def draw_raters(rng: np.random.Generator) -> Raters:
    """Draw the raters; their severities are evenly spread, in random order."""
    steps = np.linspace(-1.5, 1.5, N_RATERS)
    severity = SEVERITY_SD * steps / steps.std()
    noise = np.linspace(NOISE_LEAST, NOISE_MOST, N_RATERS)
    return Raters(severity=rng.permutation(severity), noise=rng.permutation(noise))


def mix(lasting: Floats, share_new: float, rng: np.random.Generator) -> Floats:
    """Return the lasting part with a share of variance that is new at this occasion."""
    fresh = rng.standard_normal(lasting.shape)
    result: Floats = np.sqrt(1 - share_new) * lasting + np.sqrt(share_new) * fresh
    return result


def draw_answers(
    people: People, content: Content, easiness: Easiness, gain: float, rng: np.random.Generator
) -> Ints:
    """Draw the codes as a person would tick them; -1 is an empty cell."""
    levels = content.item_levels()
    factor = SELF_ABILITY * people.ability + SELF_LEVEL * people.self_level
    factor = mix(factor + SELF_STYLE * people.style[:, None], SELF_STATE_SHARE, rng)
    rest = mix(people.self_rest, 1 - SELF_ITEM_STABLE, rng)
    latent = easiness.items + gain + SELF_LOADING * factor[:, levels] + np.sqrt(1 - SELF_LOADING**2) * rest
    codes = np.searchsorted(SELF_THRESHOLDS, latent).astype(np.int64)
    codes = np.where(content.reversed_items, len(SELF_THRESHOLDS) - codes, codes)
    careless = rng.random(len(people.number)) < CARELESS_SHARE
    rate = np.where(careless, CARELESS_MISSING, MISSING_RATE)
    result: Ints = np.where(rng.random(codes.shape) < rate[:, None], -1, codes)
    return result


def draw_pairs(n_persons: int, rng: np.random.Generator) -> Ints:
    """Draw two different raters for each person and level; all pairs occur equally often, give or take one."""
    pairs = np.array([(a, b) for a in range(N_RATERS) for b in range(a + 1, N_RATERS)])
    rounds = -(-n_persons // len(pairs))
    chosen = [
        np.concatenate([rng.permutation(len(pairs)) for _ in range(rounds)])[:n_persons]
        for _ in range(len(LEVELS))
    ]
    result: Ints = pairs[np.stack(chosen, axis=1)]
    return result


def draw_ratings(
    people: People,
    content: Content,
    easiness: Easiness,
    raters: Raters,
    pairs: Ints,
    gain: float,
    rng: np.random.Generator,
) -> Ints:
    """Draw the rubric levels, persons by criteria by the two raters."""
    levels = content.criterion_levels()
    performance = TASK_ABILITY * people.ability + TASK_LEVEL * people.task_level
    performance = mix(performance + TASK_METHOD * people.method[:, None], TASK_STATE_SHARE, rng)
    rest = mix(people.task_rest, 1 - TASK_REST_STABLE, rng)
    shown = TASK_LOADING * performance[:, levels] + np.sqrt(1 - TASK_LOADING**2) * rest
    halo = HALO_SD * rng.standard_normal(pairs.shape)
    who = pairs[:, levels, :]
    noise = raters.noise[who] * rng.standard_normal(who.shape)
    shown = (easiness.criteria + gain + shown)[:, :, None]
    latent = shown - raters.severity[who] + halo[:, levels, :] + noise
    result: Ints = np.searchsorted(TASK_THRESHOLDS, latent).astype(np.int64)
    return result


def response_rows(people: People, answers: Ints, occasion: str, days_later: int) -> Iterable[list[str]]:
    """Yield one row per person."""
    for row, number in enumerate(people.number):
        completed = FIRST_DAY + timedelta(days=int(people.day[row]) + days_later)
        cells = ["" if code < 0 else str(code) for code in answers[row]]
        person = [str(people.gender[row]), str(people.age[row]), str(people.country[row])]
        yield [f"P{number:04d}", occasion, *person, completed.isoformat(), *cells]


def rating_rows(
    people: People, content: Content, pairs: Ints, ratings: Ints, occasion: str
) -> Iterable[list[str]]:
    """Yield one row per person, criterion and rater."""
    levels = content.criterion_levels()
    for row, number in enumerate(people.number):
        for column, (task, criterion) in enumerate(content.criteria):
            for place in range(2):
                rater = f"R{pairs[row, levels[column], place] + 1:02d}"
                yield [f"P{number:04d}", task, criterion, rater, str(ratings[row, column, place]), occasion]


def write_table(name: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a compressed CSV file whose bytes depend on nothing but its content."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    path = HERE / name
    with path.open("wb") as raw, gzip.GzipFile("", "wb", compresslevel=9, fileobj=raw, mtime=0) as packed:
        packed.write(text.getvalue().encode())
    print(f"{name}: {path.stat().st_size} bytes")


def write_occasion(
    people: People,
    content: Content,
    easiness: Easiness,
    raters: Raters,
    occasion: int,
    rng: np.random.Generator,
) -> None:
    """Draw and write the answers and ratings of one occasion."""
    stem, gain, days = (STEM, 0.0, 0) if occasion == 1 else (f"{STEM}.retest", PRACTICE, RETEST_DAYS)
    answers = draw_answers(people, content, easiness, gain, rng)
    pairs = draw_pairs(len(people.number), rng)
    ratings = draw_ratings(people, content, easiness, raters, pairs, gain, rng)
    header = ["person_id", "occasion", "gender", "age", "country", "completed_on", *content.items]
    write_table(f"{stem}.responses.csv.gz", header, response_rows(people, answers, str(occasion), days))
    header = ["person_id", "item_id", "criterion_id", "rater_id", "level", "occasion"]
    write_table(f"{stem}.ratings.csv.gz", header, rating_rows(people, content, pairs, ratings, str(occasion)))


def main() -> None:
    """Make all four files."""
    rng = np.random.default_rng(SEED)
    content = read_content()
    people = draw_people(content, rng)
    easiness = draw_easiness(content, rng)
    raters = draw_raters(rng)
    write_occasion(people, content, easiness, raters, 1, rng)
    again = np.sort(rng.choice(N_PERSONS, size=N_RETEST, replace=False))
    write_occasion(people.take(again), content, easiness, raters, 2, rng)


if __name__ == "__main__":
    main()
