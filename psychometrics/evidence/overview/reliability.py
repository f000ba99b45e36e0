"""How far each scale of an instrument can be trusted: items, raters, retest, and all together, in one table."""

from __future__ import annotations

from typing import Literal

from psychometrics.engine.threads import one_blas_thread
from psychometrics.errors import EstimationError
from psychometrics.evidence.checks import check_confidence, check_word
from psychometrics.evidence.overview.consistency_rows import consistency_rows
from psychometrics.evidence.overview.rater_rows import rater_rows
from psychometrics.evidence.overview.retest_rows import retest_rows
from psychometrics.evidence.overview.score_rows import score_rows
from psychometrics.evidence.overview.table import InstrumentReliability, ReliabilityRow
from psychometrics.evidence.stability.occasions import Stability
from psychometrics.instrument import Instrument, load_instrument
from psychometrics.responses import Ratings, Responses
from psychometrics.result import Source
from psychometrics.scoring import Scores
from psychometrics.tallying.item_tally import ItemTally
from psychometrics.tallying.score_tally import ScoreTally


@one_blas_thread()
def reliability(
    instrument: Instrument | str,
    responses: Responses | ItemTally | None = None,
    ratings: Ratings | None = None,
    *,
    scores: Scores | ScoreTally | None = None,
    retest: Stability | None = None,
    detail: Literal["main", "all"] = "main",
    confidence: float = 0.95,
) -> InstrumentReliability:
    """Say how far every scale can be trusted.

    Parameters
    ----------
    instrument : Instrument or str
        What was asked.
    responses : Responses or ItemTally, optional
        Gives omega, alpha and categorical omega of each scale of items.
    ratings : Ratings, optional
        Gives the agreement of raters on each task: ICC(A,1) for one rater, ICC(A,k) for the average; and, with
        the responses, the reliability of scores made of items and ratings.
    scores : Scores or ScoreTally, optional
        Scores of the same people, or counts of them: the standard error of measurement is then in the metric of the raw score and
        needs no assumption about it.
    retest : Stability, optional
        From :func:`test_retest`; adds stability, and for scores without another one a standard error of measurement.
    detail : {"main", "all"}
        ``all`` adds Guttman's lambdas, the greatest lower bound, split halves, ordinal alpha, inter-item correlations,
        the fit of one factor, and the agreement of raters on each criterion.
    confidence : float
        Level of the intervals.

    Returns
    -------
    InstrumentReliability
        One row per scale (task, criterion) and statistic. The row marked ``read_first`` comes first: omega of the
        one-factor model for a scale of items (alpha where that model has no solution, or one that needs a remark),
        stratified alpha where other scales lie inside the scale and make up its items, the reliability of the whole
        score where raters take part or scales are put together, ICC(A,1) for a task. A note says where one factor
        clearly misfits (p < .05, and CFI < .90 or the lower end of RMSEA > .08) and what to read instead.
        ``meaning`` says what each number is, ``verdict`` what review systems say of it.

    Raises
    ------
    EstimationError
        Nothing to work on, or data of another instrument.

    References
    ----------
    Bentler and Bonett (1980), doi:10.1037/0033-2909.88.3.588, and Browne and Cudeck (1992),
    doi:10.1177/0049124192021002005, for the fit of one factor; McDonald (1999), Test Theory; Cronbach (1951), doi:10.1007/BF02310555; Green and Yang (2009),
    doi:10.1007/s11336-008-9099-3; McGraw and Wong (1996), doi:10.1037/1082-989X.1.1.30. The parts are checked one by
    one: :func:`coefficient_omega`, :func:`coefficient_alpha`, :func:`categorical_omega`,
    :func:`composite_score_reliability`, :func:`intraclass_correlation`, :func:`agreement`, :func:`test_retest`.
    """
    check_confidence(confidence)
    check_word("detail", detail, ("main", "all"))
    if isinstance(instrument, str):
        instrument = load_instrument(instrument)
    given = [part for part in (responses, ratings) if part is not None]
    if not given and retest is None:
        raise EstimationError("nothing to work on", hint="Give responses, ratings or a retest.")
    if any(part.source.fingerprint != instrument.fingerprint for part in given):
        raise EstimationError(f"the data belong to another instrument than {instrument.name}")
    everything = detail == "all"
    rows: list[ReliabilityRow] = []
    for scale in instrument.scales:
        if given:
            rows += score_rows(instrument, scale, responses, ratings, confidence)
        if responses is not None and scale.items:
            rows += consistency_rows(instrument, scale, responses, scores, confidence, everything=everything)
        if retest is not None and scale.id in retest.scales:
            rows += retest_rows(scale.id, retest)
    if ratings is not None:
        rows += rater_rows(ratings, confidence, everything=everything)
    source = (
        given[0].source if given else Source(instrument=instrument.name, fingerprint=instrument.fingerprint)
    )
    return InstrumentReliability(
        instrument=instrument, rows=tuple(rows), confidence=confidence, source=source
    )
