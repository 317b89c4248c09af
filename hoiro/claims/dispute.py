"""Say that a published answer is wrong, without saying who one is; decide it at the desk, with a public outcome.

No dispute is declined by a program: whoever finds a mistake may write as badly as they like. The words are scrubbed
and read at the desk only; the outcome stands on the answer's page.
"""

import datetime
import json
import secrets
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac

from hoiro.claims import reply
from hoiro.claims.answer import follow_hash, today
from hoiro.claims.errors import (
    BadSource,
    DecidedAlready,
    DisputeEmpty,
    DisputeTooLong,
    NoOutcome,
    NoReason,
    NotFound,
    OwnVersion,
    SourceNamesAPerson,
    TooManyDisputes,
)
from hoiro.claims.log import record
from hoiro.claims.models import PUBLIC, Claim, ClaimReview, Dispute, ReplyAddress, Revision, State, User, named
from hoiro.claims.roles import Action, require
from hoiro.claims.scrub import PLACEHOLDERS, scrub

LONGEST = 5_000
LONGEST_SOURCE = 1_000
LONGEST_OUTCOME = 2_000
AN_HOUR = 30
"""So many disputes of one answer are taken in an hour: more is a program's doing."""
SHOWN_DECIDED = 50
DECISIONS = (Dispute.State.UPHELD, Dispute.State.NOT_UPHELD, Dispute.State.SET_ASIDE)


@dataclass(frozen=True)
class DisputeState:
    """What the holder of a dispute's private link sees."""

    state: str
    state_name: str
    text: str
    source: str
    day: datetime.date
    key: str
    kind: str
    claim: str
    """What is claimed, as the disputed version says it."""
    outcome: str
    decided_on: datetime.datetime | None
    changed: bool
    """The version that was disputed has been replaced or withdrawn since."""
    keeps_address: bool


@dataclass(frozen=True)
class Outcome:
    """What came of one dispute, for everyone to read."""

    state: str
    state_name: str
    outcome: str
    day: datetime.datetime
    version: int


@dataclass(frozen=True)
class DisputeQueue:
    """What the desk has to do about disputes, the oldest first, and what it decided last."""

    open: tuple[Dispute, ...]
    to_correct: tuple[Dispute, ...]
    """Upheld while the disputed version still stands."""
    decided: tuple[Dispute, ...]


def dispute(
    *, key: str, text: str, source: str, address: str, language: str, version: int | None = None, form: str = ""
) -> str:
    """Take a dispute of a published answer; `version` is the one that was read. Returns the private link's token.

    `form` is the number by chance of the form it was written in. The same words from the same form are the same
    dispute and the same link: who sends it again because no page came back is told once. Nothing of the address goes
    into the link, or its hash would tell of it when it is erased.

    Raises NotFound, DisputeEmpty, DisputeTooLong, BadSource, SourceNamesAPerson, TooManyDisputes, EmailOff, BadAddress.
    """
    claim = Claim.objects.filter(named(key)).first()
    public = ClaimReview.objects.filter(claim=claim, state__in=PUBLIC).order_by("-version")
    review = public.filter(version=version or 0).first() or public.first()
    if claim is None or review is None:
        raise NotFound
    if not text.strip():
        raise DisputeEmpty
    if len(text) > LONGEST:
        raise DisputeTooLong
    source = _source(source)
    address = reply.checked(address) if address.strip() else ""
    reply.count(f"hoiro-disputes-{claim.pk}", at_most=AN_HOUR, seconds=3600, refusal=TooManyDisputes)
    scrubbed = scrub(text).text
    del text  # from here on nothing can store or log what was typed
    said = json.dumps([form or secrets.token_hex(), review.pk, scrubbed.strip(), source])
    token = salted_hmac("hoiro.claims.dispute", said, algorithm="sha256").hexdigest()
    with transaction.atomic():
        found, new = Dispute.objects.get_or_create(
            token_hash=follow_hash(token),
            defaults={
                "claim": claim,
                "review": review,
                "language": language,
                "day": today(),
                "text": scrubbed.strip(),
                "source": source,
            },
        )
        if address and found.state == Dispute.State.OPEN:
            reply.keep(address, dispute=found)
        if new:
            record("disputed", by=None, claim=claim, dispute=found.pk, version=review.version)
    return token


def dispute_state(token: str) -> DisputeState:
    """What became of the dispute behind a private link. Raises NotFound."""
    found = _by_token(token)
    texts = {text.language: text.claim_wording for text in found.review.texts.all()}
    return DisputeState(
        state=found.state,
        state_name=found.get_state_display(),
        text=found.text,
        source=found.source,
        day=found.day,
        key=found.claim.key,
        kind=found.claim.kind,
        claim=texts.get(found.language) or next(iter(texts.values()), found.claim.wording),
        outcome=found.outcome,
        decided_on=found.decided_at,
        changed=found.review.state != State.PUBLISHED,
        keeps_address=ReplyAddress.objects.filter(dispute=found).exists(),
    )


