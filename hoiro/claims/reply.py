"""Tell those who asked, once, and erase where they were told.

Nobody needs an address here: the follow link shows the answer. Who wants a message leaves one sealed address, which
is erased when the message was sent, after thirty days, or when they say so.
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
from hoiro.claims.answer import answers_for, as_text, follow_hash, today
from hoiro.claims.errors import AlreadyAnswered, BadAddress, EmailOff, NotFound, TooManyChanges, WillNotAnswer
from hoiro.claims.models import Claim, Decline, Job, Kind, ReplyAddress, Request, State, Status
from hoiro.claims.tasks import JobError

EMAIL = "email"
KEPT = datetime.timedelta(days=30)
CHANGES_AN_HOUR = 5
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


def notify_by_email(*, token: str, address: str) -> None:
    """Write to this address, once, when the question behind the follow link has been answered.

    Replaces an address left before. Raises NotFound, EmailOff, BadAddress, TooManyChanges, AlreadyAnswered,
    WillNotAnswer.
    """
    if not settings.HOIRO_EMAIL:
        raise EmailOff
    address = address.strip()
    try:
        validate_email(address)
    except ValidationError:
        raise BadAddress from None
    if len(address) > _LONGEST_ADDRESS:
        raise BadAddress
    request, waits_on = _request(token)
    _count_change(request)
    # The day only, as everything that is kept of an asking.
    expires_at = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0) + KEPT
    with transaction.atomic():
        # `owe` holds the claim too: either it sees this address, or we see that the answer is there.
        claim = Claim.objects.select_for_update().get(pk=waits_on.pk)
        if claim.reviews.filter(state=State.PUBLISHED).exists():
            raise AlreadyAnswered
        if claim.status == Status.DECLINED:
            raise WillNotAnswer
        ReplyAddress.objects.update_or_create(
            request=request, defaults={"channel": EMAIL, "sealed": seal(address), "expires_at": expires_at}
        )
        transaction.on_commit(_overwrite, robust=True)


def forget_address(*, token: str) -> None:
    """Erase the address left with this question at once; harmless when there is none. Raises NotFound."""
    request, _claim = _request(token)
    with transaction.atomic():
        _erase(ReplyAddress.objects.filter(request=request).values_list("pk", flat=True), with_jobs=True)


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
    key = f"hoiro-notify-{request.pk}"
    changes = cache.get(key, 0)
    if changes >= CHANGES_AN_HOUR:
        raise TooManyChanges
    cache.set(key, changes + 1, 3600)


def answered() -> QuerySet[ReplyAddress]:
    """Addresses whose claim has something to tell. What is past its review-by date is never sent by itself."""
    published = Q(request__claim__reviews__state=State.PUBLISHED, request__claim__reviews__review_by__gte=today())
    return ReplyAddress.objects.filter(published | Q(request__claim__status=Status.DECLINED)).distinct()


def owe(*, claim: Claim) -> int:
    """Owe a reply to everyone who waits on this claim and left an address. Returns how many.

    Called in the transaction that publishes: the answer and what is owed appear together or not at all. That a
    claim was declined is told by `reconcile`, a minute later, so that a slip can be taken back.
    """
    with transaction.atomic():
        Claim.objects.select_for_update().get(pk=claim.pk)
        waiting = ReplyAddress.objects.filter(request__claim=claim, expires_at__gt=timezone.now())
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
    address = ReplyAddress.objects.select_related("request__claim").filter(pk=job.data["address"]).first()
    if address is None or address.expires_at <= timezone.now():
        _settle(job)
    elif not answered().filter(pk=address.pk).exists():
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
        if answered().filter(pk=job.data["address"]).exists():
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
    request = address.request
    with override(request.language):
        subject, words = _words(request)
    # The same for every try, and for no other message: a mailbox that has it already knows it again.
    secret = f"{_key(address.pk)} {request.follow_hash}"
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


def _words(request: Request) -> tuple[str, str]:
    """Subject and text, in the language that is active: the same answer as on page, API and chat."""
    claim = request.claim
    if claim is None:  # notify_by_email takes none without
        raise ReplyError("no_claim", permanent=True)
    asked = _("You asked: %(question)s") % {"question": Truncator(request.text).chars(_SHOWN_OF_QUESTION)}
    promise = _(
        "You left this address so that we would write to you once. This is that message: with it the address is "
        "erased here, and we will not write again."
    )
    answer = answers_for([claim.key], request.language).get(claim.key)
    if answer:
        page = "web:guidance" if answer.kind == Kind.GUIDANCE else "web:claim"
        link = settings.HOIRO_BASE_URL + reverse(page, args=[claim.key])
        parts = [asked, as_text(answer), link, "--\n" + promise]
        if answer.only_other_language and answer.language == "vi":
            parts.insert(1, _("We have this answer in Vietnamese only."))
        elif answer.only_other_language:
            parts.insert(1, _("We have this answer in English only."))
        return _("Your question has been answered"), "\n\n".join(parts)
    why = Decline(claim.declined_why).label
    declined = _("We looked at your question and will not be able to check it. The reason: %(why)s.") % {"why": why}
    turn = _("If it worries you, ask a doctor, a pharmacist or the nearest health centre.")
    return _("About the question you asked"), "\n\n".join([asked, declined, turn, "--\n" + promise])


def expire(job: Job) -> None:
    """Erase every address whose thirty days are over, and what was owed to it."""
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
        missed = answered().filter(~Exists(known), expires_at__gt=timezone.now())
        tasks.enqueue(_job(pk) for pk in missed.values_list("pk", flat=True))
        # Here too, for a crash between an erasure and its overwriting.
        transaction.on_commit(_overwrite, robust=True)
