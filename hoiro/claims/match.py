"""Which claims to compare, and the only file that speaks to the engine.

Each process keeps three matchers in memory, over published checks, guidance and open claims. Once a request it
compares one number with the database and folds in what changed.
"""

import shutil
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from django.conf import settings
from django.db.models import Prefetch, QuerySet

from hoiro.claims.models import (
    Claim,
    ClaimReview,
    DeskThresholds,
    ImportedReview,
    IndexVersion,
    Kind,
    Phrasing,
    State,
    Status,
)
from hoiro.matching import Entry, Hit, Matcher, Result, Thresholds
from hoiro.matching.semantic import DIMENSION, Embedder, VectorCache, Vectors, load_embedder

if TYPE_CHECKING:  # claims/draft.py reads the words of answers, which are looked up here
    from hoiro.claims.draft import Draft

__all__ = [
    "SHIPPED",
    "Hit",
    "Result",
    "Thresholds",
    "Would",
    "behind",
    "elsewhere",
    "embed_library",
    "forget",
    "guidance",
    "join",
    "match",
    "meanings",
    "near",
    "saying",
    "state",
    "thresholds",
    "warm",
    "would_match",
]

BESIDE = "beside:"
SHIPPED = Thresholds()
OFFERED_FROM = 0.2
"""Guidance less likely than this to help is not shown: the wrong first aid is worse than none."""
SHIPPED_VECTORS = Path(__file__).parent.parent / "library" / "vectors.npz"


@dataclass
class _Index:
    checks: Matcher
    guidance: Matcher
    open: Matcher
    version: int

    def placed(self, claim: Claim) -> Iterator[tuple[Matcher, Entry]]:
        """Where a claim belongs. The checks stand beside the open claims too: to join one, a question must be
        nearer to it than to anything else, and when the first question waits there is nothing else. A claim that
        was declined or merged takes no further question."""
        if claim.status in {Status.DECLINED, Status.MERGED}:
            return
        entry = _entry(claim)
        if not _review(claim):
            yield self.open, replace(entry, typed=True)
        elif claim.kind == Kind.GUIDANCE:
            yield self.guidance, entry
        else:
            yield self.checks, entry
            yield self.open, Entry(BESIDE + entry.key, entry.claims, beside=True)

    def everywhere(self) -> tuple[Matcher, ...]:
        return self.checks, self.guidance, self.open


@dataclass(frozen=True)
class IndexState:
    """For /health: how the engine is, and what it knows."""

    degraded: bool
    version: int
    published: int
    open: int


_lock = threading.RLock()
_index: _Index | None = None


def match(text: str, *, k: int = 5) -> Result:
    """What the published checks say to `text`."""
    with _lock:
        return _fresh().checks.match(text, k=k)


def guidance(text: str) -> tuple[Hit, ...]:
    """Published guidance that may help whoever asks `text`, likeliest first; it is offered, never the answer."""
    with _lock:
        likely = _fresh().guidance.match(text).suggestions
    return tuple(hit for hit in likely if hit.probability >= OFFERED_FROM)


def join(text: str) -> Hit | None:
    """The open claim that asks the same, if there is one."""
    with _lock:
        return _fresh().open.join(text)


def behind() -> bool:
    """Has the database changed since this process last looked?"""
    with _lock:
        return _index is None or IndexVersion.current() != _index.version


def state() -> IndexState:
    """How the index of this process is now."""
    with _lock:
        index = _fresh()
        return IndexState(
            degraded=index.checks.degraded,
            version=index.version,
            published=len(index.checks) + len(index.guidance),
            open=len(index.open) - len(index.checks),
        )


def warm() -> None:
    """Read the model and build the index now rather than at the first question."""
    with _lock:
        _fresh().checks.match("uống nước tỏi có khỏi covid không")


def forget() -> None:
    """Drop this process's index; the next question builds it again."""
    global _index, _elsewhere
    with _lock:
        _index = _elsewhere = None


