"""What is being written: the content of a Revision, as values, and what it still lacks."""

import datetime
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from hoiro.claims.answer import today, topic_names
from hoiro.claims.errors import BadDraft
from hoiro.claims.models import (
    PUBLIC,
    WORKING,
    Claim,
    ClaimReview,
    Danger,
    Direction,
    Kind,
    Phrasing,
    Rating,
    Revision,
    State,
)

MOST_SOURCES = 50
MOST_PHRASINGS = 60
MOST_GROUPS = 20
MOST_WORDS = 200
LENGTHS = {
    "topic": 40,
    "claim_wording": 500,
    "short_answer": 2_000,
    "explanation": 20_000,
    "instead": 2_000,
    "reason": 2_000,
    "publisher": 200,
    "title": 500,
    "url": 1_000,
    "quotation": 4_000,
    "note": 2_000,
    "phrasing": 500,
    "word": 100,
}
# Added by those who share a link, and nothing of the page's own address.
_TRACKING = re.compile(r"utm_\w+|fbclid|gclid|dclid|msclkid|zarsrc|igshid|mc_[ce]id|ref_src|_ga|yclid")
_NEVER_KEPT = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")


@dataclass(frozen=True)
class Missing:
    """A field, as a Draft names it ("vi.short_answer", "evidence.0.url"), and what it lacks, in words."""

    field: str
    words: str


@dataclass(frozen=True)
class DraftText:
    """A draft in one language."""

    claim_wording: str = ""
    short_answer: str = ""
    explanation: str = ""
    instead: str = ""

    @property
    def begun(self) -> bool:
        """Is anything written yet?"""
        return bool(self.claim_wording or self.short_answer or self.explanation or self.instead)


@dataclass(frozen=True)
class Source:
    """One piece of evidence. `direction` is a Direction."""

    publisher: str = ""
    title: str = ""
    url: str = ""
    quotation: str = ""
    direction: str = Direction.CONTEXT.value
    note: str = ""
    published_on: datetime.date | None = None


