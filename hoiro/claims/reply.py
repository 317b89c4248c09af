"""Tell those who asked to be told, once, and erase where they were told.

Nobody needs an address here: pages and private links show it all. Who wants a message leaves one sealed address, for
the answer to a question, for the next change of an answer, or for the outcome of a dispute. It is erased when that
message was sent, when its time is over, or when they say so.
"""

import datetime
import smtplib
from collections.abc import Iterable
from contextlib import suppress
from functools import cache as once

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage, get_connection
from django.core.validators import validate_email
from django.db import connection, transaction
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import override

from hoiro.claims import tasks
from hoiro.claims.answer import Answer, answers_for, as_text, follow_hash, today, withdrawn
from hoiro.claims.errors import (
    AlreadyAnswered,
    BadAddress,
    ClaimsError,
    EmailOff,
    NotFound,
    ReadAgain,
    TooManyChanges,
    TooManyFollowed,
    TooOldToFollow,
    WillNotAnswer,
)
from hoiro.claims.models import (
    PUBLIC,
    Claim,
    ClaimReview,
    Decline,
    Dispute,
    Job,
    Kind,
    ReplyAddress,
    Request,
    State,
    Status,
    named,
)
from hoiro.claims.tasks import JobError

EMAIL = "email"
KEPT = datetime.timedelta(days=30)
CHANGES_AN_HOUR = 5
FOLLOWED_AT_ONCE = 20
"""For changes of so many answers one address may wait at a time."""
_LONGEST_ADDRESS = 254
_SHOWN_OF_QUESTION = 300


class ReplyError(JobError):
    """A reply could not be handed over."""


def seal(address: str) -> str:
    """Encrypted under the first of the keys."""
    # At time 0: else whoever reads the sealed text learns the second in which someone asked.
    return _keys().encrypt_at_time(address.encode(), 0).decode()


def unseal(sealed: str) -> str:
    """What was sealed. Raises ReplyError when no key opens it."""
    try:
        return _keys().decrypt(sealed.encode()).decode()
    except (InvalidToken, UnicodeError):
        raise ReplyError("sealed", permanent=True) from None


def reseal() -> tuple[int, int]:
    """Seal every address anew under the first key. Returns how many, and how many no key opens."""
    done = closed = 0
    for pk, sealed in ReplyAddress.objects.values_list("pk", "sealed"):
        try:
            anew = _keys().rotate(sealed.encode()).decode()
        except InvalidToken:
            closed += 1
            continue
        # What was replaced or erased meanwhile stays so.
        done += ReplyAddress.objects.filter(pk=pk, sealed=sealed).update(sealed=anew)
    _overwrite()
    return done, closed


def _keys() -> MultiFernet:
    return _fernet(tuple(settings.HOIRO_REPLY_KEYS))


@once
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def checked(address: str) -> str:
    """The address without spaces around it. Raises EmailOff, BadAddress."""
    if not settings.HOIRO_EMAIL:
        raise EmailOff
    address = address.strip()
    try:
        validate_email(address)
    except ValidationError:
        raise BadAddress from None
    if len(address) > _LONGEST_ADDRESS:
        raise BadAddress
    return address


def keep(address: str, *, request: Request | None = None, dispute: Dispute | None = None) -> None:
    """Inside a transaction: seal a checked address until there is an answer or an outcome; replaces the one before."""
    # The day only, as everything that is kept of an asking.
    expires_at = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0) + KEPT
    ReplyAddress.objects.update_or_create(
        request=request,
        dispute=dispute,
        review=None,
        defaults={"channel": EMAIL, "sealed": seal(address), "expires_at": expires_at},
    )
    transaction.on_commit(_overwrite, robust=True)


