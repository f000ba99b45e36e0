"""Recommendations: rules over the person's own scores, weighed with what the catalogue knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from psychometrics.careers.batch import RecommendationBatch
from psychometrics.careers.candidates import FROM_CATALOGUE, Candidate, surely_met
from psychometrics.careers.catalogue import Catalogue, load_catalogue
from psychometrics.careers.catalogue_candidates import Level, catalogue_candidates, screened_levels
from psychometrics.careers.catalogue_format import Rules
from psychometrics.careers.own_candidates import Asked, own_candidates
from psychometrics.careers.recommendations import Recommendations, Remark
from psychometrics.careers.signals import PersonSignals, person_signals
from psychometrics.careers.statements import statement_book
from psychometrics.careers.texts import Texts, texts
from psychometrics.careers.weighing import chosen_weights, ranks, strength
from psychometrics.errors import CareersError
from psychometrics.norming.normed import NormedScores
from psychometrics.responses import Responses
from psychometrics.scoring.scores import Scores

Floats = npt.NDArray[np.float64]
Weights = Mapping[str, float]
METRIC = {"raw": "metric.raw", "percentile_rank": "metric.percentile_rank", "z": "metric.z", "t": "metric.t"}
KIND_ORDER = ("answer", "rate", "measure_again", "practise", "talk", "go_on")
"""At equal strength, what can be put right at once goes first."""


def recommend(
    scores: Scores,
    person_id: str,
    *,
    occasion: str | None = None,
    normed: NormedScores | None = None,
    responses: Responses | None = None,
    catalogue: Catalogue | None = None,
    market_weight: float | None = None,
    weights: Weights | None = None,
    language: str = "en",
) -> Recommendations:
    """Return what one person could do next, strongest first, with every input and its weight.

    strength = sum(weight * value) / sum(weight), over the signals that have a value for this person

    Parameters
    ----------
    scores : Scores
        With standard errors, where the probability of meeting a cut is to be known.
    person_id : str
        Whose recommendations.
    occasion : str, optional
        Which occasion, where there are several.
    normed : NormedScores, optional
        The same scores in their norm sample.
    responses : Responses, optional
        What was answered; tells what was left blank from what was not asked.
    catalogue : Catalogue, optional
        :func:`load_catalogue` by default.
    market_weight : float, optional
        0 (the market is ignored) to 1; the catalogue's own weight by default.
    weights : mapping, optional
        Other weights to change, signal -> 0 to 1.
    language : str
        Language of the sentences; what catalogue, claims and definition say stands as it is.

    Returns
    -------
    Recommendations

    Raises
    ------
    CareersError
        Nobody of that id; normed scores or responses of other people; weights outside 0 to 1; a catalogue that names
        cuts or scales which the instrument does not have; a language without texts.

    Notes
    -----
    Only the person's own answers bring a recommendation up. The catalogue and the market can move its place and
    never add it; a signal without a value leaves numerator and denominator, and is listed as missing.

    See Also
    --------
    recommend_all : the same for everybody at once.
    """
    row = _row(scores, person_id, occasion)
    signals = person_signals(scores, normed, responses)
    return recommend_all(
        signals, catalogue, market_weight=market_weight, weights=weights, language=language
    ).of(row)


def _row(scores: Scores, person_id: str, occasion: str | None) -> int:
    mine = pc.equal(pc.cast(scores.persons.column("person_id"), "string"), str(person_id))
    if occasion is not None:
        if "occasion" not in scores.persons.column_names:
            raise CareersError("the scores have no occasions", hint="Leave occasion= out.")
        mine = pc.and_(mine, pc.equal(pc.cast(scores.persons.column("occasion"), "string"), str(occasion)))
    rows = np.flatnonzero(pc.fill_null(mine, fill_value=False).to_numpy(zero_copy_only=False))
    when = "" if occasion is None else f' on occasion "{occasion}"'
    if not len(rows):
        raise CareersError(f'there is no person "{person_id}"{when} in the scores')
    if len(rows) > 1:
        raise CareersError(
            f'person "{person_id}" has {len(rows)} occasions', hint="Say which one: occasion=."
        )
    return int(rows[0])


def recommend_all(
    person: PersonSignals,
    catalogue: Catalogue | None = None,
    *,
    market_weight: float | None = None,
    weights: Weights | None = None,
    language: str = "en",
) -> RecommendationBatch:
    """Return the recommendations of everybody whose signals are given; see :func:`recommend`.

    Parameters
    ----------
    person : PersonSignals
        From :func:`person_signals`.
    catalogue, market_weight, weights, language
        As in :func:`recommend`.

    Returns
    -------
    RecommendationBatch
        ``batch.of(row)`` are the recommendations of one person, in words.
    """
    catalogue = catalogue or load_catalogue()
    chosen = chosen_weights(catalogue.weights, weights, market_weight)
    said = texts(language)
    levels = screened_levels(catalogue, person.instrument)
    candidates = _candidates(catalogue, person, levels, said)
    values = tuple(
        np.array([rule.values(person, catalogue.rules) for rule in one.signals]) for one in candidates
    )
    present = np.array(
        [
            one.present(person, catalogue.rules) & _has_own_weight(one, block, chosen)
            for one, block in zip(candidates, values, strict=True)
        ]
    ).reshape(len(candidates), person.n_rows)
    strengths = _strengths(candidates, values, chosen, person.n_rows)
    market = [
        ranks(_strengths(candidates, values, chosen | {"market": w}, person.n_rows), present)
        for w in (0.0, 1.0)
    ]
    source = (person.normed or person.scores).source
    options = tuple((f"weight of {name}", str(weight)) for name, weight in chosen.items())
    return RecommendationBatch(
        person=person,
        candidates=candidates,
        values=values,
        present=present,
        strength=strengths,
        rank=ranks(strengths, present),
        rank_without_market=market[0],
        rank_with_full_market=market[1],
        wording=_wording(candidates, person, catalogue.rules),
        weights=chosen,
        notes=_notes(person, levels, said),
        statements=statement_book(person),
        surely_met={cut: surely_met(person, catalogue.rules, cut_id=cut) for cut in person.cut_ids},
        screened=tuple(dict.fromkeys(level.cut.scale for level in levels)),
        texts=said,
        source=replace(source, options=(*source.options, *options)),
    )


def _candidates(
    catalogue: Catalogue, person: PersonSignals, levels: Sequence[Level], said: Texts
) -> tuple[Candidate, ...]:
    asked = Asked(instrument=person.instrument, kinds=catalogue.kinds, texts=said, normed=person.normed)
    level_of_cut = {one.cut.id: one.node.id for one in levels}
    node_of_scale = {scale: one.node.id for one in levels for scale in one.node.scales}
    found = [
        *own_candidates(asked, level_of_cut, node_of_scale),
        *catalogue_candidates(catalogue, asked, levels),
    ]
    return tuple(sorted(found, key=lambda one: (KIND_ORDER.index(one.kind), one.id)))


def _wording(candidates: Sequence[Candidate], person: PersonSignals, rules: Rules) -> npt.NDArray[np.int8]:
    """Return the first wording of each candidate that holds for each person; -1 for none."""
    found = np.full((len(candidates), person.n_rows), -1, np.int8)
    for i, one in enumerate(candidates):
        for j in reversed(range(len(one.wordings))):
            found[i, one.wordings[j].holds(person, rules)] = j
    return found


def _has_own_weight(one: Candidate, values: Floats, weights: Weights) -> npt.NDArray[np.bool_]:
    """Return where some signal of the person's own has a value and a weight: without one there is no recommendation."""
    counts = [rule.signal not in FROM_CATALOGUE and weights[rule.signal] > 0 for rule in one.signals]
    there: npt.NDArray[np.bool_] = (~np.isnan(values) & np.array(counts)[:, None]).any(axis=0)
    return there


def _strengths(
    candidates: Sequence[Candidate], values: Sequence[Floats], weights: Weights, n_rows: int
) -> Floats:
    rows = [
        strength(list(block), [weights[rule.signal] for rule in one.signals])
        for one, block in zip(candidates, values, strict=True)
    ]
    return np.array(rows).reshape(len(candidates), n_rows)


def _notes(person: PersonSignals, levels: Sequence[Level], said: Texts) -> tuple[Remark, ...]:
    definition, notes = person.instrument.definition, []
    if not levels:
        text = said.say("note.no_level", title=definition.title)
        notes.append(Remark(text=text, bases=("definition:id",)))
    for cut in definition.cuts:
        if cut.id not in person.cut_ids:
            text = said.say("note.needs_norms", label=cut.label, metric=said.say(METRIC[cut.metric]))
            notes.append(Remark(text=text, bases=(f"definition:cuts.{cut.id}",)))
    return tuple(notes)
