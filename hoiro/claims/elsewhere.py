"""Checks by others that may answer a question of ours: always under their publisher's name, with a link there."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import F
from django.utils.translation import gettext as _

from hoiro.claims.match import Hit
from hoiro.claims.match_elsewhere import elsewhere
from hoiro.claims.models import ImportedReview

MOST = 3
SHOWN_FROM = 0.5
"""What is more likely wrong than right is not shown, as a link leads people away from "not checked yet". Of 59 unknown
Vietnamese questions 1 is shown something then, and 29 from where the engine itself would suggest (bench/elsewhere.py).
"""


@dataclass(frozen=True)
class Elsewhere:
    """A check by another publisher: their words, their rating, their page."""

    publisher: str
    site: str
    """Where the link leads. A publisher's name comes from the same record as all else; this cannot be made up."""
    url: str
    claim: str
    title: str
    language: str
    rating: str
    """In the publisher's words, or as a number on its own scale."""
    rating_value: float | None
    rating_best: float | None
    rating_worst: float | None
    reviewed_on: datetime.date | None
    probability: float
    reasons: tuple[str, ...]
    answers: bool
    """Sure to be what was asked, and by a publisher that an administrator trusts."""


def checked_elsewhere(text: str) -> tuple[Elsewhere, ...]:
    """At most three, likeliest first, each more likely right than not.

    Empty where nothing fits, and where the engine has no model.
    """
    found = elsewhere(text)
    if found is None:
        return ()
    sure = {hit.key for hit in found.answers}
    likely = [
        *found.answers,
        *(hit for hit in found.suggestions if hit.key not in sure and hit.probability >= SHOWN_FROM),
    ]
    rows = {
        str(row.pk): row
        for row in ImportedReview.objects.filter(pk__in=[hit.key for hit in likely], publisher__hidden=False)
        .select_related("publisher")
        .defer("vector")
    }
    worded = [
        _worded(rows[hit.key], hit, answers=hit.key in sure and rows[hit.key].publisher.trusted)
        for hit in likely
        if hit.key in rows
    ]
    return tuple(sorted(worded, key=lambda each: not each.answers)[:MOST])


def of_publisher(site: str) -> Iterator[Elsewhere]:
    """Every check that stands on this site, newest first."""
    rows = ImportedReview.objects.filter(publisher__site=site, publisher__hidden=False)
    for row in rows.select_related("publisher").defer("vector").order_by(F("reviewed_on").desc(nulls_last=True), "pk"):
        yield _worded(row, None, answers=False)


def _worded(row: ImportedReview, hit: Hit | None, *, answers: bool) -> Elsewhere:
    return Elsewhere(
        publisher=row.publisher.name,
        site=row.publisher.site,
        url=row.url,
        claim=row.claim,
        title=row.title,
        language=row.language,
        rating=row.rating_text or _on_a_scale(row),
        rating_value=row.rating_value,
        rating_best=row.rating_best,
        rating_worst=row.rating_worst,
        reviewed_on=row.reviewed_on,
        probability=hit.probability if hit else 0.0,
        reasons=hit.reasons if hit else (),
        answers=answers,
    )


def _on_a_scale(row: ImportedReview) -> str:
    value = f"{row.rating_value:g}"
    if row.rating_best is None:
        return value
    return _("%(value)s on a scale up to %(best)s") % {"value": value, "best": f"{row.rating_best:g}"}


def as_text(check: Elsewhere) -> str:
    """As plain lines, for a chat or a terminal."""
    lines = [
        _("Checked by %(publisher)s (%(site)s), not by us") % {"publisher": check.publisher, "site": check.site},
        _("Claim: %(claim)s") % {"claim": check.claim},
        _("Their finding: %(rating)s") % {"rating": check.rating},
        check.url,
    ]
    return "\n".join(lines)
