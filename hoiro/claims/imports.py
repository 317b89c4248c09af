"""Checks from elsewhere: taken in from a file or a feed, and which publishers' may answer by themselves."""

import contextlib
import datetime
import hashlib
import json
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from hoiro.claims import log, tasks
from hoiro.claims.answer import today
from hoiro.claims.claimreview import (
    Gone,
    Record,
    Rejected,
    Review,
    UnknownFormat,
    is_data_feed,
    read,
    records,
    reviews_in,
)
from hoiro.claims.errors import NoSuchFeed, NotAFeedAddress
from hoiro.claims.fetch import OUTSIDE, Door, Fetched, FetchError, checked, fetch
from hoiro.claims.match_elsewhere import meanings
from hoiro.claims.models import FeedSubscription, ImportedReview, ImportRun, IndexVersion, Job, Publisher, User
from hoiro.claims.roles import Action, require
from hoiro.claims.scope import scope
from hoiro.claims.scrub import scrub

RECORDS_AT_ONCE = 500
"""Committed together; what a crash undoes is read again."""
MOST_CHARACTERS = 8_000_000_000
FEED_BYTES, FEED_CHARACTERS = 20_000_000, 60_000_000
READ_EVERY = datetime.timedelta(hours=1)
LONGEST_WAIT = datetime.timedelta(days=1)
EMBEDDED_AT_ONCE = 128
"""Two seconds: replies that fall due go between."""
LANGUAGES = frozenset(["", "vi", "en"])
"""Of a check: what the people who ask here can read, and what claims/scope.py can judge. Empty: not said."""

REASONS: dict[str, Promise] = {
    "unreadable": _("It cannot be read: it is not valid JSON."),
    "broken_off": _("The file ends in the middle of it."),
    "too_deep": _("It is nested too deeply."),
    "too_long": _("It is too long."),
    "not_an_object": _("It is not an object."),
    "no_review": _("There is no ClaimReview in it."),
    "no_claim": _("It does not say what is claimed."),
    "no_rating": _("It has no rating."),
    "no_url": _("It has no address to link to."),
    "bad_url": _("Its address is not one of a page on the web."),
    "future_date": _("Its date is still to come."),
    "other_language": _("It is neither in Vietnamese nor in English."),
    "personal_data": _("It holds a person's name, number or address."),
    "not_health": _("It is not a claim about health."),
    "not_checkable": _("It is an opinion, or about one person."),
    "other_publisher": _("It stands on another site than the feed."),
    "hidden_publisher": _("Its publisher is hidden here."),
    "own": _("It is our own."),
}
WHOLE: dict[str, Promise] = {
    "empty": _("There is nothing in it."),
    "unknown_format": _("It is neither JSON nor a page nor a feed."),
    "unreadable": _("It cannot be read."),
    "broken_archive": _("It is packed, and the package is damaged."),
    "too_large": _("It is too large."),
    "bad_address": _("This is not an address of a page on the web."),
    "private_address": _("The address leads into a private network."),
    "no_such_host": _("There is no such site."),
    "unreachable": _("The site does not answer."),
    "bad_certificate": _("The site cannot prove that it is the one named."),
    "timed_out": _("The site took too long."),
    "too_many_redirects": _("The site sends from one address to another without end."),
    "bad_answer": _("The site's answer makes no sense."),
    "broken_off": _("The site broke off in the middle."),
}
"""Why nothing at all could be read. `status_404` and the like are the server's own words."""


