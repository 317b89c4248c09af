"""Tell those who asked, once, and erase where they were told.

Nobody needs an address here: the follow link shows the answer. Who wants a message leaves one sealed address.
"""

from django.db import transaction
from django.utils import timezone

from hoiro.claims import tasks
from hoiro.claims.models import Claim, Job, ReplyAddress


def owe(*, claim: Claim) -> int:
    """Owe a reply to everyone who waits on this claim and left an address. Returns how many.

    Called in the transaction that publishes: the finding and what is owed appear together or not at all.
    """
    with transaction.atomic():
        # Whoever leaves an address at this moment holds the claim too, so one of us sees the other.
        Claim.objects.select_for_update().get(pk=claim.pk)
        waiting = ReplyAddress.objects.filter(request__claim=claim, expires_at__gt=timezone.now())
        return tasks.enqueue(_job(address) for address in waiting.only("pk"))


def _job(address: ReplyAddress) -> Job:
    # One for each address, not for each version: two versions published at once are still one message.
    return Job(key=f"reply:{address.pk}", kind="reply", data={"address": address.pk}, run_at=timezone.now())
