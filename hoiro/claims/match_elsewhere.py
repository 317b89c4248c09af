"""Which checks from elsewhere to compare with a question.

Each process keeps of every one its number and what it means; the words are read from the database.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

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

    def __init__(self, embedder: Embedder, beside: Index) -> None:
        self.beside = beside
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
        self._matcher.use(match.thresholds())

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
