"""Has this person changed more than error would give."""

from __future__ import annotations

from dataclasses import replace
from math import isnan, nan, sqrt
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.special import ndtri

from psychometrics.errors import EstimationError, Problem, did_you_mean
from psychometrics.evidence.checks import check_confidence, check_word, is_number
from psychometrics.evidence.consistency.result import Reliability
from psychometrics.evidence.matrix import Floats, as_vector
from psychometrics.evidence.stability.change_of_persons import ReliableChange, ShareChanged, shares
from psychometrics.evidence.stability.pairing import match_arrays, match_scores
from psychometrics.kernels.stability.pairs import moments_of, pairs_of
from psychometrics.kernels.stability.reliable_change import (
    OF_RETEST,
    WAYS,
    Expectation,
    Reliabilities,
    RetestNorms,
)
from psychometrics.result import Source
from psychometrics.scoring import Scores

Method = Literal[
    "jacobson_truax",
    "gulliksen_lord_novick",
    "hsu_linn_lord",
    "edwards_nunnally",
    "nunnally_kotsch",
    "hageman_arrindell",
    "christensen_mendoza",
    "chelune",
    "iverson",
    "temkin",
    "mcsweeny",
    "crawford_garthwaite",
]
GRID = (0.50, 0.60, 0.70, 0.75, 0.80, 0.85, 0.90, 0.95)


def reliable_change(
    first: Any,
    second: Any,
    *,
    method: Method = "jacobson_truax",
    reliability: float | Reliability | None = None,
    reliability_second: float | Reliability | None = None,
    reference: RetestNorms | tuple[Any, Any] | None = None,
    standard_errors: Any = None,
    scale: str | None = None,
    confidence: float = 0.95,
) -> ReliableChange:
    """Say of each person whether the change between two occasions is larger than error would give.

    It says that a change is there, not that it matters, nor what brought it about; and of many persons without any
    real change 1 - confidence are called changed.

    Parameters
    ----------
    first, second : array-like of shape (n_persons,), or Scores
        The same persons in the same order, nan where there is no score; Scores are paired by ``person_id``.
    method : str
        ``jacobson_truax`` (no more than error), ``gulliksen_lord_novick``, ``hsu_linn_lord``, ``edwards_nunnally``,
        ``nunnally_kotsch``, ``hageman_arrindell`` (with regression to the mean); against a reference group that was
        tested twice: ``christensen_mendoza`` (no practice), ``chelune``, ``iverson``, ``temkin`` (mean practice),
        ``mcsweeny``, ``crawford_garthwaite`` (practice by regression).
    reliability : float or Reliability, optional
        Of the scores, 0 to 1, or what a coefficient such as :func:`coefficient_omega` returned. The methods against a reference group take its retest correlation when not given.
    reliability_second : float or Reliability, optional
        Of the second occasion, for ``nunnally_kotsch``; ``reliability`` when not given.
    reference : RetestNorms, or two arrays, optional
        Who the persons are held against: figures of a manual, or the scores of a control group on both occasions.
        Without it the means and SDs are those of the persons themselves.
    standard_errors : array-like, shape (n_persons,) or (n_persons, 2), optional
        Conditional standard errors of measurement of each person, on both occasions; instead of ``reliability``, with
        ``jacobson_truax``.
    scale : str, optional
        For Scores: which one.
    confidence : float
        Level of the interval and of the verdict, two-sided.

    Returns
    -------
    ReliableChange

    Raises
    ------
    EstimationError
        No reliability where one is needed, or one outside 0..1; lengths that differ.

    References
    ----------
    Jacobson and Truax (1991), doi:10.1037/0022-006X.59.1.12; Hsu (1989), Behavioral Assessment 11, 459-467; Speer
    (1992), doi:10.1037/0022-006X.60.3.402; Nunnally and Kotsch (1983), doi:10.1111/j.2044-8260.1983.tb00582.x;
    Hageman and Arrindell (1999), doi:10.1016/S0005-7967(99)00032-7; Chelune et al. (1993),
    doi:10.1037/0894-4105.7.1.41; Temkin et al. (1999), Journal of the International Neuropsychological Society 5,
    357-369; Maassen (2004), the same 10, 888-893; Crawford and Garthwaite (2006), doi:10.1037/0894-4105.20.3.259.

    Examples
    --------
    >>> norms = RetestNorms(mean_first=40, mean_second=40, sd_first=7.5, sd_second=7.5, correlation=0.8, n=100)
    >>> found = reliable_change([47.5], [32.5], reliability=0.80, reference=norms)
    >>> round(float(found.index[0]), 2), found.columns()["verdict"][0]
    (-3.16, 'reliably decreased')
    """
    check_confidence(confidence)
    check_word("method", method, tuple(WAYS))
    ids, x, y, source = _scores(first, second, scale)
    norms = _norms(reference, x, y)
    errors = _standard_errors(standard_errors, len(x), method, reliability)
    if errors is not None:
        used, reason, found = None, "", Expectation(change=y - x, error=errors)
    else:
        used = _reliabilities(method, reliability, reliability_second, norms)
        reason = _why_none(norms, method)
        found = _nothing(x) if reason else WAYS[method](x, y, norms, used)
    if not reason and errors is None and np.isnan(found.error).all() and len(x):
        reason = "no error or no true change can be told apart at this reliability"
    index, verdict = _judge(found, confidence)
    half = float(ndtri((1 + confidence) / 2)) * found.error
    sensitivity = () if used is None or reason else _sensitivity(method, x, y, norms, used, confidence)
    return ReliableChange(
        method=method,
        person_ids=ids,
        first=x,
        second=y,
        change=y - x,
        adjusted_change=found.change,
        standard_error=found.error,
        index=index,
        ci_lower=found.change - half,
        ci_upper=found.change + half,
        verdict=verdict,
        confidence=confidence,
        reliability=nan if used is None else used.first,
        norms=norms,
        sensitivity=sensitivity,
        reason=reason,
        source=source,
    )


