"""Test-retest of every scale of an instrument, on two or more occasions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain, combinations
from math import isnan
from typing import Any

from psychometrics.errors import EstimationError
from psychometrics.evidence.checks import check_confidence, is_number
from psychometrics.evidence.stability.attrition import Attrition, attrition_of
from psychometrics.evidence.stability.dates import dates_of
from psychometrics.evidence.stability.interval import RetestInterval, interval_of
from psychometrics.evidence.stability.pairing import Matched, match_arrays, match_scores
from psychometrics.evidence.stability.repeated import RepeatedScores, repeated_scores
from psychometrics.evidence.stability.retest import Choices, TestRetest, retest_of_counts, retest_of_scores
from psychometrics.evidence.stability.verdicts import Verdicts
from psychometrics.result import Result, Source, counted
from psychometrics.scoring import Scores
from psychometrics.tallying.retest_tally import RetestTally

COLUMNS = (
    "statistic",
    "estimate",
    "ci_lower",
    "ci_upper",
    "confidence",
    "method",
    "n_pairs",
    "reason",
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stability(Result):
    """Test-retest of one or more scales.

    Attributes
    ----------
    scales : mapping of str to TestRetest
        First against second occasion, one entry per scale; the key is empty for bare arrays.
    later : mapping of (str, str) to TestRetest
        Every other pair of occasions, keyed by scale and pair, such as ``("total", "1-3")``.
    repeated : mapping of str to RepeatedScores
        All occasions together, when there are three or more.
    attrition : mapping of (str, str) to Attrition
        Who of the first occasion came back on each later one, keyed by scale and pair; empty for counts.
    interval : RetestInterval or None
        Days from the first to the second occasion over the persons on both.
    n_first, n_second : int
        Persons on the first two occasions; only those on both are paired.
    notes : tuple of str
        What a reader should know: how many days lie between, who is outside the window, who did not come back.
    source : Source
    """

    scales: Mapping[str, TestRetest]
    later: Mapping[tuple[str, str], TestRetest] = field(default_factory=dict)
    repeated: Mapping[str, RepeatedScores] = field(default_factory=dict)
    attrition: Mapping[tuple[str, str], Attrition] = field(default_factory=dict)
    interval: RetestInterval | None = None
    n_first: int
    n_second: int
    notes: tuple[str, ...] = ()
    source: Source

    def columns(self) -> Mapping[str, Any]:
        """One row per scale, pair of occasions, persons used (all, or inside the window) and statistic."""
        parts = list(self._parts())
        tables = [(keys, one.columns()) for *keys, one in parts]
        heads = {
            name: [keys[place] for keys, table in tables for _ in table["statistic"]]
            for place, name in enumerate(("scale_id", "occasions", "persons"))
        }
        return heads | {name: [cell for _, table in tables for cell in table[name]] for name in COLUMNS}

    def _parts(self) -> Iterable[tuple[str, str, str, Result]]:
        for scale_id, one in self.scales.items():
            yield from _with_window(scale_id, "1-2", one)
            for (scale, occasions), other in self.later.items():
                if scale == scale_id:
                    yield from _with_window(scale_id, occasions, other)
            if scale_id in self.repeated:
                yield scale_id, "all", "all", self.repeated[scale_id]
            for (scale, occasions), gone in self.attrition.items():
                if scale == scale_id:
                    yield scale_id, occasions, "all", gone

    def verdicts(self) -> Verdicts:
        """Return COSMIN's rules applied to the first two occasions, with their reasons and sources."""
        rows = chain.from_iterable(
            ((scale_id, verdict) for verdict in one.verdicts) for scale_id, one in self.scales.items()
        )
        return Verdicts(rows=tuple(rows), source=self.source)

    def __repr__(self) -> str:
        pairs = max((one.n_pairs for one in self.scales.values()), default=0)
        return f"<Stability of {len(self.scales)} scale(s): {pairs:,} pairs>"