def _fresh() -> _Index:
    """The index, with every change of the database folded in."""
    global _index
    number = IndexVersion.current()
    if _index is None or number < _index.version:
        _index = _build(number)
    elif number > _index.version:
        _fold_in(_index, number)
    return _index


def _build(number: int) -> _Index:
    vectors = VectorCache(_vector_file())
    embedder = load_embedder()
    checks, guides, waiting = (
        Matcher.build((), embedder=embedder, vectors=vectors, words_only=embedder is None) for _ in range(3)
    )
    in_force = thresholds()
    for matcher in (checks, guides, waiting):
        matcher.use(in_force)
    index = _Index(checks, guides, waiting, number)
    # A change that is committed between reading the number and these rows is folded in twice, harmlessly.
    together: dict[int, list[Entry]] = {}
    for claim in _with_words(Claim.objects.all()):
        for matcher, entry in index.placed(claim):
            together.setdefault(id(matcher), []).append(entry)
    for matcher in index.everywhere():
        matcher.extend(together.get(id(matcher), ()))
    vectors.save()
    return index


def _vector_file() -> Path:
    """Begins as a copy of what ships, so that a first start need not embed the starter library."""
    path: Path = settings.HOIRO_DATA / "vectors.npz"
    if not path.exists() and SHIPPED_VECTORS.exists():
        shutil.copyfile(SHIPPED_VECTORS, path)
    return path


def embed_library() -> int:
    """Write SHIPPED_VECTORS for every starter claim published now. Returns how many claims that is."""
    SHIPPED_VECTORS.unlink(missing_ok=True)
    vectors = VectorCache(SHIPPED_VECTORS)
    starter = Claim.objects.filter(reviews__state=State.PUBLISHED, reviews__starter=True)
    entries = [_entry(claim) for claim in _with_words(starter)]
    Matcher.build(entries, vectors=vectors)
    vectors.save()
    return len(entries)


def _fold_in(index: _Index, number: int) -> None:
    in_force = thresholds()
    for matcher in index.everywhere():
        matcher.use(in_force)
    for claim in _with_words(Claim.objects.filter(changed_in__gt=index.version)):
        for matcher in index.everywhere():
            matcher.remove(claim.key)
            matcher.remove(BESIDE + claim.key)
            if claim.former_key:
                matcher.remove(claim.former_key)
        for matcher, entry in index.placed(claim):
            matcher.add(entry)
    index.version = number


def _with_words(claims: QuerySet[Claim]) -> Iterable[Claim]:
    published = ClaimReview.objects.filter(state=State.PUBLISHED).prefetch_related("texts")
    return claims.order_by("id").prefetch_related(
        "phrasings", Prefetch("reviews", queryset=published, to_attr="published_reviews")
    )


def _review(claim: Claim) -> ClaimReview | None:
    found: list[ClaimReview] = claim.published_reviews  # type: ignore[attr-defined]  # from _with_words
    return found[0] if found else None


def _entry(claim: Claim) -> Entry:
    """A claim as the engine sees it: every wording, whatever the language."""
    review = _review(claim)
    texts = list(review.texts.all()) if review else []
    phrasings = list(claim.phrasings.all())
    return Entry(
        key=claim.key,
        claims=_once(
            [
                claim.wording,
                *(text.claim_wording for text in texts),
                *(each.text for each in phrasings if each.use == Phrasing.Use.SAME),
            ]
        ),
        different=_once(each.text for each in phrasings if each.use == Phrasing.Use.DIFFERENT),
        must_mention=tuple(tuple(group) for group in claim.must_mention),
        body="\n".join(text.short_answer for text in texts),
    )


def _once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


def near(text: str, k: int = 8, *, without: str = "") -> tuple[Hit, ...]:
    """Published and open claims near a wording, nearest first, however likely: for people to judge, not to act upon.

    `without` leaves out the claim whose wording it is.
    """
    left_out = frozenset({without, BESIDE + without})
    with _lock:
        index = _fresh()
        found = [
            each
            for matcher in index.everywhere()
            for each in matcher.near(text, as_open=matcher is index.open, without=left_out)
        ]
    return tuple(hit for _nearness, hit in sorted(found, key=lambda each: -each[0])[:k])


