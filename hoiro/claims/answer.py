"""A review as words, alike for page, API and chat."""

import datetime
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import nh3
import yaml
from django.conf import settings
from django.db.models import Count, Max, Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override
from markdown_it import MarkdownIt

from hoiro.claims import match
from hoiro.claims.errors import NotFound
from hoiro.claims.models import (
    Claim,
    ClaimReview,
    Decision,
    Decline,
    Direction,
    Evidence,
    Match,
    Rating,
    Request,
    ReviewText,
    State,
    Status,
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
    explanation_html: str
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


@dataclass(frozen=True)
class AnswerPage:
    """Some of the published answers, and how many there are."""

    items: tuple[Answer, ...]
    page: int
    pages: int
    total: int


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


def today() -> datetime.date:
    """The day it is where the desk is."""
    return timezone.localdate()


def answer_for(claim_key: str, language: str) -> Answer:
    """The published review of one claim. Raises NotFound when there is none, or it was withdrawn."""
    found = answers_for([claim_key], language)
    if not found:
        raise NotFound
    return found[claim_key]


def answers_for(claim_keys: Iterable[str], language: str) -> dict[str, Answer]:
    """As `answer_for`, for several at once; what is not published is left out."""
    reviews = _published().filter(claim__key__in=list(claim_keys))
    return {review.claim.key: _answer(review, language) for review in reviews}


def preview(draft: "Draft", claim: Claim, language: str) -> Answer:
    """The draft as it would be shown if it were published as it is; a day that is missing is today or a year on."""
    as_of = draft.as_of or today()
    review = ClaimReview(
        claim=claim,
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
    return _worded(
        review,
        texts or {language: ReviewText(language=language, claim_wording=claim.wording)},
        evidence,
        language,
        topic=draft.topic,
        danger=draft.danger,
    )


def browse(topic: str | None = None, language: str = "vi") -> tuple[Answer, ...]:
    """Every published answer, of one topic or all, newest finding first."""
    reviews = _published().filter(claim__topic=topic) if topic else _published()
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
    answer = answers_for([request.claim.key], language or request.language).get(request.claim.key)
    declined = str(Decline(request.claim.declined_why).label) if request.claim.status == Status.DECLINED else ""
    return FollowState(
        state="answered" if answer else "declined" if declined else "waiting",
        text=request.text,
        asked_on=request.day,
        urgent=request.urgent,
        answer=answer,
        declined=declined,
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
        lines += ["", _("As of %(date)s.") % {"date": date_format(answer.as_of, _("j F Y"))}]
        if answer.expired:
            lines.append(_("This answer is past its review date and may be out of date."))
        if answer.starter:
            lines.append(_("Starter content: a health professional has not yet reviewed it."))
        if answer.doctor_first:
            lines.append(_("It rests on news reports and named experts. Ask a doctor before you rely on it."))
        return "\n".join(lines)


def _published() -> QuerySet[ClaimReview]:
    # Joined to nothing but what one answer shows, in three queries however many there are.
    return (
        ClaimReview.objects.filter(state=State.PUBLISHED)
        .select_related("claim")
        .prefetch_related("evidence", Prefetch("texts", queryset=ReviewText.objects.order_by("id")))
    )


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
    if review.as_of is None or review.review_by is None:  # the database does not let one through
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
        rating_name=str(rating.label) if rating else "",
        rating_sign=SIGNS[rating.value] if rating else "",
        short_answer=text.short_answer,
        explanation_html=_html(text.explanation),
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
