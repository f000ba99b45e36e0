"""What is known beyond the scores: claims with sources, roles and skills, and recommendations with visible weights."""

from psychometrics.careers.batch import RecommendationBatch
from psychometrics.careers.catalogue import Catalogue, load_catalogue, parse_catalogue
from psychometrics.careers.claims import Claims, load_claims, parse_claims
from psychometrics.careers.recommend import recommend, recommend_all
from psychometrics.careers.recommendations import (
    MissingSignal,
    ReadOn,
    Recommendation,
    Recommendations,
    Remark,
    SignalShare,
)
from psychometrics.careers.schema import catalogue_schema, claims_schema, refused_claims_schema
from psychometrics.careers.signals import PersonSignals, person_signals

__all__ = [
    "Catalogue",
    "Claims",
    "MissingSignal",
    "PersonSignals",
    "ReadOn",
    "Recommendation",
    "RecommendationBatch",
    "Recommendations",
    "Remark",
    "SignalShare",
    "catalogue_schema",
    "claims_schema",
    "load_catalogue",
    "load_claims",
    "parse_catalogue",
    "parse_claims",
    "person_signals",
    "recommend",
    "recommend_all",
    "refused_claims_schema",
]
