"""The sample: who is behind the figures of this manual, what is missing, how scores spread."""

from __future__ import annotations

from functools import partial

import numpy as np
import numpy.typing as npt

from psychometrics.report.figures import score_distribution
from psychometrics.report.manual.content import Section
from psychometrics.report.manual.draft import Draft
from psychometrics.report.manual.material import Absent, Material
from psychometrics.report.manual.pictures import add_pictures
from psychometrics.report.manual.small_cells import HIDDEN, is_small
from psychometrics.report.manual.words import joined, number, percent, whole
from psychometrics.responses import MissingReason, Ratings, Responses
from psychometrics.result import counted
from psychometrics.scoring import Scores
from psychometrics.scoring.finish import REASONS


def sample(material: Material) -> Section:
    """Write who the figures are of."""
    draft = Draft(
        "sample",
        "Sample and scores",
        rests_on="data",
        simulated=material.simulated,
        statements=material.statements,
    )
    if not material.has_data:
        draft.find("No data were given: everything that needs people is listed as missing.")
        for question in ("size", "blanks", "spread"):
            draft.lack(question, _WANTED[question], f"no {material.needs_data} given", material.needs_data)
        draft.ask_authors("who", "Who they are")
        return draft.done()
    _find(draft, material)
    few = max(data.persons.num_rows for data in (material.responses, material.ratings) if data is not None)
    if few < material.least:
        draft.say(
            f"These are so few persons that figures may tell what one of them answered: of fewer than {material.least} none are shown. "
            "smallest=1 shows them, in a manual that is for its authors and not to be published."
        )
    if material.smallest == 1 and not material.simulated:
        draft.say(
            "Figures of single persons are shown (smallest=1): this manual is for its authors, not to be published."
        )
    draft.facts(_facts(material))
    draft.answer("size")
    _blanks(draft, material)
    if isinstance(material.scores, Absent):
        draft.lack("spread", "Scores", material.scores.why)
    else:
        _scores(draft, material, material.scores)
    _published(draft, material)
    draft.ask_authors("who", "Who they are")
    return draft.done()


_WANTED = {"size": "Size of the sample", "blanks": "Missing answers", "spread": "Spread of the scores"}


def _find(draft: Draft, material: Material) -> None:
    person = "SIMULATED person" if material.simulated else "person"
    parts = []
    if material.responses is not None:
        parts.append(f"the answers of {counted(material.responses.n_rows, person)}")
    if material.ratings is not None:
        parts.append(
            f"{len(material.ratings.levels):,} ratings of {counted(material.ratings.persons.num_rows, person)} "
            f"by {counted(len(material.ratings.rater_ids), 'rater')}"
        )
    draft.find(f"The figures of this manual rest on {' and '.join(parts)}.")


def _facts(material: Material) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for name, data in (("Responses", material.responses), ("Ratings", material.ratings)):
        if data is not None:
            rows.append((f"SHA-256 of the {name.lower()}", data.source.input_sha256))
    notes = list(material.responses.notes) if material.responses is not None else []
    if not isinstance(material.scores, Absent):
        notes = list(dict.fromkeys([*notes, *material.scores.notes]))
    if len(material.occasions) > 1:
        notes.append(
            f"the data hold the occasions {joined(material.occasions)}: figures are of {material.occasions[0]}"
        )
    return [*rows, ("Notes on the data", "; ".join(notes))]


def _blanks(draft: Draft, material: Material) -> None:
    answers, judged = material.responses, material.ratings
    if judged is not None and judged.n_blank:
        draft.say(f"{counted(judged.n_blank, 'row')} of the ratings hold no level: asked for, not given.")
    if answers is None:
        if material.instrument.items:
            draft.lack("blanks", _WANTED["blanks"], "no responses given")
        else:
            draft.answer("blanks")
            draft.say(_rated_share(material, judged))
        return
    if not answers.n_items or not answers.n_rows:
        draft.lack("blanks", _WANTED["blanks"], "the responses hold no cell")
        return
    gone = answers.codes < 0
    draft.say(
        f"{percent(float(gone.mean()), 1)} of all answers are missing; "
        f"{percent(float((~gone.any(axis=0)).mean()))} of the persons answered every item."
    )
    _reasons(draft, answers)
    draft.answer("blanks")


