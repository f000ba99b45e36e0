"""Split-half reliability: the splits people use, and all the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import nan
from typing import Any

import numpy as np

from psychometrics.evidence.checks import check_confidence, check_whole
from psychometrics.evidence.consistency.intervals import Statistic, statistic_row, why_no_covariance
from psychometrics.evidence.consistency.result import Reliability, row_named, rows_as_columns
from psychometrics.evidence.matrix import Floats, Matrix
from psychometrics.evidence.sample import MissingRule, Sample, as_sample
from psychometrics.kernels.consistency import lambdas, splits
from psychometrics.kernels.consistency.gradients import correlations
from psychometrics.kernels.consistency.lambdas import Coefficient, nothing, why_no_total
from psychometrics.responses import Responses
from psychometrics.result import Result, Source
from psychometrics.tallying.item_tally import ItemTally

EXACT_ITEMS = 26
"""Up to so many items every split is taken: 5.2 million of 26 items."""

QUANTILES = (0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975)
OF_THE_SPLITS = "no interval: it describes the splits of this sample"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SplitHalf(Result):
    """Split-half reliability of a test by every split in halves, or by many drawn at random.

    Attributes
    ----------
    rows : tuple of Reliability
        ``odd_even``, ``first_second`` and ``random`` splits, each by Guttman's formula and stepped up from the
        correlation of the halves (``..._spearman_brown``; ``..._horst`` when the halves differ in length); then
        ``best`` (lambda 4), ``worst`` (beta), ``mean`` and quantiles of all splits, by Guttman's formula.
    values : ndarray of float64
        Guttman's coefficient of every split, or of those drawn; in no order.
    n_splits : int
        How many ways there are to split the items in halves, a split and its mirror image counted once.
    n_drawn : int
        Splits drawn at random; 0 when ``values`` holds them all.
    seed : int
        What splits were drawn by.
    best_half, worst_half : tuple of str
        Items of one half of the best and the worst split.
    source : Source
    """

    rows: tuple[Reliability, ...]
    values: Floats
    n_splits: int
    n_drawn: int
    seed: int
    best_half: tuple[str, ...]
    worst_half: tuple[str, ...]
    source: Source = field(default_factory=Source)

    def __getitem__(self, coefficient: str) -> Reliability:
        """Return the row of that name."""
        return row_named(self.rows, coefficient)

    def columns(self) -> Mapping[str, Any]:
        """One row per named split, then best, worst, mean and quantiles."""
        return rows_as_columns(self.rows)

    def __repr__(self) -> str:
        what = f"{self.n_drawn:,} of {self.n_splits:,}" if self.n_drawn else f"all {self.n_splits:,}"
        worst, mean, best = (self[name].estimate for name in ("worst", "mean", "best"))
        return f"<split-half reliability, {what} splits: worst {worst:.4g}, mean {mean:.4g}, best {best:.4g}>"


def split_half(
    x: Matrix | Responses | ItemTally | Sequence[ItemTally],
    *,
    scale: str | None = None,
    confidence: float = 0.95,
    missing: MissingRule = "pairwise",
    standardized: bool = False,
    draws: int = 20_000,
    seed: int = 0,
) -> SplitHalf:
    """Return split-half reliability by all splits: Guttman's (Flanagan's, Rulon's) 1 - S_(a-b)^2 / S^2.

    The named splits are stepped up by Spearman-Brown, 2r / (1 + r), too; with an odd number of items by Horst's
    formula for parts of unequal length. Guttman's formula needs no equal halves but is too low when they differ.
    One split is an accident: the mean of all splits of an even test is coefficient alpha. The best split is too
    high and the worst too low in small samples.

    Parameters
    ----------
    x : array-like, data frame, Responses, ItemTally, list of ItemTally
        Points, persons by items, reverse-keyed items already reversed; or responses, or counts. The order of the
        items decides what odd-even and first-second are.
    scale : str, optional
    confidence : float
    missing : {"pairwise", "listwise", "em"}
    standardized : bool
        Work on correlations, as psych does unless told otherwise.
    draws : int
        Splits to draw when there are more than 26 items; otherwise all are taken.
    seed : int
        For the draws, and for the ``random`` split.

    Returns
    -------
    SplitHalf
        With more than 26 items ``best`` and ``worst`` come from a search, and ``method`` says so.

    Raises
    ------
    EstimationError
        Text or infinities in ``x``; an unknown word in an argument; fewer than 1 draw.

    References
    ----------
    Guttman (1945), doi:10.1007/BF02288892; Spearman (1910), doi:10.1111/j.2044-8295.1910.tb00206.x; Brown (1910),
    doi:10.1111/j.2044-8295.1910.tb00207.x; Horst (1951), Educational and Psychological Measurement 11, 368-371.
    Checked against psych 2.5.3 (``splitHalf``) and a loop over all splits.

    Examples
    --------
    >>> found = split_half([[1, 2, 2, 1], [2, 2, 3, 3], [3, 4, 4, 3], [4, 4, 5, 5], [5, 5, 4, 5]])
    >>> found
    <split-half reliability, all 3 splits: worst 0.9396, mean 0.9575, best 0.9933>
    """
    check_confidence(confidence)
    check_whole("draws", draws, 1)
    sample = as_sample(x, scale=scale, missing=missing)
    k = sample.n_items
    made = _Splits(sample=sample, confidence=confidence, standardized=standardized, draws=draws, seed=seed)
    best, worst, values = made.extremes()
    named = {
        "odd_even": splits.odd_even(k),
        "first_second": splits.first_second(k),
        "random": splits.drawn_halves(k, 1, seed)[0],
    }
    rows = [row for name, side in named.items() for row in made.named_rows(name, side)]
    rows += made.summary_rows(best, worst, values)
    names = np.array(sample.item_ids, object)
    return SplitHalf(
        rows=tuple(rows),
        values=values,
        n_splits=splits.n_splits(k),
        n_drawn=draws if k > EXACT_ITEMS else 0,
        seed=seed,
        best_half=tuple(names[best > 0]),
        worst_half=tuple(names[worst > 0]),
        source=sample.source,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Splits:
    """The splits of one sample."""

    sample: Sample
    confidence: float
    standardized: bool
    draws: int
    seed: int

    def extremes(self) -> tuple[Floats, Floats, Floats]:
        """Return the best split, the worst, and Guttman's coefficient of all splits or of those drawn."""
        c, k = self.sample.moments.covariance, self.sample.n_items
        if self.standardized:
            c = correlations(c)
        if why_no_covariance(self.sample.moments) or why_no_total(c):
            return np.zeros(k), np.zeros(k), np.empty(0)
        if k > EXACT_ITEMS:
            values = splits.differences_of(c, splits.drawn_halves(k, self.draws, self.seed))
            best, worst = (splits.searched_split(c, equal=True, worst=worst) for worst in (False, True))
        else:
            blocks = list(splits.halves(c))
            values = np.concatenate([block.differences.ravel() for block in blocks])
            best, worst = (splits.extreme_split(k, blocks, worst=worst) for worst in (False, True))
        return best, worst, 1 - values / float(c.sum())

    def named_rows(self, name: str, side: Floats) -> list[Reliability]:
        """Return one split by Guttman's formula, and stepped up from the correlation of its halves."""
        share = float((side > 0).mean()) if len(side) else 0.5
        stepped = "spearman_brown" if share == 0.5 else "horst"
        statistics = {f"{name}_guttman": _guttman(side), f"{name}_{stepped}": _stepped_up(side, share)}
        return [self._row(one, statistic) for one, statistic in statistics.items()]

    def summary_rows(self, best: Floats, worst: Floats, values: Floats) -> list[Reliability]:
        """Return best, worst, mean and quantiles of all splits."""
        searched = self.sample.n_items > EXACT_ITEMS
        of_extremes = f"search from {splits.STARTS} random starts" if searched else "all splits"
        of_values = f"{self.draws} splits drawn, seed {self.seed}" if searched else "all splits"
        summaries = {"mean": float(values.mean()) if len(values) else nan}
        cuts = np.quantile(values, QUANTILES) if len(values) else [nan] * len(QUANTILES)
        summaries |= {f"quantile_{share:g}": float(cut) for share, cut in zip(QUANTILES, cuts, strict=True)}
        return [
            self._row("best", _guttman(best), OF_THE_SPLITS, of_extremes),
            self._row("worst", _guttman(worst), OF_THE_SPLITS, of_extremes),
            *(self._row(name, _known(value), OF_THE_SPLITS, of_values) for name, value in summaries.items()),
        ]

    def _row(
        self, name: str, statistic: Statistic, no_interval: str = "", method: str = "jackknife"
    ) -> Reliability:
        return statistic_row(
            name,
            self.sample,
            statistic,
            confidence=self.confidence,
            no_interval=no_interval,
            method=method,
            standardized=self.standardized,
        )


def _guttman(side: Floats) -> Statistic:
    return lambda covariance: lambdas.split_coefficient(covariance, side)


def _stepped_up(side: Floats, share: float) -> Statistic:
    def of(covariance: Floats) -> Coefficient:
        r, slope = splits.half_correlation(covariance, side)
        if np.isnan(r):
            return nothing(len(covariance), "one of the halves does not vary")
        if r <= -1 + 1e-12:
            return nothing(len(covariance), "the halves correlate -1")
        value, by_r = splits.stepped_up(r, share)
        return Coefficient(estimate=value, gradient=slope * by_r)

    return of


def _known(value: float) -> Statistic:
    return lambda covariance: Coefficient(estimate=value, gradient=covariance)
