"""Many jobs and several workers, for test_tasks.py to kill. `fill` makes the jobs, `work` does them, `look` counts.

What a job does is one row, written in the transaction that finishes it.
"""

import datetime
import json
import os
import secrets
import sys
import time

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "hoiro.settings"
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from hoiro.claims import tasks, worker  # noqa: E402
from hoiro.claims.models import Job  # noqa: E402

JOBS = 300
tasks.LEASE = datetime.timedelta(seconds=2)


def fill() -> None:
    """Tables, and jobs that are due."""
    call_command("migrate", verbosity=0, interactive=False)
    tasks.enqueue(Job(key=f"try:{number}", kind="try", run_at=timezone.now()) for number in range(JOBS))


def count(job: Job) -> None:
    """Takes a moment, then counts itself and is done."""
    time.sleep(0.01)
    with transaction.atomic():
        tasks.finish(job)
        Job.objects.create(
            key=f"counted:{job.pk}:{secrets.token_hex(4)}", kind="counted", state="done", run_at=timezone.now()
        )


def work() -> None:
    """Until every job is done: leases of the killed run out meanwhile."""
    worker.HANDLERS = {"try": count}
    worker.SCHEDULES = {}
    worker.PAUSE_SECONDS = 0.1
    worker.work(go_on=lambda: Job.objects.filter(kind="try").exclude(state="done").exists())


def look() -> None:
    """How many there are, are done, and counted themselves."""
    jobs = Job.objects.filter(kind="try")
    counted = Job.objects.filter(kind="counted").count()
    print(json.dumps({"jobs": jobs.count(), "done": jobs.filter(state="done").count(), "counted": counted}))


if __name__ == "__main__":
    {"fill": fill, "work": work, "look": look}[sys.argv[1]]()
