"""The nouns."""

from hoiro.claims.models.claim import (
    Claim,
    ClaimReview,
    Danger,
    Direction,
    Evidence,
    IndexVersion,
    Kind,
    Phrasing,
    Rating,
    ReviewText,
    State,
)
from hoiro.claims.models.request import Decision, Match, Request

__all__ = [
    "Claim",
    "ClaimReview",
    "Danger",
    "Decision",
    "Direction",
    "Evidence",
    "IndexVersion",
    "Kind",
    "Match",
    "Phrasing",
    "Rating",
    "Request",
    "ReviewText",
    "State",
]
