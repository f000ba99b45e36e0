"""Pictures of the manual: each is SVG, with its numbers as alt text and as a table."""

from psychometrics.report.figures.distribution import score_distribution
from psychometrics.report.figures.error_curve import conditional_error
from psychometrics.report.figures.figure import Figure
from psychometrics.report.figures.forest import group_differences, rater_severity, reliability_forest
from psychometrics.report.figures.items import item_means, item_rest
from psychometrics.report.figures.norm_curves import percentile_curves
from psychometrics.report.figures.retest import bland_altman, retest_plot

__all__ = [
    "Figure",
    "bland_altman",
    "conditional_error",
    "group_differences",
    "item_means",
    "item_rest",
    "percentile_curves",
    "rater_severity",
    "reliability_forest",
    "retest_plot",
    "score_distribution",
]
