"""Tells the hub which feeds changed, so that whoever subscribed there need not ask again and again (W3C WebSub).

How a publisher tells its hub is left open there; hubs take the form that PubSubHubbub had.
"""

import datetime
from urllib.parse import urlencode

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from hoiro.claims import tasks
from hoiro.claims.answer import topic_names
from hoiro.claims.fetch import OUTSIDE, Door, FetchError, post
from hoiro.claims.imports import agent
from hoiro.claims.models import ClaimReview, IndexVersion, Job, State

KEY = "websub"
GATHER = datetime.timedelta(seconds=10)
"""So long more news is waited for, so that the hub is told once of what is published together."""
SECONDS = 30.0
FORMS = ("atom", "json")


def owe(*, changed_in: int) -> None:
    """In the transaction that publishes or withdraws something: owe the hub the news. Nothing without a hub.

    The job keeps the number of the index up to which the hub knows.
    """
    if not settings.HOIRO_WEBSUB_HUB:
        return
    due = timezone.now() + GATHER
    tasks.enqueue([Job(key=KEY, kind="websub", run_at=due, data={"told": changed_in - 1})])
    Job.objects.filter(key=KEY).update(run_at=due)


def tell(job: Job, *, door: Door = OUTSIDE) -> None:
    """Name the hub every feed that changed since it was told last. Raises JobError when it does not take it."""
    number = IndexVersion.current()
    feeds = changed_since(job.data["told"]) if settings.HOIRO_WEBSUB_HUB else []
    if feeds:
        form = urlencode([("hub.mode", "publish"), *(("hub.url", feed) for feed in feeds)]).encode()
        try:
            post(settings.HOIRO_WEBSUB_HUB, form, agent=agent(), seconds=SECONDS, door=door)
        except FetchError as fault:
            raise tasks.JobError(fault.code) from fault
    with transaction.atomic():
        tasks.finish(job)
        Job.objects.filter(pk=job.pk).update(data={"told": number})
        if IndexVersion.current() > number:
            # What was published while the hub was told would be forgotten with this job.
            Job.objects.filter(pk=job.pk).update(state=Job.State.DUE, attempts=0, run_at=timezone.now() + GATHER)


def changed_since(number: int) -> list[str]:
    """The first page of every feed in which something was published, replaced or withdrawn after this number."""
    found = ClaimReview.objects.filter(claim__changed_in__gt=number, published_at__isnull=False)
    rows = found.order_by("claim", "version").values_list(
        "claim", "state", "changes_meaning", "claim__topic", "rating", "texts__language"
    )
    paths: set[str] = set()
    newest: dict[int, bool] = {}
    for claim, state, changes_meaning, topic, rating, language in rows:
        newest[claim] = changes_meaning or state == State.WITHDRAWN
        for form in FORMS:
            for place in ({"form": form}, {"form": form, "language": language}):
                paths.add(reverse("feeds:answers", kwargs=place))
                if topic in topic_names():
                    paths.add(reverse("feeds:topic", kwargs={**place, "topic": topic}))
                if rating:
                    paths.add(reverse("feeds:rating", kwargs={**place, "rating": rating}))
    if any(newest.values()):
        # In every language: where a correction has no words in one, it stands there in another.
        for form in FORMS:
            paths.add(reverse("feeds:corrections", kwargs={"form": form}))
            for language, _name in settings.LANGUAGES:
                paths.add(reverse("feeds:corrections", kwargs={"form": form, "language": language}))
    return [settings.HOIRO_BASE_URL + path for path in sorted(paths)]