def test_retest(
    first: Any,
    second: Any = None,
    *more: Any,
    days: Any = None,
    date_column: str | None = None,
    confidence: float = 0.95,
    equivalence_bound: float | None = None,
    true_zero: bool = False,
    tests: bool = True,
) -> Stability:
    """Say how stable scores are from one occasion to the next: agreement, association, change and error.

    A high correlation with a mean change says that persons kept their order, not their scores: ``icc_a1``,
    ``concordance`` and ``sem_agreement`` count the change as disagreement, ``icc_c1`` and ``sem`` do not. Memory of
    the first occasion and real change are in all of them: nothing here tells them apart.

    Parameters
    ----------
    first, second, *more : Scores or array-like
        Scores of the same instrument on two or more occasions; persons are matched by ``person_id``. Or arrays of
        one length, matched by position, nan where there is no score. Or, alone, a ``RetestTally``: everything that
        follows from the pairs comes out the same from their counts.
    days : array-like, optional
        For arrays: days since the first occasion, shape (n_persons,) or (n_persons, n_occasions - 1).
    date_column : str, optional
        For Scores: person column with the date, as dates or as ISO texts (2026-11-25). Left out, ``completed_on`` is
        taken where all occasions have it; a note says where the days come from, or why they are not known.
    confidence : float
        Level of the intervals.
    equivalence_bound : float, optional
        Largest mean change that would not matter, in points; 0.2 SD of the first occasion when not given.
    true_zero : bool
        The scale has a true zero, as seconds have: adds the coefficient of variation.
    tests : bool
        Also the paired t test, Wilcoxon's, and for three or more occasions the repeated-measures ANOVA. They load
        pingouin, which takes a moment.

    Returns
    -------
    Stability

    Raises
    ------
    EstimationError
        Different instruments, a person twice on one occasion, nobody on both, negative days, lengths that differ, a
        ``date_column`` that is not there or holds no dates.

    References
    ----------
    McGraw and Wong (1996), doi:10.1037/1082-989X.1.1.30; Lin (1989), doi:10.2307/2532051; Bland and Altman (1999),
    doi:10.1177/096228029900800204; Carkeet (2015), doi:10.1097/OPX.0000000000000513; Weir (2005),
    doi:10.1519/15184.1. Checked against psych 2.5.3, psy 1.2, R's ``t.test``, ``cor.test`` and ``wilcox.test``, and
    pingouin.

    Examples
    --------
    >>> result = test_retest([12, 15, 9, 20, 14, 11], [13, 15, 10, 18, 15, 13], tests=False)
    >>> round(result.scales[""].icc_a1.estimate, 4)
    0.916
    """
    check_confidence(confidence)
    if equivalence_bound is not None and not (is_number(equivalence_bound) and equivalence_bound > 0):
        raise EstimationError(
            f"equivalence_bound={equivalence_bound!r}; expected a number above 0, in points"
        )
    choices = Choices(
        confidence=confidence,
        equivalence_bound=equivalence_bound,
        true_zero=true_zero,
        tests=tests,
        window=None,
    )
    if second is None:
        return _of_counts(first, choices)
    occasions = (first, second, *more)
    scored = [isinstance(one, Scores) for one in occasions]
    if any(scored) and not all(scored):
        raise EstimationError(
            "some occasions are Scores and others are not", hint="Give all as Scores, or all as arrays."
        )
    if date_column is not None and not scored[0]:
        raise EstimationError("date_column= goes with Scores", hint="With arrays give days=.")
    if scored[0]:
        matched = match_scores(occasions, dates_of(occasions, date_column))
    else:
        matched = match_arrays(occasions, days)
    return _of_matched(matched, choices)


setattr(test_retest, "__test__", False)  # a statistic, not a test  # noqa: B010


