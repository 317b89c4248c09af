"""Owed work: a row written in the transaction that makes it due, leased by whoever does it.

The same statements on both databases: PostgreSQL skips rows another worker has locked; SQLite, which locks nothing
but the whole, begins every transaction as a writer and knows no such rows.
"""

import datetime
import logging
import random
import secrets
from collections.abc import Callable, Iterable, Mapping

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from hoiro.claims.models import Job

logger = logging.getLogger(__name__)

LEASE = datetime.timedelta(minutes=5)
"""So long a worker has for one job. What a crash left is due again after it."""
ATTEMPTS = 8
"""So often a job is tried: with the waits below, over about eighteen hours."""
FIRST_WAIT = datetime.timedelta(minutes=1)
LONGEST_WAIT = datetime.timedelta(hours=6)
KEPT_DONE = datetime.timedelta(days=30)
ROWS_AT_ONCE = 500
"""In one statement: databases allow only so many values in it."""

Handler = Callable[[Job], None]
"""Does the work, then calls `finish` in the transaction that writes what came of it."""


class JobError(Exception):
    """The work could not be done now; `permanent` says that trying again by itself is of no use.

    `code` is all that is kept and logged of it, so it must hold no address and nobody's words.
    """

    def __init__(self, code: str, *, permanent: bool = False) -> None:
        super().__init__(code)
        self.code = code[:80]
        self.permanent = permanent


class LeaseLost(Exception):
    """The job is no longer this worker's: its lease ran out and another has it, or the job was taken away."""


def enqueue(jobs: Iterable[Job]) -> int:
    """Make these due, in the caller's transaction, and return how many. One whose key is known becomes due again.

    A key is one piece of work: whoever asks for it a second time, also while it is being done, makes no second row.
    """
    wanted = list(jobs)
    for start in range(0, len(wanted), ROWS_AT_ONCE):
        some = wanted[start : start + ROWS_AT_ONCE]
        Job.objects.bulk_create(some, ignore_conflicts=True)
        # Writes rows that are due already too: a worker about to finish one comes before or after this, not between.
        Job.objects.filter(key__in=[job.key for job in some]).update(
            state=Job.State.DUE, run_at=timezone.now(), attempts=0, error=""
        )
    return len(wanted)


def ensure_schedules(schedules: Mapping[str, datetime.timedelta]) -> None:
    """Have one job of each kind that comes back after `every`. Harmless to repeat."""
    for kind, every in schedules.items():
        seconds = int(every.total_seconds())
        job, made = Job.objects.get_or_create(
            key=f"every:{kind}", defaults={"kind": kind, "run_at": timezone.now(), "every": seconds}
        )
        if not made and job.every != seconds:
            Job.objects.filter(pk=job.pk).update(every=seconds)


def run_next(handlers: Mapping[str, Handler]) -> bool:
    """Do the job that has been due longest. False when none is due.

    Whatever goes wrong in it is a code on its row and another try later; only the database's own faults are raised.
    """
    job = _lease()
    if job is None:
        return False
    try:
        if job.attempts > ATTEMPTS and job.every is None:
            # Every try ended without a word: the job itself ends whoever does it.
            raise JobError("crashed", permanent=True)
        if job.kind not in handlers:
            raise JobError("unknown_kind", permanent=True)
        handlers[job.kind](job)
    except LeaseLost:
        logger.warning("job %s: its lease was lost", job.pk)
    except JobError as fault:
        _fail(job, fault)
    except Exception as fault:
        logger.exception("job %s (%s)", job.pk, job.kind)
        _fail(job, JobError(type(fault).__name__))
    return True


def _due(now: datetime.datetime) -> QuerySet[Job]:
    free = Q(leased_until__isnull=True) | Q(leased_until__lte=now)
    return Job.objects.filter(free, state=Job.State.DUE, run_at__lte=now).order_by("run_at", "pk")


def _lease() -> Job | None:
    now = timezone.now()
    if not _due(now).exists():  # else every look would wait for the write lock
        return None
    with transaction.atomic():
        job = _due(now).select_for_update(skip_locked=True).first()
        if job is None:
            return None
        job.lease = secrets.token_hex(16)
        job.leased_until = now + LEASE
        # Counted before the work, so that a job which kills its worker is given up like any other.
        job.attempts += 1
        job.save(update_fields=["lease", "leased_until", "attempts"])
    return job


def hold(job: Job) -> None:
    """Inside a transaction: keep the row until it ends. Raises LeaseLost when the job is another's."""
    if not Job.objects.select_for_update().filter(pk=job.pk, lease=job.lease).exists():
        raise LeaseLost


def finish(job: Job) -> None:
    """Mark the job done, inside the transaction with what it changed. Raises LeaseLost, so that nothing is written."""
    hold(job)
    _release(
        job,
        state=Job.State.DONE if job.every is None else Job.State.DUE,
        run_at=timezone.now() + datetime.timedelta(seconds=job.every or 0),
        attempts=0 if job.every else job.attempts,
        error="",
    )


def _fail(job: Job, fault: JobError) -> None:
    given_up = job.every is None and (fault.permanent or job.attempts >= ATTEMPTS)
    logger.warning("job %s (%s) failed, try %s: %s", job.pk, job.kind, job.attempts, fault.code)
    _release(
        job,
        state=Job.State.DEAD if given_up else Job.State.DUE,
        run_at=timezone.now() + (datetime.timedelta(0) if given_up else _wait(job.attempts)),
        attempts=job.attempts,
        error=fault.code,
    )


def _release(job: Job, **fields: object) -> None:
    Job.objects.filter(pk=job.pk, lease=job.lease).update(lease="", leased_until=None, **fields)


def _wait(attempts: int) -> datetime.timedelta:
    """Four times as long after each try, and never quite the same for two jobs."""
    wait = min(FIRST_WAIT * float(4 ** min(attempts - 1, 10)), LONGEST_WAIT)
    return wait * random.uniform(0.75, 1.25)  # noqa: S311 - spreads the load, guards nothing


def forget_done() -> None:
    """Delete what was done long ago."""
    Job.objects.filter(state=Job.State.DONE, run_at__lt=timezone.now() - KEPT_DONE).delete()
