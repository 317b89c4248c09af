"""A review as words, alike for page, API and chat."""

import datetime
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import nh3
import yaml
from django.conf import settings
from django.db.models import CharField, Count, F, Max, Min, OuterRef, Prefetch, Q, QuerySet, Subquery, Value
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override
from markdown_it import MarkdownIt

from hoiro.claims import match
from hoiro.claims.errors import NotFound, Withdrawn
from hoiro.claims.models import (
    PUBLIC,
    Claim,
    ClaimReview,
    Decision,
    Decline,
    Direction,
    Dispute,
    Event,
    Evidence,
    Match,
    Rating,
    Request,
    ReviewText,
    State,
    Status,
    User,
    named,
)

if TYPE_CHECKING:
    from hoiro.claims.draft import Draft

SIGNS = {"true": "✓", "mixture": "~", "misleading": "≠", "unproven": "?", "false": "✗"}
TOPICS = Path(__file__).parent.parent / "library" / "topics.yaml"
PER_PAGE = 50
_markdown = MarkdownIt("commonmark", {"html": False, "linkify": False})
_TAGS = {"p", "ul", "ol", "li", "strong", "em", "blockquote", "br", "a", "h3", "h4", "code"}


@dataclass(frozen=True)
class EvidenceLine:
    """One source as shown. `direction` is a code, `direction_name` its words."""

    publisher: str
    title: str
    url: str
    direction: str
    direction_name: str
    date: datetime.date | None
    note: str
    quotation: str = ""


@dataclass(frozen=True)
class Answer:
    """Everything a page, the API or a chat shows of one published review."""

    key: str
    kind: str
    topic: str
    topic_name: str
    danger: str
    claim: str
    rating: str | None
    rating_name: str
    rating_sign: str
    short_answer: str
    explanation: str
    """In Markdown."""
    instead: str
    evidence: tuple[EvidenceLine, ...]
    as_of: datetime.date
    review_by: datetime.date
    expired: bool
    language: str
    only_other_language: bool
    other_languages: tuple[str, ...]
    starter: bool
    doctor_first: bool
    version: int
    current: bool
    """Otherwise a newer version stands in its place, and this one is only to be read."""
    published_at: datetime.datetime
    """When this version was."""
    first_published_at: datetime.datetime
    """When the first version of this claim was."""
    reviewed_by: str
    """The desk, after the name of the second person where that person chose so; empty for starter content, which
    nobody has reviewed."""
    lacks: tuple[str, ...] = ()
    """Of a draft: which of its days, `as_of` and `review_by`, are not given yet, and so are nothing to show."""

    @cached_property
    def explanation_html(self) -> str:
        """Made when it is shown: most answers are read in lists, which do not."""
        return _html(self.explanation)

    @property
    def changed_at(self) -> datetime.datetime:
        """When the words shown were last changed."""
        return self.published_at

    @property
    def caution(self) -> str:
        """That a doctor is to be asked first, in the language that is active; empty where that is not said."""
        if not self.doctor_first:
            return ""
        return _("It rests on news reports and named experts. Ask a doctor before you rely on it.")


@dataclass(frozen=True)
class Version:
    """One version of an answer that is or was public. `reason` is why it differs from the one before."""

    number: int
    published_at: datetime.datetime
    rating: str | None
    rating_name: str
    reason: str
    state: str
    """A State: published, superseded or withdrawn."""
    withdrawn_at: datetime.datetime | None
    withdrawn_reason: str


@dataclass(frozen=True)
class Withdrawal:
    """An answer that was taken back: what it was about, when and why."""

    key: str
    kind: str
    claim: str
    language: str
    at: datetime.datetime
    reason: str


@dataclass(frozen=True)
class Correction:
    """A published answer that was changed, or withdrawn (then it has no new rating), and why."""

    what: Literal["changed", "withdrawn"]
    key: str
    kind: str
    claim: str
    language: str
    version: int
    at: datetime.datetime
    reason: str
    disputed: bool
    """A reader had disputed what stood there before, and the desk upheld it."""
    old_rating: str | None
    old_rating_name: str
    rating: str | None
    rating_name: str
    short_answer: str
    """What this version says; empty once it was replaced, withdrawn or is past its review date. So is `instead`."""
    instead: str


