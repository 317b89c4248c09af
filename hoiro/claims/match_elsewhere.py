"""Which checks from elsewhere to compare with a question.

Each process keeps of every one its number and what it means; the words are read from the database.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import islice

import numpy as np
import numpy.typing as npt
from django.db.models import QuerySet

from hoiro.claims import match
from hoiro.claims.match import Hit, Index, Result
from hoiro.claims.models import ImportedReview
from hoiro.matching import Entry, Matcher
from hoiro.matching.semantic import DIMENSION, Embedder, VectorCache, Vectors, load_embedder

SCALE = 127
"""Of the whole numbers that stand for a vector's: a quarter of the memory, and cosines are the same to two digits."""
NEAREST = 24
"""So many imported checks are compared in every respect."""
SAMPLE = 300
"""So many others stand beside them, to tell a rare word from a common one."""
ROWS_AT_ONCE = 1_024
"""Unpacked together, which takes four times their memory."""
FOLDED_AT_ONCE = 2_000
READ_OF_A_FORWARD = 8
"""So many parts of a long message are looked up, besides its beginning."""
PART = 300
LONGEST_WORDING = 400

Numbers = npt.NDArray[np.int64]
Chosen = npt.NDArray[np.bool_]


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


def _numbers(rows: "QuerySet[ImportedReview]") -> Numbers:
    return np.fromiter(rows.values_list("pk", flat=True).iterator(chunk_size=FOLDED_AT_ONCE), np.int64)


class _Elsewhere:
    """Imported checks in the order of their numbers: of each that and 384 bytes of meaning.

    Words are read from the database for the nearest. A matcher of a fixed few places compares those: a sample stands
    in it always, the nearest take the rest in turn.
    """

    def __init__(self, embedder: Embedder, beside: Index) -> None:
        self.beside = beside
        self.version = -1
        self._numbers = np.zeros(0, np.int64)
        self._meanings = np.zeros((0, DIMENSION), np.int8)
        self._sample: dict[int, str] = {}
        self._stored = _Stored()
        self._known: dict[str, Vectors] = {}
        self._embedder = embedder
        self._matcher = Matcher.build((), embedder=embedder, vectors=self._stored)

    def fold_in(self, number: int) -> None:
        """Every row that changed since."""
        if number == self.version:
            return
        changed = ImportedReview.objects.filter(changed_in__gt=self.version, vector__isnull=False)
        touched, shown = _numbers(changed), changed.filter(publisher__hidden=False)
        if len(touched):
            self._make_room(~np.isin(self._numbers, touched), _numbers(shown))
            rows = shown.values_list("pk", "vector").iterator(chunk_size=FOLDED_AT_ONCE)
            while some := list(islice(rows, FOLDED_AT_ONCE)):
                self._put([pk for pk, _ in some], b"".join(vector or b"" for _, vector in some))
        self.version = number
        # The first by number: the same in every process.
        sample = self._worded(self._numbers[:SAMPLE].tolist())
        if sample != self._sample:
            self._stand_beside(sample)
        self._matcher.use(match.thresholds())

    def _make_room(self, kept: Chosen, more: Numbers) -> None:
        """Exactly as much as is needed: of a hundred thousand the spare room of a growing list weighs much."""
        old, self._numbers = self._numbers[kept], np.union1d(self._numbers[kept], more)
        meanings = np.zeros((len(self._numbers), DIMENSION), np.int8)
        meanings[np.searchsorted(self._numbers, old)] = self._meanings[kept]
        self._meanings = meanings

    def _put(self, numbers: list[int], meanings: bytes) -> None:
        places = np.searchsorted(self._numbers, numbers)
        # What came in between the two looks has a later number, and is folded in next time.
        known = np.isin(numbers, self._numbers)
        self._meanings[places[known]] = np.frombuffer(meanings, np.int8).reshape(-1, DIMENSION)[known]

    def _worded(self, numbers: list[int]) -> dict[int, str]:
        """Their words. What is no longer in the database was taken back by its publisher, and is forgotten here too."""
        claims = dict(ImportedReview.objects.filter(pk__in=numbers).values_list("pk", "claim"))
        if gone := [pk for pk in numbers if pk not in claims]:
            self._make_room(~np.isin(self._numbers, gone), np.zeros(0, np.int64))
        return {pk: claims[pk] for pk in numbers if pk in claims}

    def _stand_beside(self, sample: dict[int, str]) -> None:
        self._sample = sample
        self._stored.known = {}
        self._matcher = Matcher.build((), embedder=self._embedder, vectors=self._stored)
        self._matcher.extend([self._entry(pk, str(pk), claim) for pk, claim in sample.items()])
        self._known = dict(self._stored.known)

    def _entry(self, pk: int, key: str, claim: str) -> Entry:
        text = claim[:LONGEST_WORDING]
        self._stored.known[text] = self._meanings[np.searchsorted(self._numbers, pk)].astype(np.float32) / SCALE
        return Entry(key, (text,))

    def match(self, text: str) -> Result | None:
        """What the imported checks say: a hit's key is the number of its row."""
        if not len(self._numbers):
            return None
        wanted = [pk for pk in self._nearest(text) if pk not in self._sample]
        self._stored.known = dict(self._known)
        places: dict[str, int] = {}
        entries = []
        for pk, claim in self._distinct(wanted):
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
        count = len(self._numbers)
        best = np.empty(count, np.float32)
        for at in range(0, count, ROWS_AT_ONCE):
            some = self._meanings[at : at + ROWS_AT_ONCE]
            best[at : at + len(some)] = (some.astype(np.float32) @ wanted).max(1)
        few = min(2 * NEAREST, count)
        found = np.sort(np.argpartition(-best, few - 1)[:few])
        return [int(self._numbers[row]) for row in found[np.argsort(-best[found], kind="stable")]]

    def _distinct(self, numbers: list[int]) -> Iterator[tuple[int, str]]:
        """The nearest with their words. Several publishers check the same words: they must not stand in each
        other's way, so one speaks for all."""
        said = {" ".join(claim.casefold().split()) for claim in self._sample.values()}
        given = 0
        for pk, claim in self._worded(numbers).items():
            words = " ".join(claim.casefold().split())
            if words and words not in said and given < NEAREST:
                said.add(words)
                given += 1
                yield pk, claim


_known: "_Elsewhere | None" = None


def elsewhere(text: str) -> Result | None:
    """What imported checks say to `text`, as `match` does; None where there is none, or no model to find them by."""
    global _known
    with match.index() as index:
        embedder = index.checks.embedder
        if embedder is None:
            return None
        if _known is None or _known.beside is not index:
            _known = _Elsewhere(embedder, index)
        _known.fold_in(index.version)
        return _known.match(text)
