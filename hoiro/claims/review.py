"""The second person: approve, or return with notes. Whoever wrote part of it since the last approval cannot."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from hoiro.claims.draft import Draft, latest_revision, working_review
from hoiro.claims.errors import ChangedSince, NoReason, NothingToReview, NotReady, OwnWork
from hoiro.claims.log import record
from hoiro.claims.models import (
    PUBLIC,
    WORKING,
    Claim,
    ClaimReview,
    Comment,
    IndexVersion,
    Revision,
    State,
    Status,
    User,
)
from hoiro.claims.publish import copy_out, publish
from hoiro.claims.roles import Action, require

LONGEST_COMMENT = 2_000


@dataclass(frozen=True)
class NewComment:
    """A note on a draft: the field as a Draft names it, the words meant, and what to say of them."""

    field: str
    passage: str
    text: str


def approve(*, claim: Claim, by: User, seen: int) -> ClaimReview:
    """Publish what waits for review. `seen` is the number of the revision that was read.

    Raises NotAllowed, NothingToReview, ChangedSince, OwnWork, NotReady.
    """
    require(by, Action.REVIEW)
    with transaction.atomic():
        IndexVersion.hold()
        review, revision = _submitted(claim)
        if seen != revision.number:
            raise ChangedSince
        if wrote_since_approval(claim=review.claim, user=by):
            raise OwnWork
        if missing := Draft.kept(revision).missing(review.claim.kind, correction=review.version > 1):
            raise NotReady(missing)
        review.reviewer = by
        copy_out(review=review, revision=revision)
        return publish(review=review)


def return_(*, claim: Claim, comments: Iterable[NewComment], by: User) -> None:
    """Give it back to its author with notes. Raises NotAllowed, NothingToReview, NoReason."""
    require(by, Action.REVIEW)
    notes = list(comments)
    if not notes:
        raise NoReason
    with transaction.atomic():
        review, revision = _submitted(claim)
        review.state = State.RETURNED
        review.save(update_fields=["state"])
        for note in notes:
            _comment(revision, note, by)
        record("returned", by=by, claim=review.claim, version=review.version, comments=len(notes))


def comment(*, revision: Revision, field: str, passage: str, text: str, by: User) -> Comment:
    """Say something of a passage. Raises NotAllowed, NoReason."""
    require(by, Action.INVESTIGATE)
    with transaction.atomic():
        made = _comment(revision, NewComment(field, passage, text), by)
        record("commented", by=by, claim=revision.review.claim, comment=made.pk)
    return made


def resolve(*, comment: Comment, by: User) -> None:
    """Mark a note as dealt with. Raises NotAllowed."""
    require(by, Action.INVESTIGATE)
    with transaction.atomic():
        open_still = Comment.objects.filter(pk=comment.pk, resolved_at=None)
        if open_still.update(resolved_at=timezone.now()):
            record("resolved", by=by, claim=comment.revision.review.claim, comment=comment.pk)


def wrote_since_approval(*, claim: Claim, user: User) -> bool:
    """Did they save, or begin, any of what was written since the last approved version? The database asks the same.

    What was discarded is no part of what came after it.
    """
    public = claim.reviews.filter(state__in=PUBLIC)
    approved = Revision.objects.filter(review__in=public).order_by("-pk").values_list("pk", flat=True).first() or 0
    return (
        Revision.objects.filter(review__claim=claim, author=user, pk__gt=approved)
        .exclude(review__state=State.DISCARDED)
        .exists()
        or claim.reviews.filter(state__in=WORKING, author=user).exists()
    )


def _submitted(claim: Claim) -> tuple[ClaimReview, Revision]:
    """What waits for review, held until the transaction ends."""
    claim = Claim.objects.select_for_update().get(pk=claim.pk)
    review = working_review(claim)
    revision = latest_revision(review) if review else None
    if review is None or revision is None or review.state != State.SUBMITTED:
        raise NothingToReview
    if claim.status not in {Status.OPEN, Status.PUBLISHED}:
        raise NothingToReview
    return review, revision


def _comment(revision: Revision, note: NewComment, by: User) -> Comment:
    text = note.text.strip()
    if not text or len(text) > LONGEST_COMMENT:
        raise NoReason
    return Comment.objects.create(
        revision=revision,
        by=by,
        field=note.field[: Comment._meta.get_field("field").max_length],
        passage=note.passage.strip()[:LONGEST_COMMENT],
        text=text,
    )
