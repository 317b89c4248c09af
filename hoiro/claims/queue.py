"""What waits for the desk, most pressing first, and one claim with all that is known of it."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    DateField,
    F,
    Func,
    IntegerField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Greatest
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from hoiro.claims import match
from hoiro.claims.answer import today, topic_name, topic_names
from hoiro.claims.dispute import needing_work
from hoiro.claims.draft import discarded_review
from hoiro.claims.errors import NotFound
from hoiro.claims.models import (
    WORKING,
    Claim,
    ClaimReview,
    Comment,
    Danger,
    Decision,
    Dispute,
    Event,
    Match,
    Move,
    Phrasing,
    Request,
    State,
    Status,
    User,
    named,
)

SHOWS = ("open", "mine", "review", "returned", "expired", "soon", "disputed", "declined", "all")
"""Open claims and expired answers; mine; waiting for review; returned; expired; soon to expire; and so on."""
PER_PAGE = 30
REQUESTS_PER_PAGE = 50
SOON = datetime.timedelta(days=30)
HARM = {Danger.NONE: 1, Danger.LOW: 2, Danger.HIGH: 4}
"""How much more pressing a claim is for the harm it may do."""
NO_TOPIC = "-"
"""As a topic to filter by: claims that have none yet."""
FOUND = 500
"""So many claims a search finds at most."""


@dataclass(frozen=True)
class QueueFilter:
    """Which claims to list. Values that mean nothing are ignored."""

    show: str = "open"
    topic: str = ""
    language: str = ""
    danger: str = ""
    words: str = ""
    page: int = 1

    @classmethod
    def read(cls, values: Mapping[str, str]) -> "QueueFilter":
        """From what an address says; never raises."""
        page = values.get("page", "")
        return cls(
            show=values.get("show", ""),
            topic=values.get("topic", ""),
            language=values.get("language", ""),
            danger=values.get("danger", ""),
            words=values.get("words", ""),
            page=int(page) if page.isascii() and page.isdigit() and len(page) < 10 else 1,
        ).known()

    def known(self) -> "QueueFilter":
        """The same with every unknown value left out."""
        languages = {code for code, _name in settings.LANGUAGES}
        return replace(
            self,
            show=self.show if self.show in SHOWS else "open",
            topic=self.topic if self.topic in topic_names() or self.topic == NO_TOPIC else "",
            language=self.language if self.language in languages else "",
            danger=self.danger if self.danger in Danger.values else "",
            words=" ".join(self.words.replace("\0", " ").split())[:200],
            page=max(1, self.page),
        )


@dataclass(frozen=True)
class QueueRow:
    """One claim in the list. `why` says in words why it stands where it stands."""

    key: str
    kind: str
    wording: str
    topic: str
    topic_name: str
    language: str
    danger: str
    danger_name: str
    status: str
    state: str
    """Of the version being worked on, or empty."""
    askers: int
    days: int
    """It has waited so long: since it was opened, or since its answer expired."""
    weight: int
    why: str
    taken_by: str
    expired: bool
    review_by: datetime.date | None


@dataclass(frozen=True)
class QueuePage:
    """One page of the list; `counts` says how many each way of looking shows, under the same filters."""

    filter: QueueFilter
    rows: tuple[QueueRow, ...]
    page: int
    pages: int
    total: int
    counts: dict[str, int]


@dataclass(frozen=True)
class Near:
    """A claim near another one, and why the engine thinks so."""

    claim: Claim
    probability: float
    reasons: tuple[str, ...]
    published: bool


@dataclass(frozen=True)
class ClaimPage:
    """All that the desk knows of one claim."""

    claim: Claim
    row: QueueRow
    requests: tuple[Request, ...]
    """Newest first; those that wait or waited on it."""
    request_page: int
    request_pages: int
    request_total: int
    phrasings: tuple[Phrasing, ...]
    near: tuple[Near, ...]
    moves: tuple[Move, ...]
    """Merging and splitting that touched this claim and can still be undone, newest first."""
    events: tuple[Event, ...]
    """Newest first."""
    review: ClaimReview | None
    """The version being worked on."""
    published: ClaimReview | None
    given_up: ClaimReview | None
    """The version that was discarded last and can be brought back."""
    has_versions: bool
    """Anything was ever written."""
    disputes: tuple[Dispute, ...]
    """Undecided, or upheld while the disputed version stands; oldest first."""
    comments: tuple[Comment, ...]
    """On the version being worked on; the unresolved ones first."""


@dataclass(frozen=True)
class UndecidedMatch:
    """A request and a claim that the engine thought the same, and that no person has judged."""

    pk: int
    text: str
    day: datetime.date
    channel: str
    urgent: bool
    decision: str
    """What was done with the request: answer, suggest or unknown (it joined the claim)."""
    key: str
    wording: str
    answer: str
    """The published short answer; empty when the claim is open."""
    probability: float
    joined: bool


class DaysAfter(Func):
    """By how many whole days the first date is later than the second."""

    output_field = IntegerField()
    arity = 2

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """SQLite keeps dates as text."""
        template = "CAST(julianday(%(expressions)s) AS INTEGER)"
        return self.as_sql(compiler, connection, template=template, arg_joiner=") - julianday(", **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """There a date less a date is a number."""
        return self.as_sql(compiler, connection, template="(%(expressions)s)", arg_joiner=" - ", **context)


def queue(filter: QueueFilter, by: User) -> QueuePage:
    """The claims of one way of looking, 30 a page, those where most is at stake first."""
    filter = filter.known()
    found = _found(filter.words) if filter.words else None
    counts = _counts(filter, by, found)
    total = counts[filter.show]
    pages = max(1, -(-total // PER_PAGE))
    page = min(filter.page, pages)
    claims = Claim.objects.filter(_shown(filter.show, by), *_wanted(filter, found))
    numbers = _weighed(claims, soonest=filter.show == "soon")[(page - 1) * PER_PAGE : page * PER_PAGE]
    return QueuePage(
        filter=replace(filter, page=page),
        rows=_rows(list(numbers)),
        page=page,
        pages=pages,
        total=total,
        counts=counts,
    )


def claim_page(key: str, by: User, *, page: int = 1) -> ClaimPage:
    """One claim with its requests (50 a page). Raises NotFound."""
    weighed = _weighed(Claim.objects.filter(named(key))).first()
    if weighed is None:
        raise NotFound
    claim = _with_reviews(Claim.objects.filter(pk=weighed[0])).select_related("merged_into").get()
    waiting = Request.objects.filter(claim=claim)
    total = waiting.count()
    pages = max(1, -(-total // REQUESTS_PER_PAGE))
    page = min(max(1, page), pages)
    start = (page - 1) * REQUESTS_PER_PAGE
    review = _working(claim)
    return ClaimPage(
        claim=claim,
        row=_row(claim, days=weighed[1], weight=weighed[2]),
        requests=tuple(waiting.order_by("-day", "-pk")[start : start + REQUESTS_PER_PAGE]),
        request_page=page,
        request_pages=pages,
        request_total=total,
        phrasings=tuple(claim.phrasings.all()),
        near=near(claim),
        moves=tuple(
            Move.objects.filter(Q(source=claim) | Q(target=claim), undone_at=None)
            .select_related("source", "target", "by")
            .order_by("-pk")
        ),
        events=tuple(Event.objects.filter(claim=claim).select_related("by").order_by("-number")[:100]),
        review=review,
        published=_published(claim),
        given_up=_given_up(claim),
        has_versions=bool(_current(claim)),
        disputes=tuple(needing_work().filter(claim=claim)),
        comments=tuple(
            Comment.objects.filter(revision__review=review)
            .select_related("by", "revision")
            .order_by(F("resolved_at").asc(nulls_first=True), "pk")
        )
        if review
        else (),
    )


def near(claim: Claim, k: int = 8) -> tuple[Near, ...]:
    """Published and open claims that may be the same as `claim`, nearest first."""
    hits = match.near(claim.wording, k=k, without=claim.key)
    known = {
        each.key: each
        for each in Claim.objects.filter(key__in=[hit.key for hit in hits], status__in=[Status.OPEN, Status.PUBLISHED])
    }
    return tuple(
        Near(known[hit.key], hit.probability, hit.reasons, published=known[hit.key].status == Status.PUBLISHED)
        for hit in hits
        if hit.key in known
    )


def undecided(limit: int = 30, after: int | None = None, *, answered: bool = False) -> list[UndecidedMatch]:
    """What the engine suggested or joined and nobody has judged, newest first; `after` is the last `pk` seen.

    `answered` gives instead what was sent without a person looking: where a mistake costs most.
    """
    matches = Match.objects.filter(accepted=None, decided_by=Match.By.ENGINE)
    if after is not None:
        matches = matches.filter(pk__lt=after)
    matches = (
        matches.filter(request__decision=Decision.ANSWER)
        if answered
        else matches.exclude(request__decision=Decision.ANSWER)
    )
    chosen = (
        matches.select_related("request", "claim")
        .prefetch_related(
            Prefetch(
                "claim__reviews",
                queryset=ClaimReview.objects.filter(state=State.PUBLISHED).prefetch_related("texts"),
                to_attr="published_reviews",
            )
        )
        .order_by("-pk")[:limit]
    )
    return [_undecided(each) for each in chosen]


def why_matched(pair: UndecidedMatch) -> tuple[str, ...]:
    """The engine's reasons for and against a pair, as it sees them now; none when it would not put them together."""
    return next((hit.reasons for hit in match.near(pair.text, k=PER_PAGE) if hit.key == pair.key), ())


