"""Numbers and lists in words, the same in every section."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from fractions import Fraction

from psychometrics.result import format_number

UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")
"""Control characters, and marks that turn the direction of what follows: no page may carry them on."""

STATISTICS = {
    "omega_total_one_factor": "omega (one factor)",
    "coefficient_alpha": "alpha",
    "categorical_omega": "categorical omega",
    "ordinal_alpha": "ordinal alpha",
    "stratified_alpha": "stratified alpha",
    "omega_hierarchical_bifactor": "omega hierarchical (bifactor)",
    "composite_score_reliability": "whole score (items, tasks, raters)",
    "standardized_alpha": "standardised alpha",
    "lambda2": "lambda 2",
    "lambda4": "lambda 4",
    "lambda6": "lambda 6",
    "greatest_lower_bound": "greatest lower bound",
    "split_half_mean": "mean split half",
    "split_half_worst": "worst split half",
    "mean_item_correlation": "mean item correlation",
    "unidimensionality": "unidimensionality u",
    "one_factor_cfi": "CFI of one factor",
    "one_factor_rmsea": "RMSEA of one factor",
    "icc(A,1)": "ICC(A,1), one rater",
    "icc(A,k)": "ICC(A,k), mean of raters",
    "gwet_ac2": "Gwet's AC2",
    "krippendorff_alpha_ordinal": "Krippendorff's alpha (ordinal)",
    "icc_a1": "ICC(A,1)",
    "icc_c1": "ICC(C,1)",
    "pearson_r": "Pearson r",
    "mean_change": "mean change",
    "sem": "SEM",
    "smallest_detectable_change": "smallest detectable change",
}


def clean(text: str) -> str:
    """Return a text without control characters; each is shown as a replacement mark, none is dropped in silence."""
    return UNSEEN.sub("\N{REPLACEMENT CHARACTER}", text)


def statistic(name: str) -> str:
    """Return the name of a statistic as people write it."""
    return STATISTICS.get(name, name.replace("_", " "))


def brief(name: str) -> str:
    """Return the name of a statistic without what stands in brackets."""
    return statistic(name).partition(" (")[0]


def number(value: float | Fraction, digits: int = 2) -> str:
    """Write a number; blank for nan."""
    return format_number(float(value), digits)


def exact(value: float | Fraction) -> str:
    """Write a number of the definition with as few digits as it needs."""
    return f"{float(value):.10g}"


def whole(value: float) -> str:
    """Write a count."""
    return "" if math.isnan(value) else f"{int(value):,}"


def percent(share: float, digits: int = 0) -> str:
    """Write a share as percent; a share above 0 is never written as 0%."""
    if math.isnan(share):
        return ""
    text = f"{100 * share:.{digits}f}"
    if share > 0 and float(text) == 0:
        return f"<{10**-digits:g}%"
    if share < 1 and float(text) == 100:
        return f">{100 - 10**-digits:g}%"
    return f"{text}%"


def interval(lower: float, upper: float, digits: int = 2) -> str:
    """Write an interval; blank where there is none."""
    if math.isnan(lower) or math.isnan(upper):
        return ""
    return f"{number(lower, digits)} to {number(upper, digits)}"


def joined(words: Iterable[str], last: str = "and") -> str:
    """Write a list in words: ``a, b and c``."""
    found = list(words)
    return f" {last} ".join([", ".join(found[:-1]), found[-1]]) if len(found) > 1 else "".join(found)


def named(words: Sequence[str], most: int = 8) -> str:
    """Write a list of names, the first few of many."""
    if len(words) <= most:
        return joined(words)
    return f"{', '.join(words[:most])} and {len(words) - most} more"


def shortened(text: str, longest: int) -> str:
    """Return a text on one line, cut at a word where it is longer."""
    flat = " ".join(text.split())
    if len(flat) <= longest:
        return flat
    head = flat[:longest].rpartition(" ")[0] or flat[:longest]
    return f"{head.rstrip(',;:.')} …"


def sentence(text: str) -> str:
    """Return a text as a sentence: a capital in front, a full stop behind."""
    flat = " ".join(text.split())
    return f"{flat[:1].upper()}{flat[1:]}{'' if flat.endswith(('.', '!', '?')) else '.'}"


def first_sentence(text: str) -> str:
    """Return the first sentence of a text."""
    flat = " ".join(text.split())
    head, stop, _ = flat.partition(". ")
    return f"{head}." if stop else flat
