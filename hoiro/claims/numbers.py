"""What the desk can learn from its own numbers. For people of the desk: nothing here is hidden or rounded."""

import datetime
import statistics
from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, Exists, Min, OuterRef, Q
from django.utils import timezone

from hoiro.claims import match
from hoiro.claims.answer import today
from hoiro.claims.calibrate import Bin, Share, judged, reliability
from hoiro.claims.match import SHIPPED, Thresholds
from hoiro.claims.models import Claim, ClaimReview, Decision, Match, Request, State, Status
from hoiro.claims.queue import SOON

MOST = 10
"""So many claims are listed."""


@dataclass(frozen=True)
class Day:
    """Questions of one day, by what came of them at once. What was declined is not stored, so not counted."""

    day: datetime.date
    answered: int
    suggested: int
    unknown: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.answered + self.suggested + self.unknown


@dataclass(frozen=True)
class Asked:
    """A claim, and how often it came."""

    key: str
    wording: str
    published: bool
    times: int


@dataclass(frozen=True)
class Refused:
    """An answer, and how often those who got it said that they had asked something else."""

    key: str
    wording: str
    refused: Share


@dataclass(frozen=True)
class Expiring:
    """An answer whose review date has passed or is near."""

    key: str
    wording: str
    review_by: datetime.date
    expired: bool


@dataclass(frozen=True)
class Numbers:
    """The page. Shares are of the questions of `days`."""

    days: tuple[Day, ...]
    asked: int
    answered: Share
    suggested: Share
    unknown: Share
    published: int
    """Claims that the desk published for the first time in `days`."""
    median_days: float | None
    """From opening a claim to publishing it, of these."""
    most_asked: tuple[Asked, ...]
    refused: tuple[Refused, ...]
    """Of all time, the highest share first."""
    expired: int
    soon: int
    expiring: tuple[Expiring, ...]
    """The first of these, by date."""
    offered: tuple[Bin, ...]
    """How often the engine was right about published answers, by what it said."""
    joins: tuple[Bin, ...]
    """The same for joining a question to an open claim."""
    judged: int
    thresholds: Thresholds
    shipped: Thresholds


def numbers(now: datetime.date | None = None, days: int = 30) -> Numbers:
    """Everything the page shows, for the `days` up to and with `now` (today)."""
    now = now or today()
    since = now - datetime.timedelta(days=days - 1)
    by_day = _days(since, now)
    asked = sum(day.total for day in by_day)
    took = _took(since)
    expiring = _expiring(now)
    offered, joins = judged()
    return Numbers(
        days=by_day,
        asked=asked,
        answered=Share(sum(day.answered for day in by_day), asked),
        suggested=Share(sum(day.suggested for day in by_day), asked),
        unknown=Share(sum(day.unknown for day in by_day), asked),
        published=len(took),
        median_days=statistics.median(took) if took else None,
        most_asked=_most_asked(since, now),
        refused=_refused(),
        expired=sum(each.expired for each in expiring),
        soon=sum(not each.expired for each in expiring),
        expiring=tuple(expiring[:MOST]),
        offered=reliability(offered),
        joins=reliability(joins),
        judged=len(offered) + len(joins),
        thresholds=match.thresholds(),
        shipped=SHIPPED,
    )


def _days(since: datetime.date, now: datetime.date) -> tuple[Day, ...]:
    # "None of these" and "not what I asked" store the same question once more: counted when it first came.
    again = Match.objects.filter(request=OuterRef("pk"), decided_by=Match.By.ASKER, accepted=False)
    counts = {
        (day, decision): count
        for day, decision, count in Request.objects.filter(~Exists(again), day__gte=since, day__lte=now)
        .order_by()
        .values_list("day", "decision")
        .annotate(count=Count("pk"))
    }
    every = [since + datetime.timedelta(days=number) for number in range((now - since).days + 1)]
    return tuple(
        Day(
            day,
            answered=counts.get((day, Decision.ANSWER), 0),
            suggested=counts.get((day, Decision.SUGGEST), 0),
            unknown=counts.get((day, Decision.UNKNOWN), 0),
        )
        for day in every
    )


def _took(since: datetime.date) -> list[int]:
    """Days from opening to first publishing, of claims first published since; starter content took none."""
    starter = ClaimReview.objects.filter(claim=OuterRef("claim"), starter=True)
    firsts = (
        ClaimReview.objects.filter(~Exists(starter), published_at__isnull=False)
        .order_by()
        .values_list("claim", "claim__opened")
        .annotate(first=Min("published_at"))
    )
    took = [(timezone.localtime(first).date(), opened) for _claim, opened, first in firsts]
    return [(first - opened).days for first, opened in took if first >= since]


def _most_asked(since: datetime.date, now: datetime.date) -> tuple[Asked, ...]:
    """Claims that most questions were answered with or wait on."""
    period = Q(request__day__gte=since, request__day__lte=now)
    answered = (
        Match.objects.filter(Q(accepted=None) | Q(accepted=True), period, request__decision=Decision.ANSWER)
        .order_by()
        .values_list("claim")
        .annotate(times=Count("pk"))
        .order_by("-times")[:MOST]
    )
    waits = (
        Request.objects.filter(day__gte=since, day__lte=now, claim__isnull=False)
        .order_by()
        .values_list("claim")
        .annotate(times=Count("pk"))
        .order_by("-times")[:MOST]
    )
    times = Counter(dict(answered)) + Counter(dict(waits))
    claims = Claim.objects.in_bulk(list(times))
    return tuple(
        Asked(claims[pk].key, claims[pk].wording, claims[pk].status == Status.PUBLISHED, count)
        for pk, count in times.most_common(MOST)
    )


def _refused() -> tuple[Refused, ...]:
    """Answers that someone said were not what they had asked.

    Of "none of these", which refuses suggestions, nothing is counted: only what was sure enough to be sent.
    """
    refused = dict(
        Match.objects.filter(decided_by=Match.By.ASKER, accepted=False, probability__gte=match.thresholds().answer)
        .order_by()
        .values_list("claim")
        .annotate(Count("pk"))
    )
    sent = dict(
        Match.objects.filter(claim__in=list(refused), request__decision=Decision.ANSWER)
        .order_by()
        .values_list("claim")
        .annotate(Count("pk"))
    )
    claims = Claim.objects.in_bulk(list(refused))
    # Someone who says it twice was answered once.
    rows = []
    for pk, count in refused.items():
        of = max(count, sent.get(pk) or 0)
        rows.append(Refused(claims[pk].key, claims[pk].wording, Share(count, of)))
    return tuple(sorted(rows, key=lambda row: (-row.refused.share, -row.refused.of))[:MOST])


def _expiring(now: datetime.date) -> list[Expiring]:
    reviews = ClaimReview.objects.filter(
        state=State.PUBLISHED, claim__status=Status.PUBLISHED, review_by__lte=now + SOON
    ).order_by("review_by")
    return [
        Expiring(key, wording, review_by, expired=review_by < now)
        for key, wording, review_by in reviews.values_list("claim__key", "claim__wording", "review_by")
        if review_by
    ]