def _scores(first: Any, second: Any, scale: str | None) -> tuple[pa.Array | None, Floats, Floats, Source]:
    if isinstance(first, Scores) and isinstance(second, Scores):
        matched = match_scores((first, second))
        names = tuple(matched.tables)
        if scale is None and len(names) > 1:
            raise EstimationError(
                "there are several scales", hint=f"Say which: scale= one of {', '.join(names)}."
            )
        chosen = names[0] if scale is None else scale
        if chosen not in names:
            raise EstimationError(f'there is no scale "{chosen}"', hint=did_you_mean(chosen, names))
        both = matched.present.all(axis=1)
        table = matched.tables[chosen][both]
        ids = None if matched.person_ids is None else matched.person_ids.filter(pa.array(both))
        return ids, table[:, 0].copy(), table[:, 1].copy(), matched.source
    if scale is not None:
        raise EstimationError("scale= goes with Scores; two arrays are one score")
    if isinstance(first, Scores) or isinstance(second, Scores):
        raise EstimationError(
            "one of the two is Scores and the other is not", hint="Give two Scores or two arrays."
        )
    table = match_arrays((first, second), None).tables[""]
    return None, table[:, 0].copy(), table[:, 1].copy(), Source()


def _norms(reference: RetestNorms | tuple[Any, Any] | None, x: Floats, y: Floats) -> RetestNorms:
    if isinstance(reference, RetestNorms):
        return reference
    if reference is not None:
        x, y = match_arrays(reference, None).tables[""].T
    there = ~(np.isnan(x) | np.isnan(y))
    pairs = pairs_of(x[there], y[there])
    if pairs.n < 2:
        return RetestNorms(
            mean_first=nan, mean_second=nan, sd_first=nan, sd_second=nan, correlation=nan, n=pairs.n
        )
    m = moments_of(pairs)
    varies = m.variance_first > 0 and m.variance_second > 0
    return RetestNorms(
        mean_first=m.mean_first,
        mean_second=m.mean_second,
        sd_first=sqrt(m.variance_first),
        sd_second=sqrt(m.variance_second),
        correlation=m.correlation if varies else nan,
        n=m.n,
    )


