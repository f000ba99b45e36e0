"""The recommendations of everybody: strengths and ranks as arrays, words only for the person who is asked for."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from psychometrics.careers.candidates import Candidate, Opening
from psychometrics.careers.recommendations import (
    MissingSignal,
    ReadOn,
    Recommendation,
    Recommendations,
    Remark,
    SignalShare,
)
from psychometrics.careers.signals import PersonSignals
from psychometrics.careers.statements import StatementBook
from psychometrics.careers.texts import Texts
from psychometrics.errors import CareersError
from psychometrics.result import Result, Source

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RecommendationBatch(Result):
    """Recommendations of everybody in some scores; ``batch.of(row)`` are those of one person, in words.

    Attributes
    ----------
    person : PersonSignals
        What they rest on.
    candidates : tuple of Candidate
        Everything that could be recommended to anybody.
    values : tuple of ndarray, shape (n_signals, n_rows)
        Per candidate the values of its signals.
    present : ndarray of bool, shape (n_candidates, n_rows)
        Whether a candidate is recommended.
    strength : ndarray of float64, shape (n_candidates, n_rows)
    rank, rank_without_market, rank_with_full_market : ndarray of int64, shape (n_candidates, n_rows)
        0 where it is not recommended.
    wording : ndarray of int8, shape (n_candidates, n_rows)
        Which wording of a candidate holds; -1 where none does and its text is said.
    weights : mapping of str to float
    notes : tuple of Remark
        What could not be recommended to anybody here, and why.
    """

    person: PersonSignals
    candidates: tuple[Candidate, ...]
    values: tuple[Floats, ...]
    present: npt.NDArray[np.bool_]
    strength: Floats
    rank: npt.NDArray[np.int64]
    rank_without_market: npt.NDArray[np.int64]
    rank_with_full_market: npt.NDArray[np.int64]
    wording: npt.NDArray[np.int8]
    weights: Mapping[str, float]
    notes: tuple[Remark, ...]
    statements: StatementBook
    surely_met: Mapping[str, npt.NDArray[np.bool_]]
    """By cut: where it is surely met."""
    screened: tuple[str, ...]
    """Scales on which the levels of the catalogue are screened."""
    texts: Texts
    source: Source

    def __len__(self) -> int:
        return self.person.n_rows

    def __iter__(self) -> Iterator[Recommendations]:
        return (self.of(row) for row in range(len(self)))

    def of(self, row: int) -> Recommendations:
        """Return the recommendations of one row of the scores, strongest first."""
        if not 0 <= row < len(self):
            raise CareersError(f"there is no row {row}: the scores have {len(self)} rows, counted from 0")
        mine = np.flatnonzero(self.present[:, row])
        order = mine[np.argsort(self.rank[mine, row])]
        keys = self.person.scores.persons
        return Recommendations(
            person_id=str(keys.column("person_id")[row]),
            occasion=str(keys.column("occasion")[row]) if "occasion" in keys.column_names else "",
            items=tuple(self._item(int(i), row) for i in order),
            weights=self.weights,
            market_weight=self.weights["market"],
            notes=self.notes + self._no_score(row),
            source=self.source,
        )

    def _no_score(self, row: int) -> tuple[Remark, ...]:
        """Say on which scales that matter this person has no score."""
        scores = self.person.scores
        gone = [one for one in self.screened if scores.reason[scores.scale_ids.index(one), row] != 0]
        if not gone:
            return ()
        names = self.texts.quoted((scores.instrument.scale(one).title for one in gone), "list.or")
        text = self.texts.say("note.no_score", scales=names)
        return (Remark(text=text, bases=tuple(f"score:{one}" for one in gone)),)

    def _item(self, i: int, row: int) -> Recommendation:
        one = self.candidates[i]
        remarks, read_on = one.remarks, one.read_on
        if one.statements_of:
            said, pages = self.statements.of(one.statements_of, row)
            remarks, read_on = remarks + said, _each_once(read_on + pages)
        text, bases = self._said(i, row)
        signals, missing = self._signals(one, self.values[i][:, row].tolist())
        return Recommendation(
            id=one.id,
            kind=one.kind,
            node=one.node,
            title=one.title,
            step=one.step,
            text=text,
            bases=bases,
            strength=float(self.strength[i, row]),
            rank=int(self.rank[i, row]),
            rank_without_market=int(self.rank_without_market[i, row]),
            rank_with_full_market=int(self.rank_with_full_market[i, row]),
            signals=signals,
            missing=missing,
            remarks=remarks,
            read_on=read_on,
            claims=one.claims,
        )

    def _said(self, i: int, row: int) -> tuple[str, tuple[str, ...]]:
        """Return the sentence of a candidate that holds for this person, and its bases."""
        one, which = self.candidates[i], int(self.wording[i, row])
        mine = [each for each in one.opened_by if self.surely_met[each.cut_id][row]]
        if mine:
            bases = dict.fromkeys([*one.bases, *(basis for each in mine for basis in each.bases)])
            return self._opened(one, mine, row), tuple(bases)
        return one.text if which < 0 else one.wordings[which].text, one.bases

    def _opened(self, one: Candidate, levels: Sequence[Opening], row: int) -> str:
        """Name the levels that open a way to this person, and whether by their chance or by the score alone."""
        known = not any(math.isnan(self.person.of("probability", each.cut_id)[row]) for each in levels)
        names = self.texts.quoted((each.title for each in levels), "list.and")
        values = {"n": len(levels), "levels": names, "node": one.about}
        return self.texts.say("go_on.text" if known else "go_on.by_score", **values)

    def _signals(
        self, one: Candidate, values: list[float]
    ) -> tuple[tuple[SignalShare, ...], tuple[MissingSignal, ...]]:
        there, gone = [], []
        for rule, value in zip(one.signals, values, strict=True):
            name, title = rule.signal, self.texts.say(f"signal.{rule.signal}")
            if math.isnan(value):
                reason = self.texts.say(f"absent.{name}")
                gone.append(MissingSignal(signal=name, title=title, reason=reason))
                continue
            weight = self.weights[name]
            there.append(
                SignalShare(
                    signal=name,
                    title=title,
                    value=value,
                    weight=weight,
                    share=value * weight,
                    text=rule.text,
                    bases=rule.bases,
                )
            )
        return tuple(there), tuple(gone)

    def columns(self) -> Mapping[str, Any]:
        """One row per person and recommendation, each person's strongest first."""
        which, row = np.nonzero(self.present)
        order = np.lexsort((self.rank[which, row], row))
        which, row = which[order], row[order]
        keys = self.person.scores.persons
        names = [name for name in ("person_id", "occasion") if name in keys.column_names]
        return {
            **{name: keys.column(name).take(pa.array(row)) for name in names},
            "rank": self.rank[which, row],
            "id": self._of_candidates("id", which),
            "kind": self._of_candidates("kind", which),
            "node": self._of_candidates("node", which),
            "strength": self.strength[which, row],
            "rank_without_market": self.rank_without_market[which, row],
            "rank_with_full_market": self.rank_with_full_market[which, row],
        }

    def _of_candidates(self, name: str, which: npt.NDArray[np.intp]) -> pa.Array:
        words = pa.array([getattr(one, name) for one in self.candidates], pa.string())
        return words.take(pa.array(which))

    def __repr__(self) -> str:
        return f"<Recommendations for {len(self):,} rows: {int(self.present.sum()):,} in all>"


def _each_once(pages: Sequence[ReadOn]) -> tuple[ReadOn, ...]:
    return tuple({page.url: page for page in reversed(pages)}.values())[::-1]