def forget_address(*, token: str) -> None:
    """Erase the address left with this dispute at once; harmless when there is none. Raises NotFound."""
    reply.forget(ReplyAddress.objects.filter(dispute=_by_token(token)))


def outcomes(key: str) -> tuple[Outcome, ...]:
    """Every dispute of this claim that was upheld or not, newest first. What was set aside is left out."""
    decided = Dispute.objects.filter(
        claim__in=Claim.objects.filter(named(key)),
        state__in=[Dispute.State.UPHELD, Dispute.State.NOT_UPHELD],
    )
    return tuple(
        Outcome(each.state, each.get_state_display(), each.outcome, each.decided_at, each.review.version)
        for each in decided.select_related("review").order_by("-decided_at", "-pk")
        if each.decided_at
    )


def propose(*, dispute: Dispute, state: str, outcome: str, by: User) -> None:
    """Suggest an outcome to whoever decides. Raises NotAllowed, NoOutcome, NoReason, DecidedAlready."""
    require(by, Action.INVESTIGATE)
    outcome = _checked(state, outcome)
    with transaction.atomic():
        held = _open(dispute)
        held.proposed, held.proposed_outcome, held.proposed_by = state, outcome, by
        held.save(update_fields=["proposed", "proposed_outcome", "proposed_by"])
        record("dispute_proposed", by=by, claim=held.claim, dispute=held.pk, state=state)


def decide(*, dispute: Dispute, state: str, outcome: str, by: User) -> None:
    """Say what came of it, in words for everyone, and owe it to whoever asked to be told. It stays so.

    Whoever wrote part of the disputed version does not decide, and the database refuses it too.
    Raises NotAllowed, OwnVersion, NoOutcome, NoReason, DecidedAlready.
    """
    require(by, Action.REVIEW)
    outcome = _checked(state, outcome)
    with transaction.atomic():
        held = _open(dispute)
        if wrote(review=held.review, user=by):
            raise OwnVersion
        held.state, held.outcome, held.decided_by, held.decided_at = state, outcome, by, timezone.now()
        held.save(update_fields=["state", "outcome", "decided_by", "decided_at"])
        reply.owe(claim=held.claim)
        record("dispute_decided", by=by, claim=held.claim, dispute=held.pk, state=state, reason=outcome)


def wrote(*, review: ClaimReview, user: User) -> bool:
    """Did they begin this version, or save any of it?"""
    return review.author_id == user.pk or Revision.objects.filter(review=review, author=user).exists()


def needing_work() -> QuerySet[Dispute]:
    """What is undecided, and what was upheld while the disputed version still stands."""
    upheld = Q(state=Dispute.State.UPHELD, review__state=State.PUBLISHED)
    return Dispute.objects.filter(Q(state=Dispute.State.OPEN) | upheld)


def dispute_queue() -> DisputeQueue:
    """Every dispute that needs work, and the SHOWN_DECIDED last decided."""
    disputes = Dispute.objects.select_related("claim", "review", "proposed_by")
    needing = list(disputes.filter(pk__in=needing_work().values("pk")).order_by("day", "pk"))
    decided = disputes.exclude(state=Dispute.State.OPEN).exclude(pk__in=[each.pk for each in needing])
    return DisputeQueue(
        open=tuple(each for each in needing if each.state == Dispute.State.OPEN),
        to_correct=tuple(each for each in needing if each.state != Dispute.State.OPEN),
        decided=tuple(decided.order_by("-decided_at", "-pk")[:SHOWN_DECIDED]),
    )


def _by_token(token: str) -> Dispute:
    found = Dispute.objects.select_related("claim", "review").filter(token_hash=follow_hash(token)).first()
    if found is None:
        raise NotFound
    return found


def _open(dispute: Dispute) -> Dispute:
    """Held until the transaction ends."""
    Dispute.objects.select_for_update().get(pk=dispute.pk)
    held = Dispute.objects.select_related("claim", "review").get(pk=dispute.pk)
    if held.state != Dispute.State.OPEN:
        raise DecidedAlready
    return held


def _checked(state: str, outcome: str) -> str:
    if state not in DECISIONS:
        raise NoOutcome
    outcome = outcome.strip()
    if not outcome or len(outcome) > LONGEST_OUTCOME:
        raise NoReason
    return outcome


def _source(source: str) -> str:
    """An address on the web, or nothing. Kept for a person to open, never opened by us."""
    source = source.strip()
    if not source:
        return ""
    if len(source) > LONGEST_SOURCE:
        raise BadSource
    try:
        URLValidator(schemes=["http", "https"])(source)
        parts = urlsplit(source)
    except (ValidationError, ValueError):
        raise BadSource from None
    # Links to somebody's profile are all that scrubbing does not leave the site of; "@" is an account or a password.
    if "@" in source or scrub(source).text == PLACEHOLDERS["link"]:
        raise SourceNamesAPerson
    return parts._replace(fragment="").geturl()
