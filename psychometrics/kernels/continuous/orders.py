"""Which powers of age each predictor gets."""

from __future__ import annotations

import numpy as np

from psychometrics.kernels.continuous.families.family import Family
from psychometrics.kernels.continuous.likelihood import LikelihoodFit, Powers, maximise, near
from psychometrics.kernels.continuous.sample import Sample, coarser

ENOUGH = 100


def criterion_value(log_likelihood: float, n_parameters: int, n: float, criterion: str) -> float:
    """Return BIC = -2 log L + p log n, or AIC = -2 log L + 2 p; lower is better."""
    penalty = float(np.log(n)) if criterion == "bic" else 2.0
    return -2 * log_likelihood + penalty * n_parameters


def choose_powers(family: Family, sample: Sample, *, criterion: str, most: Powers) -> LikelihoodFit:
    """Raise one predictor's power at a time while the criterion gets better, by one power or by two.

    Starts with the usual powers, a cubic location and a square scale, and does not go below them: fewer win the criterion as soon
    as they are hard to tell from the truth, and their intervals then miss it. Fewer than 100 persons start from a straight line and
    a constant scale. Shape is absent at first. Powers that are no longer needed are taken away again. In large samples the search
    runs on ages rounded to 1/64 of their range, the last fit on the exact ones.

    Parameters
    ----------
    family : Family
    sample : Sample
    criterion : {"bic", "aic"}
    most : tuple of int
        Highest power each predictor may get.

    Returns
    -------
    LikelihoodFit
    """
    full, sample = sample, coarser(sample, 65)
    tried: dict[Powers, LikelihoodFit] = {}

    def value(fit: LikelihoodFit) -> float:
        return criterion_value(fit.log_likelihood, fit.n_parameters, sample.n, criterion)

    def fitted(powers: Powers, known: LikelihoodFit) -> LikelihoodFit:
        if powers not in tried:
            begin = near(family, sample, known, powers)
            tried[powers] = maximise(family, sample, powers, begin, tolerance=1e-3)
        return tried[powers]

    floor = family.usual_powers if sample.n >= ENOUGH else (1, *family.least_powers[1:])
    least = tuple(min(low, m) for low, m in zip(floor, most, strict=True))
    best = maximise(family, sample, least)
    tried[best.powers] = best
    while True:
        steps = [_changed(best.powers, i, by) for i in range(len(most)) for by in (1, 2, -1)]
        allowed = [p for p in steps if all(a <= b <= c for a, b, c in zip(least, p, most, strict=True))]
        better = [
            fit for p in allowed if (fit := fitted(p, best)).converged and value(fit) < value(best) - 1e-6
        ]
        if not better:
            break
        best = min(better, key=value)
    for fit in sorted((one for one in tried.values() if one.converged), key=value):
        exact = maximise(family, full, fit.powers, fit.coefficients)
        if exact.converged:
            return exact
    return best


def _changed(powers: Powers, place: int, by: int) -> Powers:
    return tuple(power + by * (i == place) for i, power in enumerate(powers))