def _undecided(each: Match) -> UndecidedMatch:
    request, claim = each.request, each.claim
    reviews: list[ClaimReview] = claim.published_reviews  # type: ignore[attr-defined]  # prefetched
    texts = {text.language: text for text in reviews[0].texts.all()} if reviews else {}
    text = texts.get(request.language) or next(iter(texts.values()), None)
    return UndecidedMatch(
        pk=each.pk,
        text=request.text,
        day=request.day,
        channel=request.channel,
        urgent=request.urgent,
        decision=request.decision,
        key=claim.key,
        wording=text.claim_wording if text else claim.wording,
        answer=text.short_answer if text else "",
        probability=each.probability,
        joined=request.claim_id == claim.pk,
    )


def _counts(filter: QueueFilter, by: User, found: list[int] | None) -> dict[str, int]:
    """How many claims each way of looking shows, in four queries."""
    claims = Claim.objects.filter(*_wanted(filter, found))
    by_status = dict(claims.order_by().values_list("status").annotate(Count("pk")))
    published = Q(state=State.PUBLISHED, claim__status=Status.PUBLISHED)
    by_state = ClaimReview.objects.filter(*_wanted(filter, found, "claim__")).aggregate(
        review=Count("pk", filter=Q(state=State.SUBMITTED)),
        returned=Count("pk", filter=Q(state=State.RETURNED)),
        expired=Count("pk", filter=published & Q(review_by__lt=today())),
        soon=Count("pk", filter=published & Q(review_by__gte=today(), review_by__lte=today() + SOON)),
    )
    return {
        "open": by_status.get(Status.OPEN, 0) + by_state["expired"],
        "mine": claims.filter(_shown("mine", by)).count(),
        **by_state,
        "disputed": claims.filter(_shown("disputed", by)).count(),
        "declined": by_status.get(Status.DECLINED, 0),
        "all": sum(count for status, count in by_status.items() if status != Status.MERGED),
    }