def _reliabilities(
    method: str,
    reliability: float | Reliability | None,
    second: float | Reliability | None,
    norms: RetestNorms,
) -> Reliabilities:
    reliability, second = _number("reliability", reliability), _number("reliability_second", second)
    if second is not None and method != "nunnally_kotsch":
        raise EstimationError("reliability_second= goes with method='nunnally_kotsch' only")
    first = norms.correlation if reliability is None and method in OF_RETEST else reliability
    if first is None:
        raise EstimationError(
            f"method={method!r} needs the reliability of the scores",
            hint="Give reliability=, such as coefficient omega of a larger sample, or standard_errors=.",
        )
    given = {"reliability": reliability, "reliability_second": second}
    wrong = [
        f"{name}={value!r}"
        for name, value in given.items()
        if value is not None and not (is_number(value) and 0 <= value <= 1)
    ]
    if wrong:
        raise EstimationError(
            f"{' and '.join(wrong)}; expected a number from 0 to 1, or what a coefficient returned"
        )
    return Reliabilities(first=first, second=first if second is None else second)


def _number(name: str, given: float | Reliability | None) -> float | None:
    """Return the estimate of a coefficient; a number stays as it is."""
    if not isinstance(given, Reliability):
        return given
    if isnan(given.estimate):
        raise EstimationError(f"{name}: {given.coefficient} is not known: {given.reason}")
    return given.estimate


def _standard_errors(given: Any, n: int, method: str, reliability: object) -> Floats | None:
    if given is None:
        return None
    if method != "jacobson_truax" or reliability is not None:
        raise EstimationError(
            "standard_errors= takes the place of reliability=, with method='jacobson_truax' only"
        )
    array = np.asarray(given, dtype=object)
    if array.ndim not in (1, 2):
        raise EstimationError(f"standard_errors={given!r}; expected one or two per person ({n:,})")
    columns = [given, given] if array.ndim == 1 else [array[:, place] for place in range(array.shape[-1])]
    errors = np.column_stack([as_vector(list(one), "standard_errors") for one in columns])
    if errors.shape != (n, 2):
        raise EstimationError(
            f"standard_errors has the shape {array.shape}; expected one or two per person ({n:,})"
        )
    below = np.flatnonzero((errors < 0).any(axis=1))
    if len(below):
        problem = Problem(where="standard_errors", what="below 0", rows=tuple(below + 1))
        raise EstimationError("some standard errors are negative", problems=[problem])
    return np.asarray(np.sqrt(np.square(errors).sum(axis=1)))


def _why_none(norms: RetestNorms, method: str) -> str:
    if isnan(norms.sd_first) or isnan(norms.mean_second):
        return "fewer than 2 pairs to take means and SDs from"
    if not norms.sd_first > 0:
        return "the first occasion does not vary"
    if (method in OF_RETEST or method == "hageman_arrindell") and isnan(norms.correlation):
        return "no correlation between the occasions"
    if method in {"mcsweeny", "crawford_garthwaite"} and norms.n < 3:
        return "the regression needs at least 3 pairs"
    return ""


def _nothing(x: Floats) -> Expectation:
    return Expectation(change=np.full(x.shape, nan), error=np.full(x.shape, nan))


def _judge(found: Expectation, confidence: float) -> tuple[Floats, npt.NDArray[np.int8]]:
    """Return index and verdict; a change with no error at all is reliable, no change is none."""
    some = found.error > 0
    index = np.divide(found.change, found.error, out=np.full(found.change.shape, nan), where=some)
    certain = found.error == 0
    index[certain] = np.select([found.change[certain] > 0, found.change[certain] < 0], [np.inf, -np.inf], 0.0)
    index[np.isnan(found.change)] = nan
    z = float(ndtri((1 + confidence) / 2))
    return index, np.where(index > z, 1, np.where(index < -z, -1, 0)).astype(np.int8)


def _sensitivity(
    method: str, x: Floats, y: Floats, norms: RetestNorms, used: Reliabilities, confidence: float
) -> tuple[ShareChanged, ...]:
    rows = []
    for value in sorted({*GRID, used.first}):
        other = replace(used, first=value, second=used.second if used.second != used.first else value)
        index, verdict = _judge(WAYS[method](x, y, norms, other), confidence)
        up, down = shares(index, verdict)
        rows.append(ShareChanged(reliability=value, increased=up, decreased=down))
    return tuple(rows)