@dataclass(frozen=True)
class CorrectionPage:
    """Some of the corrections, and how many there are."""

    items: tuple[Correction, ...]
    page: int
    pages: int
    total: int


@dataclass(frozen=True)
class AnswerPage:
    """Some of the published answers, and how many there are."""

    items: tuple[Answer, ...]
    page: int
    pages: int
    total: int


@dataclass(frozen=True)
class Readable:
    """That something published stands at an address: no more than a site map needs."""

    key: str
    kind: str
    languages: frozenset[str]
    changed_at: datetime.datetime


@dataclass(frozen=True)
class TakenBack:
    """A finding that was withdrawn, in one of its languages."""

    key: str
    kind: str
    language: str
    first_published_at: datetime.datetime
    at: datetime.datetime


@dataclass(frozen=True)
class Topic:
    """A topic with its name in the reader's language and the number of published answers."""

    key: str
    name: str
    count: int


@dataclass(frozen=True)
class FollowState:
    """What the holder of a follow link sees."""

    state: Literal["waiting", "answered", "declined"]
    text: str
    asked_on: datetime.date
    urgent: bool
    answer: Answer | None
    # Why the desk does not check it, in words.
    declined: str = ""
    # What was taken back since it was asked, while no other answer stands.
    withdrawn: Withdrawal | None = None


def today() -> datetime.date:
    """The day it is where the desk is."""
    return timezone.localdate()


def answer_for(claim_key: str, language: str) -> Answer:
    """The published review of one claim, by its key or the one it had while it waited.

    Raises NotFound when there is none, or it was withdrawn.
    """
    found = answers_for([claim_key], language)
    if not found and withdrawn(claim_key, language):
        raise Withdrawn
    if not found:
        raise NotFound
    return found[claim_key]


def answers_for(claim_keys: Iterable[str], language: str) -> dict[str, Answer]:
    """As `answer_for`, for several at once; what is not published is left out."""
    wanted = set(claim_keys)
    named = Q(claim__key__in=wanted) | Q(claim__former_key__in=wanted)
    return {
        key: _answer(review, language)
        for review in _published().filter(named)
        for key in (review.claim.key, review.claim.former_key)
        if key in wanted
    }


def withdrawn(claim_key: str, language: str) -> Withdrawal | None:
    """Of a claim that had an answer and has none now: when it was taken back, and why. Never the answer."""
    public = ClaimReview.objects.filter(claim__in=Claim.objects.filter(named(claim_key)), state__in=PUBLIC)
    review = public.select_related("claim").prefetch_related("texts").order_by("version").last()
    if review is None or review.state != State.WITHDRAWN or review.withdrawn_at is None:
        return None
    texts = {text.language: text for text in review.texts.all()}
    text = texts.get(language) or texts.get(settings.LANGUAGE_CODE) or next(iter(texts.values()))
    return Withdrawal(
        key=review.claim.key,
        kind=review.claim.kind,
        claim=text.claim_wording,
        language=text.language,
        at=review.withdrawn_at,
        reason=_withdrawal_reasons([review]).get((review.claim_id, review.version), ""),
    )


def worded_for(claim_keys: Iterable[str]) -> dict[str, list[Answer]]:
    """As `answers_for`, each in every language it is written in, named in that language."""
    found: dict[str, list[Answer]] = {}
    for review in _published().filter(claim__key__in=list(claim_keys)):
        for text in review.texts.all():
            with override(text.language):
                found.setdefault(review.claim.key, []).append(_answer(review, text.language))
    return found


def version_of(claim_key: str, number: int, language: str) -> Answer:
    """The published version, or an older one that it replaced. Raises NotFound.

    What was withdrawn is not read again, nor what came before while nothing stands in its place.
    """
    claims = Claim.objects.filter(named(claim_key), reviews__state=State.PUBLISHED)
    review = _readable().filter(claim__in=claims, version=number, state__in=(State.PUBLISHED, State.SUPERSEDED)).first()
    if review is None:
        raise NotFound
    return _answer(review, language)


def versions(claim_key: str) -> tuple[Version, ...]:
    """Every version that is or was public, newest first; empty where nothing was ever published."""
    reviews = ClaimReview.objects.filter(claim__key=claim_key, state__in=PUBLIC).order_by("-version")
    taken_back = _withdrawal_reasons(reviews)
    return tuple(
        Version(
            number=review.version,
            published_at=review.published_at,
            rating=review.rating,
            rating_name=_rating_name(review.rating),
            reason=_reason(review),
            state=review.state,
            withdrawn_at=review.withdrawn_at,
            withdrawn_reason=taken_back.get((review.claim_id, review.version), ""),
        )
        for review in reviews
        if review.published_at  # the database lets no public version through without
    )