def _shown(show: str, by: User) -> Q:
    reviews = ClaimReview.objects.all()
    published = reviews.filter(state=State.PUBLISHED)
    expired = Q(status=Status.PUBLISHED, pk__in=published.filter(review_by__lt=today()).values("claim"))
    near_end = published.filter(review_by__gte=today(), review_by__lte=today() + SOON)
    begun = reviews.filter(author=by, state__in=WORKING)
    return {
        "open": Q(status=Status.OPEN) | expired,
        "mine": Q(taken_by=by) | Q(pk__in=begun.values("claim")),
        "review": Q(pk__in=reviews.filter(state=State.SUBMITTED).values("claim")),
        "returned": Q(pk__in=reviews.filter(state=State.RETURNED).values("claim")),
        "expired": expired,
        "soon": Q(status=Status.PUBLISHED, pk__in=near_end.values("claim")),
        "disputed": Q(pk__in=needing_work().values("claim")),
        "declined": Q(status=Status.DECLINED),
        "all": ~Q(status=Status.MERGED),
    }[show]


def _wanted(filter: QueueFilter, found: list[int] | None, prefix: str = "") -> list[Q]:
    """The filters other than `show`, for claims or for what points to them."""
    wanted = {
        "topic": "" if filter.topic == NO_TOPIC else filter.topic or None,
        "language": filter.language or None,
        "danger": filter.danger or None,
        "pk__in": found,
    }
    return [Q(**{prefix + field: value}) for field, value in wanted.items() if value is not None]


def _found(words: str) -> list[int]:
    """Claims that say all the words in their wording or in one way of asking, or, to the engine, without tone marks."""
    said, asked = Q(), Q()
    for word in words.split():
        said &= Q(wording__icontains=word)
        asked &= Q(text__icontains=word)
    hits = Q(key__in=match.saying(words)[:FOUND]) | Q(key=words)
    phrased = Phrasing.objects.filter(asked).values("claim")
    return list(Claim.objects.filter(said | hits | Q(pk__in=phrased)).values_list("pk", flat=True)[:FOUND])


