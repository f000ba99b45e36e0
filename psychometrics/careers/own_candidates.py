"""Candidates that need the instrument alone: measure again, talk about a gap, answer what is blank, have it rated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from psychometrics.careers.candidates import Candidate, SignalRule, is_above, is_open, own
from psychometrics.careers.catalogue_format import KindOfRecommendation, Rules
from psychometrics.careers.method_gaps import MethodPair, method_pairs, normed_pair
from psychometrics.careers.recommendations import Remark
from psychometrics.careers.signals import PersonSignals
from psychometrics.instrument import Instrument, Scale
from psychometrics.instrument.definition import CutEntry
from psychometrics.norming.normed import NormedScores

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Kinds = Mapping[str, KindOfRecommendation]
TASKS_LOWER = "the self-report lies clearly above the tasks: talk about what the tasks did not show, and what the answers meant."
TASKS_HIGHER = "the tasks lie clearly above the self-report: talk about what is done better than it is told."


def own_candidates(
    instrument: Instrument,
    kinds: Kinds,
    level_of_cut: Mapping[str, str],
    node_of_scale: Mapping[str, str],
    normed: NormedScores | None,
) -> Iterator[Candidate]:
    """Return the candidates of an instrument that no catalogue is needed for; nodes are named where there are any."""
    for cut in instrument.definition.cuts:
        yield _measure_again(instrument, cut, kinds, level_of_cut.get(cut.id, ""))
    for pair in method_pairs(instrument):
        yield from _talk(instrument, pair, kinds, node_of_scale.get(pair.composite_id, ""), normed)
    for scale in instrument.scales:
        node = node_of_scale.get(scale.id, "")
        if scale.items:
            yield _answer(scale, kinds, node)
        if scale.criteria:
            yield _rate(scale, kinds, node)


def cut_words(instrument: Instrument, cut: CutEntry) -> str:
    """Return what a cut is called in a sentence: its scale and where it lies."""
    metric = {"raw": "", "percentile_rank": "percentile rank ", "z": "z ", "t": "T "}[cut.metric]
    return f'the cut of "{instrument.scale(cut.scale).title}" at {metric}{float(cut.at):g}'


def _measure_again(instrument: Instrument, cut: CutEntry, kinds: Kinds, node: str) -> Candidate:
    scale = instrument.scale(cut.scale)
    rated = bool(instrument.criteria_under(scale))
    how = (
        "one more task or a second rater would tell more than study"
        if rated
        else "a retest would tell more than one score"
    )
    where = cut_words(instrument, cut)
    signals = [
        own(
            "nearness",
            cut.id,
            f"1 where the true score is as likely above as below {where}, 0 where the answer is certain: "
            "1 - |2 p - 1|, p being the probability that the true score reaches it.",
            f"cut:{cut.id}",
        )
    ]
    if rated:
        text = f'1 over the number of raters behind "{scale.title}": 1 where one person rated.'
        signals.append(own("few_raters", cut.id, text, f"rating:{scale.id}"))
    return Candidate(
        id=f"measure_again:{cut.id}",
        kind="measure_again",
        node=node,
        title=f"Measure again: {scale.title}",
        text=f"Whether the true score reaches {where} is open: {how}.",
        bases=(f"cut:{cut.id}",),
        present=partial(is_open, cut_id=cut.id),
        signals=tuple(signals),
        remarks=_retest_window(instrument),
        claims=kinds["measure_again"].claims,
    )


def _retest_window(instrument: Instrument) -> tuple[Remark, ...]:
    days = instrument.definition.retest_days
    if days is None:
        return ()
    first, last = (f"{float(day):g}" for day in days)
    text = f"By its definition a retest has a meaning after {first} to {last} days."
    return (Remark(text=text, bases=("definition:retest_days",)),)


def _talk(
    instrument: Instrument, pair: MethodPair, kinds: Kinds, node: str, normed: NormedScores | None
) -> Iterator[Candidate]:
    title = instrument.scale(pair.composite_id).title
    rule = _method_gap(pair, normed)
    for side, sign, words in (("above", 1.0, TASKS_LOWER), ("below", -1.0, TASKS_HIGHER)):
        yield Candidate(
            id=f"talk:{pair.composite_id}:{side}",
            kind="talk",
            node=node,
            title=f"Talk about the gap: {title}",
            text=f'At "{title}" {words}',
            bases=rule.bases,
            present=partial(_exceeds, composite_id=pair.composite_id, sign=sign),
            signals=(rule,),
            claims=kinds["talk"].claims,
        )


def _method_gap(pair: MethodPair, normed: NormedScores | None) -> SignalRule:
    scales = (f"score:{pair.self_report_id}", f"score:{pair.rubric_id}")
    by_norms = normed is not None and normed_pair(normed, pair)
    text = (
        "How far self-report and tasks lie apart: the difference of their percentile ranks / 100."
        if by_norms
        else "How far self-report and tasks lie apart: the difference of their places on their scales, each from 0 to 1."
    )
    return SignalRule(
        signal="method_gap",
        values=partial(_gap_size, composite_id=pair.composite_id),
        text=text,
        bases=(*scales, f"norms:{normed.norms.name}") if normed is not None and by_norms else scales,
    )


def _gap_size(person: PersonSignals, _: Rules, *, composite_id: str) -> Floats:
    return np.abs(person.of("method_gap", composite_id))


def _exceeds(person: PersonSignals, rules: Rules, *, composite_id: str, sign: float) -> Bools:
    """Return where the gap in one direction exceeds its error, or, where none is known, is wide."""
    gap = person.of("method_gap", composite_id) * sign
    z = person.of("method_gap_z", composite_id) * sign
    wide = gap >= float(rules.method_gap)
    far = z > NormalDist().inv_cdf(0.5 + float(rules.confidence) / 2)
    return np.where(np.isnan(z), wide, far & (gap > 0)).astype(np.bool_)


def _answer(scale: Scale, kinds: Kinds, node: str) -> Candidate:
    basis = f"response:{scale.id}"
    return Candidate(
        id=f"answer:{scale.id}",
        kind="answer",
        node=node,
        title=f"Answer what is blank: {scale.title}",
        text=f'Answer what was left blank in "{scale.title}": a blank says neither yes nor no.',
        bases=(basis,),
        present=partial(is_above, name="blank", id_=scale.id),
        signals=(
            own("blank", scale.id, f'Share of the questions of "{scale.title}" that was left blank.', basis),
        ),
        claims=kinds["answer"].claims,
    )


def _rate(scale: Scale, kinds: Kinds, node: str) -> Candidate:
    basis = f"rating:{scale.id}"
    return Candidate(
        id=f"rate:{scale.id}",
        kind="rate",
        node=node,
        title=f"Have it rated: {scale.title}",
        text=f'Have the tasks of "{scale.title}" rated again: a rating lacks, or raters lie so far apart that the '
        "definition asks for another look.",
        bases=(basis,),
        present=partial(is_above, name="rating_open", id_=scale.id),
        signals=(
            own(
                "rating_open",
                scale.id,
                "1 where a rating lacks or raters lie apart, else no recommendation.",
                basis,
            ),
        ),
        claims=kinds["rate"].claims,
    )
