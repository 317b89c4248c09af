"""Take a claim, find what belongs together, draft an answer, hand it in."""

import datetime
import secrets
from collections.abc import Iterable

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hoiro.claims.answer import today, topic_names
from hoiro.claims.ask import WORDINGS, same_words
from hoiro.claims.draft import LENGTHS, Draft, discarded_review, latest_revision, next_version, working_review
from hoiro.claims.errors import (
    AlreadyAsked,
    AlreadyTaken,
    BadDescription,
    CannotMerge,
    CannotSplit,
    CannotUndo,
    EditConflict,
    NotAllowed,
    NotOpen,
    NotReady,
)
from hoiro.claims.log import JSON, content_hash, record
from hoiro.claims.models import (
    Claim,
    ClaimReview,
    Danger,
    Decline,
    Event,
    IndexVersion,
    Kind,
    Match,
    Move,
    Phrasing,
    Presence,
    Request,
    Revision,
    State,
    Status,
    User,
)
from hoiro.claims.reply import owe
from hoiro.claims.roles import Action, require

HERE_FOR = datetime.timedelta(seconds=45)
_WORKABLE = (Status.OPEN, Status.PUBLISHED)


def take(*, claim: Claim, by: User, over: bool = False) -> None:
    """Work on it; `over` takes it from a colleague. Raises NotAllowed, NotOpen, AlreadyTaken."""
    require(by, Action.INVESTIGATE)
    with transaction.atomic():
        claim = _held(claim, _WORKABLE)
        if claim.taken_by == by:
            return
        if claim.taken_by and not over:
            raise AlreadyTaken(claim.taken_by)
        claim.taken_by = by
        claim.save(update_fields=["taken_by"])
        record("taken", by=by, claim=claim)


def give_back(*, claim: Claim, by: User) -> None:
    """Leave it to others. Raises NotAllowed, AlreadyTaken when it is a colleague's."""
    require(by, Action.INVESTIGATE)
    with transaction.atomic():
        claim = _held(claim, Status.values)
        if claim.taken_by is None:
            return
        if claim.taken_by != by:
            raise AlreadyTaken(claim.taken_by)
        claim.taken_by = None
        claim.save(update_fields=["taken_by"])
        record("given_back", by=by, claim=claim)


def decline(*, claim: Claim, why: Decline, by: User) -> None:
    """Say that the desk will not check it; who asked reads why. Raises NotAllowed, NotOpen."""
    require(by, Action.INVESTIGATE)
    with transaction.atomic():
        changed_in = IndexVersion.bump()
        claim = _held(claim, [Status.OPEN])
        claim.status, claim.declined_why, claim.taken_by = Status.DECLINED, Decline(why), None
        claim.changed_in = changed_in
        claim.save(update_fields=["status", "declined_why", "taken_by", "changed_in"])
        record("declined", by=by, claim=claim, why=claim.declined_why)


def reopen(*, claim: Claim, by: User) -> None:
    """Look into a declined claim after all. Raises NotAllowed, NotOpen."""
    require(by, Action.INVESTIGATE)
    with transaction.atomic():
        changed_in = IndexVersion.bump()
        claim = _held(claim, [Status.DECLINED])
        claim.status, claim.declined_why, claim.changed_in = Status.OPEN, "", changed_in
        claim.save(update_fields=["status", "declined_why", "changed_in"])
        record("reopened", by=by, claim=claim)


def open_claim(*, kind: str, wording: str, language: str, by: User) -> Claim:
    """A claim that nobody asked about yet. Raises NotAllowed, BadDescription, AlreadyAsked."""
    require(by, Action.INVESTIGATE)
    wording = wording.strip()
    if kind not in Kind.values or language not in dict(settings.LANGUAGES) or not _short(wording):
        raise BadDescription
    with transaction.atomic():
        changed_in = IndexVersion.bump()
        opened_by = same_words(wording)
        if there := Claim.objects.filter(opened_by=opened_by).first():
            raise AlreadyAsked(there)
        claim = Claim.objects.create(
            key="q-" + secrets.token_hex(5),
            kind=kind,
            wording=wording,
            language=language,
            opened=today(),
            opened_by=opened_by,
            changed_in=changed_in,
        )
        record("opened", by=by, claim=claim, kind=kind)
    return claim