def saying(words: str) -> tuple[str, ...]:
    """Published and open claims that say all these words somewhere, with their tone marks or without."""
    with _lock:
        return tuple(key for matcher in _fresh().everywhere() for key in matcher.saying(words))


def thresholds() -> Thresholds:
    """Those in force: the desk's own where `hoiro calibrate --apply` kept some, else the shipped."""
    kept = DeskThresholds.objects.values(*asdict(SHIPPED)).first()
    return Thresholds(**kept) if kept else SHIPPED


@dataclass(frozen=True)
class Would:
    """What a draft would change for one request: how likely it answers it, what would be decided, what is now."""

    pk: int
    probability: float
    decision: str
    """A Decision as far as this draft is concerned: `unknown` when it would not even be suggested."""
    before: str
    """What is decided today without it."""
    already: bool
    """Does the published version of the same claim answer it today?"""


class _Remembering(Embedder):
    """Keeps the vectors of what it was asked: one wording after another is tried on the same requests."""

    def __init__(self, inner: Embedder) -> None:
        self._inner = inner
        self._known: dict[str, Vectors] = {}

    def embed(self, texts: Sequence[str]) -> Vectors:
        """As the bundled embedder."""
        missing = [text for text in dict.fromkeys(texts) if text not in self._known]
        if len(self._known) + len(missing) > VECTORS_KEPT:
            self._known.clear()
            missing = list(dict.fromkeys(texts))
        self._known.update(zip(missing, self._inner.embed(missing), strict=True))
        return np.stack([self._known[text] for text in texts])


VECTORS_KEPT = 5_000
_trying = threading.Lock()
_remembering: _Remembering | None = None
_trial: "_Trial | None" = None


@dataclass(frozen=True)
class _Trial:
    """Two copies of what is published, as it was in `version`: without the draft, and with it."""

    live: Matcher
    version: int
    draft: Entry
    now: Matcher
    then: Matcher


def would_match(*, claim: Claim, draft: "Draft", requests: Iterable[tuple[int, str]]) -> tuple[Would, ...]:
    """What `draft`, published, would do to these requests (their numbers and texts), in their order.

    It is tried on a copy beside everything published, so that nobody who asks meanwhile waits or meets it.
    """
    with _trying:
        trial = _trial_of(claim, draft)
        return tuple(_would(claim, pk, trial.now.match(text), trial.then.match(text)) for pk, text in requests)


def _trial_of(claim: Claim, draft: "Draft") -> _Trial:
    """Kept from one batch of requests to the next."""
    global _remembering, _trial
    entry = _entry_of(claim, draft)
    with _lock:
        index = _fresh()
        live = index.guidance if claim.kind == Kind.GUIDANCE else index.checks
        if _trial and _trial.live is live and (_trial.version, _trial.draft) == (index.version, entry):
            return _trial
        if live.embedder is not None and _remembering is None:
            _remembering = _Remembering(live.embedder)
        # Two, because an entry more changes what stands out: without it is what is decided today.
        now, then = (live.copy(_remembering if live.embedder else None) for _ in range(2))
        version = index.version
    then.add(entry)
    _trial = _Trial(live, version, entry, now, then)
    return _trial


def _would(claim: Claim, pk: int, now: Result, then: Result) -> Would:
    hit = next((hit for hit in then.hits if hit.key == claim.key), None)
    offered_from = OFFERED_FROM if claim.kind == Kind.GUIDANCE else 0.0

    def decided(result: Result) -> str:
        # Guidance is offered, never the answer.
        if claim.kind == Kind.CHECK and claim.key in {hit.key for hit in result.answers}:
            return "answer"
        return (
            "suggest"
            if any(hit.key == claim.key and hit.probability >= offered_from for hit in result.suggestions)
            else "unknown"
        )

    return Would(
        pk=pk,
        probability=hit.probability if hit else 0.0,
        decision=decided(then),
        before=now.decision,
        already=decided(now) == "answer" or (claim.kind == Kind.GUIDANCE and decided(now) == "suggest"),
    )


