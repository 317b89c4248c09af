"""The desk's own numbers: for its people all of them, nothing hidden or rounded; for everyone what tells of nobody."""

import datetime
import statistics
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from hoiro.claims import match
from hoiro.claims.answer import today
from hoiro.claims.calibrate import TIGHTEN_FROM, Bin, Share, reliability
from hoiro.claims.match import SHIPPED, Thresholds
from hoiro.claims.models import (
    PUBLIC,
    Claim,
    ClaimReview,
    Decision,
    Match,
    Request,
    State,
    Status,
    User,
)
from hoiro.claims.opendata import FEWEST
from hoiro.claims.queue import SOON
from hoiro.claims.roles import MAY, Action

MOST = 10
"""So many claims are listed."""
WEEKS = 52
ENOUGH = TIGHTEN_FROM
"""Fewer than this say nothing, either way."""


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


@dataclass(frozen=True)
class PublicNumbers:
    """What everyone may know: of `since` to `until`, whole weeks that are over. None is "too few to say".

    Of askers nothing is told but shares and what an exact number cannot be worked out from.
    """

    since: datetime.date
    until: datetime.date
    counted_at: datetime.datetime
    sent: int | None
    """More answers than this were sent without a person looking: the number rounded down to its first digit."""
    wrong: Share | None
    """Of the answers so sent that a checker looked at, those that did not answer what was asked."""
    refused: float | None
    """Of the answers sent, the share of which an asker said that it was not what they had asked."""
    offered: tuple[Bin, ...]
    """How often the engine was right by what it said; without bins of fewer than FEWEST."""
    answered: int
    """Claims that somebody had asked about and that were published for the first time."""
    median_days: int | None
    """Half of these were published in so many days, or fewer, from the first question on."""
    changed: int
    """Versions that say something else than the one before."""
    withdrawn: int

    @property
    def corrections(self) -> int:
        """Both."""
        return self.changed + self.withdrawn


@dataclass(frozen=True)
class People:
    """Who works at the desk now."""

    check: int
    review: int
    """Of these, who may approve what others wrote."""
    names: tuple[str, ...]
    """Of these, who chose to be named beside what they reviewed, and reviewed something that is public."""


def numbers(now: datetime.date | None = None, days: int = 30) -> Numbers:
    """Everything the page shows, for the `days` up to and with `now` (today)."""
    now = now or today()
    since = now - datetime.timedelta(days=days - 1)
    by_day = _days(since, now)
    asked = sum(day.total for day in by_day)
    took = _took(since)
    expiring = _expiring(now)
    offered, joins = reliability()
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
        offered=offered,
        joins=joins,
        judged=sum(each.right.of for each in (*offered, *joins)),
        thresholds=match.thresholds(),
        shipped=SHIPPED,
    )


def _days(since: datetime.date, now: datetime.date) -> tuple[Day, ...]:
    asked = Request.objects.filter(day__gte=since, day__lte=now)
    counts = Counter(dict(_by_day(asked)))
    # "None of these" and "not what I asked" store the same question once more: counted when it first came.
    again = Match.objects.filter(decided_by=Match.By.ASKER, accepted=False, request__day__gte=since)
    counts.subtract(dict(_by_day(asked.filter(pk__in=again.values("request")))))
    every = [since + datetime.timedelta(days=number) for number in range((now - since).days + 1)]
    return tuple(
        Day(
            day,
            answered=counts[day, Decision.ANSWER],
            suggested=counts[day, Decision.SUGGEST],
            unknown=counts[day, Decision.UNKNOWN],
        )
        for day in every
    )


def _by_day(requests: QuerySet[Request]) -> Iterator[tuple[tuple[datetime.date, str], int]]:
    rows = requests.order_by().values_list("day", "decision").annotate(count=Count("pk"))
    return (((day, decision), count) for day, decision, count in rows)


def _took(since: datetime.date) -> list[int]:
    """Days from opening to first publishing, of claims first published since; starter content took none."""
    firsts = _first_published(since).values_list("claim__opened", "published_at")
    return [(timezone.localtime(first).date() - opened).days for opened, first in firsts if first]