def describe(*, claim: Claim, topic: str, danger: str, wording: str, by: User) -> None:
    """Word an open claim, and say what it is about and how much harm it may do: that orders the queue.

    Raises NotAllowed, NotOpen, BadDescription.
    """
    require(by, Action.INVESTIGATE)
    wording = wording.strip()
    with transaction.atomic():
        IndexVersion.hold()
        claim = _held(claim, [Status.OPEN])
        # What askers pasted may be longer than any wording of ours; it may stay until somebody words it.
        if danger not in Danger.values or not (topic == "" or topic in topic_names()):
            raise BadDescription
        if not (wording == claim.wording or _short(wording)):
            raise BadDescription
        wanted = {"topic": topic, "danger": danger, "wording": wording}
        changed = [field for field, value in wanted.items() if getattr(claim, field) != value]
        if not changed:
            return
        for field in changed:
            setattr(claim, field, wanted[field])
        claim.changed_in = IndexVersion.bump()
        claim.save(update_fields=[*changed, "changed_in"])
        record("described", by=by, claim=claim, fields=list(changed))


def merge(*, source: Claim, into: Claim, by: User) -> Move:
    """All who wait on `source` now wait on `into`, or are owed its answer at once when it has one.

    Raises NotAllowed, CannotMerge.
    """
    require(by, Action.INVESTIGATE)
    with transaction.atomic():
        changed_in = IndexVersion.bump()
        source, into = _both_held(source, into)
        _check_merge(source, into)
        moved = list(source.requests.order_by("pk").values_list("pk", flat=True))
        Request.objects.filter(pk__in=moved).update(claim=into)
        kept, made = _lend_wordings(source, into) if into.status == Status.OPEN else ([], [])
        source.status, source.merged_into, source.taken_by = Status.MERGED, into, None
        move = Move.objects.create(
            kind=Move.Kind.MERGE, source=source, target=into, by=by, requests=moved, phrasings=[kept, made]
        )
        _count_and_save(source, into, changed_in=changed_in)
        if into.status == Status.PUBLISHED:
            owe(claim=into)
        record("merged", by=by, claim=source, into=into.key, move=move.pk, requests=len(moved))
    return move


def split(*, claim: Claim, requests: Iterable[int], wording: str, by: User) -> Move:
    """These requests ask something else: they wait on a claim of their own from now on.

    Raises NotAllowed, NotOpen, CannotSplit, BadDescription.
    """
    require(by, Action.INVESTIGATE)
    wording = wording.strip()
    if not _short(wording):
        raise BadDescription
    with transaction.atomic():
        changed_in = IndexVersion.bump()
        claim = _held(claim, _WORKABLE)
        moving = list(claim.requests.filter(pk__in=list(requests)).order_by("pk"))
        if not moving or (claim.status == Status.OPEN and claim.requests.count() == len(moving)):
            raise CannotSplit
        target = Claim.objects.create(
            key="q-" + secrets.token_hex(5),
            kind=claim.kind,
            topic=claim.topic,
            danger=claim.danger,
            language=moving[0].language,
            wording=wording,
            opened=min(request.day for request in moving),
        )
        return _move_some(claim, target, moving, by=by, changed_in=changed_in)