def _reasons(draft: Draft, answers: Responses) -> None:
    n = answers.codes.size
    rows = [
        (reason.name.lower().replace("_", " "), whole(count), percent(count / n, 1))
        for reason in MissingReason
        if (count := int(np.count_nonzero(answers.codes == reason.value)))
    ]
    draft.table(
        "Missing answers by reason", ("reason", "answers", "of all"), rows, numbers=("answers", "of all")
    )


def _rated_share(material: Material, judged: Ratings | None) -> str:
    if judged is None or not judged.persons.num_rows:
        return "Nobody was rated."
    n = judged.persons.num_rows * len(material.instrument.criteria)
    cells = len(
        np.unique(
            judged.person_index.astype(np.int64) * len(material.instrument.criteria) + judged.criterion_index
        )
    )
    return f"{percent(cells / n, 1)} of all criteria of all persons were rated at least once."


def _scores(draft: Draft, material: Material, scores: Scores) -> None:
    rows = [_row(material, scores, scale_id) for scale_id in scores.scale_ids]
    if not any(row[1] not in ("", "0") for row in rows):
        draft.lack("spread", _WANTED["spread"], "nobody has a score")
        return
    draft.table(
        "Scores",
        (
            "scale",
            "n",
            "no score",
            "mean",
            "SD",
            "quarter",
            "median",
            "three quarters",
            "at the lowest",
            "at the highest",
            "remarks",
        ),
        rows,
        numbers=(
            "n",
            "no score",
            "mean",
            "SD",
            "quarter",
            "median",
            "three quarters",
            "at the lowest",
            "at the highest",
        ),
        below="At the lowest, at the highest: share of persons at the end of the scale. SD with divisor n - 1."
        + (
            f" {HIDDEN.capitalize()}: fewer than {material.least} persons."
            if any(HIDDEN in row for row in rows)
            else ""
        ),
        keep=("n", "mean", "SD"),
    )
    add_pictures(
        draft,
        (
            partial(
                score_distribution,
                scores,
                scale_id,
                smallest=material.least,
                simulated=material.simulated,
            )
            for scale_id in material.main_first
        ),
    )
    draft.answer("spread")


def _row(material: Material, scores: Scores, scale_id: str) -> tuple[str, ...]:
    place = scores.scale_ids.index(scale_id)
    values = scores.raw[place]
    there = values[~np.isnan(values)]
    scale = material.instrument.scale(scale_id)
    why = np.unique(scores.reason[place][np.isnan(values)])
    reasons = "; ".join(REASONS[code] or "" for code in why.tolist() if code)
    head = (material.name(scale_id), whole(len(there)), whole(len(values) - len(there)))
    if not len(there):
        return (*head, *[""] * 7, reasons)
    spread = float(np.std(there, ddof=1)) if len(there) > 1 else float("nan")
    quarters = [float(one) for one in np.quantile(there, [0.25, 0.5, 0.75])]
    if is_small(len(there), material.least):
        return (*head, *[""] * 7, "; ".join(filter(None, [material.few, reasons])))
    return (
        *head,
        number(float(there.mean())),
        number(spread),
        *map(number, quarters),
        _at_end(there <= scale.minimum, material.least),
        _at_end(there >= scale.maximum, material.least),
        reasons,
    )


def _at_end(there: npt.NDArray[np.bool_], least: int) -> str:
    """Return the share at an end of the scale, unless so few are there that they could be known."""
    return HIDDEN if is_small(int(there.sum()), least) else percent(float(there.mean()))


def _published(draft: Draft, material: Material) -> None:
    told = material.instrument.definition
    sources = {source.id: source.citation for source in told.sources}
    draft.table(
        "Figures published elsewhere",
        ("scale", "statistic", "value", "n", "population", "source"),
        [
            (
                material.name(one.scale),
                one.statistic.replace("_", " "),
                f"{float(one.value):g}",
                "" if one.n is None else f"{one.n:,}",
                one.population,
                sources.get(one.source, one.source),
            )
            for one in told.published
        ],
        numbers=("value", "n"),
        below="From the definition, as published; not computed from the data of this manual.",
    )