@dataclass
class Counts:
    """What became of the records so far."""

    records: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0
    gone: int = 0
    rejected: Counter[str] = field(default_factory=Counter)

    def to_json(self) -> dict[str, Any]:
        """For the database."""
        return {**vars(self), "rejected": dict(self.rejected)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Counts":
        """As it was."""
        return cls(**{**data, "rejected": Counter(data.get("rejected", {}))})


@dataclass(frozen=True)
class NotTaken:
    """A record that was not taken in: its number in the file, why (a key of REASONS) and where it would have led."""

    number: int
    reason: str
    url: str = ""


Tell = Callable[[NotTaken], None]


def take_in(
    file: BinaryIO,
    *,
    tell: Tell = lambda _each: None,
    progress: Callable[[Counts], None] = lambda _counts: None,
    only_from: str = "",
    most: int = MOST_CHARACTERS,
) -> Counts:
    """Take in every check in a file, record by record; what is known already and unchanged writes nothing.

    An import of the same file that was killed goes on where it was. `tell` hears of each record that is not taken,
    `progress` of every few hundred. `only_from` takes what stands on that site, or below it, alone. Raises
    UnknownFormat when the file cannot be read, or not to its end; what came before stays.
    """
    run, _made = ImportRun.objects.get_or_create(source=_hash_of(file, only_from))
    counts = Counts.from_json(run.counts)
    reviews: list[tuple[int, Review]] = []
    refused: list[NotTaken] = []
    number = done = run.position

    def commit() -> None:
        nonlocal reviews, refused, done
        _take(run, number, reviews, refused, counts, only_from)
        for each in refused:
            tell(each)
        progress(counts)
        reviews, refused, done = [], [], number

    for record in records(file, most=most):
        if record.number <= run.position:
            continue
        number = record.number
        _read_record(record, reviews, refused)
        if number - done >= RECORDS_AT_ONCE or len(reviews) >= 2 * RECORDS_AT_ONCE:
            commit()
    if number > done:
        commit()
    run.delete()
    return counts


def _hash_of(file: BinaryIO, only_from: str) -> str:
    digest = hashlib.sha256(only_from.encode())
    while some := file.read(1 << 20):
        digest.update(some)
    file.seek(0)
    return digest.hexdigest()


def _read_record(record: Record, reviews: list[tuple[int, Review]], refused: list[NotTaken]) -> None:
    number, value = record.number, record.value
    if record.fault:
        refused.append(NotTaken(number, record.fault))
        return
    if isinstance(value, Gone):
        return
    if not isinstance(value, dict | list):
        refused.append(NotTaken(number, "not_an_object"))
        return
    some = False
    for node in reviews_in(value):
        some = True
        try:
            reviews.append((number, read(node, today=today())))
        except Rejected as why:
            url = node.get("url")
            refused.append(NotTaken(number, why.reason, url[:1000] if isinstance(url, str) else ""))
    if not some:
        refused.append(NotTaken(number, "no_review"))


def _take(
    run: ImportRun,
    position: int,
    reviews: list[tuple[int, Review]],
    refused: list[NotTaken],
    counts: Counts,
    only_from: str,
) -> None:
    """Write a batch, and in the same transaction how far we are. What is judged is judged before, outside of it."""
    by_identity = {_identity(review): (number, review) for number, review in reviews}
    known = dict(ImportedReview.objects.filter(identity__in=by_identity).values_list("identity", "digest"))
    hidden = set(
        Publisher.objects.filter(hidden=True, site__in={review.site for _, review in reviews}).values_list(
            "site", flat=True
        )
    )
    rows: list[tuple[str, str, Review]] = []
    tally = Counter[str]()
    # Twice in one batch is once, and the later one counts.
    tally["same"] += len(reviews) - len(by_identity)
    for identity, (number, review) in by_identity.items():
        digest = _digest(review)
        if review.site in hidden:
            refused.append(NotTaken(number, "hidden_publisher", review.url))
        elif known.get(identity) == digest:
            tally["same"] += 1
        elif reason := _refusal(review, only_from, judged=identity in known):
            refused.append(NotTaken(number, reason, review.url))
        else:
            tally["changed" if identity in known else "new"] += 1
            rows.append((identity, digest, review))
    refused.sort(key=lambda each: each.number)
    further = replace(
        counts,
        records=position,
        new=counts.new + tally["new"],
        changed=counts.changed + tally["changed"],
        same=counts.same + tally["same"],
        rejected=counts.rejected + Counter(each.reason for each in refused),
    )
    with transaction.atomic():
        _write(rows)
        if tally["new"]:
            tasks.enqueue([Job(key=EMBEDDING, kind="embed", run_at=timezone.now())])
        run.position, run.counts = position, further.to_json()
        run.save(update_fields=["position", "counts"])
    vars(counts).update(vars(further))


def _identity(review: Review) -> str:
    return _hashed([review.site, review.url, " ".join(review.claim.casefold().split())])


def _digest(review: Review) -> str:
    return _hashed([value if value is None else str(value) for value in vars(review).values()])


def _hashed(parts: list[Any]) -> str:
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode("utf-8", "replace")).hexdigest()


def _refusal(review: Review, only_from: str, *, judged: bool) -> str:
    """Why a check that reads well is not taken all the same; empty when it is. `judged`: its claim was taken before."""
    if review.language not in LANGUAGES:
        return "other_language"
    if only_from and review.site != only_from and not review.site.endswith("." + only_from):
        return "other_publisher"
    if settings.HOIRO_BASE_URL and review.site == _site(settings.HOIRO_BASE_URL):
        return "own"
    if judged:
        return ""
    where = scope(review.claim)
    if not where.ok:
        return "not_health" if where.why in {"non_health", "politics", "abuse"} else "not_checkable"
    return "personal_data" if scrub(review.claim).removed or scrub(review.title).removed else ""


def _site(address: str) -> str:
    return (urlsplit(address).hostname or "").removeprefix("www.")