def undo(*, move: Move, by: User) -> None:
    """Bring back exactly what a merge or a split moved, as far as it still is where it was moved to.

    Raises NotAllowed, CannotUndo.
    """
    require(by, Action.INVESTIGATE)
    with transaction.atomic():
        changed_in = IndexVersion.bump()
        move = Move.objects.select_for_update().get(pk=move.pk)
        source, target = _both_held(move.source, move.target)
        merged = move.kind == Move.Kind.MERGE
        in_place = source.merged_into == target if merged else source.status != Status.MERGED
        if move.undone_at or not in_place or target.status == Status.MERGED:
            raise CannotUndo
        Request.objects.filter(pk__in=move.requests, claim=target).update(claim=source)
        kept, made = move.phrasings
        Phrasing.objects.filter(pk__in=kept, claim=target).update(claim=source)
        Phrasing.objects.filter(pk__in=made, claim=target).delete()
        move.undone_at = timezone.now()
        move.save(update_fields=["undone_at"])
        if merged:
            source.status, source.merged_into = Status.OPEN, None
        elif target.status == Status.OPEN and not target.requests.exists() and not working_review(target):
            target.status, target.merged_into, target.taken_by = Status.MERGED, source, None
        _count_and_save(source, target, changed_in=changed_in)
        if source.status == Status.PUBLISHED:
            owe(claim=source)
        record("undone", by=by, claim=source, move=move.pk, other=target.key)


def decide_match(*, match: Match, accepted: bool, by: User) -> Move | None:
    """Say whether the engine put these together rightly; calibration learns from it.

    Who waits follows: onto the claim that was accepted, away from an open one that was not. Gives the move that
    took, if it took one. Raises NotAllowed.
    """
    require(by, Action.INVESTIGATE)
    with transaction.atomic():
        IndexVersion.hold()
        match = Match.objects.select_related("request__claim", "claim").get(pk=match.pk)
        # Both before the log, which a colleague who holds one of them may be waiting for.
        _both_held(match.claim, match.request.claim or match.claim)
        before: dict[str, JSON] = {"decided_by": match.decided_by, "accepted": match.accepted}
        match.decided_by, match.accepted = Match.By.CHECKER, accepted
        match.save(update_fields=["decided_by", "accepted"])
        record("matched" if accepted else "unmatched", by=by, claim=match.claim, match=match.pk, before=before)
        request, claim = match.request, match.claim
        if accepted and request.claim and request.claim != claim and claim.status in _WORKABLE:
            return _join(request, claim, by=by)
        if not accepted and request.claim == claim and claim.status == Status.OPEN and claim.requests.count() > 1:
            return split(claim=claim, requests=[request.pk], wording=request.text[: LENGTHS["claim_wording"]], by=by)
    return None


def undecide_match(*, match: Match, move: int | None, by: User) -> None:
    """Take a decision of the desk back, and the move it took. Raises NotAllowed, CannotUndo."""
    require(by, Action.INVESTIGATE)
    with transaction.atomic():
        IndexVersion.hold()
        match = Match.objects.get(pk=match.pk)
        took = Move.objects.filter(pk=move).first() if move else None
        if match.decided_by != Match.By.CHECKER or (move and (took is None or match.request_id not in took.requests)):
            raise CannotUndo
        if took:
            undo(move=took, by=by)
        decided = Event.objects.filter(what__in=["matched", "unmatched"], claim=match.claim, data__match=match.pk)
        before = decided.latest("number").data["before"]
        match.decided_by, match.accepted = before["decided_by"], before["accepted"]
        match.save(update_fields=["decided_by", "accepted"])
        record("undecided", by=by, claim=match.claim, match=match.pk)


def save_draft(*, claim: Claim, draft: Draft, based_on: int | None, by: User) -> Revision:
    """Keep the draft as the next revision; `based_on` is the number of the one the edit began with, None for none.

    What waits for review and is changed must be handed in again.
    Raises NotAllowed, NotOpen, BadDraft, EditConflict.
    """
    require(by, Action.INVESTIGATE)
    draft = Draft.from_json(draft.to_json())
    with transaction.atomic():
        claim = _held(claim, _WORKABLE)
        review = working_review(claim)
        latest = latest_revision(review) if review else None
        if latest and latest.content == draft.to_json():
            return latest
        if (latest.number if latest else None) != based_on:
            if latest is None:
                raise NotOpen
            raise EditConflict(theirs=latest, mine=draft)
        return _new_revision(claim=claim, draft=draft, by=by)


