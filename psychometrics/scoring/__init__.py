"""What it adds up to: responses and ratings become scores."""

from psychometrics.scoring.error_sources import ErrorSources, prorated_errors
from psychometrics.scoring.finish import NoScore
from psychometrics.scoring.score import score
from psychometrics.scoring.scores import Scores

__all__ = ["ErrorSources", "NoScore", "Scores", "prorated_errors", "score"]
