"""Does owed work: every kind of job, what comes back by itself, and the loop of `hoiro worker`."""

import datetime
import logging
import time
from collections.abc import Callable

from django.conf import settings
from django.core.management import call_command
from django.db import Error, close_old_connections, connection, transaction
from django.utils import timezone

from hoiro.claims import card, imports, reply, tasks, websub
from hoiro.claims.models import Job, Presence
from hoiro.claims.opendata import nightly

logger = logging.getLogger(__name__)

PAUSE_SECONDS = 1.0
"""Between two looks when nothing is due."""


def tidy(job: Job) -> None:
    """Delete rows that mean nothing any more."""
    with transaction.atomic():
        tasks.finish(job)
        tasks.forget_done()
        Presence.objects.filter(seen_at__lt=timezone.now() - datetime.timedelta(days=1)).delete()
        call_command("clearsessions")
        _forget_old_counts()


def _forget_old_counts() -> None:
    """Delete what has expired in the cache: Django does so only once it is full."""
    table = connection.ops.quote_name(str(settings.CACHES["default"]["LOCATION"]))
    with connection.cursor() as cursor:
        now = connection.ops.adapt_datetimefield_value(timezone.now())
        cursor.execute(f"DELETE FROM {table} WHERE expires < %s", [now])  # noqa: S608 - named in the settings


HANDLERS: dict[str, tasks.Handler] = {
    "reply": reply.send,
    "reconcile": reply.reconcile,
    "expire": reply.expire,
    "tidy": tidy,
    "opendata": nightly,
    "embed": imports.embed,
    "feed": imports.read_feed,
    "card": card.draw,
    "websub": websub.tell,
}
SCHEDULES = {
    "reconcile": datetime.timedelta(minutes=1),
    "expire": datetime.timedelta(hours=1),
    "tidy": datetime.timedelta(days=1),
    # Looks so often; writes each night, and soon after a withdrawal.
    "opendata": datetime.timedelta(minutes=5),
}


def work(*, go_on: Callable[[], bool], once: bool = False) -> None:
    """Do what is due, until `go_on` says no; with `once`, until nothing is due. A job begun is finished."""
    scheduled = False
    while go_on():
        try:
            if not scheduled:
                tasks.ensure_schedules(SCHEDULES)
                scheduled = True
            while go_on() and tasks.run_next(HANDLERS):
                pass
        except Error as fault:
            # The database is away or being moved: what is owed waits in it.
            logger.warning("database: %s", type(fault).__name__)
            if once:
                raise
            close_old_connections()
        if once:
            return
        time.sleep(PAUSE_SECONDS)
