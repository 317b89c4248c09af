"""Which claims to compare, and the only file that speaks to the engine.

Each process keeps two matchers in memory, over published reviews and over open claims. Once a request it
compares one number with the database and folds in what changed.
"""

import shutil
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db.models import Prefetch, QuerySet

from hoiro.claims.models import Claim, ClaimReview, IndexVersion, Phrasing, State
from hoiro.matching import Entry, Hit, Matcher, Result
from hoiro.matching.semantic import VectorCache, load_embedder

__all__ = ["Hit", "Result", "behind", "embed_library", "forget", "join", "match", "state", "warm"]

SHIPPED_VECTORS = Path(__file__).parent.parent / "library" / "vectors.npz"


@dataclass
class _Index:
    published: Matcher
    open: Matcher
    published_keys: set[str]
    open_keys: set[str]
    version: int


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
    """What the published reviews say to `text`."""
    with _lock:
        return _fresh().published.match(text, k=k)


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
            degraded=index.published.degraded,
            version=index.version,
            published=len(index.published_keys),
            open=len(index.open_keys),
        )


def warm() -> None:
    """Read the model and build the index now rather than at the first question."""
    with _lock:
        _fresh().published.match("uống nước tỏi có khỏi covid không")


def forget() -> None:
    """Drop this process's index; the next question builds it again."""
    global _index
    with _lock:
        _index = None


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
    # A change that is committed between reading the number and these rows is folded in twice, harmlessly.
    claims = list(_with_words(Claim.objects.all()))
    published = [_entry(claim) for claim in claims if _review(claim)]
    waiting = [_entry(claim) for claim in claims if not _review(claim)]
    embedder = load_embedder()
    index = _Index(
        published=Matcher.build(published, embedder=embedder, vectors=vectors),
        open=Matcher.build(waiting, embedder=embedder, vectors=vectors),
        published_keys={entry.key for entry in published},
        open_keys={entry.key for entry in waiting},
        version=number,
    )
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
    for claim in _with_words(Claim.objects.filter(changed_in__gt=index.version)):
        _drop(index, claim.key)
        into, keys = (index.published, index.published_keys) if _review(claim) else (index.open, index.open_keys)
        into.add(_entry(claim))
        keys.add(claim.key)
    index.version = number


def _drop(index: _Index, key: str) -> None:
    for matcher, keys in ((index.published, index.published_keys), (index.open, index.open_keys)):
        if key in keys:
            matcher.remove(key)
            keys.discard(key)


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
