"""What was answered: responses of persons, ratings by raters."""

from psychometrics.responses.missing import MissingReason
from psychometrics.responses.ratings import Ratings, read_ratings
from psychometrics.responses.responses import Responses, read_responses

__all__ = ["MissingReason", "Ratings", "Responses", "read_ratings", "read_responses"]