def _of_counts(tally: Any, choices: Choices) -> Stability:
    if not isinstance(tally, RetestTally):
        raise EstimationError(
            "there is one occasion only",
            hint="Give two or more occasions of Scores or arrays, or one tally of retests.",
        )
    anyone = tally.n_first + tally.n_second - tally.n_both
    scales = {
        scale_id: retest_of_counts(*tally.pairs(scale_id), anyone, choices, tally.source)
        for scale_id in tally.scale_ids
    }
    notes = [
        "counts of pairs: the days between the occasions, and how those who left scored, are not in them"
    ]
    gone = tally.n_first - tally.n_both
    if gone:
        notes.append(f"{gone:,} of {counted(tally.n_first, 'person')} did not come back")
    return Stability(
        scales=scales,
        n_first=tally.n_first,
        n_second=tally.n_second,
        notes=tuple(notes),
        source=tally.source,
    )


def _of_matched(matched: Matched, choices: Choices) -> Stability:
    window = None
    if matched.instrument is not None and matched.instrument.definition.retest_days is not None:
        low, high = matched.instrument.definition.retest_days
        window = (float(low), float(high))
    choices = replace(choices, window=window)
    both = matched.present[:, 0] & matched.present[:, 1]
    days = matched.days(0, 1)
    interval = interval_of(None if days is None else days[both], window)
    scales, later, repeated, attrition = {}, {}, {}, {}
    for scale_id, table in matched.tables.items():
        for i, j in combinations(range(matched.n_occasions), 2):
            found = retest_of_scores(table[:, i], table[:, j], matched.days(i, j), choices)
            if (i, j) == (0, 1):
                scales[scale_id] = found
            else:
                later[scale_id, f"{i + 1}-{j + 1}"] = found
            if i == 0:
                attrition[scale_id, f"1-{j + 1}"] = attrition_of(table[:, 0], table[:, j], choices.confidence)
        if matched.n_occasions > 2:
            repeated[scale_id] = repeated_scores(table, choices.confidence, tests=choices.tests)
    there = matched.present.sum(axis=0)
    return Stability(
        scales=scales,
        later=later,
        repeated=repeated,
        attrition=attrition,
        interval=interval,
        n_first=int(there[0]),
        n_second=int(there[1]),
        notes=_notes(matched, interval, both, attrition),
        source=matched.source,
    )


def _notes(
    matched: Matched,
    interval: RetestInterval | None,
    both: Any,
    attrition: Mapping[tuple[str, str], Attrition],
) -> tuple[str, ...]:
    unknown = matched.date_note or "no person has dates on both occasions: the interval in days is not known"
    notes = list(interval.notes()) if interval else [unknown]
    if interval and matched.date_column:
        notes[0] += f" (column {matched.date_column})"
    gone = int((matched.present[:, 0] & ~both).sum())
    if gone:
        here = int(matched.present[:, 0].sum())
        notes.append(f"{gone:,} of {counted(here, 'person')} did not come back{_leavers(attrition)}")
    return tuple(notes)


def _leavers(attrition: Mapping[tuple[str, str], Attrition]) -> str:
    """Say how those who left had scored, on the scale where they differed most."""
    known = {
        scale: one.difference
        for (scale, occasions), one in attrition.items()
        if occasions == "1-2" and not isnan(one.difference.estimate)
    }
    if not known:
        return ""
    scale = max(known, key=lambda one: abs(known[one].estimate))
    g = known[scale]
    where = f" on {scale}" if scale else ""
    most = ", the largest difference of any scale" if len(known) > 1 else ""
    return (
        f"; on the first occasion they scored g = {g.estimate:.2f} [{g.ci_lower:.2f}, {g.ci_upper:.2f}] "
        f"from the others{where}{most}"
    )


def _with_window(scale_id: str, occasions: str, one: TestRetest) -> Iterable[tuple[str, str, str, Result]]:
    yield scale_id, occasions, "all", one
    if one.inside_window is not None:
        yield scale_id, occasions, "inside window", one.inside_window