@dataclass(frozen=True)
class Draft:
    """All of one version of an answer. `from_json` checks each field, `kept` reads what was checked when it was saved;
    `missing` says what keeps it unpublished."""

    rating: str | None = None
    topic: str = ""
    danger: str = Danger.NONE.value
    as_of: datetime.date | None = None
    review_by: datetime.date | None = None
    doctor_first: bool = False
    reason: str = ""
    texts: dict[str, DraftText] = field(default_factory=dict)
    evidence: tuple[Source, ...] = ()
    phrasings: dict[str, tuple[str, ...]] = field(default_factory=dict)
    different: dict[str, tuple[str, ...]] = field(default_factory=dict)
    must_mention: tuple[tuple[str, ...], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As a Revision keeps it."""
        return {
            **asdict(self),
            "as_of": _written(self.as_of),
            "review_by": _written(self.review_by),
            "evidence": [{**asdict(source), "published_on": _written(source.published_on)} for source in self.evidence],
            "phrasings": {language: list(texts) for language, texts in self.phrasings.items()},
            "different": {language: list(texts) for language, texts in self.different.items()},
            "must_mention": [list(group) for group in self.must_mention],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read and check. Raises BadDraft naming every field that cannot be kept; what is left out is empty."""
        read = _Reading()
        draft = cls._read(data, read)
        known = set(cls.__dataclass_fields__)
        read.faults += [Missing(str(name), _("There is no such field.")) for name in data if name not in known]
        if read.faults:
            raise BadDraft(tuple(read.faults))
        return draft

    @classmethod
    def kept(cls, revision: Revision) -> Self:
        """What stands in a revision, also where the desk has a topic or a language no longer: `missing` names them."""
        return cls._read(revision.content, _Reading(saved=True))

    @classmethod
    def _read(cls, data: Mapping[str, Any], read: "_Reading") -> Self:
        return cls(
            rating=read.one_of(data, "rating", Rating.values) or None,
            topic=read.topic(data),
            danger=read.one_of(data, "danger", Danger.values) or Danger.NONE.value,
            as_of=read.date(data, "as_of"),
            review_by=read.date(data, "review_by"),
            doctor_first=data.get("doctor_first") is True,
            reason=read.text(data, "reason"),
            texts={
                language: DraftText(**{part: read.text(words, part, language) for part in _PARTS})
                for language, value in read.by_language(data, "texts")
                for words in [read.fields(value, language)]
            },
            evidence=tuple(
                read.source(source, f"evidence.{number}")
                for number, source in enumerate(read.some(data, "evidence", MOST_SOURCES))
            ),
            phrasings=read.phrasings(data, "phrasings"),
            different=read.phrasings(data, "different"),
            must_mention=tuple(
                group
                for number, words in enumerate(read.some(data, "must_mention", MOST_GROUPS))
                if (group := read.lines(words, f"must_mention.{number}", "word", MOST_WORDS))
            ),
        )

    def missing(self, kind: str, *, correction: bool = False) -> tuple[Missing, ...]:
        """What still keeps it from being published; a `correction`, version 2 and on, tells everyone its reason."""
        return tuple(_missing(self, kind, correction=correction))


_PARTS = tuple(DraftText.__dataclass_fields__)


def working_review(claim: Claim) -> ClaimReview | None:
    """The version being written, if there is one."""
    return claim.reviews.filter(state__in=WORKING).first()


def latest_revision(review: ClaimReview) -> Revision | None:
    """The last saving."""
    return review.revisions.order_by("-number").first()


def next_version(claim: Claim) -> int:
    """The number of the version that is being written, or that would be begun now."""
    public = _last_public(claim)
    return public.version + 1 if public else 1


def _last_public(claim: Claim) -> ClaimReview | None:
    """What stands published, or stood so last."""
    return claim.reviews.filter(state__in=PUBLIC).order_by("version").last()


def discarded_review(claim: Claim) -> ClaimReview | None:
    """The version that was discarded last, while none was begun or published since."""
    last = claim.reviews.filter(state=State.DISCARDED).order_by("pk").last()
    if last is None or working_review(claim) or last.version != next_version(claim):
        return None
    return last


def draft_of(claim: Claim) -> Draft:
    """Where writing goes on: the last saving, else where it begins."""
    review = working_review(claim)
    revision = latest_revision(review) if review else None
    return Draft.kept(revision) if revision else draft_to_begin(claim)


def draft_to_begin(claim: Claim) -> Draft:
    """What is published, or was withdrawn last and is to be put right; else nothing but the claim's own words."""
    if public := _last_public(claim):
        return draft_of_published(public)
    begun = DraftText(claim_wording=claim.wording[: LENGTHS["claim_wording"]])
    return Draft(topic=claim.topic, danger=claim.danger, texts={claim.language: begun})


def draft_of_published(review: ClaimReview) -> Draft:
    """What stands in the tables, as a draft again; its reason belongs to that version, so it is left out."""
    claim = review.claim
    ways: dict[str, dict[str, tuple[str, ...]]] = {use: {} for use in Phrasing.Use.values}
    for phrasing in claim.phrasings.all():
        by_language = ways[phrasing.use]
        by_language[phrasing.language] = (*by_language.get(phrasing.language, ()), phrasing.text)
    return Draft(
        rating=review.rating,
        topic=claim.topic,
        danger=claim.danger,
        as_of=review.as_of,
        review_by=review.review_by,
        doctor_first=review.doctor_first,
        texts={
            text.language: DraftText(text.claim_wording, text.short_answer, text.explanation, text.instead)
            for text in review.texts.all()
        },
        evidence=tuple(
            Source(
                publisher=each.publisher,
                title=each.title,
                url=each.url,
                quotation=each.quotation,
                direction=each.direction,
                note=each.note,
                published_on=each.published_on,
            )
            for each in review.evidence.all()
        ),
        phrasings=ways[Phrasing.Use.SAME],
        different=ways[Phrasing.Use.DIFFERENT],
        must_mention=tuple(tuple(group) for group in claim.must_mention),
    )


def duplicate_sources(draft: Draft) -> tuple[tuple[int, int], ...]:
    """Pairs of places in `evidence` that give the same page, however its address is written."""
    first: dict[str, int] = {}
    pairs: list[tuple[int, int]] = []
    for number, source in enumerate(draft.evidence):
        if source.url and (earlier := first.setdefault(_same_page(source.url), number)) != number:
            pairs.append((earlier, number))
    return tuple(pairs)


def _same_page(url: str) -> str:
    parts = urlsplit(url)
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if not _tracks(name)]
    host = (parts.hostname or "").removeprefix("www.")
    return f"{host}{parts.path.rstrip('/')}?{urlencode(sorted(kept))}"


