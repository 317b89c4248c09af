"""Answers for machines: schema.org types as plain dicts. Whoever calls gives whole addresses.

tests/test_structured.py holds every type and property to schema.org's own vocabulary.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import override

from hoiro.claims.answer import Answer, EvidenceLine
from hoiro.claims.models import Rating

CONTEXT = "https://schema.org"
LICENCE = "https://creativecommons.org/licenses/by/4.0/"
BEST, WORST = 5, 1
VALUES = {Rating.TRUE: 5, Rating.MIXTURE: 4, Rating.MISLEADING: 3, Rating.UNPROVEN: 2, Rating.FALSE: 1}

Thing = dict[str, Any]


@dataclass(frozen=True)
class Desk:
    """Who publishes: its name, and the addresses of its first page and of those that say how it checks, what it
    corrected, and who runs and pays for it."""

    name: str
    address: str
    principles: str = ""
    corrections: str = ""
    about: str = ""


def claim_review(answer: Answer, *, address: str, desk: Desk, image: str = "") -> Thing:
    """A check, whose page is at `address`, as a ClaimReview in the answer's own language.

    Who said it first, and where, is not kept and so not said. Raises ValueError for guidance, which has no rating.
    """
    if answer.rating is None:
        raise ValueError(f"{answer.key} is guidance")
    rating = Rating(answer.rating)
    with override(answer.language):
        name = str(rating.label)
    return {
        "@context": CONTEXT,
        "@type": "ClaimReview",
        "url": address,
        "claimReviewed": answer.claim,
        "itemReviewed": {"@type": "Claim", "name": answer.claim},
        "reviewRating": {
            "@type": "Rating",
            "ratingValue": VALUES[rating],
            "bestRating": BEST,
            "worstRating": WORST,
            "alternateName": name,
        },
        "reviewBody": _body(answer),
        **_published(answer, address, desk, image),
    }


def article(answer: Answer, *, address: str, desk: Desk, image: str = "") -> Thing:
    """Guidance, whose page is at `address`, as an Article in the answer's own language."""
    return {
        "@context": CONTEXT,
        "@type": "Article",
        "url": address,
        "headline": answer.claim,
        "articleBody": _body(answer),
        **_published(answer, address, desk, image),
    }


def of_answer(answer: Answer, *, address: str, desk: Desk, image: str = "") -> Thing:
    """`claim_review` of a check, `article` of guidance."""
    return (claim_review if answer.rating else article)(answer, address=address, desk=desk, image=image)


def website(*, desk: Desk, language: str, search: str) -> Thing:
    """The first page. `search` is the address of a search, `{words}` standing for what is searched for."""
    return {
        "@context": CONTEXT,
        "@type": "WebSite",
        "url": desk.address,
        "name": desk.name,
        "inLanguage": language,
        "publisher": organization(desk),
        "potentialAction": {
            "@type": "SearchAction",
            "target": {"@type": "EntryPoint", "urlTemplate": search},
            "query-input": "required name=words",
        },
    }


def organization(desk: Desk) -> Thing:
    """The desk itself."""
    return {
        "@type": "Organization",
        "name": desk.name,
        "url": desk.address,
        **({"publishingPrinciples": desk.principles} if desk.principles else {}),
        **({"correctionsPolicy": desk.corrections} if desk.corrections else {}),
        **({"ownershipFundingInfo": desk.about} if desk.about else {}),
    }


def _published(answer: Answer, address: str, desk: Desk, image: str) -> Thing:
    """What every published answer says of itself."""
    page: Thing = {"@type": "WebPage", "@id": address, "lastReviewed": answer.as_of.isoformat()}
    if answer.reviewed_by:
        page["reviewedBy"] = {"@type": "Organization", "name": desk.name, "url": desk.address}
    return {
        "datePublished": answer.first_published_at.isoformat(timespec="seconds"),
        "dateModified": answer.changed_at.isoformat(timespec="seconds"),
        "expires": answer.review_by.isoformat(),
        "version": answer.version,
        "inLanguage": answer.language,
        "author": organization(desk),
        "publisher": organization(desk),
        "license": LICENCE,
        "isAccessibleForFree": True,
        "citation": _sources(answer.evidence),
        "mainEntityOfPage": page,
        **({"image": image} if image else {}),
    }


def _body(answer: Answer) -> str:
    return "\n\n".join(part for part in (answer.short_answer, answer.instead) if part)


def _sources(evidence: Iterable[EvidenceLine]) -> list[Thing]:
    return [
        {
            "@type": "CreativeWork",
            "name": source.title,
            "url": source.url,
            "publisher": {"@type": "Organization", "name": source.publisher},
            **({"datePublished": source.date.isoformat()} if source.date else {}),
        }
        for source in evidence
    ]