def _first_published(since: datetime.date) -> QuerySet[ClaimReview]:
    """The first public version of each claim the desk itself published, where that was on this day or later."""
    starter = ClaimReview.objects.filter(claim=OuterRef("claim"), starter=True)
    earlier = ClaimReview.objects.filter(claim=OuterRef("claim"), published_at__lt=OuterRef("published_at"))
    return ClaimReview.objects.filter(~Exists(starter), ~Exists(earlier), published_at__gte=_begin(since))


def _begin(day: datetime.date) -> datetime.datetime:
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time()))


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


def _sent() -> Q:
    """What was sure enough to be sent: by the desk's threshold, or by the shipped one that held before."""
    return Q(probability__gte=min(SHIPPED.answer, match.thresholds().answer))


def _refused() -> tuple[Refused, ...]:
    """Answers that someone said were not what they had asked.

    Of "none of these", which refuses suggestions, nothing is counted: only what was sure enough to be sent.
    """
    refused = dict(
        Match.objects.filter(_sent(), decided_by=Match.By.ASKER, accepted=False)
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


def public_numbers(now: datetime.date | None = None) -> PublicNumbers:
    """How well the desk did in the last WEEKS whole weeks before `now` (today).

    Whole weeks, as in the open data: a running one, told every day, would show one person's asking by subtraction.
    """
    now = now or today()
    until = now - datetime.timedelta(days=now.weekday() + 1)
    since = until - datetime.timedelta(weeks=WEEKS, days=-1)
    period = Q(request__day__gte=since, request__day__lte=until)
    by_checker = Q(decided_by=Match.By.CHECKER, accepted__isnull=False)
    sent = Match.objects.filter(_sent(), period, request__decision=Decision.ANSWER).aggregate(
        all=Count("pk"), judged=Count("pk", filter=by_checker), wrong=Count("pk", filter=by_checker & Q(accepted=False))
    )
    refused = Match.objects.filter(_sent(), period, decided_by=Match.By.ASKER, accepted=False).count()
    offered, _joins = reliability(since, until)
    took = _took_from_first_question(since, until)
    end = _begin(until + datetime.timedelta(days=1))
    public = ClaimReview.objects.filter(state__in=PUBLIC)
    return PublicNumbers(
        since=since,
        until=until,
        counted_at=timezone.now(),
        sent=_first_digit(sent["all"]) if sent["all"] >= ENOUGH else None,
        wrong=Share(sent["wrong"], sent["judged"]) if sent["judged"] >= ENOUGH else None,
        refused=refused / sent["all"] if refused >= FEWEST and sent["all"] >= ENOUGH else None,
        offered=tuple(each for each in offered if each.right.of >= FEWEST)
        if sum(each.right.of for each in offered) >= ENOUGH
        else (),
        answered=len(took),
        median_days=statistics.median_low(took) if len(took) >= FEWEST else None,
        changed=public.filter(changes_meaning=True, published_at__gte=_begin(since), published_at__lt=end).count(),
        withdrawn=public.filter(withdrawn_at__gte=_begin(since), withdrawn_at__lt=end).count(),
    )


def people() -> People:
    """Who checks here and who reviews. Names stand here only where they stand beside an answer already."""
    active = User.objects.filter(is_active=True)
    reviewers = active.filter(role__in=MAY[Action.REVIEW])
    public = ClaimReview.objects.filter(reviewer=OuterRef("pk"), state=State.PUBLISHED)
    named = reviewers.filter(Exists(public), name_public=True).exclude(name="")
    return People(
        check=active.count(),
        review=reviewers.count(),
        names=tuple(named.order_by("name").values_list("name", flat=True)),
    )


def _took_from_first_question(since: datetime.date, until: datetime.date) -> list[int]:
    """Days from the first question to first publishing; nobody waited for what was asked only afterwards."""
    asked = Request.objects.filter(claim=OuterRef("claim")).order_by("day")
    firsts = (
        _first_published(since)
        .filter(published_at__lt=_begin(until + datetime.timedelta(days=1)))
        .annotate(asked=Subquery(asked.values("day")[:1]))
        .values_list("asked", "published_at")
    )
    took = [(timezone.localtime(first).date() - asked).days for asked, first in firsts if asked and first]
    return [days for days in took if days >= 0]


def _first_digit(number: int) -> int:
    """2,345 as 2,000."""
    digits = str(number)
    return int(digits[0].ljust(len(digits), "0"))
