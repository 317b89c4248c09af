"""What is owed to askers, as the desk sees it: how much waits, and what could not be sent."""

import datetime
import re
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from hoiro.claims.errors import NotFound
from hoiro.claims.log import record
from hoiro.claims.models import Claim, Job, ReplyAddress, User
from hoiro.claims.reply import due as due_addresses
from hoiro.claims.roles import Action, require

LATE = datetime.timedelta(minutes=10)
_CLAIMS = ("request__claim", "review__claim", "dispute__claim")


@dataclass(frozen=True)
class DeadLetter:
    """Work that was given up: of a reply the claim it is about; never to whom."""

    pk: int
    kind: str
    claim: Claim | None
    why: str
    tries: int
    given_up: datetime.datetime


@dataclass(frozen=True)
class Owed:
    """One look at it all. `waiting` are addresses whose question is open, `sending` replies due or tried again."""

    waiting: int
    sending: int
    dead: tuple[DeadLetter, ...]
    late: bool
    """Something has been due for so long that no worker can be running."""


def owed() -> Owed:
    """What is owed now, the latest given up first."""
    dead = list(Job.objects.filter(state=Job.State.DEAD).order_by("-run_at", "-pk"))
    addresses = [job.data["address"] for job in dead if job.kind == "reply"]
    kept = ReplyAddress.objects.select_related(*_CLAIMS).filter(pk__in=addresses)
    claims = {address.pk: address.claim for address in kept}
    due = Job.objects.filter(state=Job.State.DUE)
    return Owed(
        waiting=ReplyAddress.objects.exclude(pk__in=due_addresses()).count(),
        sending=due.filter(kind="reply").count(),
        dead=tuple(
            DeadLetter(
                pk=job.pk,
                kind=job.kind,
                claim=claims.get(job.data.get("address")),
                why=why(job.error, job.kind),
                tries=job.attempts,
                given_up=job.run_at,
            )
            for job in dead
        ),
        late=due.filter(run_at__lt=timezone.now() - LATE).exists(),
    )


def try_again(*, pk: int, by: User) -> None:
    """Make work that was given up due again. Raises NotAllowed, and NotFound when it is not given up any more."""
    require(by, Action.RETRY)
    with transaction.atomic():
        dead = Job.objects.filter(pk=pk, state=Job.State.DEAD)
        job = dead.first()
        if job is None:
            raise NotFound
        address = ReplyAddress.objects.select_related(*_CLAIMS).filter(pk=job.data.get("address")).first()
        # Holds the claim, so before the job: who publishes holds the claim and makes its jobs due.
        record("tried_again", by=by, claim=address.claim if address else None, job=job.pk)
        if not dead.update(state=Job.State.DUE, run_at=timezone.now(), attempts=0):
            raise NotFound


def why(code: str, kind: str = "reply") -> str:
    """What went wrong, in words, and what can be done about it."""
    words = {
        "sealed": _("None of the keys opens the address. Put the key back that sealed it, then try again."),
        "email_off": _("No mail server is set. Set one, then try again."),
        "crashed": _("Every try ended without a word: the worker was stopped or broke while it was at it."),
    }
    if code in words:
        return words[code]
    if kind == "websub":
        return _("The hub that the feeds name did not take the news (%(code)s). See HOIRO_WEBSUB_HUB.") % {"code": code}
    if found := re.fullmatch(r"refused (\d+)", code):
        return _("The mail server refused this message or its address (code %(code)s).") % {"code": found[1]}
    if found := re.fullmatch(r"server (\d+)", code):
        return _("The mail server would not take messages from us (code %(code)s). See its settings.") % {
            "code": found[1]
        }
    return _("The mail server could not be reached, or something broke on the way (%(code)s).") % {"code": code}
