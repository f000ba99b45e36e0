"""What it counts to: exact counts that add and subtract."""

from psychometrics.tallying.counting import tally
from psychometrics.tallying.files import load_tally
from psychometrics.tallying.item_tally import ItemTally
from psychometrics.tallying.rating_tally import RatingTally, tally_ratings
from psychometrics.tallying.retest_tally import RetestTally, tally_retest
from psychometrics.tallying.score_tally import ScoreTally, tally_scores

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