def notify_by_email(*, token: str, address: str) -> None:
    """Write to this address, once, when the question behind the follow link has been answered.

    Replaces an address left before. Raises NotFound, EmailOff, BadAddress, TooManyChanges, AlreadyAnswered,
    WillNotAnswer.
    """
    address = checked(address)
    request, waits_on = _request(token)
    _count_change(request)
    with transaction.atomic():
        # `owe` holds the claim too: either it sees this address, or we see that the answer is there.
        claim = Claim.objects.select_for_update().get(pk=waits_on.pk)
        if claim.reviews.filter(state=State.PUBLISHED).exists():
            raise AlreadyAnswered
        if claim.status == Status.DECLINED:
            raise WillNotAnswer
        keep(address, request=request)


def forget_address(*, token: str) -> None:
    """Erase the address left with this question at once; harmless when there is none. Raises NotFound."""
    request, _claim = _request(token)
    forget(ReplyAddress.objects.filter(request=request))


def forget(addresses: QuerySet[ReplyAddress]) -> None:
    """Erase these at once, and what was owed to them."""
    with transaction.atomic():
        _erase(addresses.values_list("pk", flat=True), with_jobs=True)


def keeps_address(*, token: str) -> bool:
    """Whether an address is kept for the question behind this follow link. Raises NotFound."""
    request, _claim = _request(token)
    return ReplyAddress.objects.filter(request=request).exists()


def _request(token: str) -> tuple[Request, Claim]:
    request = Request.objects.select_related("claim").filter(follow_hash=follow_hash(token)).first()
    if request is None or request.claim is None:
        raise NotFound
    return request, request.claim


def _count_change(request: Request) -> None:
    """A few a link and hour: enough against a program that plays with one."""
    count(f"hoiro-notify-{request.pk}", at_most=CHANGES_AN_HOUR, seconds=3600, refusal=TooManyChanges)


def count(key: str, *, at_most: int, seconds: int, refusal: type[ClaimsError]) -> None:
    """One more of these. Raises `refusal` when there were `at_most` in the last so many seconds already."""
    before = cache.get(key, 0)
    if before >= at_most:
        raise refusal
    cache.set(key, before + 1, seconds)


def follow_changes(*, key: str, version: int, address: str, language: str) -> str:
    """Write to this address, once, when what this version of an answer says is changed or withdrawn.

    The same address left with the same answer again is the same link and the same one message: the link is made from
    both, so no second row can be. Returns the link's token. Raises NotFound, EmailOff, BadAddress, ReadAgain,
    TooOldToFollow, TooManyFollowed.
    """
    address = checked(address)
    claim = Claim.objects.filter(named(key)).first()
    if claim is None:
        raise NotFound
    with transaction.atomic():
        # Publishing and withdrawing hold the claim too: either they see this address, or we see what they did.
        Claim.objects.select_for_update().get(pk=claim.pk)
        review = claim.reviews.filter(state=State.PUBLISHED).first()
        if review is None or review.review_by is None:
            raise NotFound
        if review.version != version:
            raise ReadAgain
        if review.review_by < today():
            raise TooOldToFollow
        token = _link_for_changes(claim.pk, address)
        if _followed(address, but=claim.pk) >= FOLLOWED_AT_ONCE:
            raise TooManyFollowed
        over = datetime.datetime.combine(review.review_by + datetime.timedelta(days=1), datetime.time())
        ReplyAddress.objects.update_or_create(
            token_hash=follow_hash(token),
            defaults={
                "review": review,
                "language": language,
                "channel": EMAIL,
                "sealed": seal(address),
                "expires_at": timezone.make_aware(over),
            },
        )
        transaction.on_commit(_overwrite, robust=True)
    return token


def followed(token: str) -> ReplyAddress | None:
    """The address that waits for a change behind this link, if it is still kept."""
    found = ReplyAddress.objects.select_related("review__claim").filter(token_hash=follow_hash(token))
    return found.filter(expires_at__gt=timezone.now()).first()


def stop_following(token: str) -> None:
    """Erase the address behind this link at once; harmless when there is none."""
    forget(ReplyAddress.objects.filter(token_hash=follow_hash(token)))


def still_waiting(before: ClaimReview, review: ClaimReview) -> None:
    """Inside the transaction that publishes what says the same as before: who waits for a change goes on waiting."""
    ReplyAddress.objects.filter(review=before).update(review=review)