def _tracks(parameter: str) -> bool:
    return _TRACKING.fullmatch(parameter.casefold()) is not None


def _missing(draft: Draft, kind: str, *, correction: bool) -> Iterator[Missing]:
    if kind == Kind.CHECK and draft.rating is None:
        yield Missing("rating", _("Choose a rating."))
    if kind == Kind.GUIDANCE and draft.rating is not None:
        yield Missing("rating", _("Guidance has no rating. Take it out."))
    yield from _no_longer(draft)
    yield from _missing_dates(draft)
    if correction and not draft.reason:
        yield Missing("reason", _("Say why this version differs from the last. Everyone can read it."))
    begun = {language: text for language, text in draft.texts.items() if text.begun}
    if not begun:
        yield Missing(f"{settings.LANGUAGE_CODE}.short_answer", _("Write the answer in at least one language."))
    for language, text in begun.items():
        if not text.claim_wording:
            yield Missing(f"{language}.claim_wording", _("Say what is claimed, in one sentence."))
        if not text.short_answer:
            yield Missing(f"{language}.short_answer", _("Write the short answer, or empty this language."))
    if not draft.evidence:
        yield Missing("evidence", _("Add at least one source."))
    for number, source in enumerate(draft.evidence):
        if not source.publisher:
            yield Missing(f"evidence.{number}.publisher", _("Say who published the source."))
        if not source.title:
            yield Missing(f"evidence.{number}.title", _("Give the title of the source."))
        if not source.url:
            yield Missing(f"evidence.{number}.url", _("Give the address of the source."))


def _no_longer(draft: Draft) -> Iterator[Missing]:
    """What was on the desk's lists when it was saved, and is not now."""
    if draft.topic and draft.topic not in topic_names():
        yield Missing("topic", _("Choose one from the list."))
    known = dict(settings.LANGUAGES)
    for language in (language for language in draft.texts if language not in known):
        yield Missing(f"{language}.claim_wording", _("The desk does not write in this language."))
    for name, ways in (("phrasings", draft.phrasings), ("different", draft.different)):
        for language in (language for language in ways if language not in known):
            yield Missing(f"{name}.{language}", _("The desk does not write in this language."))


def _missing_dates(draft: Draft) -> Iterator[Missing]:
    if draft.as_of is None:
        yield Missing("as_of", _("Say on which day the evidence was looked at."))
    elif draft.as_of > today():
        yield Missing("as_of", _("The day the evidence was looked at cannot lie ahead."))
    if draft.review_by is None:
        yield Missing("review_by", _("Say until which day the answer may be given out."))
    elif draft.review_by <= today():
        yield Missing("review_by", _("The day until which the answer may be given out must lie ahead."))


def _written(day: datetime.date | None) -> str | None:
    return day.isoformat() if day else None