def _entry_of(claim: Claim, draft: "Draft") -> Entry:
    """A draft as the engine would see it once published (claims/publish.py copies it out)."""
    texts = {code: text for code, text in draft.texts.items() if text.claim_wording}
    first = [texts[claim.language].claim_wording] if claim.language in texts else []
    return Entry(
        key=claim.key,
        claims=_once(
            [
                *first,
                *(text.claim_wording for text in texts.values()),
                *(text for ways in draft.phrasings.values() for text in ways),
            ]
        )
        or (claim.wording,),
        different=_once(text for ways in draft.different.values() for text in ways),
        must_mention=draft.must_mention,
        body="\n".join(text.short_answer for text in texts.values()),
    )


SCALE = 127
"""Of the whole numbers that stand for a vector's: a quarter of the memory, and cosines are the same to two digits."""
NEAREST = 24
"""So many imported checks are compared in every respect."""
SAMPLE = 300
"""So many others stand beside them, to tell a rare word from a common one."""
ROWS_AT_ONCE = 8_192
READ_OF_A_FORWARD = 8
"""So many parts of a long message are looked up, besides its beginning."""
PART = 300


def meanings(texts: Sequence[str]) -> list[bytes] | None:
    """What imported claims mean, as it is kept of them; None without the model."""
    embedder = _embedder()
    return None if embedder is None else [_packed(vector) for vector in embedder.embed(texts)]


@cache
def _embedder() -> Embedder | None:
    """Of a process that answers no questions and so has no index."""
    return load_embedder()


def _packed(vector: Vectors) -> bytes:
    return np.clip(np.rint(vector * SCALE), -SCALE, SCALE).astype(np.int8).tobytes()


class _Stored(VectorCache):
    """Vectors of imported claims as they are stored, so that none is made while somebody waits."""

    def __init__(self) -> None:
        super().__init__()
        self.known: dict[str, Vectors] = {}

    def embed(self, embedder: Embedder, texts: Sequence[str]) -> Vectors:
        """As the cache."""
        return np.stack([self.known[text] for text in texts]) if texts else super().embed(embedder, texts)