def _link_for_changes(claim: int, address: str) -> str:
    return salted_hmac("hoiro.claims.changes", f"{claim} {address.casefold()}", algorithm="sha256").hexdigest()


def _followed(address: str, *, but: int) -> int:
    """How many other answers this address follows, so that nobody is signed up for all of them by another.

    Nothing is kept to count by: what the links of this address would be is worked out for every answer that anybody
    follows, and looked for among those that there are.
    """
    kept = ReplyAddress.objects.filter(review__isnull=False, expires_at__gt=timezone.now())
    claims = kept.exclude(review__claim=but).order_by().values_list("review__claim", flat=True).distinct()
    would_be = [follow_hash(_link_for_changes(claim, address)) for claim in claims]
    return sum(
        kept.filter(token_hash__in=would_be[start : start + tasks.ROWS_AT_ONCE]).count()
        for start in range(0, len(would_be), tasks.ROWS_AT_ONCE)
    )


def due() -> QuerySet[ReplyAddress]:
    """Addresses for which there is something to tell. What is past its review-by date is never sent by itself."""
    published = ClaimReview.objects.filter(state=State.PUBLISHED)
    fresh = published.filter(review_by__gte=today())
    answered = Q(Exists(fresh.filter(claim=OuterRef("request__claim")))) | Q(request__claim__status=Status.DECLINED)
    changed = Q(review__state__in=[State.SUPERSEDED, State.WITHDRAWN]) & (
        Q(Exists(fresh.filter(claim=OuterRef("review__claim"))))
        | ~Q(Exists(published.filter(claim=OuterRef("review__claim"))))
    )
    decided = Q(dispute__isnull=False) & ~Q(dispute__state=Dispute.State.OPEN)
    return ReplyAddress.objects.filter(answered | changed | decided)


def owe(*, claim: Claim) -> int:
    """Owe a message to everyone who waits for what this claim now has to tell. Returns how many.

    Called in the transaction that publishes, withdraws, or decides a dispute: what happened and what is owed appear
    together or not at all. That a claim was declined is told by `reconcile`, a minute later, so that a slip can be
    taken back.
    """
    with transaction.atomic():
        Claim.objects.select_for_update().get(pk=claim.pk)
        about = Q(request__claim=claim) | Q(review__claim=claim) | Q(dispute__claim=claim)
        waiting = due().filter(about, expires_at__gt=timezone.now())
        return tasks.enqueue(_job(pk) for pk in waiting.values_list("pk", flat=True))


def _job(address: int) -> Job:
    # One for each address, not for each version: two versions published at once are still one message.
    return Job(key=_key(address), kind="reply", data={"address": address}, run_at=timezone.now())


def _key(address: int) -> str:
    return f"reply:{address}"


def send(job: Job) -> None:
    """Send one owed reply, then erase its address in the transaction that marks the job done.

    A crash before that transaction sends again, under the same Message-ID: see
    docs/decisions/what-does-exactly-once-mean-for-mail.md. Raises ReplyError, LeaseLost.
    """
    address = (
        ReplyAddress.objects.select_related("request__claim", "review__claim", "dispute__claim", "dispute__review")
        .filter(pk=job.data["address"])
        .first()
    )
    if address is None or address.expires_at <= timezone.now():
        _settle(job)
    elif not due().filter(pk=address.pk).exists():
        _wait(job)
    else:
        _deliver_email(address)
        _settle(job)


def _settle(job: Job) -> None:
    with transaction.atomic():
        tasks.finish(job)
        _erase([job.data["address"]])


def _wait(job: Job) -> None:
    """The answer was withdrawn, or became too old, before it was sent: the next one owes this address anew."""
    with transaction.atomic():
        tasks.hold(job)
        # Published again while we looked, by someone who found this job due and left it to us.
        if due().filter(pk=job.data["address"]).exists():
            raise ReplyError("changed")
        tasks.finish(job)


