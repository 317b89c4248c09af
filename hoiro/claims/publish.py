"""Publish a finding, or take it back. The only writers of a public `state`."""

import re
import unicodedata
from itertools import chain, count

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from hoiro.claims import card, websub
from hoiro.claims.draft import Draft, latest_revision
from hoiro.claims.errors import CannotPublish, NoReason, NotOpen
from hoiro.claims.log import content_hash, record
from hoiro.claims.models import (
    PUBLIC,
    Claim,
    ClaimReview,
    Evidence,
    IndexVersion,
    Kind,
    Phrasing,
    ReviewText,
    Revision,
    State,
    Status,
    User,
)
from hoiro.claims.reply import owe, still_waiting
from hoiro.claims.roles import Action, require

LONGEST_REASON = 2_000
LONGEST_KEY = 60
KEY_OF_WAITING = re.compile(r"q-[0-9a-f]{10}")


def publish(*, review: ClaimReview) -> ClaimReview:
    """Make this the published version, and owe everyone who waits on its claim the answer.

    The database checks reviewer and dates, this the evidence. Raises CannotPublish.
    """
    rated = review.rating is not None
    if (
        not review.evidence.exists()
        or not review.texts.exists()
        or review.as_of is None
        or review.review_by is None
        or rated != (review.claim.kind == Kind.CHECK)
        or not (review.starter or (review.reviewer_id and review.reviewer_id != review.author_id))
    ):
        raise CannotPublish
    with transaction.atomic():
        changed_in = IndexVersion.bump()
        before = review.claim.reviews.filter(state__in=PUBLIC).order_by("version").last()
        ClaimReview.objects.filter(claim=review.claim, state=State.PUBLISHED).update(state=State.SUPERSEDED)
        review.changes_meaning = before is not None and _changes_meaning(review, before)
        review.state = State.PUBLISHED
        review.published_at = timezone.now()
        review.save(
            update_fields=[
                "state",
                "published_at",
                "rating",
                "as_of",
                "review_by",
                "doctor_first",
                "reason",
                "changes_meaning",
                "reviewer",
            ]
        )
        Claim.objects.filter(pk=review.claim_id).update(
            changed_in=changed_in, opened_by=None, status=Status.PUBLISHED, taken_by=None, declined_why=""
        )
        _give_readable_key(review.claim)
        if before and not review.changes_meaning:
            still_waiting(before, review)
        owe(claim=review.claim)
        websub.owe(changed_in=changed_in)
        if not review.starter:
            card.owe(claim=review.claim)
            revision = latest_revision(review)
            record(
                "published",
                by=review.reviewer,
                claim=review.claim,
                version=review.version,
                revision_number=revision.number if revision else None,
                hash=content_hash(revision.content) if revision else "",
            )
    return review


def _changes_meaning(review: ClaimReview, before: ClaimReview) -> bool:
    """Whether people are told something else than before: docs/decisions/what-is-a-correction.md."""
    if review.rating != before.rating:
        return True
    if before.starter:
        # Words that were marked as reviewed by nobody are reworded by their first review.
        return False
    said = _said(review)
    return any(said.get(language) != words for language, words in _said(before).items())


def _said(review: ClaimReview) -> dict[str, list[list[str]]]:
    """By language: claim, short answer and what to do instead, as words without case, spacing and full stops."""
    return {
        text.language: [
            re.findall(r"\w+|[<>≤≥=+%°/]", unicodedata.normalize("NFKC", part).casefold())
            for part in (text.claim_wording, text.short_answer, text.instead)
        ]
        for text in review.texts.all()
    }


def _give_readable_key(claim: Claim) -> None:
    """At the first publication: an address that says what stands there. The former one leads to it for good."""
    if claim.former_key or not KEY_OF_WAITING.fullmatch(claim.key):
        return
    words = readable(claim.wording)
    if not words:
        return
    alike = Claim.objects.filter(Q(key__startswith=words) | Q(former_key__startswith=words))
    taken = {name for names in alike.values_list("key", "former_key") for name in names}
    numbered = (f"{words}-{number}" for number in count(2))
    claim.former_key, claim.key = claim.key, next(key for key in chain([words], numbered) if key not in taken)
    claim.save(update_fields=["key", "former_key"])


def readable(wording: str) -> str:
    """A wording as part of an address: its first words in small letters without tone marks, joined by hyphens."""
    plain = unicodedata.normalize("NFKD", wording.casefold().replace("đ", "d"))
    words = re.findall(r"[a-z0-9]+", "".join(letter for letter in plain if not unicodedata.combining(letter)))
    kept = ""
    for word in words:
        longer = f"{kept}-{word}" if kept else word[:LONGEST_KEY]
        if len(longer) > LONGEST_KEY:
            break
        kept = longer
    return kept


def copy_out(*, review: ClaimReview, revision: Revision) -> None:
    """Put what was approved where it is read from. In the transaction that publishes it."""
    draft = Draft.kept(revision)
    written = {language: text for language, text in draft.texts.items() if text.begun}
    claim = review.claim
    review.rating, review.as_of, review.review_by = draft.rating, draft.as_of, draft.review_by
    review.doctor_first, review.reason = draft.doctor_first, draft.reason
    ReviewText.objects.bulk_create(
        ReviewText(
            review=review,
            language=language,
            claim_wording=text.claim_wording,
            short_answer=text.short_answer,
            explanation=text.explanation,
            instead=text.instead,
        )
        for language, text in written.items()
    )
    Evidence.objects.bulk_create(
        Evidence(
            review=review,
            publisher=source.publisher,
            title=source.title,
            url=source.url,
            published_on=source.published_on,
            quotation=source.quotation,
            direction=source.direction,
            note=source.note,
        )
        for source in draft.evidence
    )
    # What askers wrote while it was open goes: only what the draft lists, and a colleague approved, stays.
    claim.phrasings.all().delete()
    Phrasing.objects.bulk_create(
        Phrasing(claim=claim, language=language, text=text, use=use)
        for use, ways in ((Phrasing.Use.SAME, draft.phrasings), (Phrasing.Use.DIFFERENT, draft.different))
        for language, texts in ways.items()
        for text in texts
    )
    if claim.language not in written:
        claim.language = next((code for code, _name in settings.LANGUAGES if code in written), claim.language)
    claim.topic, claim.danger = draft.topic, draft.danger
    claim.must_mention = [list(group) for group in draft.must_mention]
    claim.wording = written[claim.language].claim_wording
    claim.save(update_fields=["language", "topic", "danger", "must_mention", "wording"])


def withdraw(*, claim: Claim, reason: str, by: User) -> None:
    """Take the published version back: from the next request on, no process answers with it.

    The reason is for everyone to read; it stands in the log. Raises NotAllowed, NotOpen, NoReason.
    """
    require(by, Action.WITHDRAW)
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise NoReason
    with transaction.atomic():
        changed_in = IndexVersion.bump()
        claim = Claim.objects.select_for_update().get(pk=claim.pk)
        review = claim.reviews.filter(state=State.PUBLISHED).first()
        if review is None:
            raise NotOpen
        review.state = State.WITHDRAWN
        review.withdrawn_at = timezone.now()
        review.save(update_fields=["state", "withdrawn_at"])
        Claim.objects.filter(pk=claim.pk).update(changed_in=changed_in, status=Status.OPEN)
        owe(claim=claim)
        websub.owe(changed_in=changed_in)
        record("withdrawn", by=by, claim=claim, version=review.version, reason=reason)
