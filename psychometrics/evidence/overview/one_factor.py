"""Whether one factor fits the items of a scale, which is what omega rests on."""

from __future__ import annotations

from dataclasses import dataclass

from psychometrics.evidence.overview.table import ReliabilityRow
from psychometrics.evidence.sample import Sample, as_sample
from psychometrics.kernels.consistency.omega import correlations, one_factor, why_no_omega
from psychometrics.kernels.factors.confirmatory import fit
from psychometrics.kernels.factors.goodness import Goodness, goodness
from psychometrics.responses import Responses
from psychometrics.result import counted
from psychometrics.tallying.item_tally import ItemTally

LEAST_CFI = 0.90
"""Bentler and Bonett (1980), doi:10.1037/0033-2909.88.3.588: below .90 a model can be improved substantially; Hu and
Bentler (1999), doi:10.1080/10705519909540118, ask for about .95."""
MOST_RMSEA = 0.08
"""Browne and Cudeck (1992), doi:10.1177/0049124192021002005: up to .08 a reasonable error of approximation."""
CHANCE = 0.05
SOURCES = "Bentler and Bonett 1980, Browne and Cudeck 1992"


@dataclass(frozen=True, slots=True, kw_only=True)
class OneFactor:
    """Fit of the one-factor model by maximum likelihood, and whose answers it rests on."""

    goodness: Goodness
    n_persons: int
    n_items: int
    missing: str

    @property
    def misfits(self) -> bool:
        """Say whether the model clearly misfits.

        Exact fit is rejected (p < .05), and CFI < .90 or the lower end of the 90% interval of RMSEA > .08. The test
        comes first so that a small sample of weak items is not called misfitting by chance.
        """
        found = self.goodness
        return found.p_value < CHANCE and (found.cfi < LEAST_CFI or found.rmsea_lower > MOST_RMSEA)

    def note(self, instead: str) -> str:
        """Say that the model misfits, and what to read instead; empty when it does not."""
        if not self.misfits:
            return ""
        found = self.goodness
        who = counted(self.n_persons, "person") + (", listwise" if self.missing == "listwise" else "")
        return (
            f"one factor does not fit these items (CFI {found.cfi:.2f}, RMSEA {found.rmsea:.3f} "
            f"[{found.rmsea_lower:.3f}, {found.rmsea_upper:.3f}], {who}; "
            f"clear misfit: p < .05 and CFI < .90 or lower end of RMSEA > .08, {SOURCES}), which omega rests on: {instead}"
        )

    def rows(self, scale_id: str) -> list[ReliabilityRow]:
        """Return CFI and RMSEA as rows."""
        found = self.goodness
        ends = {
            "one_factor_cfi": (float("nan"),) * 2,
            "one_factor_rmsea": (found.rmsea_lower, found.rmsea_upper),
        }
        return [
            ReliabilityRow(
                scale_id=scale_id,
                evidence="consistency",
                statistic=statistic,
                estimate=getattr(found, statistic.removeprefix("one_factor_")),
                ci_lower=lower,
                ci_upper=upper,
                n_persons=self.n_persons,
                n_parts=self.n_items,
                method="noncentral chi-square, 90%" if statistic == "one_factor_rmsea" else "none",
                missing=self.missing,
                reason=found.reason,
            )
            for statistic, (lower, upper) in ends.items()
        ]


def one_factor_fit(data: Responses | ItemTally, scale_id: str) -> OneFactor:
    """Return the fit on all persons; where answers are missing on those with every answer, as chi-square needs."""
    sample = as_sample(data, scale=scale_id)
    pairs = sample.moments.n_pairs
    missing = "none"
    if pairs.size and pairs.min() < pairs.max():
        sample, missing = as_sample(data, scale=scale_id, missing="listwise"), "listwise"
    return OneFactor(
        goodness=_goodness(sample), n_persons=sample.n_persons, n_items=sample.n_items, missing=missing
    )


def _goodness(sample: Sample) -> Goodness:
    reason = why_no_omega(sample.moments)
    if reason:
        return Goodness(reason=reason)
    R, _ = correlations(sample.moments)
    return goodness(R, fit(R, one_factor(len(R)), "ml"), sample.n_persons)