def _write(rows: list[tuple[str, str, Review]]) -> None:
    names = {review.site: review.publisher for _, _, review in reversed(rows)}
    # Each in one order, so that two imports do not wait for each other's rows.
    Publisher.objects.bulk_create(
        (Publisher(site=site, name=name) for site, name in sorted(names.items())), ignore_conflicts=True
    )
    publishers = dict(Publisher.objects.filter(site__in=names).values_list("site", "pk"))
    ImportedReview.objects.bulk_create(
        (
            ImportedReview(
                publisher_id=publishers[review.site],
                identity=identity,
                digest=digest,
                **{name: getattr(review, name) for name in KEPT},
            )
            for identity, digest, review in sorted(rows, key=lambda row: row[0])
        ),
        update_conflicts=True,
        unique_fields=["identity"],
        update_fields=["digest", *KEPT],
    )


KEPT = (
    "url",
    "claim",
    "title",
    "language",
    "rating_text",
    "rating_value",
    "rating_best",
    "rating_worst",
    "reviewed_on",
)

# --- in the background ------------------------------------------------------

EMBEDDING = "embed:imported"


def embed(job: Job) -> None:
    """Read the meaning of some checks that were taken in. Until then nobody's question finds them."""
    unread = ImportedReview.objects.filter(vector=None).order_by("pk")
    waiting = list(unread.values_list("pk", "claim")[:EMBEDDED_AT_ONCE])
    vectors = meanings([claim for _, claim in waiting])
    if vectors is None:
        raise tasks.JobError("no_model")
    with transaction.atomic():
        if waiting:
            number = IndexVersion.bump()
            ImportedReview.objects.bulk_update(
                [
                    ImportedReview(pk=pk, vector=vector, changed_in=number)
                    for (pk, _), vector in zip(waiting, vectors, strict=True)
                ],
                ["vector", "changed_in"],
            )
        tasks.finish(job)
        if unread.exists():
            # At the end of the queue, so that whatever else is due comes first.
            Job.objects.filter(pk=job.pk).update(state=Job.State.DUE, attempts=0, run_at=timezone.now())


def waiting() -> int:
    """How many checks the worker has still to read."""
    return ImportedReview.objects.filter(vector=None).count()


def read_feed(job: Job, *, door: Door = OUTSIDE) -> None:
    """Read one subscribed feed, if it changed; after a failure wait longer each time."""
    subscription = FeedSubscription.objects.filter(pk=job.data["subscription"]).first()
    if subscription is None:
        Job.objects.filter(pk=job.pk).delete()
        return
    with tempfile.TemporaryFile() as file:
        try:
            fetched = fetch(
                subscription.address,
                file,
                most=FEED_BYTES,
                etag=subscription.etag,
                last_modified=subscription.last_modified,
                agent=agent(),
                door=door,
            )
            counts = None
            if fetched.changed:
                file.seek(0)
                only_from = "" if subscription.carries_others else _site(subscription.address)
                counts = take_in(file, only_from=only_from, most=FEED_CHARACTERS)
                file.seek(0)
                counts.gone = _take_back(file, subscription)
            _was_read(job, subscription, fetched, counts)
        except (FetchError, UnknownFormat) as fault:
            _was_not_read(job, subscription, fault)


def _take_back(file: BinaryIO, subscription: FeedSubscription) -> int:
    """Forget what the feed's own site no longer stands by, and say how much that is.

    Gone is what the feed says is gone, what stands at an address that now says something else, and what is missing
    from a DataFeed. docs/decisions/when-is-a-check-from-elsewhere-gone.md says why so.
    """
    site = _site(subscription.address)
    whole = is_data_feed(file) and not _shared(site)
    standing: set[str] = set()
    addresses: set[str] = set()
    gone: set[str] = set()
    for record in records(file, most=FEED_CHARACTERS):
        if isinstance(record.value, Gone):
            gone.add(record.value.url)
            continue
        whole = whole and not record.fault
        for node in reviews_in(record.value):
            with contextlib.suppress(Rejected):
                review = read(node, today=today())
                standing.add(_identity(review))
                addresses.add(review.url)
    whole = whole and bool(standing)
    theirs = ImportedReview.objects.filter(Q(publisher__site=site) | Q(publisher__site__endswith=f".{site}"))
    doomed = [
        pk
        for pk, identity, url in theirs.values_list("pk", "identity", "url").iterator()
        if identity not in standing and (whole or url in addresses or url in gone)
    ]
    for start in range(0, len(doomed), RECORDS_AT_ONCE):
        with transaction.atomic():
            # Before the rows, as `embed` does, which would else wait here and be waited for.
            IndexVersion.bump()
            ImportedReview.objects.filter(pk__in=doomed[start : start + RECORDS_AT_ONCE]).delete()
    return len(doomed)


def _shared(site: str) -> bool:
    """Whether several feeds of a site are read: none of them is then the whole of it."""
    addresses = FeedSubscription.objects.values_list("address", flat=True)
    return sum(_site(address) == site for address in addresses) > 1


