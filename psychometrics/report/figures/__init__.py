"""Pictures of the manual: each is SVG, with its numbers as alt text and as a table."""

from psychometrics.report.figures.distribution import score_distribution
from psychometrics.report.figures.figure import Figure
from psychometrics.report.figures.items import item_means, item_rest

__all__ = ["Figure", "item_means", "item_rest", "score_distribution"]
