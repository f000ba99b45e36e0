"""What was not assessed: said in so many words, never filled in."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan

import numpy as np
import numpy.typing as npt

from psychometrics.instrument import Scale
from psychometrics.report.person.basis import Sentence
from psychometrics.report.person.building.asked import Asked
from psychometrics.report.person.building.page import Page, basis, sentence
from psychometrics.report.person.building.people import Person
from psychometrics.report.person.building.quality import matching_rows
from psychometrics.report.person.building.reasons import no_score_words
from psychometrics.report.person.building.words import ended


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Judged:
    """How many ratings each person has per task; ``row`` is -1 for who has none at all."""

    tasks: tuple[str, ...]
    row: npt.NDArray[np.intp]
    n_ratings: npt.NDArray[np.intp]


def judged_of(asked: Asked) -> Judged | None:
    """Count the ratings of each person and task; None without ratings."""
    ratings = asked.ratings
    if ratings is None:
        return None
    criteria = asked.instrument.criteria
    tasks = tuple(dict.fromkeys(one.item_id for one in criteria))
    task_of = np.array([tasks.index(one.item_id) for one in criteria], np.intp)
    n_persons = ratings.persons.num_rows
    flat = ratings.person_index.astype(np.intp) * len(tasks) + task_of[ratings.criterion_index]
    counts = np.bincount(flat, minlength=n_persons * len(tasks)).reshape(n_persons, len(tasks))
    return Judged(tasks=tasks, row=matching_rows(asked.persons, ratings.persons), n_ratings=counts)


def not_assessed(page: Page, person: Person, judged: Judged | None) -> tuple[Sentence, ...]:
    """Return scales without a score, tasks without ratings, no norms, and what the definition leaves out."""
    said = _unscored(page, person)
    tasks = _unrated(page, person, judged)
    if tasks:
        text = page.say("not_assessed.tasks", n=len(tasks), tasks=page.texts.listed(tasks, "list.and"))
        said.append(sentence(text, *(basis("rating", task) for task in tasks)))
    return (*said, *page.once(("left out",), lambda: _of_all(page)))


def _unscored(page: Page, person: Person) -> list[Sentence]:
    """Return the scales without a score, those with the same reason in one sentence."""
    found: dict[str, list[Scale]] = {}
    for i, scale in enumerate(page.instrument.scales):
        if isnan(person.raw[i]):
            found.setdefault(no_score_words(page, person, i), []).append(scale)
    return [
        sentence(
            page.say(
                "not_assessed.scales",
                n=len(scales),
                titles=page.quoted(page.titles[s.id] for s in scales),
                why=why,
            ),
            *(basis("score", scale.id) for scale in scales),
        )
        for why, scales in found.items()
    ]


def _unrated(page: Page, person: Person, judged: Judged | None) -> list[str]:
    if not page.instrument.criteria or (judged is None and person_was_rated(page, person)):
        return []
    tasks = tuple(dict.fromkeys(one.item_id for one in page.instrument.criteria))
    if judged is None or judged.row[person.row] < 0:
        return list(tasks)
    counts = judged.n_ratings[judged.row[person.row]].tolist()
    return [task for task, n in zip(judged.tasks, counts, strict=True) if not n]


def person_was_rated(page: Page, person: Person) -> bool:
    """Whether any scale of this person rests on ratings, as far as the scores say."""
    return any(
        person.n_raters[i] > 0 for i, scale in enumerate(page.instrument.scales) if page.rated[scale.id]
    )


def _of_all(page: Page) -> tuple[Sentence, ...]:
    """Return what nobody was assessed on."""
    said = []
    if page.asked.normed is None:
        said.append(
            sentence(
                page.say("not_assessed.no_norms"), *(basis("score", scale.id) for scale in page.top_scales)
            )
        )
    unknown = [scale for scale in page.instrument.scales if scale.id not in page.asked.errors]
    if unknown:
        titles = page.quoted(page.titles[scale.id] for scale in unknown)
        everywhere = len(unknown) == len(page.instrument.scales)
        text = (
            page.say("not_assessed.no_errors")
            if everywhere
            else page.say("not_assessed.no_errors_of", titles=titles)
        )
        said.append(sentence(text, *(basis("score", scale.id) for scale in unknown)))
    said += [
        sentence(ended(text), basis("definition", f"left_out.{i}"))
        for i, text in enumerate(page.instrument.definition.left_out)
    ]
    return tuple(said)