def _weighed(claims: QuerySet[Claim], *, soonest: bool = False) -> QuerySet[Claim, tuple[int, int, int]]:
    """Number, days waited (from 1) and weight, the heaviest first; or those first that expire `soonest`."""
    review_by = ClaimReview.objects.filter(claim=OuterRef("pk"), state=State.PUBLISHED).values("review_by")[:1]
    now = Value(today(), output_field=DateField())
    # Below 0 while an answer still holds.
    since = Case(
        When(status=Status.PUBLISHED, then=DaysAfter(now, Subquery(review_by))),
        default=DaysAfter(now, F("opened")),
    )
    days = Greatest(since, 1)
    harm = Case(*(When(danger=danger, then=weight) for danger, weight in HARM.items()), default=1)
    # PostgreSQL's integer is too small for what very many asked for years.
    askers = Cast(Greatest(F("askers"), 1), BigIntegerField())
    weighed = claims.annotate(since=since, days=days, weight=askers * harm * days)
    ordered = weighed.order_by("-since", "-weight", "pk") if soonest else weighed.order_by("-weight", "pk")
    return ordered.values_list("pk", "days", "weight")


def _with_reviews(claims: QuerySet[Claim]) -> QuerySet[Claim]:
    reviews = ClaimReview.objects.exclude(state=State.SUPERSEDED)
    return claims.select_related("taken_by").prefetch_related(
        Prefetch("reviews", queryset=reviews.select_related("author", "reviewer"), to_attr="current_reviews")
    )


def _current(claim: Claim) -> list[ClaimReview]:
    found: list[ClaimReview] = claim.current_reviews  # type: ignore[attr-defined]  # from _with_reviews
    return found


def _working(claim: Claim) -> ClaimReview | None:
    return next((review for review in _current(claim) if review.state in WORKING), None)


def _published(claim: Claim) -> ClaimReview | None:
    return next((review for review in _current(claim) if review.state == State.PUBLISHED), None)


def _given_up(claim: Claim) -> ClaimReview | None:
    workable = claim.status in {Status.OPEN, Status.PUBLISHED}
    # Asked of the database only where anything was discarded at all.
    any_discarded = any(review.state == State.DISCARDED for review in _current(claim))
    return discarded_review(claim) if workable and any_discarded else None


def _rows(numbers: list[tuple[int, int, int]]) -> tuple[QueueRow, ...]:
    claims = _with_reviews(Claim.objects.all()).in_bulk([pk for pk, _days, _weight in numbers])
    return tuple(_row(claims[pk], days=days, weight=weight) for pk, days, weight in numbers if pk in claims)


def _row(claim: Claim, *, days: int, weight: int) -> QueueRow:
    working, published = _working(claim), _published(claim)
    review_by = published.review_by if published else None
    expired = claim.status == Status.PUBLISHED and review_by is not None and review_by < today()
    return QueueRow(
        key=claim.key,
        kind=claim.kind,
        wording=claim.wording,
        topic=claim.topic,
        topic_name=topic_name(claim.topic, get_language() or settings.LANGUAGE_CODE),
        language=claim.language,
        danger=claim.danger,
        danger_name=str(Danger(claim.danger).label),
        status=claim.status,
        state=working.state if working else "",
        askers=claim.askers,
        days=days,
        weight=weight,
        why=_why(claim, days=days, expired=expired, review_by=review_by),
        taken_by=str(claim.taken_by or ""),
        expired=expired,
        review_by=review_by,
    )


def _why(claim: Claim, *, days: int, expired: bool, review_by: datetime.date | None) -> str:
    """ "12 asked × serious harm × 3 days": what the order is made of."""
    asked = (
        ngettext("%(count)s asked", "%(count)s asked", claim.askers) % {"count": claim.askers}
        if claim.askers
        else _("nobody waits")
    )
    harm = str(Danger(claim.danger).label).lower()
    if expired:
        waited = ngettext("expired %(count)s day ago", "expired %(count)s days ago", days) % {"count": days}
    elif claim.status == Status.PUBLISHED and review_by:
        left = (review_by - today()).days
        waited = (
            ngettext("expires in %(count)s day", "expires in %(count)s days", left) % {"count": left}
            if left
            else _("expires today")
        )
    else:
        waited = ngettext("%(count)s day", "%(count)s days", days) % {"count": days}
    return f"{asked} × {harm} × {waited}"