def corrections(*, language: str, limit: int = PER_PAGE, page: int = 1) -> CorrectionPage:
    """Every version that says something else than the one before, and every withdrawal, newest first."""
    public = ClaimReview.objects.filter(state__in=PUBLIC)
    changed = public.filter(changes_meaning=True).annotate(what=Value("changed", CharField()), at=F("published_at"))
    withdrawn = public.filter(state=State.WITHDRAWN).annotate(
        what=Value("withdrawn", CharField()), at=F("withdrawn_at")
    )
    columns = ("pk", "what", "at")
    rows = changed.order_by().values_list(*columns).union(withdrawn.order_by().values_list(*columns), all=True)
    total = rows.count()
    start = (page - 1) * limit
    shown = list(rows.order_by("-at", "-pk")[start : start + limit])
    reviews = public.select_related("claim").prefetch_related("texts").in_bulk([pk for pk, _what, _at in shown])
    before = _ratings_before(reviews.values())
    taken_back = _withdrawal_reasons(reviews.values())
    upheld = _upheld(reviews.values())
    return CorrectionPage(
        items=tuple(_correction(reviews[pk], what, at, language, before, taken_back, upheld) for pk, what, at in shown),
        page=page,
        pages=max(1, -(-total // limit)),
        total=total,
    )


def preview(draft: "Draft", claim: Claim, language: str) -> Answer:
    """The draft as it would be shown if it were published as it is. A day that is missing is said to be so."""
    as_of = draft.as_of or today()
    last = claim.reviews.filter(state__in=PUBLIC).order_by("version").last()
    review = ClaimReview(
        claim=claim,
        version=last.version + 1 if last else 1,
        state=State.PUBLISHED,
        published_at=timezone.now(),
        rating=draft.rating,
        as_of=as_of,
        review_by=draft.review_by or as_of + datetime.timedelta(days=365),
        doctor_first=draft.doctor_first,
    )
    texts = {
        code: ReviewText(
            language=code,
            claim_wording=text.claim_wording,
            short_answer=text.short_answer,
            explanation=text.explanation,
            instead=text.instead,
        )
        for code, text in draft.texts.items()
        if text.begun
    }
    evidence = [
        Evidence(
            publisher=source.publisher,
            title=source.title,
            url=source.url,
            quotation=source.quotation,
            direction=source.direction,
            note=source.note,
            published_on=source.published_on,
        )
        for source in draft.evidence
    ]
    shown = _worded(
        review,
        texts or {language: ReviewText(language=language, claim_wording=claim.wording)},
        evidence,
        language,
        topic=draft.topic,
        danger=draft.danger,
    )
    return replace(shown, lacks=tuple(name for name in ("as_of", "review_by") if getattr(draft, name) is None))


def browse(topic: str | None = None, language: str = "vi", kind: str = "") -> tuple[Answer, ...]:
    """Every published answer, of one topic or kind or all, newest finding first."""
    wanted = {"claim__topic": topic, "claim__kind": kind}
    reviews = _published().filter(**{field: value for field, value in wanted.items() if value})
    return tuple(_answer(review, language) for review in reviews.order_by("-as_of", "claim__key"))


def listing(*, language: str, topic: str = "", rating: str = "", in_language: str = "", page: int = 1) -> AnswerPage:
    """As `browse`, one page at a time. `in_language` keeps only what is written in that language."""
    wanted = {"claim__topic": topic, "rating": rating, "texts__language": in_language}
    reviews = _published().filter(**{field: value for field, value in wanted.items() if value})
    total = reviews.count()
    start = (page - 1) * PER_PAGE
    found = reviews.order_by("-as_of", "claim__key")[start : start + PER_PAGE]
    return AnswerPage(
        items=tuple(_answer(review, language) for review in found),
        page=page,
        pages=max(1, -(-total // PER_PAGE)),
        total=total,
    )


def newest(*, language: str = "", topic: str = "", rating: str = "", limit: int = 25, page: int = 1) -> AnswerPage:
    """What was published last, first: `limit` findings a page, each in every language it is written in.

    With `language` only what is written in it, in that language alone.
    """
    reviews = _filtered(_published(), language, topic, rating)
    total = reviews.count()
    found = reviews.order_by("-published_at", "claim__key")[(page - 1) * limit : page * limit]
    items: list[Answer] = []
    for review in found:
        for code in [text.language for text in review.texts.all() if language in {"", text.language}]:
            with override(code):
                items.append(_answer(review, code))
    return AnswerPage(items=tuple(items), page=page, pages=max(1, -(-total // limit)), total=total)


def taken_back(*, language: str = "", topic: str = "", rating: str = "", limit: int = 50) -> tuple[TakenBack, ...]:
    """What was withdrawn last and stands nowhere now."""
    gone = ClaimReview.objects.filter(state=State.WITHDRAWN).exclude(claim__reviews__state=State.PUBLISHED)
    first = Min("claim__reviews__published_at")
    reviews = _filtered(gone, language, topic, rating).select_related("claim").prefetch_related("texts")
    return tuple(
        TakenBack(review.claim.key, review.claim.kind, text.language, review.first, review.withdrawn_at)
        for review in reviews.annotate(first=first).order_by("-withdrawn_at")[:limit]
        for text in review.texts.all()
        if language in {"", text.language} and review.withdrawn_at
    )


def readable() -> list[Readable]:
    """Everything published, by key, without its words."""
    published = ReviewText.objects.filter(review__state=State.PUBLISHED).order_by("review__claim__key", "id")
    rows = published.values_list("review__claim__key", "review__claim__kind", "review__published_at", "language")
    found: dict[str, Readable] = {}
    for key, kind, moment, language in rows:
        if moment:
            before = found[key].languages if key in found else frozenset()
            found[key] = Readable(key, kind, before | {language}, moment)
    return list(found.values())


def last_change() -> datetime.datetime | None:
    """When anything published last changed: by the desk, or by passing its review-by date."""
    public = ClaimReview.objects.filter(state__in=PUBLIC)
    over_by_now = Max("review_by", filter=Q(review_by__lt=today()))
    found = public.aggregate(published=Max("published_at"), withdrawn=Max("withdrawn_at"), over=over_by_now)
    over = found["over"]
    moments = [found["published"], found["withdrawn"]]
    if over:
        midnight = datetime.datetime.combine(over + datetime.timedelta(days=1), datetime.time())
        moments.append(timezone.make_aware(midnight))
    return max((moment for moment in moments if moment), default=None)


def _filtered(reviews: QuerySet[ClaimReview], language: str, topic: str, rating: str) -> QuerySet[ClaimReview]:
    wanted = {"claim__topic": topic, "rating": rating, "texts__language": language}
    return reviews.filter(**{field: value for field, value in wanted.items() if value})


def search(query: str, language: str, *, limit: int = 20) -> tuple[Answer, ...]:
    """Published answers about `query`, best first. The same engine that answers questions."""
    if not query.strip():
        return ()
    keys = [hit.key for hit in match.match(query[:400], k=limit).hits]
    found = answers_for(keys, language)
    return tuple(found[key] for key in keys if key in found)


def topics(language: str) -> tuple[Topic, ...]:
    """Topics with something published, in the order of topics.yaml."""
    counts = dict(
        ClaimReview.objects.filter(state=State.PUBLISHED).values_list("claim__topic").annotate(Count("id")).order_by()
    )
    return tuple(Topic(key, topic_name(key, language), counts[key]) for key in topic_names() if key in counts)


def topic_name(topic: str, language: str) -> str:
    """A topic's name as people read it."""
    names = topic_names().get(topic, {})
    return names.get(language) or names.get(settings.LANGUAGE_CODE) or topic


@cache
def topic_names() -> dict[str, dict[str, str]]:
    """topics.yaml: key, language, name."""
    loaded: dict[str, dict[str, str]] = yaml.safe_load(TOPICS.read_text(encoding="utf-8"))
    return loaded


def most_asked(language: str, limit: int = 5, days: int = 7) -> tuple[Answer, ...]:
    """What was answered most often in the last days. Never how often, and empty when nobody asked."""
    since = today() - datetime.timedelta(days=days - 1)
    asked = (
        Match.objects.filter(
            Q(accepted__isnull=True) | Q(accepted=True),
            request__day__gte=since,
            request__decision=Decision.ANSWER,
            claim__reviews__state=State.PUBLISHED,
        )
        .values("claim__key")
        .annotate(times=Count("request", distinct=True), last=Max("request"))
        .order_by("-times", "-last")
    )
    keys = [row["claim__key"] for row in asked[:limit]]
    found = answers_for(keys, language)
    return tuple(found[key] for key in keys if key in found and not found[key].expired)


def follow(token: str, language: str | None = None) -> FollowState:
    """What became of the question behind a follow link. Raises NotFound for a token we never gave."""
    request = (
        Request.objects.select_related("claim").filter(follow_hash=follow_hash(token), claim__isnull=False).first()
    )
    if request is None or request.claim is None:
        raise NotFound
    shown_in = language or request.language
    answer = answers_for([request.claim.key], shown_in).get(request.claim.key)
    declined = str(Decline(request.claim.declined_why).label) if request.claim.status == Status.DECLINED else ""
    gone = None if answer else withdrawn(request.claim.key, shown_in)
    # Who asked afterwards never had it.
    if gone and timezone.localdate(gone.at) < request.day:
        gone = None
    return FollowState(
        state="answered" if answer else "declined" if declined else "waiting",
        text=request.text,
        asked_on=request.day,
        urgent=request.urgent,
        answer=answer,
        declined=declined,
        withdrawn=gone,
    )


def follow_hash(token: str) -> str:
    """What is stored of a follow link. The token has 128 random bits, so a plain hash is enough."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def as_text(answer: Answer) -> str:
    """The answer for chat and terminal: plain lines in the answer's own language."""
    with override(answer.language):
        lines = [answer.claim]
        if answer.rating:
            lines.append(f"{answer.rating_sign} {Rating(answer.rating).label}")
        lines += ["", answer.short_answer]
        if answer.instead:
            lines += ["", _("What to do instead:") + " " + answer.instead]
        lines += ["", _("Sources:")]
        lines += [f"- {line.publisher}: {line.title}\n  {line.url}" for line in answer.evidence]
        day = _("As of %(date)s.") % {"date": date_format(answer.as_of, _("j F Y"))}
        lines += ["", _("As of: the day is still missing.") if "as_of" in answer.lacks else day]
        if answer.expired:
            lines.append(_("This answer is past its review date and may be out of date."))
        if answer.starter:
            lines.append(_("Starter content: a health professional has not yet reviewed it."))
        if answer.caution:
            lines.append(answer.caution)
        return "\n".join(lines)


def _published() -> QuerySet[ClaimReview]:
    return _readable().filter(state=State.PUBLISHED)


def _readable() -> QuerySet[ClaimReview]:
    # Joined to nothing but what one answer shows, in three queries however many there are.
    first = ClaimReview.objects.filter(claim=OuterRef("claim"), published_at__isnull=False).order_by("version")
    return (
        ClaimReview.objects.annotate(first_published_at=Subquery(first.values("published_at")[:1]))
        .select_related("claim", "reviewer")
        .prefetch_related("evidence", Prefetch("texts", queryset=ReviewText.objects.order_by("id")))
    )


def _rating_name(rating: str | None) -> str:
    return str(Rating(rating).label) if rating else ""


def _reason(review: ClaimReview) -> str:
    if review.starter and review.version > 1 and not review.reason:
        return _("The starter content was brought up to date.")
    return review.reason


def _withdrawal_reasons(reviews: Iterable[ClaimReview]) -> dict[tuple[int, int], str]:
    """By claim and version. The log alone keeps them."""
    claims = {review.claim_id for review in reviews if review.state == State.WITHDRAWN}
    if not claims:
        return {}
    events = Event.objects.filter(what="withdrawn", claim__in=claims).values_list("claim", "data")
    return {(claim, data["version"]): data["reason"] for claim, data in events if claim}


def _ratings_before(reviews: Iterable[ClaimReview]) -> dict[int, str | None]:
    """By review, the rating of the public version before it."""
    wanted = {review.pk for review in reviews}
    before: dict[int, str | None] = {}
    last: tuple[int, str | None] = (0, None)
    public = ClaimReview.objects.filter(state__in=PUBLIC, claim__in={each.claim_id for each in reviews})
    for pk, claim, rating in public.order_by("claim", "version").values_list("pk", "claim", "rating"):
        if pk in wanted and last[0] == claim:
            before[pk] = last[1]
        last = (claim, rating)
    return before


def _upheld(reviews: Iterable[ClaimReview]) -> set[tuple[int, int]]:
    """Of these claims, the versions of which a dispute was upheld."""
    found = Dispute.objects.filter(claim__in={each.claim_id for each in reviews}, state=Dispute.State.UPHELD)
    return set(found.values_list("claim", "review__version"))


def _correction(
    review: ClaimReview,
    what: Literal["changed", "withdrawn"],
    at: datetime.datetime,
    language: str,
    before: Mapping[int, str | None],
    taken_back: Mapping[tuple[int, int], str],
    upheld: set[tuple[int, int]],
) -> Correction:
    texts = {text.language: text for text in review.texts.all()}
    text = texts.get(language) or texts.get(settings.LANGUAGE_CODE) or next(iter(texts.values()))
    withdrawn = what == "withdrawn"
    old, new = (review.rating, None) if withdrawn else (before.get(review.pk), review.rating)
    stands = review.state == State.PUBLISHED and review.review_by is not None and review.review_by >= today()
    return Correction(
        what=what,
        key=review.claim.key,
        kind=review.claim.kind,
        claim=text.claim_wording,
        language=text.language,
        version=review.version,
        at=at,
        reason=taken_back.get((review.claim_id, review.version), "") if withdrawn else _reason(review),
        # Public versions are numbered without a gap.
        disputed=(review.claim_id, review.version - (not withdrawn)) in upheld,
        old_rating=old,
        old_rating_name=_rating_name(old),
        rating=new,
        rating_name=_rating_name(new),
        short_answer=text.short_answer if stands else "",
        instead=text.instead if stands else "",
    )


def _reviewed_by(reviewer: User | None) -> str:
    if reviewer is None:
        return ""
    named = [reviewer.name] if reviewer.name_public and reviewer.name else []
    return ", ".join([*named, settings.HOIRO_DESK_NAME])


def _answer(review: ClaimReview, language: str) -> Answer:
    claim = review.claim
    texts = {text.language: text for text in review.texts.all()}
    return _worded(review, texts, review.evidence.all(), language, topic=claim.topic, danger=claim.danger)


def _worded(
    review: ClaimReview,
    texts: Mapping[str, ReviewText],
    evidence: Iterable[Evidence],
    language: str,
    *,
    topic: str,
    danger: str,
) -> Answer:
    text = texts.get(language) or texts.get(settings.LANGUAGE_CODE) or next(iter(texts.values()))
    if (
        review.as_of is None or review.review_by is None or review.published_at is None
    ):  # the database does not let one through
        raise NotFound
    rating = Rating(review.rating) if review.rating else None
    return Answer(
        key=review.claim.key,
        kind=review.claim.kind,
        topic=topic,
        topic_name=topic_name(topic, language),
        danger=danger,
        claim=text.claim_wording,
        rating=rating.value if rating else None,
        rating_name=_rating_name(rating),
        rating_sign=SIGNS[rating.value] if rating else "",
        short_answer=text.short_answer,
        explanation=text.explanation,
        instead=text.instead,
        evidence=tuple(
            EvidenceLine(
                publisher=each.publisher,
                title=each.title,
                url=each.url,
                direction=each.direction,
                direction_name=str(Direction(each.direction).label),
                date=each.published_on,
                note=each.note,
                quotation=each.quotation,
            )
            for each in evidence
        ),
        as_of=review.as_of,
        review_by=review.review_by,
        expired=review.review_by < today(),
        language=text.language,
        only_other_language=text.language != language,
        other_languages=tuple(code for code in texts if code != text.language),
        starter=review.starter,
        doctor_first=review.doctor_first,
        version=review.version,
        current=review.state == State.PUBLISHED,
        published_at=review.published_at,
        first_published_at=getattr(review, "first_published_at", None) or review.published_at,
        reviewed_by=_reviewed_by(review.reviewer),
    )


def _html(markdown: str) -> str:
    """Markdown as HTML that cannot do anything: no raw HTML in, a short list of tags out."""
    if not markdown:
        return ""
    return nh3.clean(
        _markdown.render(markdown),
        tags=_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "tel"},
        link_rel="noopener noreferrer nofollow",
    )
