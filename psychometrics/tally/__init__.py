"""What it counts to: exact counts that add and subtract."""

from psychometrics.tally.counting import tally
from psychometrics.tally.files import load_tally
from psychometrics.tally.item_tally import ItemTally
from psychometrics.tally.rating_tally import RatingTally, tally_ratings
from psychometrics.tally.retest_tally import RetestTally, tally_retest
from psychometrics.tally.score_tally import ScoreTally, tally_scores

__all__ = [
    "ItemTally",
    "RatingTally",
    "RetestTally",
    "ScoreTally",
    "load_tally",
    "tally",
    "tally_ratings",
    "tally_retest",
    "tally_scores",
]