class _Reading:
    """Reads fields one by one and gathers what is wrong with each. What was `saved` passed all lists of its day."""

    def __init__(self, *, saved: bool = False) -> None:
        self.faults: list[Missing] = []
        self.saved = saved

    def fault(self, place: str, words: str) -> None:
        self.faults.append(Missing(place, words))

    def words(self, value: Any, place: str, longest: int) -> str:
        """Text as it is kept: letters composed, lines ended alike, no space around it."""
        if value is None:
            return ""
        if not isinstance(value, str) or _NEVER_KEPT.search(value):
            self.fault(place, _("There is something here that is not text."))
            return ""
        text = unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n")).strip()
        if len(text) > longest:
            self.fault(place, _("This is too long: up to %(most)s characters fit.") % {"most": longest})
        return text

    def text(self, data: Mapping[str, Any], name: str, prefix: str = "") -> str:
        return self.words(data.get(name), f"{prefix}.{name}" if prefix else name, LENGTHS[name])

    def one_of(self, data: Mapping[str, Any], name: str, allowed: Sequence[str], prefix: str = "") -> str:
        value = data.get(name) or ""
        if value and value not in allowed:
            self.fault(f"{prefix}.{name}" if prefix else name, _("Choose one from the list."))
            return ""
        return str(value)

    def topic(self, data: Mapping[str, Any]) -> str:
        return self.text(data, "topic") if self.saved else self.one_of(data, "topic", list(topic_names()))

    def date(self, data: Mapping[str, Any], name: str, prefix: str = "") -> datetime.date | None:
        value = data.get(name)
        if not value:
            return None
        try:
            return datetime.date.fromisoformat(value)
        except (TypeError, ValueError):
            self.fault(f"{prefix}.{name}" if prefix else name, _("Give the day as year-month-day, like 2026-11-24."))
            return None

    def some(self, data: Mapping[str, Any], name: str, most: int) -> Sequence[Any]:
        return self._list(data.get(name), name, most)

    def lines(self, value: Any, place: str, what: str, most: int) -> tuple[str, ...]:
        """A list of short texts, each once, none empty."""
        each = self._list(value, place, most)
        texts = [self.words(text, f"{place}.{number}", LENGTHS[what]) for number, text in enumerate(each)]
        return tuple(dict.fromkeys(text for text in texts if text))

    def fields(self, value: Any, place: str) -> Mapping[str, Any]:
        if value is None or isinstance(value, Mapping):
            return value or {}
        self.fault(place, _("There is something here that is not text."))
        return {}

    def by_language(self, data: Mapping[str, Any], name: str) -> Iterator[tuple[str, Any]]:
        known = dict(settings.LANGUAGES)
        for language, each in self.fields(data.get(name), name).items():
            if language in known or self.saved:
                yield language, each
            else:
                place = f"{language}.claim_wording" if name == "texts" else f"{name}.{language}"
                self.fault(place, _("The desk does not write in this language."))

    def phrasings(self, data: Mapping[str, Any], name: str) -> dict[str, tuple[str, ...]]:
        read = {
            language: self.lines(texts, f"{name}.{language}", "phrasing", MOST_PHRASINGS)
            for language, texts in self.by_language(data, name)
        }
        return {language: texts for language, texts in read.items() if texts}

    def source(self, value: Any, place: str) -> Source:
        data = self.fields(value, place)
        return Source(
            publisher=self.text(data, "publisher", place),
            title=self.text(data, "title", place),
            url=self._url(data, place),
            quotation=self.text(data, "quotation", place),
            direction=self.one_of(data, "direction", Direction.values, place) or Direction.CONTEXT.value,
            note=self.text(data, "note", place),
            published_on=self.date(data, "published_on", place),
        )

    def _url(self, data: Mapping[str, Any], place: str) -> str:
        url = self.text(data, "url", place)
        if not url:
            return ""
        try:
            parts = urlsplit(url)
            good = parts.scheme in {"http", "https"} and bool(parts.hostname) and not re.search(r"[\s<>\"]", url)
        except ValueError:
            good = False
        if not good:
            self.fault(f"{place}.url", _("Give the whole address, beginning with https:// or http://."))
        return url

    def _list(self, value: Any, place: str, most: int) -> Sequence[Any]:
        if value is None:
            return ()
        if not isinstance(value, list | tuple):
            self.fault(place, _("There is something here that is not text."))
            return ()
        if len(value) > most:
            self.fault(place, _("These are too many: up to %(most)s fit.") % {"most": most})
        return value[:most]