def _new_revision(*, claim: Claim, draft: Draft, by: User) -> Revision:
    """Keep one more saving of the working version, which begins with its first. The claim is held by the caller."""
    review = working_review(claim)
    if review is None:
        review = ClaimReview.objects.create(claim=claim, version=next_version(claim), author=by)
    elif review.state == State.SUBMITTED:
        review.state = State.DRAFT
        review.save(update_fields=["state"])
    # Counted on through all versions of the claim: a page left open since an earlier one is not taken for this one's.
    latest = Revision.objects.filter(review__claim=claim).order_by("-number").first()
    revision = Revision.objects.create(
        review=review, number=latest.number + 1 if latest else 1, author=by, content=draft.to_json()
    )
    record(
        "saved",
        by=by,
        claim=claim,
        version=review.version,
        number=revision.number,
        revision=revision.pk,
        content=content_hash(revision.content),
    )
    return revision


def submit(*, claim: Claim, by: User) -> None:
    """Hand the draft in for review. Raises NotAllowed, NotOpen, NotReady."""
    require(by, Action.INVESTIGATE)
    with transaction.atomic():
        claim = _held(claim, _WORKABLE)
        review = working_review(claim)
        latest = latest_revision(review) if review else None
        if review is None or latest is None or review.state == State.SUBMITTED:
            raise NotOpen
        if missing := Draft.kept(latest).missing(claim.kind, correction=review.version > 1):
            raise NotReady(missing)
        review.state, review.submitted_at = State.SUBMITTED, timezone.now()
        review.save(update_fields=["state", "submitted_at"])
        record("submitted", by=by, claim=claim, version=review.version, number=latest.number)


def take_back(*, claim: Claim, by: User) -> None:
    """What waits for review is a draft again; only who wrote part of it may. Raises NotAllowed, NotOpen."""
    require(by, Action.INVESTIGATE)
    with transaction.atomic():
        claim = _held(claim, _WORKABLE)
        review = working_review(claim)
        if review is None or review.state != State.SUBMITTED:
            raise NotOpen
        if not review.revisions.filter(author=by).exists():
            raise NotAllowed
        review.state = State.DRAFT
        review.save(update_fields=["state"])
        record("taken_back", by=by, claim=claim, version=review.version)


def discard(*, claim: Claim, by: User) -> None:
    """Give up the version being written; its savings stay readable, and `restore` brings it back.

    Nothing public changes. Whoever began it may, or an administrator. Raises NotAllowed, NotOpen.
    """
    require(by, Action.INVESTIGATE)
    with transaction.atomic():
        claim = _held(claim, Status.values)
        review = working_review(claim)
        latest = latest_revision(review) if review else None
        if review is None or latest is None:
            raise NotOpen
        if review.author != by:
            require(by, Action.DISCARD)
        review.state = State.DISCARDED
        review.save(update_fields=["state"])
        record("discarded", by=by, claim=claim, version=review.version, number=latest.number)


def restore(*, claim: Claim, by: User) -> None:
    """Bring the draft back that was discarded last, unless another was begun or published since.

    Raises NotAllowed, NotOpen.
    """
    require(by, Action.INVESTIGATE)
    with transaction.atomic():
        claim = _held(claim, _WORKABLE)
        review = discarded_review(claim)
        if review is None:
            raise NotOpen
        if review.author != by:
            require(by, Action.DISCARD)
        review.state = State.DRAFT
        review.save(update_fields=["state"])
        record("restored", by=by, claim=claim, version=review.version)


def present(*, claim: Claim, by: User) -> tuple[User, ...]:
    """Note that `by` has the claim open, and say who else has. Raises NotAllowed."""
    require(by, Action.READ)
    now = timezone.now()
    Presence.objects.update_or_create(claim=claim, user=by, defaults={"seen_at": now})
    others = Presence.objects.filter(claim=claim, seen_at__gt=now - HERE_FOR).exclude(user=by)
    return tuple(presence.user for presence in others.select_related("user").order_by("user__name"))