def _was_read(job: Job, subscription: FeedSubscription, fetched: Fetched, counts: Counts | None) -> None:
    with transaction.atomic():
        FeedSubscription.objects.filter(pk=subscription.pk).update(
            etag=fetched.etag,
            last_modified=fetched.last_modified,
            read_at=timezone.now(),
            failures=0,
            error="",
            **({"counts": counts.to_json()} if counts else {}),
        )
        tasks.finish(job)


def _was_not_read(job: Job, subscription: FeedSubscription, fault: FetchError | UnknownFormat) -> None:
    failures = subscription.failures + 1
    wait = min(READ_EVERY * float(2 ** min(failures, 10)), LONGEST_WAIT)
    if isinstance(fault, FetchError):
        wait = max(wait, datetime.timedelta(seconds=fault.wait))
    with transaction.atomic():
        FeedSubscription.objects.filter(pk=subscription.pk).update(failures=failures, error=fault.code[:40])
        tasks.finish(job)
        Job.objects.filter(pk=job.pk).update(run_at=timezone.now() + wait)


def agent() -> str:
    """Who asks, for the log of the site that is asked."""
    return f"HoiRo (+{settings.HOIRO_BASE_URL})" if settings.HOIRO_BASE_URL else "HoiRo"


# --- what an administrator decides ------------------------------------------


def subscribe(*, address: str, carries_others: bool, by: User) -> FeedSubscription:
    """Read a feed from now on. Raises NotAllowed, NotAFeedAddress."""
    require(by, Action.ADMINISTER)
    address = address.strip()
    try:
        checked(address)
    except FetchError as fault:
        raise NotAFeedAddress from fault
    with transaction.atomic():
        subscription, made = FeedSubscription.objects.get_or_create(
            address=address, defaults={"carries_others": carries_others, "added_by": by}
        )
        if not made and subscription.carries_others != carries_others:
            # What it did not bring before is in what the server says is unchanged.
            subscription.carries_others, subscription.etag, subscription.last_modified = carries_others, "", ""
            subscription.save(update_fields=["carries_others", "etag", "last_modified"])
        tasks.enqueue(
            [
                Job(
                    key=_key(subscription),
                    kind="feed",
                    data={"subscription": subscription.pk},
                    run_at=timezone.now(),
                    every=int(READ_EVERY.total_seconds()),
                )
            ]
        )
        # Not the whole address: a feed for members holds its key in it.
        log.record("feed_subscribed", by=by, site=_site(address))
    return subscription


def unsubscribe(*, subscription: int, by: User) -> None:
    """Read a feed no more. What it brought stays. Raises NotAllowed, NoSuchFeed."""
    require(by, Action.ADMINISTER)
    with transaction.atomic():
        found = _subscription(subscription)
        Job.objects.filter(key=_key(found)).delete()
        found.delete()
        log.record("feed_unsubscribed", by=by, site=_site(found.address))


def read_soon(*, subscription: int, by: User) -> None:
    """Read a feed as soon as the worker can, whatever it answered before. Raises NotAllowed, NoSuchFeed."""
    require(by, Action.ADMINISTER)
    with transaction.atomic():
        found = _subscription(subscription)
        found.etag, found.last_modified = "", ""
        found.save(update_fields=["etag", "last_modified"])
        Job.objects.filter(key=_key(found)).update(state=Job.State.DUE, run_at=timezone.now())


def _subscription(pk: int) -> FeedSubscription:
    found = FeedSubscription.objects.select_for_update().filter(pk=pk).first()
    if found is None:
        raise NoSuchFeed
    return found


def _key(subscription: FeedSubscription) -> str:
    return f"feed:{subscription.pk}"


STANDINGS = {
    "suggested": _("suggested"),
    "trusted": _("may answer by itself"),
    "hidden": _("hidden"),
}


def standing(publisher: Publisher) -> str:
    """A key of STANDINGS."""
    return "trusted" if publisher.trusted else "hidden" if publisher.hidden else "suggested"


def set_standing(*, publisher: int, standing: str, by: User) -> None:
    """Trust a publisher, only suggest what it found, or hide it. Raises NotAllowed, NoSuchFeed."""
    require(by, Action.ADMINISTER)
    with transaction.atomic():
        found = Publisher.objects.select_for_update().filter(pk=publisher).first()
        if found is None or standing not in STANDINGS:
            raise NoSuchFeed
        was_hidden = found.hidden
        found.trusted, found.hidden = standing == "trusted", standing == "hidden"
        found.save(update_fields=["trusted", "hidden"])
        if found.hidden != was_hidden:
            # Every process takes them out of its index, or in again.
            found.reviews.exclude(vector=None).update(changed_in=IndexVersion.bump())
        log.record(f"publisher_{standing}", by=by, site=found.site)