class _Elsewhere:
    """Imported checks: of each its number and 384 bytes of meaning. Words are read from the database for the nearest.

    A matcher of a fixed few places compares those: a sample stands in it always, the nearest take the rest in turn.
    """

    def __init__(self, embedder: Embedder) -> None:
        self.version = -1
        self._numbers = np.zeros(0, np.int64)
        self._vectors = np.zeros((0, DIMENSION), np.int8)
        self._count = 0
        self._rows: dict[int, int] = {}
        self._sample: dict[int, str] = {}
        self._stored = _Stored()
        self._known: dict[str, Vectors] = {}
        self._embedder = embedder
        self._matcher = Matcher.build((), embedder=embedder, vectors=self._stored)

    def fold_in(self, number: int) -> None:
        """Every row that changed since."""
        if number == self.version:
            return
        changed = ImportedReview.objects.filter(changed_in__gt=self.version, vector__isnull=False).order_by("pk")
        rows = changed.values_list("pk", "vector", "publisher__hidden").iterator(chunk_size=2_000)
        sample_changed = False
        for pk, vector, hidden in rows:
            sample_changed = sample_changed or pk in self._sample or len(self._sample) < SAMPLE
            if hidden:
                self._remove(pk)
            else:
                self._put(pk, np.frombuffer(bytes(vector or b""), np.int8))
        self.version = number
        if sample_changed:
            self._choose_sample()
        self._matcher.use(thresholds())

    def _put(self, pk: int, vector: "np.ndarray[Any, np.dtype[np.int8]]") -> None:
        row = self._rows.setdefault(pk, self._count)
        if row == self._count:
            self._count += 1
            if row == len(self._numbers):
                room = max(1_024, row + row // 2)
                self._numbers = np.resize(self._numbers, room)
                vectors = np.zeros((room, DIMENSION), np.int8)
                vectors[:row] = self._vectors
                self._vectors = vectors
        self._numbers[row], self._vectors[row] = pk, vector

    def _remove(self, pk: int) -> None:
        """The last takes its place."""
        row = self._rows.pop(pk, None)
        if row is None:
            return
        self._count -= 1
        if row < self._count:
            self._numbers[row], self._vectors[row] = self._numbers[self._count], self._vectors[self._count]
            self._rows[int(self._numbers[row])] = row

    def _choose_sample(self) -> None:
        """The first by number: the same in every process."""
        chosen = sorted(self._rows)[:SAMPLE]
        self._sample = dict(ImportedReview.objects.filter(pk__in=chosen).values_list("pk", "claim"))
        self._stored.known = {}
        self._matcher = Matcher.build((), embedder=self._embedder, vectors=self._stored)
        self._matcher.extend([self._entry(pk, str(pk), claim) for pk, claim in sorted(self._sample.items())])
        self._known = dict(self._stored.known)

    def _entry(self, pk: int, key: str, claim: str) -> Entry:
        text = claim[:LONGEST_WORDING]
        self._stored.known[text] = self._vectors[self._rows[pk]].astype(np.float32) / SCALE
        return Entry(key, (text,))

    def match(self, text: str) -> Result | None:
        """What the imported checks say: a hit's key is the number of its row."""
        if not self._count:
            return None
        wanted = [pk for pk in self._nearest(text) if pk not in self._sample]
        self._stored.known = dict(self._known)
        places: dict[str, int] = {}
        entries = []
        for pk, claim in self._worded(wanted):
            place = f"place {len(places)}"
            places[place] = pk
            entries.append(self._entry(pk, place, claim))
        for number in range(len(places), NEAREST):
            self._matcher.remove(f"place {number}")
        if entries:
            self._matcher.extend(entries)
        result = self._matcher.match(text)

        def named(hits: tuple[Hit, ...]) -> tuple[Hit, ...]:
            return tuple(replace(hit, key=str(places.get(hit.key, hit.key))) for hit in hits)

        return replace(
            result, hits=named(result.hits), answers=named(result.answers), suggestions=named(result.suggestions)
        )

    def _nearest(self, text: str) -> list[int]:
        parts = [text]
        if len(text) > PART:
            parts += [text[at : at + PART] for at in range(0, len(text), PART)][:READ_OF_A_FORWARD]
        wanted = self._embedder.embed(parts).T
        best = np.empty(self._count, np.float32)
        for at in range(0, self._count, ROWS_AT_ONCE):
            some = self._vectors[at : min(at + ROWS_AT_ONCE, self._count)]
            best[at : at + len(some)] = (some.astype(np.float32) @ wanted).max(1)
        few = min(2 * NEAREST, self._count)
        found = np.argpartition(-best, few - 1)[:few]
        return [int(self._numbers[row]) for row in found[np.argsort(-best[found], kind="stable")]]

    def _worded(self, numbers: list[int]) -> Iterator[tuple[int, str]]:
        """The nearest with their words. Several publishers check the same words: they must not stand in each
        other's way, so one speaks for all."""
        claims = dict(ImportedReview.objects.filter(pk__in=numbers).values_list("pk", "claim"))
        said = {" ".join(claim.casefold().split()) for claim in self._sample.values()}
        given = 0
        for pk in numbers:
            words = " ".join(claims.get(pk, "").casefold().split())
            if words and words not in said and given < NEAREST:
                said.add(words)
                given += 1
                yield pk, claims[pk]


LONGEST_WORDING = 400
_elsewhere: _Elsewhere | None = None


def elsewhere(text: str) -> Result | None:
    """What imported checks say to `text`, as `match` does; None where there is none, or no model to find them by."""
    global _elsewhere
    with _lock:
        index = _fresh()
        embedder = index.checks.embedder
        if embedder is None:
            return None
        if _elsewhere is None or _elsewhere.version > index.version:
            _elsewhere = _Elsewhere(embedder)
        _elsewhere.fold_in(index.version)
        return _elsewhere.match(text)
