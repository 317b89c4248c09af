"""Publish a finding, or take it back. The only writers of `state`."""

from django.db import transaction
from django.utils import timezone

from hoiro.claims.errors import CannotPublish
from hoiro.claims.models import Claim, ClaimReview, IndexVersion, Kind, State, Status


def publish(*, review: ClaimReview) -> ClaimReview:
    """Make this the published version. The database checks reviewer and dates, this the evidence."""
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
        ClaimReview.objects.filter(claim=review.claim, state=State.PUBLISHED).update(state=State.SUPERSEDED)
        review.state = State.PUBLISHED
        review.published_at = timezone.now()
        review.save(update_fields=["state", "published_at"])
        Claim.objects.filter(pk=review.claim_id).update(changed_in=changed_in, opened_by=None, status=Status.PUBLISHED)
    return review


def withdraw(*, claim: Claim) -> None:
    """Take the published version back: from the next request on, no process answers with it."""
    with transaction.atomic():
        changed_in = IndexVersion.bump()
        ClaimReview.objects.filter(claim=claim, state=State.PUBLISHED).update(
            state=State.WITHDRAWN, withdrawn_at=timezone.now()
        )
        Claim.objects.filter(pk=claim.pk).update(changed_in=changed_in, status=Status.OPEN)
