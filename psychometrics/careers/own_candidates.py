"""Candidates that need the instrument alone: measure again, talk about a gap, answer what is blank, have it rated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from psychometrics.careers.candidates import Candidate, SignalRule, Wording, is_above, is_open, own
from psychometrics.careers.catalogue_format import KindOfRecommendation, Rules
from psychometrics.careers.method_gaps import MethodPair, method_pairs, normed_pair
from psychometrics.careers.recommendations import Remark
from psychometrics.careers.signals import PersonSignals
from psychometrics.careers.texts import Texts
from psychometrics.instrument import Instrument, Scale
from psychometrics.instrument.definition import CutEntry
from psychometrics.norming.normed import NormedScores

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
CUT = {"raw": "cut.raw", "percentile_rank": "cut.percentile_rank", "z": "cut.z", "t": "cut.t"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What candidates are made for: an instrument in a catalogue, in a language."""

    instrument: Instrument
    kinds: Mapping[str, KindOfRecommendation]
    texts: Texts
    normed: NormedScores | None

    def cut_words(self, cut: CutEntry) -> str:
        """Return what a cut is called in a sentence: its scale and where it lies."""
        title = self.instrument.scale(cut.scale).title
        return self.texts.say(CUT[cut.metric], scale=title, at=f"{float(cut.at):g}")


def own_candidates(
    asked: Asked, level_of_cut: Mapping[str, str], node_of_scale: Mapping[str, str]
) -> Iterator[Candidate]:
    """Return the candidates of an instrument that no catalogue is needed for; nodes are named where there are any."""
    instrument = asked.instrument
    for cut in instrument.definition.cuts:
        yield _measure_again(asked, cut, level_of_cut.get(cut.id, ""))
    for pair in method_pairs(instrument):
        yield from _talk(asked, pair, node_of_scale.get(pair.composite_id, ""))
    for scale in instrument.scales:
        node = node_of_scale.get(scale.id, "")
        if scale.items:
            yield _answer(asked, scale, node)
        if scale.criteria:
            yield _rate(asked, scale, node)


def _measure_again(asked: Asked, cut: CutEntry, node: str) -> Candidate:
    say, scale = asked.texts.say, asked.instrument.scale(cut.scale)
    rated = bool(asked.instrument.criteria_under(scale))
    where, basis = asked.cut_words(cut), f"cut:{cut.id}"
    signals = [own("nearness", cut.id, say("value.nearness", cut=where), basis)]
    if rated:
        text = say("value.few_raters", scale=scale.title)
        signals.append(own("few_raters", cut.id, text, f"rating:{scale.id}"))
    return Candidate(
        id=f"measure_again:{cut.id}",
        kind="measure_again",
        node=node,
        title=say("measure_again.title", scale=scale.title),
        step=say("measure_again.step", scale=scale.title),
        about=scale.title,
        text=say("measure_again.rated", cut=where) if rated else say("measure_again.asked", cut=where),
        bases=(basis,),
        present=partial(is_open, cut_id=cut.id),
        signals=tuple(signals),
        remarks=_retest_window(asked),
        claims=asked.kinds["measure_again"].claims,
    )


def _retest_window(asked: Asked) -> tuple[Remark, ...]:
    days = asked.instrument.definition.retest_days
    if days is None:
        return ()
    first, last = (f"{float(day):g}" for day in days)
    text = asked.texts.say("measure_again.window", first=first, last=last)
    return (Remark(text=text, bases=("definition:retest_days",)),)


def _talk(asked: Asked, pair: MethodPair, node: str) -> Iterator[Candidate]:
    say, title = asked.texts.say, asked.instrument.scale(pair.composite_id).title
    rule = _method_gap(asked, pair)
    for side, sign, key in (("above", 1.0, "talk.tasks_lower"), ("below", -1.0, "talk.tasks_higher")):
        yield Candidate(
            id=f"talk:{pair.composite_id}:{side}",
            kind="talk",
            node=node,
            title=say("talk.title", scale=title),
            step=say("talk.step", scale=title),
            about=title,
            text=say(key, scale=title),
            bases=rule.bases,
            present=partial(_exceeds, composite_id=pair.composite_id, sign=sign),
            signals=(rule,),
            claims=asked.kinds["talk"].claims,
        )


def _method_gap(asked: Asked, pair: MethodPair) -> SignalRule:
    normed, say = asked.normed, asked.texts.say
    scales = (f"score:{pair.self_report_id}", f"score:{pair.rubric_id}")
    by_norms = normed is not None and normed_pair(normed, pair)
    return SignalRule(
        signal="method_gap",
        values=partial(_gap_size, composite_id=pair.composite_id),
        text=say("value.gap_of_ranks") if by_norms else say("value.gap_of_scores"),
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


def _answer(asked: Asked, scale: Scale, node: str) -> Candidate:
    say, basis = asked.texts.say, f"response:{scale.id}"
    return Candidate(
        id=f"answer:{scale.id}",
        kind="answer",
        node=node,
        title=say("answer.title", scale=scale.title),
        step=say("answer.step", scale=scale.title),
        about=scale.title,
        text=say("answer.text", scale=scale.title),
        bases=(basis,),
        present=partial(is_above, name="blank", id_=scale.id),
        signals=(own("blank", scale.id, say("value.blank", scale=scale.title), basis),),
        claims=asked.kinds["answer"].claims,
    )


def _rate(asked: Asked, scale: Scale, node: str) -> Candidate:
    say, basis = asked.texts.say, f"rating:{scale.id}"
    lacking = partial(is_above, name="rating_lacking", id_=scale.id)
    return Candidate(
        id=f"rate:{scale.id}",
        kind="rate",
        node=node,
        title=say("rate.title", scale=scale.title),
        step=say("rate.step", scale=scale.title),
        about=scale.title,
        text=say("rate.apart", scale=scale.title),
        bases=(basis,),
        present=partial(is_above, name="rating_open", id_=scale.id),
        signals=(own("rating_open", scale.id, say("value.rating_open"), basis),),
        wordings=(Wording(holds=lacking, text=say("rate.lacking", scale=scale.title)),),
        claims=asked.kinds["rate"].claims,
    )