def _held(claim: Claim, statuses: Iterable[str]) -> Claim:
    """The claim as it stands now, and stays until the transaction ends. Raises NotOpen."""
    now = Claim.objects.select_for_update(of=("self",)).select_related("taken_by").get(pk=claim.pk)
    if now.status not in statuses:
        raise NotOpen
    return now


def _both_held(one: Claim, other: Claim) -> tuple[Claim, Claim]:
    # In the order of their numbers, so that two who merge crosswise do not wait for each other.
    held = {
        claim.pk: claim for claim in Claim.objects.select_for_update().filter(pk__in=[one.pk, other.pk]).order_by("pk")
    }
    return held[one.pk], held[other.pk]


def _check_merge(source: Claim, into: Claim) -> None:
    if source == into:
        raise CannotMerge(_("It is one and the same claim."))
    if source.status != Status.OPEN:
        raise CannotMerge(_("Only an open claim can be merged into another. Withdraw or reopen it first."))
    if into.status not in _WORKABLE:
        raise CannotMerge(_("The other claim is declined or merged itself. Choose the claim it stands in."))
    if source.reviews.filter(state=State.SUBMITTED).exists():
        raise CannotMerge(_("Its draft waits for review. Have it returned first; the draft is kept."))


def _lend_wordings(source: Claim, into: Claim) -> tuple[list[int], list[int]]:
    """Let an open claim be met by the other's words too: those moved, and those made, so that it can be undone.

    A published claim is met only by words that were reviewed.
    """
    room = WORDINGS - into.phrasings.count()
    known = {into.wording, *into.phrasings.values_list("text", flat=True)}
    made: list[int] = []
    if room > 0 and source.wording not in known:
        made.append(into.phrasings.create(language=source.language, text=source.wording).pk)
    fitting = [each for each in source.phrasings.all() if each.text not in known][: max(0, room - len(made))]
    kept = [each.pk for each in fitting]
    Phrasing.objects.filter(pk__in=kept).update(claim=into)
    return kept, made


def _join(request: Request, claim: Claim, *, by: User) -> Move | None:
    """One who waits on another claim waits on this one, or is owed its answer. A claim left empty goes with them."""
    left = request.claim
    if left is None:
        return None
    alone = left.status == Status.OPEN and not left.requests.exclude(pk=request.pk).exists()
    if alone and not working_review(left):
        return merge(source=left, into=claim, by=by)
    source, target = _both_held(left, claim)
    return _move_some(source, target, [request], by=by, changed_in=IndexVersion.bump())


def _move_some(source: Claim, target: Claim, requests: list[Request], *, by: User, changed_in: int) -> Move:
    """Requests, and the ways of asking that only they brought."""
    moved = [request.pk for request in requests]
    Request.objects.filter(pk__in=moved).update(claim=target)
    brought: list[int] = []
    if source.status == Status.OPEN and target.status == Status.OPEN:
        texts = {request.text for request in requests} - set(source.requests.values_list("text", flat=True))
        brought = [each.pk for each in source.phrasings.all() if each.text in texts]
        Phrasing.objects.filter(pk__in=brought).update(claim=target)
    move = Move.objects.create(
        kind=Move.Kind.SPLIT, source=source, target=target, by=by, requests=moved, phrasings=[brought, []]
    )
    _count_and_save(source, target, changed_in=changed_in)
    if target.status == Status.PUBLISHED:
        owe(claim=target)
    record("split", by=by, claim=source, into=target.key, move=move.pk, requests=len(moved))
    return move


def _count_and_save(*claims: Claim, changed_in: int) -> None:
    for claim in claims:
        claim.askers = claim.requests.count()
        claim.changed_in = changed_in
        claim.save(update_fields=["askers", "changed_in", "status", "merged_into", "taken_by"])


def _short(wording: str) -> bool:
    return 0 < len(wording) <= LENGTHS["claim_wording"]
