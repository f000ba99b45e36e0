"""How it compares: norm samples become editions, scores become percentile ranks."""

from psychometrics.norming.build import build_norms
from psychometrics.norming.files import load_norms
from psychometrics.norming.normed import NormedScores
from psychometrics.norming.norms import Norms

__all__ = ["NormedScores", "Norms", "build_norms", "load_norms"]