def _erase(addresses: Iterable[int], *, with_jobs: bool = False) -> None:
    """Inside a transaction: the sealed addresses, and if asked the jobs that would have used them."""
    gone = list(addresses)
    # The job before the address, as everywhere: who takes them in another order could wait for us while we wait.
    if with_jobs:
        Job.objects.filter(key__in=[_key(pk) for pk in gone]).delete()
    ReplyAddress.objects.filter(pk__in=gone).delete()
    transaction.on_commit(_overwrite, robust=True)


def _overwrite() -> None:
    """Take what was erased out of SQLite's write-ahead log as well; PostgreSQL does so in its own time."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            usual = cursor.execute("PRAGMA busy_timeout").fetchone()[0]
            # Who asks to be forgotten does not wait for somebody's long reading: the sweep tries this again.
            cursor.execute("PRAGMA busy_timeout = 500")
            try:
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                cursor.execute(f"PRAGMA busy_timeout = {usual}")


def _deliver_email(address: ReplyAddress) -> None:
    if not settings.HOIRO_EMAIL:
        raise ReplyError("email_off")
    to = unseal(address.sealed)
    link, (subject, words) = _message(address)
    # The same for every try, and for no other message: a mailbox that has it already knows it again.
    secret = f"{_key(address.pk)} {link}"
    name = salted_hmac("hoiro.claims.reply", secret, algorithm="sha256").hexdigest()
    host = settings.HOIRO_BASE_URL.partition("://")[2].partition(":")[0]
    mail = EmailMessage(
        subject, words, to=[to], headers={"Message-ID": f"<{name}@{host}>", "Auto-Submitted": "auto-replied"}
    )
    server = get_connection()
    try:
        server.open()
        server.send_messages([mail])
    except (smtplib.SMTPException, OSError, ValueError) as fault:
        # A mail server's own words often repeat the address: only the code goes on from here.
        raise _code(fault) from None
    finally:
        # Once the message was taken, a goodbye that fails must not send it again.
        with suppress(smtplib.SMTPException, OSError):
            server.close()


def _code(fault: Exception) -> ReplyError:
    if isinstance(fault, smtplib.SMTPRecipientsRefused):
        code = next((code for code, _words in fault.recipients.values()), 0)
        return ReplyError(f"refused {code}", permanent=code >= 500)
    if isinstance(fault, smtplib.SMTPDataError):
        return ReplyError(f"refused {fault.smtp_code}", permanent=fault.smtp_code >= 500)
    if isinstance(fault, smtplib.SMTPResponseException):
        return ReplyError(f"server {fault.smtp_code}")
    # ValueError: an address or a letter that no mail can carry; a certificate we do not trust is both.
    return ReplyError(type(fault).__name__, permanent=isinstance(fault, ValueError) and not isinstance(fault, OSError))


def _message(address: ReplyAddress) -> tuple[str | None, tuple[str, str]]:
    """What is kept of the private link, subject and text, in the language in which the address was left."""
    if address.request:
        with override(address.request.language):
            return address.request.follow_hash, _about_question(address.request)
    if address.review:
        with override(address.language):
            return address.token_hash, _about_change(address.review, address.language)
    if address.dispute:
        with override(address.dispute.language):
            return address.dispute.token_hash, _about_dispute(address.dispute)
    raise ReplyError("no_claim", permanent=True)  # the database lets none through that waits for nothing


def _about_question(request: Request) -> tuple[str, str]:
    """Subject and text, in the language that is active: the same answer as on page, API and chat."""
    claim = request.claim
    if claim is None:  # notify_by_email takes none without
        raise ReplyError("no_claim", permanent=True)
    asked = _("You asked: %(question)s") % {"question": Truncator(request.text).chars(_SHOWN_OF_QUESTION)}
    answer = answers_for([claim.key], request.language).get(claim.key)
    if answer:
        return _("Your question has been answered"), _letter(asked, *_shown(answer), _page(claim))
    why = Decline(claim.declined_why).label
    declined = _("We looked at your question and will not be able to check it. The reason: %(why)s.") % {"why": why}
    turn = _("If it worries you, ask a doctor, a pharmacist or the nearest health centre.")
    return _("About the question you asked"), _letter(asked, declined, turn)


def _about_change(read: ClaimReview, language: str) -> tuple[str, str]:
    """What stands now in the place of the version that was read, or that nothing does."""
    claim = read.claim
    asked = _("You asked to be told if this answer changes: %(claim)s") % {"claim": _claimed(read, language)}
    answer = answers_for([claim.key], language).get(claim.key)
    if answer:
        newer = claim.reviews.filter(version__gt=read.version, changes_meaning=True, state__in=PUBLIC)
        last = newer.order_by("version").last()
        changed = _("It says something else now.")
        if last and last.reason:
            changed += " " + _("The reason: %(why)s") % {"why": last.reason}
        return _("An answer you read has changed"), _letter(asked, changed, *_shown(answer), _page(claim))
    gone = withdrawn(claim.key, language)
    taken_back = _("It was withdrawn. Please do not rely on it any more.")
    if gone and gone.reason:
        taken_back += " " + _("The reason: %(why)s") % {"why": gone.reason}
    turn = _("If it worries you, ask a doctor, a pharmacist or the nearest health centre.")
    return _("An answer you read was withdrawn"), _letter(asked, taken_back, turn, _page(claim))


def _about_dispute(dispute: Dispute) -> tuple[str, str]:
    """What the desk found."""
    claimed = _claimed(dispute.review, dispute.language)
    wrote = _("You wrote to us that this answer is wrong: %(claim)s") % {"claim": claimed}
    decided = {
        Dispute.State.UPHELD: _("We looked into it: you were right. The answer will be corrected."),
        Dispute.State.NOT_UPHELD: _("We looked into it, and the answer stays as it is."),
    }
    found = decided.get(Dispute.State(dispute.state), _("We read it, and it is not about this answer."))
    return _("About the answer you disputed"), _letter(wrote, found, dispute.outcome, _page(dispute.claim))


def _claimed(review: ClaimReview, language: str) -> str:
    texts = {text.language: text.claim_wording for text in review.texts.all()}
    words = texts.get(language) or next(iter(texts.values()), review.claim.wording)
    return Truncator(words).chars(_SHOWN_OF_QUESTION)


def _shown(answer: Answer) -> list[str]:
    """The answer's own words, and before them that there are none in the reader's language."""
    if answer.only_other_language and answer.language == "vi":
        return [_("We have this answer in Vietnamese only."), as_text(answer)]
    if answer.only_other_language:
        return [_("We have this answer in English only."), as_text(answer)]
    return [as_text(answer)]


def _page(claim: Claim) -> str:
    page = "web:guidance" if claim.kind == Kind.GUIDANCE else "web:claim"
    return settings.HOIRO_BASE_URL + reverse(page, args=[claim.key])


def _letter(*paragraphs: str) -> str:
    promise = _(
        "You left this address so that we would write to you once. This is that message: with it the address is "
        "erased here, and we will not write again."
    )
    return "\n\n".join([*paragraphs, "--\n" + promise])


def expire(job: Job) -> None:
    """Erase every address whose time is over, and what was owed to it."""
    with transaction.atomic():
        tasks.finish(job)
        over = ReplyAddress.objects.filter(expires_at__lte=timezone.now())
        _erase(over.values_list("pk", flat=True), with_jobs=True)


def reconcile(job: Job) -> None:
    """Owe what is owed and stands in no job: rows are the truth, whatever was missed.

    A request moved to a claim that has its answer, or an answer back in date, is found here.
    """
    key = Concat(Value("reply:"), Cast(OuterRef("pk"), CharField()))
    known = Job.objects.filter(key=key, state__in=[Job.State.DUE, Job.State.DEAD])
    with transaction.atomic():
        tasks.finish(job)
        missed = due().filter(~Exists(known), expires_at__gt=timezone.now())
        tasks.enqueue(_job(pk) for pk in missed.values_list("pk", flat=True))
        # Here too, for a crash between an erasure and its overwriting.
        transaction.on_commit(_overwrite, robust=True)
