"""Which claims to compare: what was published and what is open, as the engine of each process knows it.

Each process keeps three matchers in memory, over published checks, guidance and open claims. Once a request it
compares one number with the database and folds in what changed.
"""

import shutil
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from django.conf import settings
from django.db.models import Prefetch, QuerySet

from hoiro.claims.models import (
    Claim,
    ClaimReview,
    DeskThresholds,
    IndexVersion,
    Kind,
    Phrasing,
    State,
    Status,
)
from hoiro.matching import Entry, Hit, Matcher, Result, Thresholds
from hoiro.matching.semantic import VectorCache, load_embedder

__all__ = [
    "SHIPPED",
    "Hit",
    "Index",
    "Result",
    "Thresholds",
    "behind",
    "embed_library",
    "forget",
    "guidance",
    "index",
    "join",
    "match",
    "near",
    "once",
    "saying",
    "state",
    "thresholds",
    "warm",
]

BESIDE = "beside:"
SHIPPED = Thresholds()
OFFERED_FROM = 0.2
"""Guidance less likely than this to help is not shown: the wrong first aid is worse than none."""
SHIPPED_VECTORS = Path(__file__).parent.parent / "library" / "vectors.npz"


@dataclass
class Index:
    """What one process has in memory, as of `version`. One thread at a time: `index()` sees to it."""

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
_index: Index | None = None


@contextmanager
def index() -> Iterator[Index]:
    """The index of this process, with every change of the database folded in; the caller's alone while it holds it."""
    with _lock:
        yield _fresh()


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
    global _index
    with _lock:
        _index = None


def _fresh() -> Index:
    """The index, with every change of the database folded in."""
    global _index
    number = IndexVersion.current()
    if _index is None or number < _index.version:
        _index = _build(number)
    elif number > _index.version:
        _fold_in(_index, number)
    return _index


def _build(number: int) -> Index:
    vectors = VectorCache(_vector_file())
    embedder = load_embedder()
    checks, guides, waiting = (
        Matcher.build((), embedder=embedder, vectors=vectors, words_only=embedder is None) for _ in range(3)
    )
    in_force = thresholds()
    for matcher in (checks, guides, waiting):
        matcher.use(in_force)
    index = Index(checks, guides, waiting, number)
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


def _fold_in(index: Index, number: int) -> None:
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
        claims=once(
            [
                claim.wording,
                *(text.claim_wording for text in texts),
                *(each.text for each in phrasings if each.use == Phrasing.Use.SAME),
            ]
        ),
        different=once(each.text for each in phrasings if each.use == Phrasing.Use.DIFFERENT),
        must_mention=tuple(tuple(group) for group in claim.must_mention),
        body="\n".join(text.short_answer for text in texts),
    )


def once(texts: Iterable[str]) -> tuple[str, ...]:
    """Each text once, where it stood first."""
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
